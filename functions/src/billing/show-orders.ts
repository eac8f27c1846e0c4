/** What families see of their orders. */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { ProviderRefused, ProviderUnavailable } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { applyPayment } from './apply-payment.ts';
import { orderSeenBy, ordersSeenBy } from './family.ts';
import { type OrderPartition, readOrder, StoredOrder } from './order.repository.ts';
import { StoredRefund } from './refund.repository.ts';

type Routes = typeof billingRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;
const OrderPointer = z.object({ orderId: Id('order') });

/** An order of the family with its refunds; asks the provider when told to and no callback came. Two or three round trips. */
export function getOrder(deps: Deps) {
  return async (input: ParsedOf<Routes['getOrder']>, actor: Actor): Promise<ReplyOf<Routes['getOrder']>> => {
    let partition = await mustRead(deps, input.orderId);
    let order = await orderSeenBy(deps.table, actor, partition.order);
    if (input.refresh && (await askProvider(deps, partition))) {
      partition = await mustRead(deps, input.orderId);
      order = await orderSeenBy(deps.table, actor, partition.order);
    }
    const refunds = await deps.table.getMany(
      partition.refundIds.map((refundId) => keys.refund(refundId)),
      StoredRefund,
    );
    const shown = new Set(order.lines.map(({ pupilId }) => pupilId));
    return { order, refunds: refunds.filter((refund) => refund !== undefined).filter(({ pupilId }) => shown.has(pupilId)) };
  };
}

async function mustRead(deps: Deps, orderId: Id<'order'>): Promise<OrderPartition> {
  const partition = await readOrder(deps.table, orderId);
  if (!partition) throw new DomainError('request.not_found');
  return partition;
}

/** Applies what the provider says of payments that are open here. A provider that does not answer changes nothing. */
async function askProvider(deps: Deps, { order, payments }: OrderPartition): Promise<boolean> {
  let changed = false;
  for (const payment of payments) {
    if (payment.status !== 'created') continue;
    try {
      const state = await deps.payments.queryPayment(payment.paymentId);
      if ((await applyPayment(deps)(payment.paymentId, state, order.orderId)) !== 'not-paid') changed = true;
    } catch (error) {
      if (!(error instanceof ProviderUnavailable || error instanceof ProviderRefused)) throw error;
      deps.log.warn('provider could not be asked', { paymentId: payment.paymentId });
    }
  }
  return changed;
}

/** Orders with a line for this child, newest first, whoever placed them. Two round trips, three where the token does not name every child. */
export function listChildOrders({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listChildOrders']>, actor: Actor): Promise<ReplyOf<Routes['listChildOrders']>> => {
    const page = await table.query(
      { ...keys.ordersOfPupil(input.pupilId), limit: input.limit, cursor: input.cursor, newestFirst: true, consistent: true },
      OrderPointer,
    );
    const orders = await table.getMany(
      page.items.map(({ orderId }) => keys.order(orderId)),
      StoredOrder,
    );
    return {
      items: await ordersSeenBy(
        table,
        actor,
        orders.filter((order) => order !== undefined),
      ),
      cursor: page.cursor,
    };
  };
}
