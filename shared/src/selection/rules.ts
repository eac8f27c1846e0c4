import { addMinutes, type ChinaDate, chinaInstant, type Instant, instant, ms, type TimeOfDay } from '../kernel/time.ts';
import { type Slot, sameSlot } from '../offering/offering.ts';
import type { NotNow } from './window.ts';

/** The first of `busy` that meets at one of `slots`. */
export function findClash<T extends Slot>(slots: readonly Slot[], busy: readonly T[]): T | undefined {
  return busy.find((taken) => slots.some((slot) => sameSlot(slot, taken)));
}

interface Hours {
  readonly opensAt: Instant;
  readonly closesAt: Instant;
}

/** Is `now` inside the hours? The opening instant is inside, the closing one is not. */
export function hoursAt(now: Instant, window: Hours): 'before' | 'open' | 'after' {
  if (ms(now) < ms(window.opensAt)) return 'before';
  return ms(now) < ms(window.closesAt) ? 'open' : 'after';
}

/** A window's hours; in a lottery these are the hours of wishing. */
export interface WindowHours extends Hours {
  readonly lottery?: { readonly firstCome?: Hours | undefined } | undefined;
}

interface Staggered {
  readonly opensAt: Instant;
  readonly gradeOpenings?: readonly { readonly grades: readonly number[]; readonly opensAt: Instant }[] | undefined;
}

/** The window as it is for this grade: its own opening in place of the window's. */
export function asOpenTo<W extends Staggered>(window: W, grade: number): W {
  const own = window.gradeOpenings?.find(({ grades }) => grades.includes(grade));
  return own ? { ...window, opensAt: own.opensAt } : window;
}

/** Do staggered openings not fit? Each lies between opening and close, no grade is named twice, and nothing is staggered where places are drawn. */
export function wrongGradeOpenings(window: Staggered & { readonly closesAt: Instant; readonly lottery?: unknown }): boolean {
  const { opensAt, closesAt, gradeOpenings = [], lottery } = window;
  const grades = gradeOpenings.flatMap((opening) => opening.grades);
  return (
    (gradeOpenings.length > 0 && lottery !== undefined) ||
    new Set(grades).size !== grades.length ||
    gradeOpenings.some((opening) => ms(opening.opensAt) < ms(opensAt) || ms(opening.opensAt) >= ms(closesAt))
  );
}

/** When a seat may be taken by hand: never in a lottery, but for the hours after it in which who comes first is served. */
export function takingHours(window: WindowHours): Hours | undefined {
  return window.lottery ? window.lottery.firstCome : window;
}

/** From when on children of this grade may take seats by hand; `undefined`: never, all places are drawn. */
export function opensByHand<W extends Staggered & WindowHours>(window: W, grade: number): Instant | undefined {
  return window.lottery ? window.lottery.firstCome?.opensAt : asOpenTo(window, grade).opensAt;
}

/** The window as it is to whom it lets in by hand at this instant. */
export function asLetIn<W extends Staggered & WindowHours>(window: W, admitAt: Instant): W {
  const { lottery } = window;
  if (!lottery) return { ...window, opensAt: admitAt, gradeOpenings: undefined };
  return lottery.firstCome ? { ...window, lottery: { ...lottery, firstCome: { ...lottery.firstCome, opensAt: admitAt } } } : window;
}

/**
 * May classes be marked? From the publication on until the last seat can be taken by hand; where all places are drawn until wishes are
 * ranked, for which they are marked then.
 */
export function mayShortlist(now: Instant, window: WindowHours): boolean {
  if (window.lottery && hoursAt(now, window) === 'before') return true;
  const hours = takingHours(window);
  return hours !== undefined && hoursAt(now, hours) !== 'after';
}

/** The hours that matter to a family at this moment: those of wishing, and once they are over those in which seats are taken by hand. */
export function hoursThatMatter(now: Instant, window: WindowHours): Hours {
  const isWishing = window.lottery && hoursAt(now, window) !== 'after';
  return isWishing ? window : (takingHours(window) ?? window);
}

/**
 * Windows as a family looks at them: those open to a child of this grade now, the next to close first; then those that will be, the next to
 * open first; then those that are over and wait to be settled, the last to close first.
 */
export function byUrgency(now: Instant, grade: number): (one: WindowHours & Staggered, other: WindowHours & Staggered) => number {
  const ranks = { open: 0, before: 1, after: 2 } as const;
  const place = (window: WindowHours & Staggered): readonly [number, number] => {
    const hours = hoursThatMatter(now, asOpenTo(window, grade));
    const state = hoursAt(now, hours);
    return [ranks[state], state === 'before' ? ms(hours.opensAt) : state === 'open' ? ms(hours.closesAt) : -ms(hours.closesAt)];
  };
  return (one, other) => {
    const [[rank, at], [otherRank, otherAt]] = [place(one), place(other)];
    return rank - otherRank || at - otherAt;
  };
}

/** Is this a lottery whose wishes are still being ranked? Nothing can be full then. */
export function isWishing(now: Instant, window: WindowHours): boolean {
  return window.lottery !== undefined && hoursAt(now, window) === 'open';
}

/**
 * Until when a waiting list is served: the day of the class's first session in China. From then on a place is worth less than its
 * fee.
 */
export function waitingUntil(firstSessionDate: ChinaDate | undefined): Instant | undefined {
  return firstSessionDate && chinaInstant(firstSessionDate, '00:00' as TimeOfDay);
}

/**
 * The hours in which what a draw left is taken: the published ones; moved along where the winners' time ends later, and cut where the last
 * class begins. `begins`: when each class does, `undefined` for one without dates. `undefined`: no time is left.
 */
export function remainderHours(firstCome: Hours, wonUntil: Instant, begins: readonly (Instant | undefined)[]): Hours | undefined {
  const lateMs = ms(wonUntil) - ms(firstCome.opensAt);
  if (lateMs <= 0) return firstCome;
  const last = Math.max(...begins.map((at) => (at ? ms(at) : Number.POSITIVE_INFINITY)));
  const closesMs = Math.min(ms(firstCome.closesAt) + lateMs, last);
  return closesMs > ms(wonUntil) ? { opensAt: wonUntil, closesAt: instant(closesMs) } : undefined;
}

/** Notice that families have of an earlier close, once they may choose. */
export const CLOSE_NOTICE_HOURS = 24;

/** When a window that has opened may close at the earliest: as was said, or a day from now. Who planned on tomorrow hears of it in time. */
export function earliestNoticedClose({ closesAt }: Hours, now: Instant): Instant {
  const noticed = addMinutes(now, CLOSE_NOTICE_HOURS * 60);
  return ms(noticed) < ms(closesAt) ? noticed : closesAt;
}

export interface WhyNotInput {
  readonly now: Instant;
  readonly window: WindowHours & Staggered;
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
 * Why a child may not take this class (or, while wishes are ranked, not wish for it) now, the lasting reason first: what no waiting changes (cancelled, grade) before
 * what may change (clash, full) before what will (not yet open). `undefined`: go ahead.
 */
export function whyNot(input: WhyNotInput): NotNow | undefined {
  const { card, busy } = input;
  if (card.status === 'cancelled') return 'cancelled';
  if (!card.grades.includes(input.grade)) return 'grade';
  if (busy.some((slot) => slot.offeringId === card.offeringId)) return 'taken';
  const hours = hoursAt(input.now, hoursThatMatter(input.now, asOpenTo(input.window, input.grade)));
  if (hours === 'after') return 'closed';
  if (findClash(card.slots, busy)) return 'clash';
  if (!isWishing(input.now, input.window) && (card.waiting || card.taken >= card.capacity)) return 'full';
  return hours === 'before' ? 'not-open' : undefined;
}

/** Until when a class under size is held back: for the hours asked for, and never into the day of its first session in China. */
export function heldBackUntil(now: Instant, askHours: number, firstSessionDate: ChinaDate | undefined): Instant {
  const asked = addMinutes(now, askHours * 60);
  const begins = waitingUntil(firstSessionDate);
  return begins && begins < asked ? begins : asked;
}
