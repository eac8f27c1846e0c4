/** Orders with their payments, and the receipts that say what was paid for an enrolment. One partition an order. */
import { Part } from '@kehou/shared/billing/move';
import { Order, type OrderLine, Payment } from '@kehou/shared/billing/order';
import { Fen, PositiveFen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { create, type Item, type Page, type Table, type Write } from '../platform/table.ts';

/** What is kept beside what people see. */
export const StoredOrder = Order.extend({
  /** Tells a retry from another order with the same id. */
  fingerprint: z.string(),
  /** The one payment that may be going on: made with the order's leave, so that two taps do not open two cashiers. */
  livePaymentId: Id('payment').optional(),
  /** The payment that paid it. Another that arrives all the same is given back. */
  paidBy: Id('payment').optional(),
});
export type StoredOrder = z.infer<typeof StoredOrder>;

/** What became of a line of a payment that could not simply pay its order. */
export const LineOutcome = z.enum(['placed', 'refund', 'nothing']);
export type LineOutcome = z.infer<typeof LineOutcome>;

export const StoredPayment = Payment.extend({
  /** Who pays, and as whom the provider knows them. */
  personId: Id('person'),
  payer: z.string(),
  /** What the provider was told: the same on every retry, or it calls it another order. */
  expiresAt: Instant,
  /** By enrolment: set as each line of a late payment finds its end. */
  outcomes: z.record(z.string(), LineOutcome).default({}),
  /** Owed back and gone back so far; never more than the amount. */
  owedFen: Fen.optional(),
  refundedFen: Fen.optional(),
  /** The provider took another sum than `amountFen`, this one: a person must look; until then nothing is booked. */
  takenFen: Fen.optional(),
  parkedAt: Instant.optional(),
});
export type StoredPayment = z.infer<typeof StoredPayment>;

/** What was paid for a confirmed enrolment, and by which payment. */
export const Receipt = z.object({
  enrolmentId: Id('enrolment'),
  pupilId: Id('pupil'),
  pupilName: z.string(),
  courseName: z.string(),
  orderId: Id('order'),
  paymentId: Id('payment'),
  feeFen: PositiveFen,
  materialFen: PositiveFen,
  paidAt: Instant,
  /** Of a place that was moved to: what each payment has in it, the oldest first. `paymentId` is then the newest. */
  parts: z.array(Part).optional(),
});
export type Receipt = z.infer<typeof Receipt>;

const Pointer = z.object({ orderId: Id('order') });
const RefundPointer = z.object({ refundId: Id('refund') });
const Row = z.looseObject({ SK: z.string() });

/** Payments and refunds that one order can gather: tries of a quarter of an hour, and a refund or two a line. */
const ROWS_MAX = 200;

export interface OrderPartition {
  readonly order: StoredOrder;
  readonly payments: readonly StoredPayment[];
  readonly refundIds: readonly Id<'refund'>[];
}

/** An order with everything that belongs to it. One strongly consistent query. */
export async function readOrder(table: Table, orderId: Id<'order'>): Promise<OrderPartition | undefined> {
  const rows = await table.queryAll({ ...keys.orderPartition(orderId), consistent: true, most: ROWS_MAX }, Row);
  const order = rows.find((row) => row.SK === 'ORDER');
  if (!order) return undefined;
  return {
    order: StoredOrder.parse(order),
    payments: rows.filter((row) => row.SK.startsWith('PAYMENT#')).map((row) => StoredPayment.parse(row)),
    refundIds: rows.filter((row) => row.SK.startsWith('REFUND#')).map((row) => RefundPointer.parse(row).refundId),
  };
}

/** The order behind a provider's payment number. One read. */
export async function orderOfPayment(table: Table, paymentId: string): Promise<Id<'order'> | undefined> {
  return (await table.get(keys.paymentOrder(paymentId), Pointer))?.orderId;
}

/** Payments that a person must look at, of every school, longest waiting first. One query of the index, which may be a moment behind. */
export function parkedPayments(table: Table, page: { limit: number; cursor?: string | undefined }): Promise<Page<StoredPayment>> {
  return table.query({ index: 'GSI2', pk: keys.parkedPaymentsPartition(), ...page }, StoredPayment);
}

/** Fields that take a payment out of that list. */
export const unparked: Item = { takenFen: undefined, parkedAt: undefined, GSI2PK: undefined, GSI2SK: undefined };

/** The payment as listed by its school. */
export function paymentItem(payment: StoredPayment): Item {
  return { ...payment, ...keys.paymentsOfSchool(payment.schoolId, payment.createdAt, payment.paymentId) };
}

/** A new payment, and the way from the provider's callback to it. */
export function paymentWrites(payment: StoredPayment): Write[] {
  return [
    create(keys.payment(payment.orderId, payment.paymentId), paymentItem(payment)),
    create(keys.paymentOrder(payment.paymentId), { orderId: payment.orderId }),
  ];
}

/** What a line was paid for, under the enrolment that has the place (of a late payment: another than the line names). */
export function receiptWrite(line: OrderLine, enrolmentId: Id<'enrolment'>, payment: StoredPayment, paidAt: Instant): Write {
  const receipt: Receipt = {
    enrolmentId,
    pupilId: line.pupilId,
    pupilName: line.pupilName,
    courseName: line.courseName,
    orderId: payment.orderId,
    paymentId: payment.paymentId,
    feeFen: line.feeFen,
    materialFen: line.materialFen,
    paidAt,
  };
  return create(keys.receipt(line.pupilId, enrolmentId), receipt);
}
