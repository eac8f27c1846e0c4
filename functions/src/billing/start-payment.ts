import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { mustBeGuardianOfAll } from '../identity/own-children.ts';
import { getPerson } from '../identity/person.repository.ts';
import { keys } from '../platform/keys.ts';
import { type PayParameters, ProviderRefused, ProviderUnavailable } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, set, type Write } from '../platform/table.ts';
import { applyPayment, settleFreeOrder } from './apply-payment.ts';
import { closedWrite } from './close-order.ts';
import { type OrderPartition, paymentWrites, readOrder, StoredOrder, type StoredPayment } from './order.repository.ts';

type Route = (typeof billingRoutes)['startPayment'];
type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;

const TRIES_MAX = 4;
/** The provider takes no limit that is nearer than this. */
const LIMIT_MINUTES_MIN = 1;

/**
 * Starts paying an order, or goes on with the payment that this person started before: the intent is committed first,
 * then the provider is asked. At most one payment of an order can be paid at a time: when the other guardian starts, the
 * first one's is closed at the provider before theirs is made. Up to six round trips and two calls of the provider.
 */
export function startPayment(deps: Deps) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const partition = await mustReadOwn(deps, input, actor);
      if (partition.order.status === 'paid') return { status: 'paid', order: partition.order };
      if (partition.order.totalFen === 0) return { status: 'paid', order: await settleFreeOrder(deps, partition.order) };
      refuseLate(partition, deps.clock.now());
      try {
        const payment = await intend(deps, partition, actor);
        const parameters = payment && (await prepay(deps, partition, payment));
        if (payment && parameters) return { status: 'pay', paymentId: payment.paymentId, parameters };
      } catch (error) {
        if (error instanceof ProviderUnavailable) throw new DomainError('payment.provider_silent');
        if (!(error instanceof ConditionFailed)) throw error;
      }
      // Paid in between, closed by the sweeper, or two taps at once: look again.
    }
    throw new DomainError('request.busy');
  };
}

async function mustReadOwn(deps: Deps, input: ParsedOf<Route>, actor: Actor): Promise<OrderPartition> {
  const partition = await readOrder(deps.table, input.orderId);
  if (!partition) throw new DomainError('request.not_found');
  await mustBeGuardianOfAll(
    deps.table,
    actor,
    partition.order.lines.map((line) => line.pupilId),
  );
  return partition;
}

function refuseLate({ order }: OrderPartition, now: Instant): void {
  if (order.status === 'closing') throw new DomainError('order.closing');
  if (order.status === 'closed') throw new DomainError('order.closed');
  if (ms(order.payBefore) <= ms(now)) throw new DomainError('selection.hold_over');
}

/** The payment to go on with: this person's live one, or a new one on record. `undefined`: another was paid just now. */
async function intend(deps: Deps, { order, payments }: OrderPartition, actor: Actor): Promise<StoredPayment | undefined> {
  const now = deps.clock.now();
  const live = payments.find((payment) => payment.paymentId === order.livePaymentId && payment.status === 'created');
  const person = await getPerson(deps.table, actor.personId);
  if (!person?.openId) throw new DomainError('payment.no_payer');
  if (live && live.payer === person.openId && ms(live.expiresAt) > ms(now)) return live;
  const former = live && (await closeAtProvider(deps, live));
  if (former === 'paid') return undefined;
  const earliest = addMinutes(now, LIMIT_MINUTES_MIN);
  const payment: StoredPayment = {
    paymentId: newId('payment', ms(now)),
    orderId: order.orderId,
    schoolId: order.schoolId,
    provider: 'wechat',
    amountFen: order.totalFen,
    status: 'created',
    createdAt: now,
    personId: person.personId,
    payer: person.openId,
    expiresAt: later(order.payBefore, earliest),
    outcomes: {},
  };
  await deps.table.write([
    ...paymentWrites(payment),
    liveWrite(order, payment),
    ...(live && former === 'closed' ? [closedWrite(live)] : []),
  ]);
  return live && former === 'unknown' && (await closeLatecomer(deps, live)) === 'paid' ? undefined : payment;
}

function later(one: Instant, other: Instant): Instant {
  return ms(one) < ms(other) ? other : one;
}

/** The order gives leave to one payment at a time, and none once it is closing. */
function liveWrite(order: StoredOrder, payment: StoredPayment): Write {
  const before = order.livePaymentId;
  return set(
    keys.order(order.orderId),
    { livePaymentId: payment.paymentId },
    {
      condition: {
        expression: `#status = :pending AND ${before ? '#livePaymentId = :before' : 'attribute_not_exists(#livePaymentId)'}`,
        values: { pending: 'pending', ...(before ? { before } : {}) },
      },
    },
  );
}

type AtProvider = 'closed' | 'paid' | 'unknown';

/** `paid`: and has been applied. `unknown`: it is not there; whoever makes it may still be on the way. */
async function closeAtProvider(deps: Deps, payment: StoredPayment): Promise<AtProvider> {
  const state = await deps.payments.closePayment(payment.paymentId);
  const applied = await applyPayment(deps)(payment.paymentId, state, payment.orderId);
  if (applied === 'paid' || applied === 'late') return 'paid';
  return state.state === 'unknown' ? 'unknown' : 'closed';
}

/**
 * The provider did not know the other guardian's payment when it was to be closed: they may have reached it just after, and before the
 * order gave its leave to another. From here on they find that out by themselves. What is still not there stays open here, and is
 * asked for again when the order ends.
 */
async function closeLatecomer(deps: Deps, payment: StoredPayment): Promise<AtProvider> {
  const stands = await closeAtProvider(deps, payment);
  if (stands === 'closed') await deps.table.write([closedWrite(payment)]);
  return stands;
}

/** `undefined`: the payment's number has run its course; what became of it has been applied, and its end is on record. */
async function prepay(deps: Deps, { order }: OrderPartition, payment: StoredPayment): Promise<PayParameters | undefined> {
  let parameters: PayParameters;
  try {
    parameters = await deps.payments.prepay({
      paymentId: payment.paymentId,
      description: descriptionOf(order),
      amountFen: payment.amountFen,
      payer: payment.payer,
      expiresAt: payment.expiresAt,
    });
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error;
    if (error.reason === 'refused') {
      deps.log.error('provider refused a payment', { paymentId: payment.paymentId, code: error.code });
      throw new DomainError('payment.refused');
    }
    if ((await closeAtProvider(deps, payment)) !== 'paid') await deps.table.write([closedWrite(payment)]);
    return undefined;
  }
  // The sweeper may have closed the order while the provider was making its own: then nobody may pay that one.
  const now = await deps.table.get(keys.order(order.orderId), StoredOrder);
  if (now?.status === 'pending' && now.livePaymentId === payment.paymentId) return parameters;
  await closeAtProvider(deps, payment);
  return undefined;
}

/** What stands on the payer's bill: the school and the classes, no child's name. */
function descriptionOf(order: StoredOrder): string {
  return `${order.schoolName} ${[...new Set(order.lines.map((line) => line.courseName))].join('、')}`;
}
