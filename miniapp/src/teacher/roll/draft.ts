/** A roll that could not be sent is kept on the phone until it is. */
import { Presence } from '@kehou/shared/attendance/attendance';
import * as z from 'zod';
import { platform } from '../../platform/current';

export const Draft = z.record(z.string(), Presence);
export type Draft = z.infer<typeof Draft>;

const keyOf = (sessionId: string) => `roll-${sessionId}`;

export function readDraft(sessionId: string): Draft | undefined {
  const text = platform.storageGet(keyOf(sessionId));
  if (!text) return undefined;
  try {
    return Draft.parse(JSON.parse(text));
  } catch {
    platform.storageRemove(keyOf(sessionId));
    return undefined;
  }
}

export function keepDraft(sessionId: string, draft: Draft): void {
  if (Object.keys(draft).length === 0) platform.storageRemove(keyOf(sessionId));
  else platform.storageSet(keyOf(sessionId), JSON.stringify(draft));
}
