/** A pupil leaves the school: what they hold is ended by the ways there are, and nothing new begins. */
import { newId } from '@kehou/shared/kernel/id';
import { addDays, addMinutes, type ChinaMonth, chinaDate } from '@kehou/shared/kernel/time';
import { type BillingWorld, type BillingWorldOptions, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { markPupilLeft, restorePupil } from '../school/leave-school.ts';
import { FullMemory } from '../selection/full-memory.ts';
import { offerPlaces } from '../selection/offer-places.ts';
import { takeSeat } from '../selection/take-seat.ts';
import { TermsMemory } from '../selection/terms-memory.ts';
import { getWait, joinWrites } from '../selection/wait.repository.ts';
import { StoredRefund } from './refund.repository.ts';

const fourClasses = (options: BillingWorldOptions = {}) => ({
  classes: Array.from({ length: 4 }, (_, index) => ({ capacity: 3, weekday: index + 1 })),
  pupils: 2,
  ...options,
});

/** The first child: a paid seat, a held one whose order is being paid, a held one without an order, and a place in a waiting list. */
async function leaverWorld(options: BillingWorldOptions = {}) {
  const world = await billingWorld(await testTable(), fourClasses(options));
  const schoolId = world.selection.school.organisationId;
  const clerk = official('school', schoolId);
  const paid = (await world.paidSeat(0, 0)).enrolment;
  const ordered = await world.takeSeat(0, 1);
  const order = await world.order([ordered]);
  const paymentId = await world.startPayment(order.orderId, world.parent(0));
  const held = await world.takeSeat(0, 2);
  const pupilId = world.pupil(0);
  const last = world.offering(3);
  await world.table.write(
    joinWrites(
      {
        waitId: newId('wait'),
        pupilId,
        offeringId: last.offeringId,
        windowId: world.selection.window.windowId,
        schoolId,
        courseName: last.courseName,
        status: 'waiting',
        joinedAt: world.clock.now(),
        offers: 0,
        offerMinutes: 60,
        until: addMinutes(world.clock.now(), 60 * 24 * 30),
      },
      undefined,
    ),
  );
  const leave = (table: Table = world.table) =>
    markPupilLeft({ table, clock: world.clock })(
      { schoolId, pupilId, leftOn: chinaDate(world.clock.now()), reason: '随父母迁往外市' },
      clerk,
    );
  const restore = () => restorePupil({ table: world.table, clock: world.clock })({ schoolId, pupilId }, clerk);
  const statuses = async () => Promise.all([paid, ordered, held].map(async (one) => (await world.enrolment(one)).status));
  const waits = async () => (await getWait(world.table, pupilId, last.offeringId))?.status;
  const refunds = async () =>
    (await world.scan()).filter(({ PK, SK }) => PK.startsWith('REFUND#') && SK === 'REFUND').map((row) => StoredRefund.parse(row));
  const leaving = async () => (await world.scan()).filter(({ SK }) => SK === 'LEAVING');
  return { world, schoolId, clerk, paid, ordered, held, paymentId, pupilId, leave, restore, statuses, waits, refunds, leaving };
}

async function trailOf(world: BillingWorld, schoolId: string) {
  const month = chinaDate(world.clock.now()).slice(0, 7) as ChinaMonth;
  return (await world.table.query({ ...keys.auditOf(schoolId, month), limit: 100 }, AuditEntry)).items;
}

/** By a container that has just shown the class and knows the child from the token: the fastest way in there is. */
function takeOf(world: BillingWorld, offering: number, memory = new TermsMemory()) {
  const take = takeSeat({
    table: world.table,
    clock: world.clock,
    secrets: world.selection.secrets,
    full: new FullMemory(),
    terms: memory,
  });
  const { offeringId } = world.offering(offering);
  const { windowId } = world.selection.window;
  return () => take({ pupilId: world.pupil(0), enrolmentId: newId('enrolment'), offeringId, windowId }, world.parent(0));
}

test('everything is ended by its own way: the paid seat refunded by the rule, holds ended with their orders, the waiting list left', async () => {
  const { world, schoolId, leave, statuses, waits, refunds, leaving, paymentId, paid } = await leaverWorld();
  expect(await leave()).toMatchObject({ leftOn: chinaDate(world.clock.now()) });
  await world.follow();
  await world.rest({ settled: true });
  expect(await statuses()).toEqual(['cancelled', 'lapsed', 'lapsed']);
  expect(await waits()).toBe('left');
  expect(await refunds()).toMatchObject([{ cause: 'left-school', status: 'succeeded', amountFen: 24_000, enrolmentId: paid.enrolmentId }]);
  expect((await world.enrolment(paid)).cancelReason).toBe('left-school');
  expect(() => world.payments.pay(paymentId)).toThrow('closed');
  expect(await leaving()).toEqual([]);
  await expectInvariants(world.table, { atRest: true });
  expect((await trailOf(world, schoolId)).filter(({ action }) => action === 'school.pupil-left')).toMatchObject([
    { details: { reason: '随父母迁往外市' } },
  ]);
  // The same again is the first, and ends nothing a second time.
  await leave();
  await world.rest({ settled: true });
  expect(await refunds()).toHaveLength(1);
  expect((await trailOf(world, schoolId)).filter(({ action }) => action === 'school.pupil-left')).toHaveLength(1);
});

test('where the school wants refunds approved the seat is kept until they are, and anybody of the chain may approve, who marked them left too', async () => {
  const { world, clerk, schoolId, leave, statuses, refunds } = await leaverWorld({
    refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 24 },
  });
  await leave();
  await world.follow();
  await world.rest({ settled: true });
  expect(await statuses()).toEqual(['confirmed', 'lapsed', 'lapsed']);
  const [refund] = await refunds();
  expect(refund).toMatchObject({ status: 'approving', cause: 'left-school' });
  await world.use().decideRefund({ schoolId, refundId: must(refund).refundId, approve: true }, clerk);
  await world.rest({ settled: true });
  expect(await statuses()).toEqual(['cancelled', 'lapsed', 'lapsed']);
  await expectInvariants(world.table, { atRest: true });
});

test('a refund that the family has asked for already stays theirs', async () => {
  const { world, paid, leave, refunds } = await leaverWorld();
  const asked = await world.requestRefund(paid);
  await leave();
  await world.follow();
  await world.rest({ settled: true });
  expect(await refunds()).toMatchObject([{ refundId: asked.refundId, cause: 'parent', status: 'succeeded' }]);
});

test('nothing new begins for who has left: no seat, however warm the container; no offer from a list; and it does again when they are back', async () => {
  const { world, leave, restore, waits } = await leaverWorld();
  const warm = takeOf(world, 3);
  await leave();
  await expect(warm()).rejects.toMatchObject({ code: 'selection.pupil_left' });
  // The list is served before it is cleared: the child is passed over and out of it.
  await world.table.write([
    {
      op: 'put',
      key: keys.waitingList(world.offering(3).offeringId),
      item: { offeringId: world.offering(3).offeringId, until: '2027-12-01T00:00:00.000Z' },
    },
  ]);
  expect(await offerPlaces({ table: world.table, clock: world.clock }, world.offering(3).offeringId)).toBe(0);
  expect(await waits()).toBe('left');
  expect((await restore()).leftOn).toBeUndefined();
  await expect(takeOf(world, 3)()).resolves.toMatchObject({ status: 'held' });
  // Back before anything was ended: it stays.
  await world.rest({ settled: true });
  expect((await world.scan()).filter(({ SK }) => SK === 'REFUND')).toEqual([]);
});

test('the provider is down: the rest is ended, and the sweeper ends what is left when it answers', async () => {
  const { world, leave, statuses, leaving, waits } = await leaverWorld();
  await leave();
  world.payments.down.add('closePayment');
  await world.follow().catch(() => undefined);
  expect((await statuses())[2]).toBe('lapsed');
  expect(await waits()).toBe('left');
  expect(await leaving()).toHaveLength(1);
  world.payments.down.clear();
  await world.rest({ settled: true });
  expect(await statuses()).toEqual(['cancelled', 'lapsed', 'lapsed']);
  expect(await leaving()).toEqual([]);
  await expectInvariants(world.table, { atRest: true });
});

test('money that is on its way when the child leaves comes back', async () => {
  const { world, leave, statuses, refunds, paymentId } = await leaverWorld();
  await leave();
  world.payments.pay(paymentId);
  await world.follow();
  await world.rest({ settled: true });
  expect(await statuses()).toEqual(['cancelled', 'cancelled', 'lapsed']);
  expect((await refunds()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  await world.callBack(paymentId);
  await world.rest({ settled: true });
  expect(world.payments.refundedOf(paymentId)).toBe(24_000);
  await expectInvariants(world.table, { atRest: true });
});

test('a day that is still to come, and a pupil of another school, are refused', async () => {
  const { world, schoolId, pupilId, clerk } = await leaverWorld();
  const mark = markPupilLeft(world);
  const tomorrow = addDays(chinaDate(world.clock.now()), 1);
  await expect(mark({ schoolId, pupilId, leftOn: tomorrow, reason: '明天走' }, clerk)).rejects.toMatchObject({ code: 'request.invalid' });
  const leftOn = chinaDate(world.clock.now());
  await expect(mark({ schoolId: newId('organisation'), pupilId, leftOn, reason: '别校' }, clerk)).rejects.toMatchObject({
    code: 'request.not_found',
  });
});

test('a death anywhere in marking or in ending leaves nothing that the sweeper does not finish', async () => {
  await atEveryCrash(async (fail) => {
    const { world, leave, statuses, waits, refunds, leaving } = await leaverWorld();
    const faults = await fail(world.table);
    await leave(faults.table).catch(() => undefined);
    await world.follow(faults.table).catch(() => undefined);
    // Alive again: the clerk taps once more, and the minute after is the sweeper's.
    await leave();
    await world.rest();
    await world.rest();
    expect(await statuses()).toEqual(['cancelled', 'lapsed', 'lapsed']);
    expect(await waits()).toBe('left');
    expect(await refunds()).toHaveLength(1);
    expect(await leaving()).toEqual([]);
    await expectInvariants(world.table, { atRest: true });
  }, 60);
}, 300_000);
