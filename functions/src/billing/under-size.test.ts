/** A class under its smallest size at the close, where the window asks the parents: held back, moved out of, run all the same, or called off and paid back. */
import { PLACE_PAYMENTS_MAX } from '@kehou/shared/billing/move';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type ChinaDate, type Instant } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { type BillingWorld, type BillingWorldOptions, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { askOf, codeOf, holders, move, pay } from '../../testing/move-world.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { decideUnderSize } from '../selection/decide-under-size.ts';
import { selectionTasks } from '../selection/tasks.ts';
import { Receipt } from './order.repository.ts';

const ASK_HOURS = 24;
const ignore = () => undefined;
const Settled = z.object({ pending: z.boolean(), retryAt: z.string(), underSize: z.array(z.string()) });

/** Class 0 wants three and has two; 1 runs, as dear; 2 runs, dearer; 3 wants two and has one. */
async function closed(
  underSize: Window['underSize'] = { askHours: ASK_HOURS },
  refundApproval?: BillingWorldOptions['refundApproval'],
  trialWeeks = 0,
) {
  const classes = [
    { capacity: 4, smallestSize: 3, weekday: 1 },
    { capacity: 4, smallestSize: 1, weekday: 1 },
    { capacity: 4, smallestSize: 1, weekday: 3, feePerSessionFen: 5000 },
    { capacity: 4, smallestSize: 2, weekday: 4 },
  ];
  const world = await billingWorld(await testTable(), { classes, pupils: 5, trialWeeks, ...(refundApproval ? { refundApproval } : {}) });
  const paid = [
    await world.paidSeat(0, 0),
    await world.paidSeat(1, 0),
    await world.paidSeat(2, 1),
    await world.paidSeat(3, 2),
    await world.paidSeat(4, 3),
  ];
  const { window, offerings } = world.selection;
  await world.table.write([
    set(keys.window(window.windowId), { status: 'closed', ...(underSize ? { underSize } : {}) }),
    ...offerings.map(({ offeringId }) => set(keys.offering(offeringId), { fingerprint: 'x', lastDay: '2027-01-18' })),
  ]);
  world.clock.set(addMinutes(window.closesAt, 20));
  const old = must(paid[0]).enrolment;
  return { world, paid, old, paymentIds: paid.map(({ paymentId }) => paymentId) };
}

/** One look of the window's state machine: settles, and pays back what it says. */
async function settle(world: BillingWorld, table: Table = world.table) {
  const { windowId, version } = world.selection.window;
  const task = must(selectionTasks({ table, clock: world.clock })['selection.settleWindow']);
  const settled = Settled.parse(await task({ windowId, version }));
  for (const offeringId of settled.underSize) await must(world.area(table).tasks?.['billing.refundOffering'])({ offeringId, cursor: '' });
  return settled;
}

async function fate(world: BillingWorld, index: number) {
  return world.table.mustGet(keys.offering(world.offering(index).offeringId), Offering);
}

function decide(
  world: BillingWorld,
  index: number,
  decision: 'run' | 'cancel' | 'move' | 'merge',
  into?: number,
  table: Table = world.table,
) {
  const { organisationId: schoolId } = world.selection.school;
  const ask = { schoolId, offeringId: world.offering(index).offeringId, decision };
  const intoOfferingId = into === undefined ? {} : { intoOfferingId: world.offering(into).offeringId };
  return decideUnderSize({ table, clock: world.clock })({ ...ask, ...intoOfferingId }, official('school', schoolId));
}

function refunded(world: BillingWorld, paymentIds: readonly string[]): number[] {
  return paymentIds.map((paymentId) => world.payments.refundedOf(paymentId));
}

it('is called off and paid back at once where nobody is to be asked, as ever', async () => {
  const { world, paymentIds } = await closed(undefined);
  await world.table.write([set(keys.window(world.selection.window.windowId), { underSize: undefined })]);
  expect(await settle(world)).toMatchObject({ pending: false, underSize: [world.offering(0).offeringId, world.offering(3).offeringId] });
  await world.rest();
  expect(refunded(world, paymentIds)).toEqual([24_000, 24_000, 0, 0, 24_000]);
  await expectInvariants(world.table, { atRest: true });
});

describe('a class that is held back', () => {
  it('keeps its families for as long as the window says, while the others run; then who is left gets everything back', async () => {
    const { world, paymentIds } = await closed();
    const now = world.clock.now();
    const until = addMinutes(now, ASK_HOURS * 60);
    expect(await settle(world)).toMatchObject({ pending: true, underSize: [], retryAt: addMinutes(now, 30) });
    expect(await fate(world, 0)).toMatchObject({ status: 'published', heldBack: { until } });
    expect((await fate(world, 1)).status).toBe('running');
    world.clock.set(addMinutes(until, -1));
    // Looked at again, nothing is different, and its time has not moved.
    expect(await settle(world)).toMatchObject({ pending: true, underSize: [], retryAt: until });
    world.clock.set(until);
    expect(await settle(world)).toMatchObject({ pending: false, underSize: [world.offering(0).offeringId, world.offering(3).offeringId] });
    await world.rest();
    expect(refunded(world, paymentIds)).toEqual([24_000, 24_000, 0, 0, 24_000]);
    expect((await fate(world, 0)).status).toBe('cancelled');
    await expectInvariants(world.table, { atRest: true });
  });

  it('is left by moving, without any trial period: the difference is paid or comes back, and who does nothing is paid back', async () => {
    const { world, old, paid, paymentIds } = await closed();
    await settle(world);
    await decide(world, 0, 'move', 1);
    const { from, items } = await world.use().listMoves({ pupilId: old.pupilId, enrolmentId: old.enrolmentId, limit: 50 }, world.parent(0));
    expect(from.heldBack).toMatchObject({ into: { offeringId: world.offering(1).offeringId, courseName: '课程1' } });
    expect(items).toHaveLength(3);
    // One of them is under size itself, and says so.
    const { until } = must((await fate(world, 3)).heldBack);
    expect(items.map(({ offeringId, heldBackUntil }) => [offeringId, heldBackUntil])).toEqual(
      expect.arrayContaining([
        [world.offering(3).offeringId, until],
        [world.offering(1).offeringId, undefined],
      ]),
    );
    // The order says of which of its classes, until when, and where to.
    const { orderId } = must(paid[0]).order;
    expect(await world.use().getOrder({ orderId }, world.parent(0))).toMatchObject({
      hasTrial: true,
      heldBack: [{ offeringId: world.offering(0).offeringId, until, into: { courseName: '课程1' } }],
    });
    const place = await move(world, askOf({ world, old }, 2, 16_000));
    expect(place.status).toBe('held');
    const difference = await pay(world, place);
    world.clock.set(must((await fate(world, 0)).heldBack).until);
    await settle(world);
    await world.rest();
    expect((await world.enrolment(place)).status).toBe('confirmed');
    expect((await world.enrolment(must(paid[1]).enrolment)).status).toBe('cancelled');
    expect(refunded(world, [...paymentIds, difference])).toEqual([0, 24_000, 0, 0, 24_000, 0]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('keeps no new place past its own time', async () => {
    const { world, old } = await closed();
    await settle(world);
    const { until } = must((await fate(world, 0)).heldBack);
    world.clock.set(addMinutes(until, -5));
    const place = await move(world, askOf({ world, old }, 2, 16_000));
    expect(place.holdUntil).toBe(until);
    world.clock.set(until);
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('move.under_way');
    await settle(world);
    await world.rest();
    await world.rest();
    expect((await world.enrolment(place)).status).toBe('lapsed');
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('refund.not_confirmed');
    await expectInvariants(world.table, { atRest: true });
  });

  it('runs once enough have come into it from another that is held back', async () => {
    const { world, paid, paymentIds } = await closed();
    await settle(world);
    const mine = must(paid[4]).enrolment;
    const ask = askOf({ world, old: mine }, 0, 0);
    expect(await world.use().startMove(ask, world.parent(4))).toMatchObject({ status: 'confirmed' });
    // Where it is now is held back as well: the order of the place that it came from says so.
    const { orderId: first } = must(paid[4]).order;
    expect(await world.use().getOrder({ orderId: first }, world.parent(4))).toMatchObject({
      hasTrial: true,
      heldBack: expect.arrayContaining([expect.objectContaining({ offeringId: world.offering(0).offeringId })]),
    });
    await settle(world);
    expect((await fate(world, 0)).status).toBe('running');
    const { orderId } = must(paid[0]).order;
    expect(await world.use().getOrder({ orderId }, world.parent(0))).toMatchObject({ hasTrial: false, heldBack: [] });
    world.clock.addMinutes(ASK_HOURS * 60);
    expect(await settle(world)).toMatchObject({ pending: false });
    await world.rest();
    expect([await holders(world, 0), await holders(world, 3)]).toEqual([3, 0]);
    expect(refunded(world, paymentIds)).toEqual([0, 0, 0, 0, 0]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('runs all the same when the school says so, also when the settlement looks in that very moment', async () => {
    const { world, paymentIds } = await closed();
    await settle(world);
    const { until } = must((await fate(world, 0)).heldBack);
    await decide(world, 0, 'run');
    await decide(world, 0, 'run');
    world.clock.set(until);
    await settle(world);
    await world.rest();
    expect((await fate(world, 0)).status).toBe('running');
    expect(refunded(world, paymentIds)).toEqual([0, 0, 0, 0, 24_000]);
    for (let round = 0; round < 5; round++) {
      const race = await closed();
      await settle(race.world);
      race.world.clock.set(addMinutes(must((await fate(race.world, 0)).heldBack).until, -1));
      const [said] = await Promise.allSettled([decide(race.world, 0, 'run'), settleLater(race.world)]);
      await settle(race.world);
      await race.world.rest();
      expect((await fate(race.world, 0)).status).toBe(said.status === 'fulfilled' ? 'running' : 'cancelled');
      expect(refunded(race.world, race.paymentIds)[0]).toBe(said.status === 'fulfilled' ? 0 : 24_000);
      await expectInvariants(race.world.table, { atRest: true });
    }
  });

  it('is called off sooner when the school says so', async () => {
    const { world, old, paymentIds } = await closed();
    await settle(world);
    await decide(world, 0, 'cancel');
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('move.no_trial');
    expect(await codeOf(decide(world, 0, 'run'))).toBe('under_size.not_asked');
    world.clock.addMinutes(30);
    await settle(world);
    await world.rest();
    expect(refunded(world, paymentIds)).toEqual([24_000, 24_000, 0, 0, 0]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is decided by its own school, while there is something to decide, and moved to a class that will be there', async () => {
    const { world } = await closed();
    expect(await codeOf(decide(world, 0, 'run'))).toBe('under_size.not_asked');
    await settle(world);
    expect(await codeOf(decide(world, 1, 'run'))).toBe('under_size.not_asked');
    expect(await codeOf(decide(world, 0, 'move'))).toBe('under_size.no_target');
    expect(await codeOf(decide(world, 0, 'move', 0))).toBe('under_size.no_target');
    expect(await codeOf(decide(world, 0, 'move', 3))).toBe('done');
    const other = newId('organisation') as Id<'organisation'>;
    const ask = { schoolId: other, offeringId: world.offering(0).offeringId, decision: 'run' as const };
    expect(await codeOf(decideUnderSize(world)(ask, official('school', other)))).toBe('request.not_found');
  });

  it('never waits into the day of its first session', async () => {
    const { world } = await closed({ askHours: 168 });
    await world.table.write([set(keys.offering(world.offering(0).offeringId), { firstSessionDate: '2026-11-25' as ChinaDate })]);
    await settle(world);
    expect((await fate(world, 0)).heldBack?.until).toBe('2026-11-24T16:00:00.000Z' as Instant);
  });

  it('does not drag along a class that ran at its size and has fewer since', async () => {
    const { world, paid } = await closed();
    await settle(world);
    await world.requestRefund(must(paid[2]).enrolment);
    await world.rest();
    expect(await holders(world, 1)).toBe(0);
    await settle(world);
    expect((await fate(world, 1)).status).toBe('running');
    expect(Window.parse(await world.table.mustGet(keys.window(world.selection.window.windowId), Window)).status).toBe('closed');
  });
});

describe('a class that becomes one with another', () => {
  it('takes its families there by itself, at no cost, and is over', async () => {
    const { world, paid, paymentIds } = await closed();
    await settle(world);
    expect(await codeOf(decide(world, 0, 'merge', 2))).toBe('under_size.no_merge');
    await decide(world, 0, 'merge', 1);
    await decide(world, 0, 'merge', 1);
    await world.rest();
    expect([await holders(world, 0), await holders(world, 1)]).toEqual([0, 3]);
    for (const { enrolment } of paid.slice(0, 2)) {
      const old = await world.enrolment(enrolment);
      expect(old).toMatchObject({ status: 'cancelled', cancelReason: 'moved', movedTo: { offeringId: world.offering(1).offeringId } });
      const place = await world.enrolment({ pupilId: old.pupilId, enrolmentId: must(old.movedTo).enrolmentId });
      expect(place).toMatchObject({ status: 'confirmed', movedFrom: { merged: true, dueFen: 0, backFen: 0 } });
    }
    await settle(world);
    await world.rest();
    expect((await fate(world, 0)).status).toBe('cancelled');
    expect((await fate(world, 0)).heldBack?.merging).toBeUndefined();
    expect(refunded(world, paymentIds)).toEqual([0, 0, 0, 0, 0]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('asks a family for whom there is no place, or a refund under way, and has the others', async () => {
    const { world, paid, paymentIds } = await closed({ askHours: ASK_HOURS }, { when: 'always', chain: ['school'], timeLimitHours: 24 });
    await settle(world);
    await world.requestRefund(must(paid[1]).enrolment);
    await decide(world, 0, 'merge', 1);
    await world.rest();
    expect([await holders(world, 0), await holders(world, 1)]).toEqual([1, 2]);
    const still = must((await fate(world, 0)).heldBack);
    expect(still).toMatchObject({ into: { offeringId: world.offering(1).offeringId } });
    expect(still.merging).toBeUndefined();
    world.clock.set(still.until);
    await settle(world);
    await world.rest({ settled: true });
    expect(refunded(world, paymentIds)).toEqual([0, 24_000, 0, 0, 24_000]);
    const full = await closed();
    await full.world.table.write([set(keys.seat(full.world.offering(1).offeringId), { capacity: 2 })]);
    await settle(full.world);
    await decide(full.world, 0, 'merge', 1);
    await full.world.rest();
    expect([await holders(full.world, 0), await holders(full.world, 1)]).toEqual([1, 2]);
    await expectInvariants(full.world.table);
  });

  it('moves nobody on old word: the school has decided otherwise since', async () => {
    const { world } = await closed();
    await settle(world);
    await decide(world, 0, 'merge', 1);
    const old = (await world.scan()).find(({ PK, SK }) => PK === `OFFERING#${world.offering(0).offeringId}` && SK === 'OFFERING');
    await decide(world, 0, 'move', 1);
    for (const follower of must(world.area().followers)) {
      await follower({ sequence: '1', keys: { PK: must(old).PK, SK: must(old).SK }, before: undefined, after: must(old) });
    }
    expect([await holders(world, 0), await holders(world, 1)]).toEqual([2, 1]);
    // A class that is being merged is nobody's target.
    await decide(world, 0, 'merge', 1);
    expect(await codeOf(decide(world, 3, 'move', 0))).toBe('under_size.no_target');
  });

  it('loses nobody wherever the process dies that moves them', async () => {
    await atEveryCrash(async (fail) => {
      const { world, paymentIds } = await closed();
      await settle(world);
      const faults = await fail(world.table);
      await decide(world, 0, 'merge', 1, faults.table).catch(ignore);
      await world.follow(faults.table).catch(ignore);
      await expectInvariants(world.table);
      // The sweeper comes before the record is told again, or after it.
      world.clock.addMinutes(2);
      await decide(world, 0, 'merge', 1).catch(ignore);
      await world.rest();
      expect([await holders(world, 0), await holders(world, 1)]).toEqual([0, 3]);
      expect(refunded(world, paymentIds).slice(0, 3)).toEqual([0, 0, 0]);
      await expectInvariants(world.table, { atRest: true });
    }, 80);
  }, 240_000);
});

describe('a place that its family has moved as often as it may', () => {
  /** Class 0 is held back with two in it; the child of class 1 has come there by its third move. */
  async function movedThrice() {
    const { world, paid, paymentIds } = await closed({ askHours: ASK_HOURS }, undefined, 3);
    await world.requestRefund(must(paid[1]).enrolment);
    await settle(world);
    await world.rest();
    let place = must(paid[2]).enrolment;
    const payments = [must(paymentIds[2])];
    for (const [to, differenceFen] of [
      [2, 16_000],
      [1, -16_000],
      [0, 0],
    ] as const) {
      const next = await world.use().startMove(askOf({ world, old: place }, to, differenceFen), world.parent(2));
      if (next.status === 'held') {
        const paymentId = await world.startPayment(must(next.orderId), world.parent(2));
        payments.push(paymentId);
        world.payments.pay(paymentId);
        await world.callBack(paymentId);
      }
      place = await world.enrolment(next);
    }
    expect(place).toMatchObject({ status: 'confirmed', offeringId: world.offering(0).offeringId, movedFrom: { number: 3 } });
    return { world, place, payments, order: must(paid[2]).order };
  }

  it('is merged like any other, by no move of its own', async () => {
    const { world, place, order } = await movedThrice();
    await decide(world, 0, 'merge', 1);
    await world.rest();
    expect([await holders(world, 0), await holders(world, 1)]).toEqual([0, 2]);
    const old = await world.enrolment(place);
    expect(old).toMatchObject({ status: 'cancelled', movedTo: { offeringId: world.offering(1).offeringId } });
    const last = await world.enrolment({ pupilId: old.pupilId, enrolmentId: must(old.movedTo).enrolmentId });
    expect(last).toMatchObject({ status: 'confirmed', movedFrom: { merged: true, number: 3 } });
    // The order shows where it has gone, to its end.
    const { moves } = await world.use().getOrder({ orderId: order.orderId }, world.parent(2));
    expect(moves?.at(0)?.places.at(-1)?.enrolmentId).toBe(last.enrolmentId);
    // In the class that runs the limit is its family's again.
    expect(await codeOf(world.use().startMove(askOf({ world, old: last }, 2, 16_000), world.parent(2)))).toBe('move.too_often');
    await expectInvariants(world.table, { atRest: true });
  });

  it('may leave a class that is held back all the same', async () => {
    const { world, place } = await movedThrice();
    const { items } = await world.use().listMoves({ pupilId: place.pupilId, enrolmentId: place.enrolmentId, limit: 50 }, world.parent(2));
    expect(items.map(({ offeringId }) => offeringId)).toContain(world.offering(1).offeringId);
    const next = await world.use().startMove(askOf({ world, old: place }, 1, 0), world.parent(2));
    expect(next).toMatchObject({ status: 'confirmed', movedFrom: { number: 3 } });
    const old = await world.enrolment(next);
    expect(await codeOf(world.use().startMove(askOf({ world, old }, 2, 16_000), world.parent(2)))).toBe('move.too_often');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('is not made of more payments than a refund can go back to', async () => {
    const { world, old } = await closed();
    await settle(world);
    const key = keys.receipt(old.pupilId, old.enrolmentId);
    const receipt = await world.table.mustGet(key, Receipt);
    const part = { orderId: receipt.orderId, paymentId: receipt.paymentId, amountFen: 3000, paidFen: 24_000 };
    await world.table.write([set(key, { parts: Array.from({ length: PLACE_PAYMENTS_MAX }, () => part) })]);
    expect(await codeOf(move(world, askOf({ world, old }, 2, 16_000)))).toBe('move.too_often');
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('done');
  });
});

describe('a family that has asked to cancel, and waits for the school’s word', () => {
  const needed: BillingWorldOptions['refundApproval'] = { when: 'always', chain: ['school'], timeLimitHours: 24 };

  it('does not keep a class at its size: it is held back, and runs when they stay after all', async () => {
    const { world, paid } = await closed({ askHours: ASK_HOURS }, needed);
    await world.paidSeatAfter(3, 3);
    const { refundId } = await world.requestRefund(must(paid[4]).enrolment);
    expect(await settle(world)).toMatchObject({ pending: true, underSize: [] });
    expect(await fate(world, 3)).toMatchObject({ status: 'published', heldBack: expect.anything() });
    await world.rest();
    const { organisationId: schoolId } = world.selection.school;
    await world.use().decideRefund({ schoolId, refundId, approve: false, note: '请先和班主任联系' }, official('school', schoolId));
    await settle(world);
    expect((await fate(world, 3)).status).toBe('running');
    await expectInvariants(world.table);
  });

  it('does not count when its time is over: it is called off, and they get everything back like the others', async () => {
    const { world, paid, paymentIds } = await closed({ askHours: ASK_HOURS }, needed);
    const other = await world.paidSeatAfter(3, 3);
    await settle(world);
    expect((await fate(world, 3)).status).toBe('running');
    // Class 0 wants three and gets its third while it is held back; then one of them asks to cancel.
    const third = await world.paidSeatAfter(4, 0);
    await world.requestRefund(must(paid[1]).enrolment);
    world.clock.set(must((await fate(world, 0)).heldBack).until);
    expect(await settle(world)).toMatchObject({ underSize: [world.offering(0).offeringId] });
    await world.rest({ settled: true });
    expect(refunded(world, [...paymentIds, other.paymentId, third.paymentId])).toEqual([24_000, 24_000, 0, 0, 0, 0, 24_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('has nobody to be asked with them where all have: their class is called off at the close', async () => {
    const { world, paid, paymentIds } = await closed({ askHours: ASK_HOURS }, needed);
    await world.requestRefund(must(paid[4]).enrolment);
    expect(await settle(world)).toMatchObject({ underSize: [world.offering(3).offeringId] });
    expect((await fate(world, 3)).heldBack).toBeUndefined();
    await world.rest();
    expect(refunded(world, paymentIds)[4]).toBe(24_000);
    await expectInvariants(world.table);
  });

  it('does not stand in the way of a school that runs it all the same', async () => {
    const { world, paid } = await closed({ askHours: ASK_HOURS }, needed);
    await settle(world);
    await world.requestRefund(must(paid[1]).enrolment);
    await decide(world, 0, 'run');
    world.clock.set(must((await fate(world, 0)).heldBack).until);
    expect((await settle(world)).underSize).not.toContain(world.offering(0).offeringId);
    expect((await fate(world, 0)).status).toBe('running');
  });
});

async function settleLater(world: BillingWorld) {
  world.clock.addMinutes(1);
  return settle(world);
}

it('ends the same wherever the process dies that settles it', async () => {
  await atEveryCrash(async (fail) => {
    const { world, paymentIds } = await closed();
    const faults = await fail(world.table);
    await settle(world, faults.table).catch(ignore);
    await expectInvariants(world.table);
    await settle(world);
    world.clock.addMinutes(ASK_HOURS * 60);
    await settle(world);
    await settle(world);
    await world.rest({ settled: true });
    expect(refunded(world, paymentIds)).toEqual([24_000, 24_000, 0, 0, 24_000]);
    await expectInvariants(world.table, { atRest: true });
  });
});
