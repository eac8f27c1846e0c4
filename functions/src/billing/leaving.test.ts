/** Who has asked to cancel, and waits for approval, when a window settles: they do not keep a class alive. */

import { Offering } from '@kehou/shared/offering/offering';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import type { StoredEnrolment } from '../selection/enrolment.repository.ts';
import { cancelSeatIfUnder, Seat } from '../selection/seat.repository.ts';
import { selectionTasks } from '../selection/tasks.ts';

/** A class of two that needs two, both paid, at a school where the school approves every refund. */
async function two() {
  const world = await billingWorld(await testTable(), {
    classes: [{ capacity: 5, smallestSize: 2 }],
    pupils: 3,
    refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 24 },
  });
  const { organisationId: schoolId } = world.selection.school;
  const one = (await world.paidSeat(0)).enrolment;
  const other = (await world.paidSeat(1)).enrolment;
  const decide = (refundId: string, approve: boolean) =>
    world.use().decideRefund({ schoolId, refundId: refundId as never, approve, note: '请先和班主任联系' }, official('school', schoolId));
  return { world, one, other, decide };
}

async function settle(world: BillingWorld, table: Table = world.table) {
  const { window } = world.selection;
  world.clock.set(window.closesAt);
  const payload = { windowId: window.windowId, version: 1 };
  const tasks = selectionTasks({ table, clock: world.clock });
  await must(tasks['selection.closeWindow'])(payload);
  return must(tasks['selection.settleWindow'])(payload);
}

const statusOf = async (world: BillingWorld, { offeringId }: StoredEnrolment) =>
  (await world.table.mustGet(keys.offering(offeringId), Offering)).status;

it('a class that only a pending cancellation keeps at its smallest size is called off, and everybody gets everything back', async () => {
  const { world, one, other, decide } = await two();
  const { refundId } = await world.requestRefund(one);
  await world.rest();
  expect(await settle(world)).toMatchObject({ pending: false, underSize: [one.offeringId] });
  expect(await statusOf(world, one)).toBe('cancelled');
  expect(await must(world.area().tasks?.['billing.refundOffering'])({ offeringId: one.offeringId })).toMatchObject({ done: true });
  await world.rest({ settled: true });
  for (const enrolment of [one, other]) {
    expect(await world.enrolment(enrolment)).toMatchObject({ status: 'cancelled', cancelReason: 'under-size' });
  }
  await expect(decide(refundId, false)).rejects.toMatchObject({ code: 'refund.not_approving' });
  await expectInvariants(world.table, { atRest: true });
});

it('a cancellation that was refused before counts again: the class runs', async () => {
  const { world, one, decide } = await two();
  const { refundId } = await world.requestRefund(one);
  await world.rest();
  expect((await world.enrolment(one)).leaving).toBe(true);
  await decide(refundId, false);
  expect((await world.enrolment(one)).leaving).toBeUndefined();
  expect(await settle(world)).toMatchObject({ underSize: [] });
  expect(await statusOf(world, one)).toBe('running');
});

it('a class with enough without them runs, and is not called off by a later pass over the window', async () => {
  const { world, one, other } = await two();
  await world.paidSeat(2);
  await world.requestRefund(one);
  expect(await settle(world)).toMatchObject({ underSize: [] });
  await world.requestRefund(other);
  expect(await settle(world)).toMatchObject({ underSize: [] });
  expect(await statusOf(world, one)).toBe('running');
  expect((await world.table.mustGet(keys.seat(one.offeringId), Seat)).status).toBe('open');
});

it('is counted again when somebody left while it was counted', async () => {
  const { world, one } = await two();
  const { offeringId } = one;
  const { revision } = await world.table.mustGet(keys.seat(offeringId), Seat);
  expect(await cancelSeatIfUnder(world.table, offeringId, 2, { leaving: 1, revision: revision - 1 })).toEqual({ cancelled: undefined });
  expect(await cancelSeatIfUnder(world.table, offeringId, 1, { leaving: 1, revision })).toEqual({ cancelled: false });
  expect(await cancelSeatIfUnder(world.table, offeringId, 2, { leaving: 1, revision })).toEqual({ cancelled: true });
  // A repeat says the same, whatever was counted since.
  expect(await cancelSeatIfUnder(world.table, offeringId, 2, { leaving: 1, revision })).toEqual({ cancelled: true });
});
