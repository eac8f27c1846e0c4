import * as z from 'zod';
import { Fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant } from '../kernel/time.ts';
import { Slot } from '../offering/offering.ts';

/**
 * taking → held → confirmed → cancelled, with what may go wrong on the way:
 * `lost` no seat was left; `closing` the hold ran out or was given up and its order is being closed; `lapsed` it was.
 * lost, lapsed and cancelled are final; a new try is a new enrolment.
 */
export const EnrolmentStatus = z.enum(['taking', 'held', 'closing', 'confirmed', 'lost', 'lapsed', 'cancelled']);
export type EnrolmentStatus = z.infer<typeof EnrolmentStatus>;

export const enrolmentMoves: Readonly<Record<EnrolmentStatus, readonly EnrolmentStatus[]>> = {
  // Confirmed at once: a move from another class for which nothing more is to be paid.
  taking: ['held', 'confirmed', 'lost'],
  held: ['closing', 'confirmed'],
  // Closing finds out that the provider was paid after all: the seat is still there, so it is confirmed.
  closing: ['lapsed', 'confirmed'],
  confirmed: ['cancelled'],
  lost: [],
  lapsed: [],
  cancelled: [],
};

export function isFinal(status: EnrolmentStatus): boolean {
  return enrolmentMoves[status].length === 0;
}

/** The child is among the holders of the class's seats. */
export function isHolding(status: EnrolmentStatus): boolean {
  return status === 'held' || status === 'closing' || status === 'confirmed';
}

/** Where a place came from that a family has moved to in the trial period, and what that did to the money. */
export const MovedFrom = z.object({
  enrolmentId: Id('enrolment'),
  offeringId: Id('offering'),
  courseName: z.string(),
  /** When it was asked for: sessions that begin later are the new class's, those before it the old one's. */
  at: Instant,
  /** What was left of the old class by the rule of refunds (D5). */
  creditFen: PositiveFen,
  /** What the new one costs: its sessions to come, and its pack when it was chosen. */
  priceFen: PositiveFen,
  /** The pack's part of the price. */
  materialFen: PositiveFen,
  /** The difference: one of the two is nothing. */
  dueFen: PositiveFen,
  backFen: PositiveFen,
  /** The school has made one class of two; the family did not ask. */
  merged: z.literal(true).optional(),
  /** The family's own moves in a trial period that led here: none that the school made, nor those out of a class that it held back. */
  number: z.int().min(0),
});
export type MovedFrom = z.infer<typeof MovedFrom>;

export const Enrolment = z.object({
  enrolmentId: Id('enrolment'),
  pupilId: Id('pupil'),
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  termId: Id('term'),
  windowId: Id('window'),
  status: EnrolmentStatus,
  courseName: z.string(),
  instructorName: z.string(),
  roomName: z.string(),
  slots: z.array(Slot),
  feeFen: PositiveFen,
  sessionCount: z.int(),
  firstSessionDate: ChinaDate.optional(),
  /** Paid for so far, materials apart; set when confirmed. */
  paidFen: Fen.optional(),
  /** Paid for the material pack beside it; 0 when none was bought, absent until confirmed. */
  materialFen: PositiveFen.optional(),
  /** From then on the pack is not refunded. */
  materialHandedOutAt: Instant.optional(),
  orderId: Id('order').optional(),
  takenAt: Instant,
  /** A place that came free and was offered in the order of the waiting list, rather than taken. */
  offer: z.object({ waitId: Id('wait'), joinedAt: Instant }).optional(),
  /** A place that the school keeps for a purpose, and gave to this child: named as published. */
  reservedFor: z.string().optional(),
  /** The family gave it back before it was paid; else a hold that lapses ran out. (It may turn out to be paid all the same.) */
  givenUp: z.literal(true).optional(),
  /** Won in the draw of a lottery. */
  drawn: z.literal(true).optional(),
  /** Offered while the child has another class at that hour: the hour is claimed when the place is ordered, once it is free. */
  slotsPending: z.literal(true).optional(),
  /** Pay before this; set from the moment of taking. */
  holdUntil: Instant,
  /** Also of a place that lapsed without being paid for, where its class was called off before its time was over: `school`, `under-size`. */
  cancelReason: z.enum(['parent', 'under-size', 'school', 'late-payment', 'moved', 'wrong-sum', 'left-school']).optional(),
  /** Moved to from another class; until it is confirmed that other place stays the child's. */
  movedFrom: MovedFrom.optional(),
  /** A move to another class is under way; this place is given up when that one is confirmed, not before. */
  movingTo: z.object({ enrolmentId: Id('enrolment'), courseName: z.string() }).optional(),
  /** Given up for that one. Sessions that begin after `at` are the other class's. */
  movedTo: z.object({ enrolmentId: Id('enrolment'), offeringId: Id('offering'), courseName: z.string(), at: Instant }).optional(),
});
export type Enrolment = z.infer<typeof Enrolment>;

/** Why its class was called off, where the place ended with it: paid for and given back, or never paid for. */
export function calledOffWith({ status, cancelReason }: Pick<Enrolment, 'status' | 'cancelReason'>): 'under-size' | 'school' | undefined {
  if (status !== 'cancelled' && status !== 'lapsed') return undefined;
  return cancelReason === 'under-size' || cancelReason === 'school' ? cancelReason : undefined;
}

/** Is a session of the class the child's? Of a class that was moved from, those until then; of the one moved to, those after it. */
export function isTheirs(enrolment: Pick<Enrolment, 'movedFrom' | 'movedTo'>, session: { readonly startsAt: Instant }): boolean {
  const { movedFrom, movedTo } = enrolment;
  return (!movedFrom || session.startsAt > movedFrom.at) && (!movedTo || session.startsAt <= movedTo.at);
}

/** Does the child belong in this class's sessions: confirmed, or moved away after some of them? */
export function hasSessions(enrolment: Pick<Enrolment, 'status' | 'movedTo'>): boolean {
  return enrolment.status === 'confirmed' || (enrolment.status === 'cancelled' && enrolment.movedTo !== undefined);
}
