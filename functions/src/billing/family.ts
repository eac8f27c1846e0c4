/** Whose orders are whose: a guardian of a child in an order may see that child's part of it; who pays it pays for all of it. */
import { type Order, totalOf } from '@kehou/shared/billing/order';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Actor } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

/** Which of these pupils the actor is a guardian of: by the token where it says so, else by the table (one read). */
async function childrenAmong(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<Set<string>> {
  const mine = new Set(pupilIds.filter((pupilId) => actor.children.some((child) => child.pupilId === pupilId)));
  const others = [...new Set(pupilIds.filter((pupilId) => !mine.has(pupilId)))];
  const links = await table.getMany(
    others.map((pupilId) => keys.personChild(actor.personId, pupilId)),
    z.object({}),
  );
  for (const [index, pupilId] of others.entries()) if (links[index]) mine.add(pupilId);
  return mine;
}

/** 404 unless every one of these pupils is the actor's own. */
export async function mustBeGuardianOfAll(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<void> {
  const mine = await childrenAmong(table, actor, pupilIds);
  if (!pupilIds.every((pupilId) => mine.has(pupilId))) throw new DomainError('request.not_found');
}

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
