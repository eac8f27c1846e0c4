/** A place from a waiting list, ordered and paid like any held seat: also where the child's hour has to be freed first. */
import { newId } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { type BillingWorld, billingWorld, must } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { keys } from '../platform/keys.ts';
import { getEnrolment } from '../selection/enrolment.repository.ts';
import { joinWaitingList } from '../selection/join-waiting-list.ts';
import { offerPlaces } from '../selection/offer-places.ts';
import { Seat } from '../selection/seat.repository.ts';
import { getWait } from '../selection/wait.repository.ts';

/** Class 0 has one seat, taken by child 0; child 1 is in class 1 at the same hour, paid for, and waits for class 0. */
async function waitingWorld() {
  const world = await billingWorld(await testTable(), {
    classes: [
      { capacity: 1, weekday: 2 },
      { capacity: 5, weekday: 2 },
    ],
    pupils: 3,
  });
  const first = await world.takeSeat(0, 0);
  const fallback = await world.paidSeat(1, 1);
  const wish = { pupilId: world.pupil(1), offeringId: world.offering(0).offeringId, windowId: world.selection.window.windowId };
  await joinWaitingList(world.selection)({ ...wish, waitId: newId('wait') }, world.parent(1));
  return { world, first, fallback: fallback.enrolment };
}

async function offeredTo(world: BillingWorld, pupil: number) {
  const wait = must(await getWait(world.table, world.pupil(pupil), world.offering(0).offeringId));
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
