import { expect, test } from '@jest/globals';
import type { Order } from '@kehou/shared/billing/order';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { billsOf, orderIdsOf } from './bills.ts';

const seat = (name: string, more: Partial<Record<keyof Enrolment, string>> = {}) =>
  ({
    enrolmentId: name,
    status: 'held',
    schoolId: 'a',
    takenAt: name,
    holdUntil: `2026-11-23T12:${name}`,
    ...more,
  }) as unknown as Enrolment;
const order = (orderId: string, status: Order['status'], payBefore = '2026-11-23T12:30') =>
  ({ orderId, status, payBefore, lines: [{ enrolmentId: '10' }] }) as unknown as Order;
const shape = (bills: ReturnType<typeof billsOf>) =>
  bills.map((bill) => (bill.kind === 'order' ? bill.order.orderId : bill.seats.map(({ enrolmentId }) => enrolmentId)));

test('held seats of one school are one draft, of two schools two, the more urgent first', () => {
  expect(shape(billsOf([seat('20'), seat('10'), seat('05', { schoolId: 'b' })], new Map()))).toEqual([['05'], ['10', '20']]);
});

test('an offered place whose hour is taken is a bill of its own, so that the others can be paid for', () => {
  const offered = { ...seat('30'), slotsPending: true } as Enrolment;
  expect(shape(billsOf([offered, seat('10'), seat('20'), { ...offered, enrolmentId: '31' } as Enrolment], new Map()))).toEqual([
    ['10', '20'],
    ['30'],
    ['31'],
  ]);
});

test('a seat in an open order is paid with that order, once', () => {
  const seats = [seat('10', { orderId: 'o' }), seat('20', { orderId: 'o' }), seat('40')];
  expect(shape(billsOf(seats, new Map([['o', order('o', 'pending')]])))).toEqual(['o', ['40']]);
  expect(orderIdsOf(seats)).toEqual(['o']);
});

test('seats that a closed order left behind are ordered anew; of an order not read yet nothing is said', () => {
  const seats = [seat('10', { orderId: 'o' }), seat('20', { orderId: 'unread' })];
  expect(shape(billsOf(seats, new Map([['o', order('o', 'closed')]])))).toEqual([['10']]);
});

test('a draft that becomes an order keeps its key: the page goes on with the same bill', () => {
  const draft = billsOf([seat('10')], new Map());
  const placed = billsOf([seat('10', { orderId: 'o' })], new Map([['o', order('o', 'pending')]]));
  expect(draft.map(({ key }) => key)).toEqual(placed.map(({ key }) => key));
});

test('what is not held is not to be paid', () => {
  const seats = (['taking', 'closing', 'confirmed', 'lost', 'lapsed', 'cancelled'] as const).map((status) => seat('10', { status }));
  expect(billsOf(seats, new Map())).toEqual([]);
});

test('more seats than an order holds make two bills', () => {
  const seats = Array.from({ length: 12 }, (_, index) => seat(String(10 + index)));
  expect(shape(billsOf(seats, new Map())).map((bill) => bill.length)).toEqual([10, 2]);
});
