import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor } from '@kehou/shared/kernel/route';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Clock } from '../platform/clock.ts';

/** Seats that a person may try for at once, and again within each minute. A family with three children taps far less. */
export const TRIES_A_MINUTE = 30;
const MINUTE_MS = 60_000;
const PEOPLE_MAX = 20_000;

/**
 * Tries a person and container: a bucket that fills up within a minute. It is kept in memory, so somebody whose calls are spread over
 * many containers has as many buckets; the API's own throttling stands before all of them. Refused without a read.
 */
export class Tries {
  private readonly buckets = new Map<string, { readonly left: number; readonly atMs: number }>();

  /** Throws `selection.tries_max` when the person has none left. */
  use(personId: string, now: Instant): void {
    const nowMs = ms(now);
    const known = this.buckets.get(personId);
    // A clock that was set back fills nothing and takes nothing away.
    const passedMs = Math.max(0, nowMs - (known?.atMs ?? nowMs));
    const left = Math.min(TRIES_A_MINUTE, (known?.left ?? TRIES_A_MINUTE) + (passedMs * TRIES_A_MINUTE) / MINUTE_MS);
    if (this.buckets.size >= PEOPLE_MAX && !known) this.buckets.clear();
    this.buckets.set(personId, { left: left < 1 ? left : left - 1, atMs: nowMs });
    if (left < 1) throw new DomainError('selection.tries_max', { triesAMinute: TRIES_A_MINUTE });
  }
}

/** The same use case for people who have tries left. */
export function limited<Input, Reply>(
  { tries, clock }: { readonly tries: Tries; readonly clock: Clock },
  useCase: (input: Input, actor: Actor) => Promise<Reply>,
): (input: Input, actor: Actor) => Promise<Reply> {
  return async (input, actor) => {
    tries.use(actor.personId, clock.now());
    return useCase(input, actor);
  };
}
