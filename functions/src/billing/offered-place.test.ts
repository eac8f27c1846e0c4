/** A place from a waiting list, ordered and paid like any held seat: also where the child's hour has to be freed first. */
import { newId } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { type BillingWorld, billingWorld, must } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import { set } from '../platform/table.ts';
import { Attempt, getEnrolment } from '../selection/enrolment.repository.ts';
import { joinWaitingList } from '../selection/join-waiting-list.ts';
import { offerPlaces } from '../selection/offer-places.ts';
import { cancelSeatIfUnder, Seat } from '../selection/seat.repository.ts';
import { getWait } from '../selection/wait.repository.ts';

/** Classes 0 and 2 have one seat, taken by children 0 and 2; child 1 is in class 1 at the same hour, paid for, and waits for class 0. */
async function waitingWorld() {
  const world = await billingWorld(await testTable(), {
    classes: [
      { capacity: 1, weekday: 2 },
      { capacity: 5, weekday: 2 },
      { capacity: 1, weekday: 2 },
    ],
    pupils: 3,
  });
  const first = await world.takeSeat(0, 0);
  const other = await world.takeSeat(2, 2);
  const fallback = await world.paidSeat(1, 1);
  await join(world, 1, 0);
  return { world, first, other, fallback: fallback.enrolment };
}

function join(world: BillingWorld, pupil: number, offering: number) {
  const wish = { pupilId: world.pupil(pupil), offeringId: world.offering(offering).offeringId, windowId: world.selection.window.windowId };
  return joinWaitingList(world.selection)({ ...wish, waitId: newId('wait') }, world.parent(pupil));
}

async function offeredTo(world: BillingWorld, pupil: number, offering = 0) {
  const wait = must(await getWait(world.table, world.pupil(pupil), world.offering(offering).offeringId));
  return must(await getEnrolment(world.table, wait.pupilId, must(wait.enrolmentId)));
}

it('is ordered once the other class at that hour has been given up, and paid into a place', async () => {
  const { world, first, fallback } = await waitingWorld();
  await world.use().giveUpSeat(first, world.parent(0));
  await offerPlaces(world.selection, world.offering(0).offeringId);
  const offer = await offeredTo(world, 1);
  expect(offer).toMatchObject({ status: 'held', slotsPending: true });
  await expect(world.order([offer])).rejects.toMatchObject({ code: 'selection.clash', details: { courseName: fallback.courseName } });
  expect(await world.enrolment(offer)).toEqual(offer);

  await world.requestRefund(fallback);
  await world.rest();
  const order = await world.order([offer]);
  expect((await world.enrolment(offer)).slotsPending).toBeUndefined();
  const paymentId = await world.startPayment(order.orderId, world.parent(1));
  world.payments.pay(paymentId);
  await world.callBack(paymentId);
  expect(await world.enrolment(offer)).toMatchObject({ status: 'confirmed', paidFen: offer.feeFen });
  const slot = await world.table.get(keys.pupilSlot(world.pupil(1), offer.termId, 2, 1), z.looseObject({}));
  expect(slot).toMatchObject({ offeringId: offer.offeringId });
});

it('is refused in words in one order with another offered place at the same hour, and ordered by itself once the hour is free', async () => {
  const { world, first, other, fallback } = await waitingWorld();
  await join(world, 1, 2);
  await world.use().giveUpSeat(first, world.parent(0));
  await world.use().giveUpSeat(other, world.parent(2));
  for (const offering of [0, 2]) await offerPlaces(world.selection, world.offering(offering).offeringId);
  const offers = [await offeredTo(world, 1), await offeredTo(world, 1, 2)];
  expect(offers).toMatchObject([
    { status: 'held', slotsPending: true },
    { status: 'held', slotsPending: true },
  ]);
  await expect(world.order(offers)).rejects.toMatchObject({ code: 'selection.clash', details: { courseName: offers[0]?.courseName } });
  await world.requestRefund(fallback);
  await world.rest();
  await expect(world.order(offers)).rejects.toMatchObject({ code: 'selection.clash' });
  await expect(world.order(offers.slice(1))).resolves.toMatchObject({ status: 'pending' });
});

it('lapses when its time is over, and then neither orders nor payments make it a place again', async () => {
  const { world, first } = await waitingWorld();
  await world.use().giveUpSeat(first, world.parent(0));
  await offerPlaces(world.selection, world.offering(0).offeringId);
  const offer = await offeredTo(world, 1);
  world.clock.set(offer.holdUntil);
  await expect(world.order([offer])).rejects.toMatchObject({ code: 'selection.hold_over' });
  await world.sweep();
  expect(await world.enrolment(offer)).toMatchObject({ status: 'lapsed' });
  await expect(world.order([offer])).rejects.toMatchObject({ code: 'selection.hold_over' });
  expect((await world.table.mustGet(keys.seat(offer.offeringId), Seat)).holders).toEqual({});
});

describe('a place offered in a class that does not run', () => {
  async function cancelledWorld() {
    const { world, first, fallback } = await waitingWorld();
    await world.requestRefund(fallback);
    await world.rest();
    await world.use().giveUpSeat(first, world.parent(0));
    const { offeringId } = world.offering(0);
    await offerPlaces(world.selection, offeringId);
    const cancel = async () => {
      await cancelSeatIfUnder(world.table, offeringId, 2);
      await world.table.write([set(keys.offering(offeringId), { status: 'cancelled' })]);
    };
    const refund = () => must(world.area().tasks?.['billing.refundOffering'])({ offeringId });
    return { world, offer: await offeredTo(world, 1), cancel, refund };
  }

  it('cannot be ordered any more, and lapses', async () => {
    const { world, offer, cancel, refund } = await cancelledWorld();
    await cancel();
    await expect(world.order([offer])).rejects.toMatchObject({ code: 'selection.class_cancelled' });
    expect(await refund()).toMatchObject({ done: true });
    expect(await world.enrolment(offer)).toMatchObject({ status: 'lapsed', cancelReason: 'under-size' });
    // Nobody kept anything from others: it is no lapse of the child's.
    expect((await world.table.mustGet(keys.attempt(offer.pupilId, offer.offeringId), Attempt)).lapses).toBeUndefined();
    await expectInvariants(world.table);
  });

  it('has its order closed at the provider, and is given back when that turns out to be paid', async () => {
    for (const isPaid of [false, true]) {
      const { world, offer, cancel, refund } = await cancelledWorld();
      const order = await world.order([offer]);
      const paymentId = await world.startPayment(order.orderId, world.parent(1));
      if (isPaid) world.payments.pay(paymentId);
      await cancel();
      expect(await refund()).toMatchObject({ done: true });
      expect(await world.enrolment(offer)).toMatchObject({ status: isPaid ? 'cancelled' : 'lapsed' });
      if (!isPaid) expect(() => world.payments.pay(paymentId)).toThrow('closed');
      await world.rest();
      expect(world.payments.refundedOf(paymentId)).toBe(isPaid ? 24_000 : 0);
      await expectInvariants(world.table, { atRest: true });
    }
  });
});
