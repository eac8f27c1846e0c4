/** What this phone is called when it signs somebody in: made once and kept where the phone keeps things. No secret, and no name of a person. */
import type { Platform } from './platform.ts';

const KEY = 'device';
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 24;
const KNOWN = /^[a-z0-9]{24}$/;

export function deviceId({ storageGet, storageSet }: Pick<Platform, 'storageGet' | 'storageSet'>): string {
  const kept = storageGet(KEY);
  if (kept && KNOWN.test(kept)) return kept;
  const made = Array.from({ length: LENGTH }, () => CHARACTERS[Math.floor(Math.random() * CHARACTERS.length)]).join('');
  storageSet(KEY, made);
  return made;
}
