/**
 * The one way in which a payment takes effect, whether the provider called back or we asked. One transaction pays the
 * order, confirms its seats and books the money; telling it again changes nothing.
 *
 * What cannot simply pay its order has come late: the order was closed, or paid by another payment, or a seat of it is
 * gone. The money is booked all the same (it is there), and then each line by itself becomes a place, if its seat is still
 * held or there is room for a new attempt, or a refund that nobody has to ask for. Each line's end is written down with
 * what it did, so that the sweeper or another callback goes on where a crash left off.
 */
import { lineFen, type OrderLine } from '@kehou/shared/billing/order';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { auditWrite } from '../organisation/audit.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { PaymentState } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { type Condition, ConditionFailed, create, set, update, type Write } from '../platform/table.ts';
import { getEnrolment, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import { isMoving } from '../selection/move-place.ts';
import { retake } from '../selection/retake.ts';
import { ledgerWrites } from './ledger.repository.ts';
import {
  type LineOutcome,
  type OrderPartition,
  orderOfPayment,
  paymentWrites,
  readOrder,
  type StoredOrder,
  type StoredPayment,
  unparked,
} from './order.repository.ts';
import { enrolmentsOf, leaveSeats, mayConfirm, placeWrites, placingOf } from './place-line.ts';
import { approvedRefundWrites } from './refund.repository.ts';

export type ApplyDeps = Pick<Platform, 'table' | 'clock' | 'log'>;
export type Applied =
  /** It pays its order, now or before. */
  | 'paid'
  /** It came too late and has become places and refunds. */
  | 'late'
  /** The provider took another sum than we asked for; a person looks. */
  | 'parked'
  /** There is no money in it (yet). */
  | 'not-paid'
  /** No payment of ours. */
  | 'unknown';

const TRIES_MAX = 5;
/** When the sweeper looks at a late payment whose lines are not all at their end. */
const LATE_DUE_MINUTES = 2;
/** A new attempt for someone who has paid is confirmed at once; this is what is left if the process dies in between. */
const RETAKE_MINUTES = 15;

type PaidState = Extract<PaymentState, { state: 'paid' | 'refunded' }>;
interface Arrival {
  readonly order: StoredOrder;
  readonly payment: StoredPayment;
  /** Another payment of the order is open. */
  readonly others: boolean;
  readonly paid: PaidState;
  readonly now: Instant;
}

/** Idempotent. Four round trips for a payment in time (one more when only the payment's number is known). */
export function applyPayment(deps: ApplyDeps) {
  return async (paymentId: string, state: PaymentState, knownOrderId?: Id<'order'>): Promise<Applied> => {
    if (state.state !== 'paid' && state.state !== 'refunded') return 'not-paid';
    // The number comes from outside: what is no id of ours is no payment of ours.
    if (!Id('payment').safeParse(paymentId).success) return 'unknown';
    const orderId = knownOrderId ?? (await orderOfPayment(deps.table, paymentId));
    if (!orderId) return 'unknown';
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const partition = await readOrder(deps.table, orderId);
      const payment = partition?.payments.find((candidate) => candidate.paymentId === paymentId);
      if (!partition || !payment) return 'unknown';
      if (payment.status === 'paid') return resolveLate(deps, partition.order, payment);
      const others = partition.payments.some((other) => other.paymentId !== paymentId && other.status === 'created');
      const arrival: Arrival = { order: partition.order, payment, others, paid: state, now: deps.clock.now() };
      try {
        return await (state.amountFen === payment.amountFen ? arrive(deps, arrival) : park(deps, arrival));
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new DomainError('request.busy');
  };
}

async function arrive(deps: ApplyDeps, arrival: Arrival): Promise<Applied> {
  const { order, payment } = arrival;
  const inTime = order.status === 'pending' || order.status === 'closing';
  const enrolments = inTime ? await enrolmentsOf(deps.table, order) : [];
  const placings = await Promise.all(
    order.lines.map(async (line, index) => {
      const enrolment = enrolments[index];
      return enrolment && mayConfirm(enrolment, order) ? placingOf(deps.table, line, enrolment, payment, arrival.now) : undefined;
    }),
  );
  const placed = placings.filter((placing) => placing !== undefined);
  const whole = placed.length === order.lines.length;
  const outcomes = Object.fromEntries(placed.map(({ line }) => [line.enrolmentId, 'placed' as const]));
  await deps.table.write([
    paidWrite(arrival, outcomes, whole),
    ...(inTime ? [orderPaidWrite(arrival)] : []),
    ...placed.flatMap(({ writes }) => writes),
    ...bookingWrites(arrival),
  ]);
  await leaveSeats(deps.table, placed);
  if (whole) {
    deps.log.info('payment applied', { paymentId: payment.paymentId, orderId: order.orderId });
    return 'paid';
  }
  deps.log.warn('payment came late', { paymentId: payment.paymentId, orderId: order.orderId, status: order.status });
  const partition = await readOrder(deps.table, order.orderId);
  return partition ? resolveLate(deps, partition.order, mustFind(partition, payment.paymentId)) : 'late';
}

function mustFind({ payments }: OrderPartition, paymentId: string): StoredPayment {
  const payment = payments.find((candidate) => candidate.paymentId === paymentId);
  if (!payment) throw new Error(`payment ${paymentId} is gone`);
  return payment;
}

const notPaidYet: Condition = { expression: '#status <> :paid', values: { paid: 'paid' } };

function paidWrite({ payment, paid, now }: Arrival, outcomes: Record<string, LineOutcome>, whole: boolean): Write {
  return set(
    keys.payment(payment.orderId, payment.paymentId),
    {
      status: 'paid',
      paidAt: paid.paidAt,
      providerTransactionId: paid.providerTransactionId,
      outcomes,
      ...unparked,
      ...(whole ? {} : keys.due(payment.paymentId, addMinutes(now, LATE_DUE_MINUTES))),
    },
    { condition: notPaidYet },
  );
}

/**
 * Another payment of the order may be open at the provider (the other guardian's, while this one's money was on its way): then the
 * order stays due, and the sweeper closes that one.
 */
function orderPaidWrite({ order, payment, others, paid, now }: Arrival): Write {
  const live = order.livePaymentId;
  const due = others ? keys.due(order.orderId, now) : { GSI2PK: undefined, GSI2SK: undefined };
  return set(
    keys.order(order.orderId),
    { status: 'paid', paidAt: paid.paidAt, paidBy: payment.paymentId, ...due },
    {
      condition: {
        expression: `#status IN (:pending, :closing) AND ${live ? '#livePaymentId = :live' : 'attribute_not_exists(#livePaymentId)'}`,
        values: { pending: 'pending', closing: 'closing', ...(live ? { live } : {}) },
      },
    },
  );
}

/** The money is at the provider, and the school's fund; who did it goes on the audit trail. */
function bookingWrites({ order, payment, paid, now }: Arrival): Write[] {
  return [
    ...ledgerWrites({
      id: `payment#${payment.paymentId}`,
      schoolId: order.schoolId,
      at: now,
      reason: 'payment',
      subject: order.orderId,
      entries: [
        { account: 'transit', amountFen: paid.amountFen },
        { account: 'fund', amountFen: -paid.amountFen },
      ],
    }),
    auditWrite({
      organisationId: order.schoolId,
      at: now,
      actor: { personId: `provider:${payment.provider}`, requestId: payment.paymentId },
      action: 'billing.payment-received',
      subject: payment.paymentId,
      details: { orderId: order.orderId, amountFen: paid.amountFen, providerTransactionId: paid.providerTransactionId },
    }),
  ];
}

/** Nothing is booked and no seat moves: somebody finds out first why the sums differ, and gives the money back (`return-payment.ts`). */
async function park(deps: ApplyDeps, { order, payment, paid, now }: Arrival): Promise<Applied> {
  deps.log.error('payment differs from what was asked', { paymentId: payment.paymentId, orderId: order.orderId });
  if (payment.parkedAt) return 'parked';
  await deps.table.write([
    set(
      keys.payment(payment.orderId, payment.paymentId),
      {
        takenFen: paid.amountFen,
        parkedAt: now,
        ...keys.parkedPayments(now, payment.paymentId),
      },
      { condition: notPaidYet },
    ),
    auditWrite({
      organisationId: order.schoolId,
      at: now,
      actor: { personId: `provider:${payment.provider}`, requestId: payment.paymentId },
      action: 'billing.payment-parked',
      subject: payment.paymentId,
      details: { orderId: order.orderId, askedFen: payment.amountFen, takenFen: paid.amountFen },
    }),
  ]);
  return 'parked';
}

/** Brings every line of a late payment to its end. Safe to repeat from any point; for one in time there is nothing to do. */
async function resolveLate(deps: ApplyDeps, order: StoredOrder, payment: StoredPayment): Promise<Applied> {
  const open = order.lines.filter((line) => payment.outcomes[line.enrolmentId] === undefined);
  const wasLate =
    open.length > 0 || Object.values(payment.outcomes).some((outcome) => outcome !== 'placed') || order.paidBy !== payment.paymentId;
  for (const line of open) await resolveLine(deps, order, payment, line);
  if (open.length > 0) {
    const key = keys.payment(payment.orderId, payment.paymentId);
    await deps.table.write([set(key, { GSI2PK: undefined, GSI2SK: undefined })]);
  }
  return wasLate ? 'late' : 'paid';
}

async function resolveLine(deps: ApplyDeps, order: StoredOrder, payment: StoredPayment, line: OrderLine): Promise<void> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const place = await findPlace(deps, order, payment, line);
    const now = deps.clock.now();
    const placing = place && (await placingOf(deps.table, line, place, payment, now));
    try {
      if (placing) {
        await deps.table.write([...placing.writes, outcomeWrite(payment, line, 'placed')]);
        await leaveSeats(deps.table, [placing]);
      } else if (lineFen(line) === 0) {
        await deps.table.write([outcomeWrite(payment, line, 'nothing')]);
      } else {
        await deps.table.write(lateRefundWrites(payment, line, now));
      }
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // Someone else brought this line to its end, or the seat moved under us.
      const again = await readOrder(deps.table, order.orderId);
      if (again && mustFind(again, payment.paymentId).outcomes[line.enrolmentId] !== undefined) return;
    }
  }
  throw new DomainError('request.busy');
}

/** An enrolment that this payment may confirm for the line; `undefined`: the money goes back. */
async function findPlace(
  deps: ApplyDeps,
  order: StoredOrder,
  payment: StoredPayment,
  line: OrderLine,
): Promise<StoredEnrolment | undefined> {
  // Paid by another payment already: this one buys nothing.
  if (order.paidBy !== undefined && order.paidBy !== payment.paymentId) return undefined;
  const enrolment = await getEnrolment(deps.table, line.pupilId, line.enrolmentId);
  if (!enrolment) return undefined;
  if (mayConfirm(enrolment, order)) return enrolment;
  // A move is as it was shown or not at all: what it was counted from may have changed.
  if (enrolment.status !== 'lapsed' || isMoving(enrolment)) return undefined;
  const again = await retake(deps, enrolment, retakenId(payment.paymentId, line.enrolmentId), addMinutes(deps.clock.now(), RETAKE_MINUTES));
  // Ordered anew by a parent who was quicker, or confirmed by that order: then this money goes back.
  return again?.status === 'held' && again.orderId === undefined ? again : undefined;
}

/** The attempt that a late payment makes for a line: the same, however often it is tried. */
export function retakenId(paymentId: Id<'payment'>, enrolmentId: Id<'enrolment'>): Id<'enrolment'> {
  return derivedId('enrolment', paymentId, enrolmentId);
}

function outcomeWrite(payment: StoredPayment, line: OrderLine, outcome: LineOutcome): Write {
  return update(keys.payment(payment.orderId, payment.paymentId), 'SET #outcomes.#line = :outcome', {
    values: { outcome },
    names: { '#line': line.enrolmentId },
    condition: { expression: 'attribute_not_exists(#outcomes.#line)', names: { '#line': line.enrolmentId } },
  });
}

/** The line's outcome is written with what is owed: both are the payment's, and a transaction touches an item once. */
function lateRefundWrites(payment: StoredPayment, line: OrderLine, now: Instant): Write[] {
  const refundId = newId('refund', ms(now));
  return [
    ...approvedRefundWrites({
      refundId,
      line,
      enrolmentId: line.enrolmentId,
      payment,
      cause: 'late-payment',
      sessionsLeft: 0,
      now,
      lateLine: line.enrolmentId,
    }),
    create(keys.refundOfLatePayment(line.pupilId, line.enrolmentId, payment.paymentId), { refundId, live: true }),
  ];
}

/** An order of ¥0 needs no provider: paid by a payment of nothing, its seats confirmed. Idempotent. */
export async function settleFreeOrder(deps: ApplyDeps, order: StoredOrder): Promise<StoredOrder> {
  const now = deps.clock.now();
  const enrolments = await enrolmentsOf(deps.table, order);
  const payment: StoredPayment = {
    paymentId: newId('payment', ms(now)),
    orderId: order.orderId,
    schoolId: order.schoolId,
    provider: 'none',
    amountFen: fen(0),
    status: 'paid',
    createdAt: now,
    paidAt: now,
    personId: order.personId,
    payer: '',
    expiresAt: order.payBefore,
    outcomes: Object.fromEntries(order.lines.map((line) => [line.enrolmentId, 'placed' as const])),
  };
  const confirmed = order.lines.flatMap((line, index) => {
    const enrolment = enrolments[index];
    return enrolment && mayConfirm(enrolment, order) ? placeWrites(line, enrolment, payment, now) : [];
  });
  if (confirmed.length === 2 * order.lines.length) {
    try {
      await deps.table.write([
        ...paymentWrites(payment),
        set(
          keys.order(order.orderId),
          { status: 'paid', paidAt: now, paidBy: payment.paymentId, GSI2PK: undefined, GSI2SK: undefined },
          { condition: { expression: '#status = :pending', values: { pending: 'pending' } } },
        ),
        ...confirmed,
      ]);
      return { ...order, status: 'paid', paidAt: now, paidBy: payment.paymentId };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  const again = await readOrder(deps.table, order.orderId);
  if (again?.order.status === 'paid') return again.order;
  throw new DomainError('selection.hold_over', { orderId: order.orderId });
}

/** The sweeper found a late payment whose lines are not all at their end. */
export function continueLatePayment(deps: ApplyDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const orderId = Id('order').parse(item.orderId);
    const partition = await readOrder(deps.table, orderId);
    const payment = partition?.payments.find((candidate) => candidate.paymentId === item.paymentId);
    if (partition && payment?.status === 'paid') await resolveLate(deps, partition.order, payment);
  };
}
