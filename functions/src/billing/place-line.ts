/** A paid line of an order gets its place: simply, or as the end of a move from another class. */
import type { OrderLine } from '@kehou/shared/billing/order';
import type { Instant } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { Table, Write } from '../platform/table.ts';
import { confirmWrites, StoredEnrolment } from '../selection/enrolment.repository.ts';
import { isMoving, leaveSeat } from '../selection/move-place.ts';
import { confirmMove } from './confirm-move.ts';
import { receiptWrite, type StoredOrder, type StoredPayment } from './order.repository.ts';

export async function enrolmentsOf(table: Table, order: StoredOrder): Promise<(StoredEnrolment | undefined)[]> {
  return table.getMany(
    order.lines.map((line) => keys.enrolment(line.pupilId, line.enrolmentId)),
    StoredEnrolment,
  );
}

export function mayConfirm(enrolment: StoredEnrolment, order: StoredOrder): boolean {
  return enrolment.orderId === order.orderId && (enrolment.status === 'held' || enrolment.status === 'closing');
}

/** A line that gets its place, and what that writes. `old`: the place that is given up for it. */
export interface Placing {
  readonly line: OrderLine;
  readonly writes: Write[];
  readonly old?: StoredEnrolment;
}

/** `undefined`: a move whose old place is not there to be given up any more. */
export async function placingOf(
  table: Table,
  line: OrderLine,
  enrolment: StoredEnrolment,
  payment: StoredPayment,
  now: Instant,
): Promise<Placing | undefined> {
  if (!isMoving(enrolment)) return { line, writes: placeWrites(line, enrolment, payment, now) };
  const actor = { personId: `provider:${payment.provider}`, requestId: payment.paymentId };
  const moved = await confirmMove(table, { place: enrolment, payment, from: ['held', 'closing'], actor, now });
  return moved && { line, ...moved };
}

/** Where the process dies before it, the sweeper does it. */
export async function leaveSeats(table: Table, placed: readonly Placing[]): Promise<void> {
  for (const { old } of placed) if (old) await leaveSeat(table, old);
}

/** The seat is the child's, and on record what was paid for it. The enrolment must still be as it was read. */
export function placeWrites(line: OrderLine, enrolment: StoredEnrolment, payment: StoredPayment, now: Instant): Write[] {
  return [
    ...confirmWrites(enrolment, { orderId: payment.orderId, paidFen: line.feeFen, materialFen: line.materialFen }),
    receiptWrite(line, enrolment.enrolmentId, payment, now),
  ];
}
