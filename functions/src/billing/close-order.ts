/**
 * Closing an order, and ending a hold.
 *
 * An order closes as a whole: it is one sum at the provider, which cannot be made smaller. So when the hold of one of its
 * lines runs out, or one seat is given up, the order is closed; that seat goes, and the other seats stay held for as long
 * as they were, to be ordered anew. (Seats taken together run out together, so this is mostly about giving one up.)
 *
 * The order of things is what keeps a payment from meeting an empty chair: the enrolment becomes `closing` (it cannot be
 * ordered any more), the order becomes `closing` (no new payment can start), every payment is closed at the provider (one
 * that turns out to be paid is applied, and all is well), the order becomes `closed`, and only then does the enrolment
 * lapse and its seat go. Each step is conditional and may be repeated by whoever comes next.
 */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, ms } from '@kehou/shared/kernel/time';
import { isFinal } from '@kehou/shared/selection/enrolment';
import { keys } from '../platform/keys.ts';
import { ProviderUnavailable } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, present, set, type Table } from '../platform/table.ts';
import {
  claimClosing,
  type EndedBy,
  finishLapse,
  getEnrolment,
  resolveTaking,
  StoredEnrolment,
} from '../selection/enrolment.repository.ts';
import { leaveSeat } from '../selection/move-place.ts';
import { applyPayment } from './apply-payment.ts';
import { readOrder, StoredOrder, type StoredPayment } from './order.repository.ts';

export type CloseDeps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;
const TRIES_MAX = 4;
/** When the sweeper comes back to a hold that could not be ended because the provider did not answer. */
const RETRY_MINUTES = 1;

/**
 * Closes an order at the provider and here; `paid` when it turns out to be paid. Idempotent. Throws
 * {@link ProviderUnavailable}: the order stays `closing`, and whoever repeats this finishes it.
 */
export async function closeOrder(deps: CloseDeps, orderId: Id<'order'>): Promise<'closed' | 'paid'> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    await claimOrder(deps.table, orderId);
    // Read after the claim: from here on no payment is added.
    const partition = await readOrder(deps.table, orderId);
    if (!partition || partition.order.status === 'closed') return 'closed';
    if (partition.order.status === 'paid') return 'paid';
    const open = partition.payments.filter((payment) => payment.status === 'created');
    for (const payment of open) {
      const state = await deps.payments.closePayment(payment.paymentId);
      if ((await applyPayment(deps)(payment.paymentId, state, orderId)) === 'paid') return 'paid';
    }
    try {
      await deps.table.write([
        set(
          keys.order(orderId),
          { status: 'closed', GSI2PK: undefined, GSI2SK: undefined },
          { condition: { expression: '#status = :closing', values: { closing: 'closing' } } },
        ),
        ...open.map((payment) => closedWrite(payment)),
      ]);
      return 'closed';
    } catch (error) {
      // Paid by a callback in between, or closed by another: look again.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  throw new DomainError('request.busy');
}

async function claimOrder(table: Table, orderId: Id<'order'>): Promise<void> {
  try {
    const pending = { expression: '#status = :pending', values: { pending: 'pending' } };
    await table.write([set(keys.order(orderId), { status: 'closing' }, { condition: pending })]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** A payment that was not paid in its time. Paid all the same (a late callback), it stays so. */
export function closedWrite(payment: StoredPayment) {
  return set(
    keys.payment(payment.orderId, payment.paymentId),
    { status: 'closed' },
    { condition: { expression: '#status = :created', values: { created: 'created' } } },
  );
}

/**
 * Ends a hold that ran out or is given up, and answers the enrolment as it then is: `lapsed`, or `confirmed` when its
 * order turned out to be paid. `by`: the family gives it up, or its class is called off, which is on record from the claim on. Idempotent. Throws {@link ProviderUnavailable}.
 */
export async function endHold(deps: CloseDeps, enrolment: StoredEnrolment, by?: EndedBy): Promise<StoredEnrolment> {
  const { table } = deps;
  const claimed = await claimClosing(table, enrolment, by);
  if (claimed.status !== 'closing') return claimed;
  // Read anew: an order may have been placed between the caller's read and the claim.
  const current = await mustGetEnrolment(table, enrolment);
  if (current.status !== 'closing') return current;
  if (current.orderId) await closeOrder(deps, current.orderId);
  await finishLapse(table, current);
  return mustGetEnrolment(table, enrolment);
}

async function mustGetEnrolment(table: Table, enrolment: StoredEnrolment): Promise<StoredEnrolment> {
  const found = await getEnrolment(table, enrolment.pupilId, enrolment.enrolmentId);
  if (!found) throw new DomainError('request.not_found');
  return found;
}

type GiveUp = (typeof billingRoutes)['giveUpSeat'];

/**
 * Gives a held seat back before it is paid. Asked again, answers how it stands. When the provider does not answer, the
 * seat is left `closing` and the sweeper ends it a minute later. Up to nine round trips and a call of the provider.
 */
export function giveUpSeat(deps: CloseDeps) {
  return async (input: ParsedOf<GiveUp>, _actor: Actor): Promise<ReplyOf<GiveUp>> => {
    const enrolment = await getEnrolment(deps.table, input.pupilId, input.enrolmentId);
    if (!enrolment) throw new DomainError('request.not_found');
    if (enrolment.status === 'confirmed') throw new DomainError('order.already_paid', { enrolmentId: enrolment.enrolmentId });
    if (isFinal(enrolment.status)) return enrolment;
    if (enrolment.status === 'taking') {
      await resolveTaking(deps, enrolment);
      return mustGetEnrolment(deps.table, enrolment);
    }
    try {
      return await endHold(deps, enrolment, 'family');
    } catch (error) {
      if (!(error instanceof ProviderUnavailable)) throw error;
      await comeBackSoon(deps, enrolment);
      return mustGetEnrolment(deps.table, enrolment);
    }
  };
}

async function comeBackSoon({ table, clock }: CloseDeps, enrolment: StoredEnrolment): Promise<void> {
  const soon = keys.due(enrolment.enrolmentId, addMinutes(clock.now(), RETRY_MINUTES));
  try {
    await table.write([
      set(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), soon, {
        condition: { expression: '#status = :closing', values: { closing: 'closing' } },
      }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** The sweeper found an enrolment whose time is over: a try that nobody finished, a hold that ran out, a place moved from with its seat not freed. Idempotent. */
export function enrolmentIsDue(deps: CloseDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    // The index may lag: what counts is the item.
    const { pupilId, enrolmentId } = StoredEnrolment.parse(item);
    const enrolment = await getEnrolment(deps.table, pupilId, enrolmentId);
    if (!enrolment) return;
    if (enrolment.status === 'taking') await resolveTaking(deps, enrolment);
    if (enrolment.movedTo) await leaveSeat(deps.table, enrolment);
    const over = ms(enrolment.holdUntil) <= ms(deps.clock.now());
    if (enrolment.status === 'closing' || (enrolment.status === 'held' && over)) await endHold(deps, enrolment);
  };
}

/** The sweeper found an order whose time to pay is over, or one that is paid while another payment of it is open. Idempotent. */
export function orderIsDue(deps: CloseDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const orderId = Id('order').parse(item.orderId);
    const order = await deps.table.get(keys.order(orderId), StoredOrder);
    if (!order || order.status === 'closed') return;
    if (order.status === 'paid') await closeOtherPayments(deps, orderId);
    else if (order.status === 'closing' || ms(order.payBefore) <= ms(deps.clock.now())) await closeOrder(deps, orderId);
  };
}

/** Nobody can pay a second time for what is paid; what was paid a second time already becomes a refund. */
async function closeOtherPayments(deps: CloseDeps, orderId: Id<'order'>): Promise<void> {
  const partition = await readOrder(deps.table, orderId);
  for (const payment of partition?.payments.filter(({ status }) => status === 'created') ?? []) {
    const state = await deps.payments.closePayment(payment.paymentId);
    const applied = await applyPayment(deps)(payment.paymentId, state, orderId);
    if (applied !== 'not-paid') continue;
    try {
      await deps.table.write([closedWrite(payment)]);
    } catch (error) {
      // Paid by a callback in between.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  await deps.table.write([set(keys.order(orderId), { GSI2PK: undefined, GSI2SK: undefined }, { condition: present })]);
}
