/** What families see of their orders. */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { isHeldBack, Offering } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { ProviderRefused, ProviderUnavailable } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { getSettings } from '../school/settings.repository.ts';
import { getEnrolment, StoredEnrolment } from '../selection/enrolment.repository.ts';
import { applyPayment, retakenId } from './apply-payment.ts';
import { ordersSeenBy, paidBy } from './family.ts';
import { type OrderPartition, readOrder, StoredOrder } from './order.repository.ts';
import { HandedOut } from './quote-refund.ts';
import { StoredRefund } from './refund.repository.ts';

type Routes = typeof billingRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;
/** Ten lines, each placed once or twice: more than a batch is no order. */
const PLACES_MAX = 100;
const OrderPointer = z.object({ orderId: Id('order') });

/**
 * An order of the family with its refunds, and which material packs were handed out; asks the provider when told to and no
 * callback came. Two or three round trips.
 */
export function getOrder(deps: Deps) {
  return async (input: ParsedOf<Routes['getOrder']>, actor: Actor): Promise<ReplyOf<Routes['getOrder']>> => {
    let partition = await mustRead(deps, input.orderId);
    let seen = await seenBy(deps, actor, partition);
    if (input.refresh && (await askProvider(deps, partition))) {
      partition = await mustRead(deps, input.orderId);
      seen = await seenBy(deps, actor, partition);
    }
    const { order, payments } = seen;
    const [refunds, handedOut, moves, settings] = await Promise.all([
      deps.table.getMany(
        partition.refundIds.map((refundId) => keys.refund(refundId)),
        StoredRefund,
      ),
      handedOutOf(deps, { ...partition, order }),
      movesOf(deps, order),
      getSettings(deps.table, order.schoolId),
    ]);
    const heldBack = payments ? [] : await heldBackOf(deps, order, moves);
    const shown = new Set(order.lines.map(({ pupilId }) => pupilId));
    const mine = ({ pupilId, paymentId }: StoredRefund) => shown.has(pupilId) && (!payments || payments.has(paymentId));
    return {
      order,
      refunds: refunds.filter((refund) => refund !== undefined).filter(mine),
      handedOut,
      // Where a child learns now is its guardians' to know, not everybody's who once paid for it.
      moves: payments ? [] : moves,
      hasTrial: !payments && (settings.trialWeeks > 0 || heldBack.length > 0),
      heldBack,
    };
  };
}

/**
 * As their children's guardian; else, when they paid it with their own money, whole, with the refunds of those `payments`: a link that was
 * undone takes the children away, not the money.
 */
async function seenBy({ table }: Deps, actor: Actor, { order, payments }: OrderPartition) {
  const [seen] = await ordersSeenBy(table, actor, [order]);
  if (seen) return { order: seen };
  const own = paidBy(actor, payments);
  if (own.size === 0) throw new DomainError('request.not_found');
  return { order, payments: own };
}

/** By the line's own enrolment, or by the new attempt that a payment which came late was placed in. */
async function handedOutOf({ table }: Pick<Deps, 'table'>, { order, payments }: OrderPartition) {
  const places = order.lines
    .filter(({ materialFen }) => materialFen > 0)
    .flatMap(({ enrolmentId, pupilId }) => {
      const late = payments.filter(({ outcomes }) => outcomes[enrolmentId] === 'placed');
      const ids = [enrolmentId, ...late.map(({ paymentId }) => retakenId(paymentId, enrolmentId))];
      return ids.map((id) => ({ enrolmentId, key: keys.material(pupilId, id) }));
    })
    .slice(0, PLACES_MAX);
  const found = await table.getMany(
    places.map(({ key }) => key),
    HandedOut,
  );
  return places.flatMap(({ enrolmentId }, index) => {
    const one = found[index];
    return one ? [{ enrolmentId, handedOutAt: one.handedOutAt }] : [];
  });
}

type Moves = Awaited<ReturnType<typeof movesOf>>;

/** Which classes of the order, and those that its places were moved to, are held back, so that their families may leave them. One read. */
async function heldBackOf({ table, clock }: Pick<Deps, 'table' | 'clock'>, { lines, status }: StoredOrder, moves: Moves) {
  if (status !== 'paid') return [];
  const bought = lines.map(({ offeringId }) => offeringId);
  const ids = [...new Set([...bought, ...moves.flatMap(({ places }) => places.map(({ offeringId }) => offeringId))])];
  const offerings = await table.getMany(
    ids.map((offeringId) => keys.offering(offeringId)),
    Offering,
  );
  return offerings.flatMap((offering) =>
    offering?.heldBack && isHeldBack(offering, clock.now()) ? [{ ...offering.heldBack, offeringId: offering.offeringId }] : [],
  );
}

/** More than a family moves by itself and its school moves it. */
const MOVES_SHOWN_MAX = 20;

/** Where the places of an order's lines have gone since, move by move. One read, and one a move. */
async function movesOf({ table }: Pick<Deps, 'table'>, order: StoredOrder) {
  if (order.status !== 'paid') return [];
  const enrolments = await table.getMany(
    order.lines.map(({ pupilId, enrolmentId }) => keys.enrolment(pupilId, enrolmentId)),
    StoredEnrolment,
  );
  const chains = await Promise.all(
    enrolments.map(async (enrolment) => {
      const places: StoredEnrolment[] = [];
      let last = enrolment;
      while (last && places.length < MOVES_SHOWN_MAX) {
        const next = last.movedTo ?? last.movingTo;
        last = next && (await getEnrolment(table, last.pupilId, next.enrolmentId));
        if (last) places.push(last);
      }
      return enrolment && places.length > 0 ? [{ enrolmentId: enrolment.enrolmentId, places }] : [];
    }),
  );
  return chains.flat();
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

/** Orders with a line for this child, newest first, whoever placed them. Three round trips. */
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
