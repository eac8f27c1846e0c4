import type { billingRoutes } from '@kehou/shared/billing/routes';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { pageThatOneSees } from './list-breaks.ts';
import { parkedPayments, StoredOrder } from './order.repository.ts';

type List = typeof billingRoutes.listParkedPayments;

/** Payments of a wrong sum that an organisation sees, longest waiting first, with what was ordered. Four round trips for a page of its own. */
export function listParkedPayments({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>, _actor: Actor): Promise<ReplyOf<List>> => {
    const { items, cursor } = await pageThatOneSees(table, input, (page) => parkedPayments(table, page));
    const orders = await getAll(
      table,
      items.map(({ one }) => keys.order(one.orderId)),
      StoredOrder,
    );
    return {
      items: items.flatMap(({ one: { paymentId, orderId, schoolId, amountFen, takenFen, parkedAt, createdAt }, school }, index) => {
        const order = orders[index];
        // Dealt with already: it may be in the index for another moment.
        if (!order || !school || takenFen === undefined || parkedAt === undefined) return [];
        const { lines, status: orderStatus } = order;
        const sums = { askedFen: amountFen, takenFen };
        return [{ paymentId, orderId, schoolId, schoolName: school.name, ...sums, parkedAt, createdAt, lines, orderStatus }];
      }),
      cursor,
    };
  };
}
