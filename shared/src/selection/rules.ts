import { type ChinaDate, chinaInstant, type Instant, ms, type TimeOfDay } from '../kernel/time.ts';
import type { Slot } from '../offering/offering.ts';
import type { NotNow } from './window.ts';

export function sameSlot(a: Slot, b: Slot): boolean {
  return a.weekday === b.weekday && a.period === b.period;
}

/** The first of `busy` that meets at one of `slots`. */
export function findClash<T extends Slot>(slots: readonly Slot[], busy: readonly T[]): T | undefined {
  return busy.find((taken) => slots.some((slot) => sameSlot(slot, taken)));
}

/** Is `now` inside the hours? The opening instant is inside, the closing one is not. */
export function hoursAt(now: Instant, window: { readonly opensAt: Instant; readonly closesAt: Instant }): 'before' | 'open' | 'after' {
  if (ms(now) < ms(window.opensAt)) return 'before';
  return ms(now) < ms(window.closesAt) ? 'open' : 'after';
}

/**
 * Until when a waiting list is served: the day of the class's first session in China. From then on a place is worth less than its
 * fee.
 */
export function waitingUntil(firstSessionDate: ChinaDate | undefined): Instant | undefined {
  return firstSessionDate && chinaInstant(firstSessionDate, '00:00' as TimeOfDay);
}

export interface WhyNotInput {
  readonly now: Instant;
  readonly window: { readonly opensAt: Instant; readonly closesAt: Instant };
  readonly grade: number;
  readonly card: {
    readonly offeringId: string;
    readonly status: string;
    readonly grades: readonly number[];
    readonly slots: readonly Slot[];
    readonly capacity: number;
    readonly taken: number;
    readonly waiting?: boolean | undefined;
  };
  readonly busy: readonly (Slot & { readonly offeringId: string })[];
}

/**
 * Why a child may not take this class now, the lasting reason first: what no waiting changes (cancelled, grade) before
 * what may change (clash, full) before what will (not yet open). `undefined`: go ahead.
 */
export function whyNot(input: WhyNotInput): NotNow | undefined {
  const { card, busy } = input;
  if (card.status === 'cancelled') return 'cancelled';
  if (!card.grades.includes(input.grade)) return 'grade';
  if (busy.some((slot) => slot.offeringId === card.offeringId)) return 'taken';
  const hours = hoursAt(input.now, input.window);
  if (hours === 'after') return 'closed';
  if (findClash(card.slots, busy)) return 'clash';
  if (card.waiting || card.taken >= card.capacity) return 'full';
  return hours === 'before' ? 'not-open' : undefined;
}
