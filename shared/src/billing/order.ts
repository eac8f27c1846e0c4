import * as z from 'zod';
import { PersonName } from '../identity/person.ts';
import { Fen, PositiveFen, sumFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/** Lines an order may have: its transaction must stay under 100 items. */
export const ORDER_LINES_MAX = 10;

/**
 * pending → paid, or pending → closing → closed. `closing`: no new payment may start while the provider's order is being
 * closed; it may still turn out to be paid.
 */
export const OrderStatus = z.enum(['pending', 'closing', 'paid', 'closed']);
export type OrderStatus = z.infer<typeof OrderStatus>;
export const orderMoves: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['paid', 'closing'],
  closing: ['paid', 'closed'],
  // A payment that arrives after closing is booked and becomes a place or a refund; the order stays closed.
  closed: [],
  paid: [],
};

export const OrderLine = z.object({
  enrolmentId: Id('enrolment'),
  pupilId: Id('pupil'),
  pupilName: PersonName,
  offeringId: Id('offering'),
  courseName: z.string(),
  feeFen: PositiveFen,
  /** The material pack, when it was chosen. */
  materialFen: PositiveFen,
  materialName: z.string().optional(),
  /** A move to this class: the fee of the line is what remained to be paid, this much was carried over from that class. */
  moved: z.object({ fromCourseName: z.string(), creditFen: PositiveFen }).optional(),
});
export type OrderLine = z.infer<typeof OrderLine>;

export const Order = z.object({
  orderId: Id('order'),
  personId: Id('person'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  lines: z.array(OrderLine).min(1).max(ORDER_LINES_MAX),
  totalFen: Fen,
  status: OrderStatus,
  /** The earliest end of a hold among its lines. */
  payBefore: Instant,
  placedAt: Instant,
  paidAt: Instant.optional(),
  refundedFen: Fen,
});
export type Order = z.infer<typeof Order>;

/** One try to pay an order with a provider. */
export const Payment = z.object({
  paymentId: Id('payment'),
  orderId: Id('order'),
  schoolId: Id('organisation'),
  provider: z.enum(['wechat', 'none']),
  amountFen: Fen,
  status: z.enum(['created', 'paid', 'closed']),
  providerTransactionId: z.string().optional(),
  createdAt: Instant,
  paidAt: Instant.optional(),
});
export type Payment = z.infer<typeof Payment>;

export const PayParameters = z.object({
  timeStamp: z.string(),
  nonceStr: z.string(),
  package: z.string(),
  signType: z.literal('RSA'),
  paySign: z.string(),
});

/** What a line costs: the fee, and the material pack when it was chosen. */
export function lineFen(line: Pick<OrderLine, 'feeFen' | 'materialFen'>): Fen {
  return sumFen([line.feeFen, line.materialFen]);
}

export function totalOf(lines: readonly Pick<OrderLine, 'feeFen' | 'materialFen'>[]): Fen {
  return sumFen(lines.map(lineFen));
}
