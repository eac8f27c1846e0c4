/** Whose orders are whose: a guardian of a child in an order may see that child's part of it; who pays it pays for all of it. */
import { type Order, totalOf } from '@kehou/shared/billing/order';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Actor } from '@kehou/shared/kernel/route';
import { childrenAmong } from '../identity/own-children.ts';
import type { Table } from '../platform/table.ts';

/**
 * The order as this guardian may see it: whole, when every child in it is theirs; else the lines of their own children alone (an order
 * of a family that shares only some of its children). 404 when none is theirs.
 */
export async function orderSeenBy<O extends Order>(table: Table, actor: Actor, order: O): Promise<O> {
  const [seen] = await ordersSeenBy(table, actor, [order]);
  if (!seen) throw new DomainError('request.not_found');
  return seen;
}

/** As {@link orderSeenBy}, for a list: what shows nothing of theirs is left out. One read at most. */
export async function ordersSeenBy<O extends Order>(table: Table, actor: Actor, orders: readonly O[]): Promise<O[]> {
  const mine = await childrenAmong(
    table,
    actor,
    orders.flatMap(({ lines }) => lines.map(({ pupilId }) => pupilId)),
  );
  return orders.flatMap((order) => {
    const lines = order.lines.filter(({ pupilId }) => mine.has(pupilId));
    if (lines.length === order.lines.length) return [order];
    // What came back is told line by line by its refunds; the order's own sum says something of the other children.
    return lines.length === 0 ? [] : [{ ...order, lines, totalFen: totalOf(lines), refundedFen: fen(0) }];
  });
}
