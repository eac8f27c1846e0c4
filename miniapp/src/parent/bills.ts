/** What is to be paid: held seats put together into orders that are placed already, and drafts, one a school, and one each for an offered place whose hour is still taken. */
import { ORDER_LINES_MAX, type Order } from '@kehou/shared/billing/order';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Enrolment } from '@kehou/shared/selection/enrolment';

/** `key` stays the same when a draft becomes an order. */
export type Bill =
  | { readonly kind: 'order'; readonly key: string; readonly order: Order; readonly payBefore: Instant }
  | {
      readonly kind: 'draft';
      readonly key: string;
      readonly seats: readonly Enrolment[];
      readonly payBefore: Instant;
    };

/** The most urgent first. An order that was closed leaves its other seats held, to be ordered anew. */
export function billsOf(enrolments: readonly Enrolment[], orders: ReadonlyMap<string, Order>): readonly Bill[] {
  const held = enrolments.filter(({ status }) => status === 'held');
  const placed = new Map<string, Bill>();
  const loose = new Map<string, Enrolment[]>();
  for (const seat of held) {
    const order = seat.orderId && orders.get(seat.orderId);
    if (seat.orderId && !order) continue; // not read yet: nobody knows whether it is open
    if (order && order.status !== 'closed')
      placed.set(order.orderId, { kind: 'order', key: keyOf(order.lines), order, payBefore: order.payBefore });
    else {
      // What cannot be ordered before another class is given up must not keep the others from being paid for.
      const pile = seat.slotsPending ? `${seat.schoolId} ${seat.enrolmentId}` : seat.schoolId;
      loose.set(pile, [...(loose.get(pile) ?? []), seat]);
    }
  }
  const drafts = [...loose.values()].flatMap((seats) => {
    const sorted = [...seats].sort((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
    return Array.from({ length: Math.ceil(sorted.length / ORDER_LINES_MAX) }, (_, index): Bill => {
      const some = sorted.slice(index * ORDER_LINES_MAX, (index + 1) * ORDER_LINES_MAX);
      const payBefore = some.map(({ holdUntil }) => holdUntil).sort()[0] as Instant;
      return { kind: 'draft', key: keyOf(some), seats: some, payBefore };
    });
  });
  return [...placed.values(), ...drafts].sort((a, b) => (a.payBefore < b.payBefore ? -1 : 1));
}

const keyOf = (seats: readonly { readonly enrolmentId: string }[]): string => seats.map(({ enrolmentId }) => enrolmentId).sort()[0] ?? '';

export const orderIdsOf = (enrolments: readonly Enrolment[]): readonly string[] => [
  ...new Set(enrolments.flatMap(({ status, orderId }) => (status === 'held' && orderId ? [orderId] : []))),
];
