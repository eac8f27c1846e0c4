/** Whose orders are whose: every guardian of a child in an order may see and pay it. */
import type { Order } from '@kehou/shared/billing/order';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor } from '@kehou/shared/kernel/route';
import { childrenAmong } from '../identity/own-children.ts';
import type { Table } from '../platform/table.ts';

/** 404 unless the actor is a guardian of a child in the order; whoever placed it. */
export async function mustBeOfFamily(table: Table, actor: Actor, order: Pick<Order, 'lines'>): Promise<void> {
  const mine = await childrenAmong(
    table,
    actor,
    order.lines.map((line) => line.pupilId),
  );
  if (mine.size === 0) throw new DomainError('request.not_found');
}
