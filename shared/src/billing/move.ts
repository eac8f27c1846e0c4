/**
 * Moving to another class in the trial period. What is left of the old class by the rule of refunds (D5) counts against what the new one
 * costs: its sessions still to come. The difference is paid, or comes back.
 */
import * as z from 'zod';
import { type Fen, fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { addDays, ChinaDate, chinaDate, Instant, ms, weekdayOf } from '../kernel/time.ts';
import { HeldBack, MaterialPack, Offering, type Session } from '../offering/offering.ts';

/** How often a family may move a place on by itself in the trial period; a class that is held back is left whatever came before. */
export const MOVES_MAX = 3;
/** Payments that a place may be made of, one a dearer move: a refund of it goes back to each of them, in one transaction. */
export const PLACE_PAYMENTS_MAX = 8;
const DAYS_A_WEEK = 7;

type Dated = Pick<Session, 'startsAt' | 'status'>;

/** The last day of the trial: the Sunday of the last trial week, counted from the week of the first session. `undefined`: nothing is dated. */
export function trialEndsOn(sessions: readonly Dated[], trialWeeks: number): ChinaDate | undefined {
  const [first] = sessions
    .filter(({ status }) => status === 'scheduled')
    .map(({ startsAt }) => startsAt)
    .sort();
  if (!first || trialWeeks === 0) return undefined;
  const day = chinaDate(first);
  return addDays(day, DAYS_A_WEEK - weekdayOf(day) + DAYS_A_WEEK * (trialWeeks - 1));
}

/** Those that one pays for when one comes in now. */
export function sessionsToCome<S extends Dated>(sessions: readonly S[], now: Instant): S[] {
  return sessions.filter(({ status, startsAt }) => status === 'scheduled' && ms(startsAt) > ms(now));
}

export interface MoveSums {
  /** What the new class costs, pack included. */
  readonly priceFen: Fen;
  /** Of the credit, what pays for it. */
  readonly carriedFen: Fen;
  readonly dueFen: Fen;
  readonly backFen: Fen;
  /** dueFen − backFen: above nothing it is paid, below it comes back. */
  readonly differenceFen: Fen;
}

export function countMove({ creditFen, feeFen, packFen }: { creditFen: number; feeFen: number; packFen: number }): MoveSums {
  const price = feeFen + packFen;
  return {
    priceFen: fen(price),
    carriedFen: fen(Math.min(price, creditFen)),
    dueFen: fen(Math.max(0, price - creditFen)),
    backFen: fen(Math.max(0, creditFen - price)),
    differenceFen: fen(price - creditFen),
  };
}

/** What one payment has in a place. `paidFen`: the whole payment, which the provider wants to hear with every refund of it. */
export const Part = z.object({ orderId: Id('order'), paymentId: Id('payment'), amountFen: PositiveFen, paidFen: PositiveFen });
export type Part = z.infer<typeof Part>;

/**
 * Divides what payments have in a place, the oldest first: to each of `sums` in turn as much as it asks for. The parts of each add up
 * to it; what one payment gives is never more than it has. Throws when they ask for more than there is.
 */
export function divideParts(parts: readonly Part[], sums: readonly number[]): Part[][] {
  const left = parts.map(({ amountFen }) => amountFen as number);
  return sums.map((sum) => {
    let open = sum;
    const taken: Part[] = [];
    for (const [index, part] of parts.entries()) {
      const take = Math.min(open, left[index] ?? 0);
      if (take <= 0) continue;
      left[index] = (left[index] ?? 0) - take;
      open -= take;
      taken.push({ ...part, amountFen: fen(take) });
    }
    if (open > 0) throw new RangeError(`${sum} fen asked for and ${sum - open} there`);
    return taken;
  });
}

/** A class that the child may move to. */
export const MoveOption = Offering.pick({
  offeringId: true,
  courseName: true,
  courseKind: true,
  instructorName: true,
  roomName: true,
  slots: true,
}).extend({
  seatsLeft: z.int().min(1),
  /** Still to come: what one pays for. */
  sessionsToCome: z.int().min(1),
  firstSessionDate: ChinaDate,
  feePerSessionFen: PositiveFen,
  feeFen: PositiveFen,
  materialPack: MaterialPack.optional(),
  /** It is under its smallest size itself: whether it runs is said by then. */
  heldBackUntil: Instant.optional(),
});
export type MoveOption = z.infer<typeof MoveOption>;

/** What is left of the class that one would move from. */
export const MoveStart = z.object({
  enrolmentId: Id('enrolment'),
  courseName: z.string(),
  creditFen: PositiveFen,
  feeFen: PositiveFen,
  materialFen: PositiveFen,
  sessionsLeft: z.int(),
  sessionCount: z.int(),
  /** The last day on which it may be moved from; absent: nothing is dated yet. */
  endsOn: ChinaDate.optional(),
  /** It is under its smallest size: until when one may move, and where the school suggests. */
  heldBack: HeldBack.optional(),
});
export type MoveStart = z.infer<typeof MoveStart>;
