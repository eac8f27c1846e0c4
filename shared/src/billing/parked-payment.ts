/**
 * A payment for which the provider took another sum than we asked for. Nothing is booked and no seat moves until a person has had the
 * provider asked once more: then the whole sum goes back to who paid it, or, where the provider now says otherwise, that takes effect.
 */
import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { Order } from './order.ts';

export const ParkedPayment = z.object({
  paymentId: Id('payment'),
  orderId: Id('order'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  /** What we asked for, and what the provider said that it took. */
  askedFen: Fen,
  takenFen: Fen,
  parkedAt: Instant,
  createdAt: Instant,
  /** What was ordered, and how the order stands: it may have been paid by another payment since. */
  lines: Order.shape.lines,
  orderStatus: Order.shape.status,
});
export type ParkedPayment = z.infer<typeof ParkedPayment>;

/**
 * - `returning`: the money is there; it is on the books, owed to who paid it, and on its way back as the refund `refundId`.
 * - `applied`: the provider now says that it took what was asked: the payment took effect as any other.
 * - `not-paid`: the provider knows of no money for it: there is nothing to give back.
 */
export const ReturnOutcome = z.enum(['returning', 'applied', 'not-paid']);
export type ReturnOutcome = z.infer<typeof ReturnOutcome>;
