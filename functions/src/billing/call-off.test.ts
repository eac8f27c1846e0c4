/** A class that runs is called off by its school: everybody is paid back for what was not held, once, and nothing of it stays open. */
import { type Fen, fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { type BillingWorld, billingWorld, must, official, sessionsOf } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { offering as offeringArea } from '../offering/index.ts';
import { mustGetOffering, sessionsOf as storedSessions } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { Attempt } from '../selection/enrolment.repository.ts';
import { joinWaitingList } from '../selection/join-waiting-list.ts';
import { Seat } from '../selection/seat.repository.ts';

const Raw = z.record(z.string(), z.unknown());

/** Seats of ¥240 for eight sessions, paid; the window is settled and the class runs. */
async function running(
  pupils: number,
  options: { withMaterialPack?: boolean; others?: number; capacity?: number; meanwhile?: (world: BillingWorld) => Promise<unknown> } = {},
) {
  const { others = 0, capacity = 40, meanwhile } = options;
  const world = await billingWorld(await testTable(), { classes: [{ capacity, withMaterialPack: true }], pupils: pupils + others });
  const seats = [];
  for (let index = 0; index < pupils; index++) seats.push(await world.paidSeat(index, 0, options));
  await meanwhile?.(world);
  const { offeringId, schoolId } = world.offering(0);
  const stored = { status: 'running', fingerprint: 'f', lastDay: '2027-01-20', version: 1 };
  await world.table.write([set(keys.offering(offeringId), stored)]);
  return { world, seats, offeringId, schoolId, head: official('school', schoolId) };
}
type Running = Awaited<ReturnType<typeof running>>;

/** Sessions before the `count`th from now on are over. */
const afterSessions = ({ world }: Running, count: number) =>
  world.clock.set(addMinutes(must(sessionsOf(world.offering(0))[count - 1]).endsAt, 60));

async function callOff({ world, offeringId, schoolId, head }: Running, table: Table = world.table) {
  const quote = await world.use().quoteCallOff({ schoolId, offeringId }, head);
  return world.use(table).callOff({ schoolId, offeringId, reason: '教师离职', pupils: quote.pupils, totalFen: fen(quote.totalFen) }, head);
}

/** The stream as it brings page after page, each twice. */
async function pages(world: BillingWorld, offeringId: Id<'offering'>, table: Table = world.table): Promise<number> {
  for (let page = 0; page < 10; page++) {
    const after = await world.table.get(keys.callOff(offeringId), Raw);
    if (!after) return page;
    for (let time = 0; time < 2; time++) {
      for (const follow of world.area(table).followers ?? []) {
        await follow({ sequence: '1', keys: { PK: String(after.PK), SK: 'CALLOFF' }, before: undefined, after });
      }
    }
  }
  return 10;
}

const refunded = ({ world, seats }: Running) => seats.map(({ paymentId }) => world.payments.refundedOf(paymentId));

test('before its first session everything comes back, and what is shown before is what is done', async () => {
  const run = await running(3, { withMaterialPack: true });
  const { world, offeringId, schoolId, head } = run;
  const quote = await world.use().quoteCallOff({ schoolId, offeringId }, head);
  expect(quote).toEqual({ offeringId, pupils: 3, totalFen: 3 * (24_000 + 4500), sessionsHeld: 0, sessionsLeft: 8 });
  await callOff(run);
  expect(await pages(world, offeringId)).toBe(1);
  await world.rest({ settled: true });
  expect(refunded(run)).toEqual([28_500, 28_500, 28_500]);
  for (const { enrolment } of run.seats)
    expect(await world.enrolment(enrolment)).toMatchObject({ status: 'cancelled', cancelReason: 'school' });
  await expectInvariants(world.table, { atRest: true });
});

test('after three of eight sessions five eighths come back, page by page; a pack that was handed out stays', async () => {
  const run = await running(22, { withMaterialPack: true });
  const { world, offeringId, schoolId, head } = run;
  const [first] = run.seats;
  const { pupilId, enrolmentId } = must(first).enrolment;
  await world.use().handOutMaterial({ schoolId, pupilId, enrolmentId }, head);
  afterSessions(run, 3);
  expect(await world.use().quoteCallOff({ schoolId, offeringId }, head)).toEqual({
    offeringId,
    pupils: 22,
    totalFen: 22 * 15_000 + 21 * 4500,
    sessionsHeld: 3,
    sessionsLeft: 5,
  });
  const { calledOffAt } = await callOff(run);
  // The fourth session's hour passes before the pages come: it was not held.
  world.clock.set(must(sessionsOf(world.offering(0))[3]).endsAt);
  expect(await pages(world, offeringId)).toBe(2);
  await world.rest({ settled: true });
  expect(refunded(run)).toEqual([15_000, ...Array.from({ length: 21 }, () => 19_500)]);
  const after = await mustGetOffering(world.table, offeringId);
  expect(after).toMatchObject({ status: 'cancelled', calledOffAt });
  for (const follow of offeringArea(world).followers ?? []) {
    await follow({
      sequence: '1',
      keys: { PK: `OFFERING#${offeringId}`, SK: 'OFFERING' },
      before: { ...after, status: 'running' },
      after: { ...after },
    });
  }
  const sessions = await storedSessions(world.table, offeringId);
  expect(sessions.map(({ status }) => status)).toEqual([...Array(3).fill('scheduled'), ...Array(5).fill('cancelled')]);
  const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-12' as never), most: 200 }, Raw);
  expect(trail.filter(({ action }) => action === 'offering.offering-called-off')).toMatchObject([
    { subject: offeringId, details: { reason: '教师离职', totalFen: 22 * 15_000 + 21 * 4500 } },
  ]);
  await expectInvariants(world.table, { atRest: true });
});

test('is refused to a class that does not run, to another school, and where what was shown is so no more; again it is the same', async () => {
  const run = await running(2);
  const { world, offeringId, schoolId, head } = run;
  const confirm = (changes: { pupils?: number; totalFen?: Fen; schoolId?: Id<'organisation'> } = {}) =>
    world.use().callOff({ schoolId, offeringId, reason: '教师离职', pupils: 2, totalFen: fen(48_000), ...changes }, head);
  await expect(confirm({ schoolId: 'org_01KBDQ3Z8Q0000000000000000' as never })).rejects.toMatchObject({ code: 'request.not_found' });
  await expect(confirm({ pupils: 1 })).rejects.toMatchObject({ code: 'refund.quote_changed', details: { pupils: 2, totalFen: 48_000 } });
  afterSessions(run, 1);
  await expect(confirm()).rejects.toMatchObject({ code: 'refund.quote_changed', details: { pupils: 2, totalFen: 42_000 } });
  for (const status of ['draft', 'published', 'ended', 'cancelled'] as const) {
    await world.table.write([set(keys.offering(offeringId), { status })]);
    await expect(confirm()).rejects.toMatchObject({ code: 'offering.not_running' });
  }
  await world.table.write([set(keys.offering(offeringId), { status: 'running' })]);
  const first = await confirm({ totalFen: fen(42_000) });
  world.clock.addMinutes(1);
  expect(await confirm()).toEqual(first);
  expect((await world.table.mustGet(keys.seat(offeringId), Seat)).status).toBe('cancelled');
  await expect(world.takeSeat(0)).rejects.toThrow();
});

test('a refund that parents asked for before is not less for it, and nobody has to approve it any more', async () => {
  const run = await running(2);
  const { world, offeringId } = run;
  afterSessions(run, 2);
  const { refundId } = await world.requestRefund(must(run.seats[0]).enrolment);
  await world.rest({ settled: true });
  afterSessions(run, 4);
  await callOff(run);
  await pages(world, offeringId);
  await world.rest({ settled: true });
  expect(refunded(run)).toEqual([18_000, 12_000]);
  const refund = await world.table.mustGet(keys.refund(refundId), Raw);
  expect(refund).toMatchObject({ status: 'succeeded', cause: 'school', chain: [] });
  await expectInvariants(world.table, { atRest: true });
});

test('wherever a process dies everybody is paid back once, by whoever goes on', async () => {
  await atEveryCrash(async (fail) => {
    const run = await running(2);
    const { world, offeringId } = run;
    afterSessions(run, 3);
    const { table } = await fail(world.table);
    const dying = async () => {
      await callOff(run, table);
      await pages(world, offeringId, table);
    };
    await dying().catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await expectInvariants(world.table);
    if ((await mustGetOffering(world.table, offeringId)).status === 'running') await callOff(run);
    // No record comes any more: the due index has it.
    world.clock.set(instant(ms(world.clock.now()) + 5 * 60_000));
    await world.rest({ settled: true });
    await world.rest({ settled: true });
    expect(await world.table.get(keys.callOff(offeringId), Raw)).toBeUndefined();
    expect(refunded(run)).toEqual([15_000, 15_000]);
    expect(Object.keys((await world.table.mustGet(keys.seat(offeringId), Seat)).holders)).toEqual([]);
    await expectInvariants(world.table, { atRest: true });
  });
});

test('a place that is held and not paid is closed first; a provider that does not answer is asked again', async () => {
  const run = await running(1, { others: 1 });
  const { world, offeringId } = run;
  const held = await world.takeSeat(1);
  await world.startPayment((await world.order([held])).orderId, world.parent(1));
  await callOff(run);
  world.payments.down.add('closePayment');
  expect(await pages(world, offeringId)).toBe(10);
  expect(await world.table.get(keys.callOff(offeringId), Raw)).toBeDefined();
  world.payments.down.clear();
  expect(await pages(world, offeringId)).toBe(1);
  await world.rest({ settled: true });
  // The reason is kept while the provider is waited for; nobody is told of a lapse, nor is one counted.
  expect(await world.enrolment(held)).toMatchObject({ status: 'lapsed', cancelReason: 'school' });
  expect((await world.table.mustGet(keys.attempt(held.pupilId, offeringId), Attempt)).lapses).toBeUndefined();
  expect(refunded(run)).toEqual([24_000]);
  await expectInvariants(world.table, { atRest: true });
});

test('who stands in line is told at once that nothing comes, and the places that come free are offered to nobody', async () => {
  const run = await running(1, { others: 1, capacity: 1, meanwhile: (world) => waitFor(world, 1) });
  const { world, offeringId } = run;
  await callOff(run);
  await pages(world, offeringId);
  await world.rest({ settled: true });
  expect(await world.table.get(keys.wait(world.pupil(1), offeringId), Raw)).toMatchObject({ status: 'ended' });
  expect(await world.table.queryAll({ ...keys.queue(offeringId), most: 5 }, Raw)).toEqual([]);
  expect(refunded(run)).toEqual([24_000]);
});

function waitFor(world: BillingWorld, pupil: number) {
  const { offeringId } = world.offering(0);
  const wish = { pupilId: world.pupil(pupil), offeringId, windowId: world.selection.window.windowId, waitId: newId('wait') };
  return joinWaitingList(world.selection)(wish, world.parent(pupil));
}
