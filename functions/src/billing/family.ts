/** Whose orders are whose: a guardian of a child in an order may see that child's part of it; who pays it pays for all of it. */
import { type Order, totalOf } from '@kehou/shared/billing/order';
import { fen } from '@kehou/shared/kernel/fen';
import type { Actor } from '@kehou/shared/kernel/route';
import { childrenAmong } from '../identity/own-children.ts';
import type { Table } from '../platform/table.ts';
import type { StoredPayment } from './order.repository.ts';

/** The payments of this person's own money: what they paid stays theirs to see when they are no guardian any more. */
export function paidBy(actor: Actor, payments: readonly StoredPayment[]): ReadonlySet<string> {
  return new Set(payments.filter(({ personId, paidAt }) => personId === actor.personId && paidAt).map(({ paymentId }) => paymentId));
}

/**
 * Orders as this guardian may see them: whole, when every child in one is theirs; else the lines of their own children alone (an order
 * of a family that shares only some of its children). What shows nothing of theirs is left out. One read.
 */
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
