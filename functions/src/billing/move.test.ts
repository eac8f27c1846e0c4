/** A family moves to another class in the trial period: at once, with money back, or by paying the difference. */
import { CallOffQuote } from '@kehou/shared/billing/call-off';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type BillingWorld, must, official } from '../../testing/billing-world.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { askOf, codeOf, decideAll, FULL_FEN, hasBoth, holders, move, pay, settled } from '../../testing/move-world.ts';
import { pupilsDue } from '../attendance/roll.repository.ts';
import { sessionsOf } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import { set } from '../platform/table.ts';
import { joinWaitingList } from '../selection/join-waiting-list.ts';
import { offerPlaces } from '../selection/offer-places.ts';

describe('the classes that one may move to', () => {
  it('run, have a place, fit the week without the class that is left, and say what they cost from now on', async () => {
    const { world, old } = await settled();
    await world.paidSeatAfter(1, 3);
    const page = await world.use().listMoves({ pupilId: old.pupilId, enrolmentId: old.enrolmentId, limit: 50 }, world.parent(0));
    expect(page.from).toMatchObject({ creditFen: 18_000, sessionsLeft: 6, sessionCount: 8, endsOn: '2026-12-20' });
    const seen = page.items.map(({ courseName, feeFen, sessionsToCome, seatsLeft }) => [courseName, feeFen, sessionsToCome, seatsLeft]);
    expect(seen.sort()).toEqual([
      ['课程1', 18_000, 6, 2],
      ['课程2', 30_000, 6, 2],
      ['课程3', 6_000, 6, 1],
    ]);
  });

  it('are none that is full, waited for, of another grade, at the hour of a third class, or not running', async () => {
    const { world, old } = await settled();
    await world.paidSeatAfter(0, 3);
    await world.table.write([
      set(keys.seat(world.offering(1).offeringId), { waiting: true }),
      set(keys.offering(world.offering(2).offeringId), { grades: [5] }),
    ]);
    const list = () => world.use().listMoves({ pupilId: old.pupilId, enrolmentId: old.enrolmentId, limit: 50 }, world.parent(0));
    expect((await list()).items).toEqual([]);
    await world.table.write([
      set(keys.seat(world.offering(1).offeringId), { waiting: false, capacity: 0 }),
      set(keys.offering(world.offering(2).offeringId), { grades: [3], status: 'published' }),
    ]);
    expect((await list()).items).toEqual([]);
    expect(await codeOf(move(world, askOf({ world, old }, 3, -12_000)))).toBe('selection.already_taken');
    expect(await codeOf(move(world, askOf({ world, old }, 2, 12_000)))).toBe('move.not_running');
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('selection.full');
    await world.rest();
    expect((await world.enrolment(old)).movingTo).toBeUndefined();
    await expectInvariants(world.table, { atRest: true });
  });

  it('are not there where the school has no trial, once it is over, or while a refund is asked for', async () => {
    const none = await settled({ trialWeeks: 0 });
    const where = { pupilId: none.old.pupilId, enrolmentId: none.old.enrolmentId, limit: 50 };
    expect(await codeOf(none.world.use().listMoves(where, none.world.parent(0)))).toBe('move.no_trial');
    const { world, old } = await settled({ refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 24 } });
    // The last evening of the third week, in China, and the first minute after it.
    world.clock.set(chinaInstant('2026-12-20' as ChinaDate, '23:59' as TimeOfDay));
    const mine = { pupilId: old.pupilId, enrolmentId: old.enrolmentId, limit: 50 };
    expect(await codeOf(world.use().listMoves(mine, world.parent(0)))).toBe('done');
    await world.requestRefund(old);
    expect(await codeOf(world.use().listMoves(mine, world.parent(0)))).toBe('refund.already_asked');
    world.clock.addMinutes(1);
    const late = await settled();
    late.world.clock.set(world.clock.now());
    expect(await codeOf(move(late.world, askOf(late, 1, 0)))).toBe('move.trial_over');
  });
});

describe('a move', () => {
  it('to a class at the same price is done at once, and the hour that both have is handed over', async () => {
    const { world, old, paymentId } = await settled();
    const ask = askOf({ world, old }, 1, 0);
    const place = await move(world, ask);
    expect(place).toMatchObject({ status: 'confirmed', sessionCount: 6, feeFen: 18_000 });
    expect(await move(world, ask)).toMatchObject({ status: 'confirmed' });
    expect(await world.enrolment(old)).toMatchObject({ status: 'cancelled', cancelReason: 'moved', movedTo: { courseName: '课程1' } });
    expect([await holders(world, 0), await holders(world, 1)]).toEqual([0, 1]);
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(0);
    await expectInvariants(world.table, { atRest: true });
    // The hour is the new class's: it is free again once that is given up.
    await world.requestRefund(await world.enrolment(place));
    await decideAll(world);
    expect(world.payments.refundedOf(paymentId)).toBe(18_000);
    await expectInvariants(world.table, { atRest: true });
    expect((await world.scan()).filter(({ PK, SK }) => PK.includes(old.pupilId) && SK.startsWith('SLOT#'))).toEqual([]);
  });

  it('to a cheaper class gives the difference back by itself, and what is left of the new one later', async () => {
    const { world, old, paymentId } = await settled({ refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 24 } });
    const place = await move(world, askOf({ world, old }, 3, -12_000));
    expect(place.status).toBe('confirmed');
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(12_000);
    await expectInvariants(world.table, { atRest: true });
    // One session of the new class later, five of six come back.
    world.clock.set('2026-12-16T10:00:00.000Z' as Instant);
    await world.requestRefund(await world.enrolment(place));
    await decideAll(world);
    expect(world.payments.refundedOf(paymentId)).toBe(17_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('to a dearer class gives up nothing until the difference is paid', async () => {
    const { world, old, paymentId } = await settled();
    const place = await move(world, askOf({ world, old }, 2, 16_500, true));
    expect(place).toMatchObject({ status: 'held', movedFrom: { dueFen: 16_500, creditFen: 18_000, priceFen: 34_500, materialFen: 4500 } });
    expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'held']);
    expect([await holders(world, 0), await holders(world, 2)]).toEqual([1, 1]);
    const order = (await world.use().getOrder({ orderId: must(place.orderId) }, world.parent(0))).order;
    expect(order).toMatchObject({ totalFen: 16_500, lines: [{ courseName: '课程2', feeFen: 16_500, moved: { fromCourseName: '课程0' } }] });
    const second = await pay(world, place);
    expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'confirmed']);
    expect([await holders(world, 0), await holders(world, 2)]).toEqual([0, 1]);
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(0);
    await expectInvariants(world.table, { atRest: true });
    // Given up later, each payment gets back what it has in it: the newest first.
    const refund = await world.requestRefund(await world.enrolment(place));
    expect(refund).toMatchObject({ amountFen: 16_500, togetherFen: 34_500 });
    await decideAll(world);
    expect([world.payments.refundedOf(second), world.payments.refundedOf(paymentId)]).toEqual([16_500, 18_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('that is not paid for in time has changed nothing', async () => {
    const { world, old } = await settled();
    const place = await move(world, askOf({ world, old }, 2, 12_000));
    world.clock.set(place.holdUntil);
    await world.rest();
    expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
    expect((await world.enrolment(old)).movingTo).toBeUndefined();
    expect([await holders(world, 0), await holders(world, 2)]).toEqual([1, 0]);
    await expectInvariants(world.table, { atRest: true });
    expect((await move(world, askOf({ world, old }, 1, 0))).status).toBe('confirmed');
    await expectInvariants(world.table);
  });

  it('that is paid for too late is no move: the money comes back and the old class stays', async () => {
    const { world, old } = await settled();
    const place = await move(world, askOf({ world, old }, 2, 12_000));
    const paymentId = await world.startPayment(must(place.orderId), world.parent(0));
    world.clock.set(place.holdUntil);
    await world.sweep();
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.rest();
    expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
    expect(world.payments.refundedOf(paymentId)).toBe(12_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is refused where something else is under way, and keeps refunds and packs from being given twice', async () => {
    const { world, old } = await settled({ withMaterialPack: true });
    const { organisationId: schoolId } = world.selection.school;
    const place = await move(world, askOf({ world, old }, 2, 7_500));
    expect(place.movedFrom).toMatchObject({ creditFen: 22_500 });
    const mine = { pupilId: old.pupilId, enrolmentId: old.enrolmentId };
    expect(await codeOf(world.use().quoteRefund(mine, world.parent(0)))).toBe('move.under_way');
    expect(await codeOf(move(world, askOf({ world, old }, 1, 0)))).toBe('move.under_way');
    expect(await codeOf(world.use().handOutMaterial({ schoolId, ...mine }, official('school', schoolId)))).toBe('material.place_gone');
    expect(
      await codeOf(
        world.use().placeOrder({ orderId: newId('order'), lines: world.linesOf([await world.enrolment(place)]) }, world.parent(0)),
      ),
    ).toBe('move.pays_itself');
    await world.use().giveUpSeat({ pupilId: place.pupilId, enrolmentId: place.enrolmentId }, world.parent(0));
    await world.rest();
    expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
    await world.use().handOutMaterial({ schoolId, ...mine }, official('school', schoolId));
    expect(await codeOf(move(world, askOf({ world, old }, 2, 7_500)))).toBe('move.difference_changed');
    expect((await move(world, askOf({ world, old }, 2, 12_000))).status).toBe('held');
    await expectInvariants(world.table);
  });

  it('again and again carries what every payment has in it, and no more often than it may be', async () => {
    const { world, old, paymentId } = await settled();
    const dearer = await move(world, askOf({ world, old }, 2, 12_000));
    const second = await pay(world, dearer);
    const cheap = await move(world, askOf({ world, old: await world.enrolment(dearer) }, 3, -24_000));
    await world.rest();
    // Of 18,000 carried and 12,000 paid, 6,000 stay in: the newest go back first.
    expect([world.payments.refundedOf(second), world.payments.refundedOf(paymentId)]).toEqual([12_000, 12_000]);
    await expectInvariants(world.table, { atRest: true });
    const last = await move(world, askOf({ world, old: await world.enrolment(cheap) }, 0, 12_000));
    const third = await pay(world, last);
    const end = await world.enrolment(last);
    expect(end).toMatchObject({ status: 'confirmed', offeringId: old.offeringId, attempt: 2, movedFrom: { number: 3 } });
    expect(await codeOf(move(world, askOf({ world, old: end }, 1, 0)))).toBe('move.too_often');
    await world.requestRefund(end);
    await decideAll(world);
    expect([paymentId, second, third].map((one) => world.payments.refundedOf(one))).toEqual([18_000, 12_000, 12_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('out of a class that is called off meanwhile is no move: its family is paid back for both', async () => {
    const { world, old, paymentId } = await settled();
    const place = await move(world, askOf({ world, old }, 2, 12_000));
    await callOff(world, 0);
    const second = await world.startPayment(must(place.orderId), world.parent(0));
    world.payments.pay(second);
    await world.callBack(second);
    world.clock.set(place.holdUntil);
    await world.rest();
    await world.rest();
    expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'lapsed']);
    expect([world.payments.refundedOf(second), world.payments.refundedOf(paymentId)]).toEqual([12_000, 18_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('into a class that is called off later gives everything back that it cost, to each payment', async () => {
    const { world, old, paymentId } = await settled();
    const place = await move(world, askOf({ world, old }, 2, 12_000));
    const second = await pay(world, place);
    await callOff(world, 2);
    await world.rest();
    expect([world.payments.refundedOf(second), world.payments.refundedOf(paymentId)]).toEqual([12_000, 18_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('leaves its place to who waits for it, where the list is still open', async () => {
    const { world, old } = await settled({
      classes: [{ capacity: 1 }, { capacity: 2, weekday: 3 }],
      now: '2026-11-24T00:00:00.000Z' as Instant,
    });
    const { windowId } = world.selection.window;
    const { offeringId } = world.offering(0);
    const join = joinWaitingList({ table: world.table, clock: world.clock, secrets: world.selection.secrets });
    await join({ pupilId: world.pupil(1), waitId: newId('wait'), offeringId, windowId: windowId as Id<'window'> }, world.parent(1));
    await move(world, askOf({ world, old }, 1, 0));
    expect(await offerPlaces({ table: world.table, clock: world.clock }, offeringId)).toBe(1);
    await expectInvariants(world.table);
  });

  it('leaves the sessions that were held with the old class, and those to come with the new one', async () => {
    const { world, old } = await settled();
    await move(world, askOf({ world, old }, 1, 0));
    const due = async (index: number) => {
      const sessions = await sessionsOf(world.table, world.offering(index).offeringId);
      return Promise.all(sessions.map(async (session) => (await pupilsDue(world.table, session)).length));
    };
    expect(await due(0)).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
    expect(await due(1)).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  });
});

async function callOff(world: BillingWorld, index: number): Promise<void> {
  const { organisationId: schoolId } = world.selection.school;
  const { offeringId } = world.offering(index);
  const { pupils, totalFen } = CallOffQuote.parse(await world.use().quoteCallOff({ schoolId, offeringId }, official('school', schoolId)));
  await world.use().callOff({ schoolId, offeringId, reason: '老师调离', pupils, totalFen }, official('school', schoolId));
  world.clock.addMinutes(3);
  await world.sweep();
}

it('both guardians moving the same child to two classes at once make one move', async () => {
  for (let round = 0; round < 6; round++) {
    const one = await settled();
    const { world, old } = one;
    const asks = [askOf(one, 1, 0), askOf(one, 3, -12_000), askOf(one, 2, 12_000)];
    const done = await Promise.allSettled(asks.map((ask) => move(world, ask)));
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
    const live = (await world.scan()).filter(
      ({ PK, SK, status }) => PK.includes(old.pupilId) && SK.startsWith('ENROLMENT#') && status === 'confirmed',
    );
    expect(live).toHaveLength(1);
  }
});

it('a class for which more was paid than is left is refunded no more than once over', async () => {
  const { world, old, paymentId } = await settled({ now: '2026-11-24T00:00:00.000Z' as Instant });
  await move(world, askOf({ world, old }, 3, 8000 - FULL_FEN));
  await world.rest();
  expect(world.payments.refundedOf(paymentId)).toBe(16_000);
  expect(await codeOf(world.requestRefund(old))).toBe('refund.not_confirmed');
  await expectInvariants(world.table, { atRest: true });
});
