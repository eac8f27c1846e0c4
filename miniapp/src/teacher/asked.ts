/** What this phone has asked the school to accept: so that the day does not go on saying "ask". */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { platform } from '../platform/current';

const keyOf = (sessionId: string) => `exception-${sessionId}`;

export function keepAsked(sessionId: string, at: Instant): void {
  platform.storageSet(keyOf(sessionId), at);
}

export function askedAt(sessionId: string): Instant | undefined {
  const text = platform.storageGet(keyOf(sessionId));
  const at = text === undefined ? Number.NaN : ms(text as Instant);
  return Number.isFinite(at) ? instant(at) : undefined;
}
