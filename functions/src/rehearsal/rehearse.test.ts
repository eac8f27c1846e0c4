/** A window is rehearsed on a copy: the report adds up, repeats, says what to change, and leaves the real table as it was. */

import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes } from '@kehou/shared/kernel/time';
import type { Lottery } from '@kehou/shared/selection/lottery';
import { type Finding, judgeRehearsal, type Played, REHEARSALS_A_DAY_MAX } from '@kehou/shared/selection/rehearsal';
import { testTable } from '../../testing/engine.ts';
import { OPENING, selectionWorld, settableClock, type WorldOptions } from '../../testing/selection-world.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { create as createTasks } from '../lambda/rehearse.ts';
import { sweepDue } from '../lambda/sweep-due.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { selection } from '../selection/index.ts';
import { followRehearsals, getStored } from '../selection/rehearse-window.ts';
import { copyWindow, type WindowCopy } from './copy-window.ts';
import { rehearse } from './rehearse.ts';

const BEFORE = addMinutes(OPENING, -60);

/** A published window on the evening before, and the desk of its school. */
async function desk(options: WorldOptions = {}) {
  const world = await selectionWorld(await testTable(), { classes: [{ capacity: 8 }, { capacity: 30 }, { capacity: 30 }], ...options });
  const { table, window } = world;
  await table.write([set(keys.window(window.windowId), { status: 'published' })]);
  const platform = testPlatform(table, { clock: settableClock(BEFORE) });
  const area = selection(platform);
  const actor = { personId: newId('person'), memberships: [], children: [], requestId: 'test' };
  const { windowId, schoolId } = window;
  const start = (own: object = {}) =>
    area.useCases.startRehearsal(
      { schoolId, windowId, rehearsalId: newId('rehearsal'), parents: 60, seed: 3, favourites: [], ...own },
      actor,
    );
  const get = async () => (await area.useCases.getRehearsal({ schoolId, windowId }, actor)).rehearsal;
  const task = createTasks(platform);
  return { ...world, platform, start, get, task, copy: () => copyWindow(table, windowId, BEFORE) };
}

/** A day for wishes, a value an hour later, a day to pay, and then an hour for what is left. */
const DAY = 1440;
const CLOSES = addMinutes(OPENING, DAY);
const BORN = addMinutes(CLOSES, 60);
const PUBLIC: Lottery = { rounds: 1, payHours: 24, seedSource: { kind: 'public', name: '双色球当晚开奖号码', bornAt: BORN } };
const SECRET: Lottery = { rounds: 2, payHours: 24, seedSource: { kind: 'secret' } };
const HOURS_AFTER = { opensAt: addMinutes(BORN, DAY), closesAt: addMinutes(BORN, DAY + 60) };

/** The same window with its places drawn. More classes than a list has wishes, so that some are wanted less than they have places. */
async function drawnCopy(lottery: Lottery, capacities = [8, 8, 8, 8, 8, 30, 30]): Promise<WindowCopy> {
  const { table, window, copy } = await desk({ classes: capacities.map((capacity) => ({ capacity })) });
  await table.write([set(keys.window(window.windowId), { lottery, closesAt: CLOSES })]);
  return copy();
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

async function everything(table: Table): Promise<Map<string, object>> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
  return new Map(Items.map((item) => [`${item.PK?.S} / ${item.SK?.S}`, item]));
}

const play = (copy: WindowCopy, parents: number, seed = 3, favourites: readonly string[] = []) =>
  rehearse(copy, { parents, seed, favourites }, { sweep: sweepDue });

test('the same seed plays the same evening, another one another', async () => {
  const copy = await (await desk()).copy();
  const first = await play(copy, 60);
  expect(await play(copy, 60)).toEqual(first);
  expect(await play(copy, 60, 4)).not.toEqual(first);
});

test('the numbers of a report add up', async () => {
  const report = await play(await (await desk()).copy(), 120);
  expect(report.seated + sum(report.refused.map(({ count }) => count))).toBe(report.tries);
  expect(sum(report.classes.map(({ tries }) => tries))).toBe(report.tries);
  expect(sum(report.classes.map(({ seated }) => seated))).toBe(report.seated);
  expect(report.payments.paid + report.payments.late + report.payments.lapsed).toBe(report.seated);
  expect(report.payments.paid).toBeGreaterThan(0);
  expect(report.children.placed + report.children.emptyHanded).toBe(120);
  expect(report.waits.p50Ms).toBeLessThanOrEqual(report.waits.p99Ms);
  for (const { confirmed, capacity } of report.classes) expect(confirmed).toBeLessThanOrEqual(capacity);
  // Every refusal is one that the product gives, and none is a bug.
  expect(report.refused.map(({ reason }) => reason)).not.toContain('broken');
});

test('a class that everybody wants is no-go, with what would mend it; one with room is not', async () => {
  const { copy, offerings } = await desk({ classes: [{ capacity: 5 }, { capacity: 200 }, { capacity: 200 }] });
  const [wanted] = offerings;
  const report = await play(await copy(), 120, 3, [wanted?.offeringId ?? '']);
  expect(report.go).toBe(false);
  const snatched = report.findings.find(({ code }) => code === 'snatched');
  expect(snatched).toMatchObject({ grave: true, offeringId: wanted?.offeringId });
  const played = report.classes.find(({ offeringId }) => offeringId === wanted?.offeringId);
  expect(snatched?.limit).toBe((played?.wantedMost ?? 0) - 5);
  expect(played?.fullAfterMs).toBeLessThan(10_000);

  const calm = await play(await (await desk({ classes: [{ capacity: 200 }, { capacity: 200 }] })).copy(), 60);
  expect(calm).toMatchObject({ go: true, refused: [], children: { placed: 60, emptyHanded: 0 } });
});

test('a rehearsal changes its own item and nothing else, and tells nobody', async () => {
  const { table, window, pupils, platform, start, get, task } = await desk({ pupils: 12 });
  // As a roster lists them; one of them has left.
  for (const [index, { pupilId, schoolId, grade, className, pupilNumber }] of pupils.entries()) {
    const listed = keys.pupilsOfSchool(schoolId, grade, className, pupilNumber);
    await table.write([set(keys.pupil(pupilId), { ...listed, ...(index === 0 ? { leftOn: '2026-10-01' } : {}) })]);
  }
  const before = await everything(table);
  const asked = await start({ parents: undefined });
  expect(await get()).toMatchObject({ status: 'running', progress: 0 });
  const ids = { rehearsalId: asked.rehearsalId, windowId: window.windowId };
  const at = keys.rehearsal(window.windowId);
  await followRehearsals(platform)({ sequence: '1', keys: at, before: undefined, after: { ...(await getStored(table, window.windowId)) } });
  expect(platform.started).toEqual([{ workflow: 'rehearsal', name: asked.rehearsalId, input: ids }]);
  expect(await task({ task: 'selection.rehearse', ...ids })).toEqual({ stale: false });
  expect(await get()).toMatchObject({ status: 'done', progress: 100, report: { parents: 11, windowVersion: window.version } });
  const after = await everything(table);
  expect(after.delete(`${at.PK} / ${at.SK}`)).toBe(true);
  expect(after).toEqual(before);
  expect(platform.sent).toEqual([]);
  // Asked to play it again (the state machine's retry): it is over.
  expect(await task({ task: 'selection.rehearse', ...ids })).toEqual({ stale: true });
});

test('one at a time, a few a day; what died makes way; the same id again is the same rehearsal', async () => {
  const { platform, window, start, get, task } = await desk();
  const first = await start();
  expect(await start({ rehearsalId: first.rehearsalId })).toEqual(first);
  await expect(start()).rejects.toMatchObject({ code: 'rehearsal.running' });
  await task({ task: 'selection.rehearsalBroke', rehearsalId: first.rehearsalId, windowId: window.windowId });
  expect(await get()).toMatchObject({ status: 'failed' });
  const second = await start();
  platform.clock.addMinutes(6);
  const third = await start();
  // The one that seemed dead comes back: it has no say any more.
  await task({ task: 'selection.rehearse', rehearsalId: second.rehearsalId, windowId: window.windowId });
  expect(await get()).toMatchObject({ rehearsalId: third.rehearsalId, status: 'running' });
  for (let count = 3; count < REHEARSALS_A_DAY_MAX; count++) {
    platform.clock.addMinutes(6);
    await start();
  }
  platform.clock.addMinutes(6);
  await expect(start()).rejects.toMatchObject({ code: 'rehearsal.too_many' });
});

test('lots, then first come: the draw gives places, who let theirs go is followed by the next, and what is left goes in its hours', async () => {
  const copy = await drawnCopy({ ...PUBLIC, firstCome: HOURS_AFTER });
  const report = await play(copy, 90);
  expect(report).toMatchObject({ mode: 'lottery-then-first-come', draw: { entries: 90 } });
  const { draw } = report;
  if (!draw) throw new Error('nothing was drawn');
  // One round: a class for each winner, and no class gives more than it has.
  expect(draw.places).toBe(draw.won);
  expect(sum(report.classes.map(({ drawn = 0 }) => drawn))).toBe(draw.places);
  for (const { drawn = 0, confirmed, capacity } of report.classes) {
    expect(drawn).toBeLessThanOrEqual(capacity);
    expect(confirmed).toBeLessThanOrEqual(capacity);
  }
  expect(report.classes.filter(({ drawn = 0, capacity }) => drawn === capacity).length).toBeGreaterThan(0);
  expect(draw.handedOn).toBeGreaterThan(0);
  expect(draw.left).toBeGreaterThan(0);
  // By hand no more is taken than was left or let go, and not before its hours.
  expect(report.seated).toBeLessThanOrEqual(draw.left + report.payments.lapsed);
  expect(report.seated).toBeGreaterThan(0);
  expect(report.seated + sum(report.refused.map(({ count }) => count))).toBe(report.tries);
  const reasons = report.refused.map(({ reason }) => reason);
  expect(reasons).not.toContain('broken');
  expect(reasons).not.toContain('selection.not_open');
  expect(report.payments.paid + report.payments.late + report.payments.lapsed).toBeGreaterThanOrEqual(draw.places + report.seated);
  expect(await play(copy, 90)).toEqual(report);
});

test('a lottery by itself has no rush: no place is asked for, and what nobody got is left', async () => {
  const report = await play(await drawnCopy(SECRET), 60);
  expect(report).toMatchObject({ mode: 'lottery', tries: 0, seated: 0, refused: [], draw: { entries: 60, won: 60 } });
  // Two rounds: some have two classes.
  expect(report.draw?.places).toBeGreaterThan(60);
  expect(report.draw?.left).toBe(100 - sum(report.classes.map(({ confirmed }) => confirmed)));
  expect(report.waits.p50Ms).toBeGreaterThan(0);
  expect(report.findings.filter(({ code }) => code === 'snatched' || code === 'nothing-left')).toEqual([]);
});

test('hours after a draw that leaves nothing are said to be for nothing', async () => {
  const report = await play(await drawnCopy({ ...PUBLIC, firstCome: HOURS_AFTER }, [5, 5]), 40);
  expect(report).toMatchObject({ go: false, tries: 0, draw: { places: 10, left: 0 } });
  expect(report.findings).toContainEqual({ code: 'nothing-left', grave: false, value: 10 });
});

test('after a draw too, families are let in by turns where they are many', async () => {
  const copy = await drawnCopy({ ...PUBLIC, firstCome: HOURS_AFTER });
  const all = await play(copy, 90);
  const turns = await rehearse(copy, { parents: 90, seed: 3, favourites: [] }, { sweep: sweepDue, familiesPerSecond: 0.1 });
  // 90 families at one in ten seconds: nobody is refused for coming before their turn, and the rush is thinner.
  expect(turns.refused.map(({ reason }) => reason)).not.toContain('selection.not_your_turn');
  expect(turns.refused.map(({ reason }) => reason)).not.toContain('selection.wrong_turn');
  expect(turns.seated).toBeGreaterThan(0);
  expect(turns.busiest.requestsPerSecond).toBeLessThan(all.busiest.requestsPerSecond);
});

test('only a window that has not opened is rehearsed, and of one’s own school', async () => {
  const { table, platform, window, start, copy } = await desk();
  await expect(start({ schoolId: newId('organisation') })).rejects.toMatchObject({ code: 'request.not_found' });
  platform.clock.set(OPENING);
  await expect(start()).rejects.toMatchObject({ code: 'rehearsal.too_late' });
  platform.clock.set(BEFORE);
  await table.write([set(keys.window(window.windowId), { status: 'withdrawn' })]);
  await expect(copy()).rejects.toMatchObject({ code: 'rehearsal.too_late' });
});

test('each rule of the verdict is met by what it is about', () => {
  const one = {
    offeringId: newId('offering'),
    courseName: '围棋',
    capacity: 20,
    smallestSize: 10,
    wanted: 30,
    wantedMost: 15,
    tries: 30,
    seated: 20,
    confirmed: 18,
  };
  const fine: Played = {
    mode: 'first-come',
    seed: 1,
    parents: 40,
    windowVersion: 1,
    classes: [one, { ...one, offeringId: newId('offering') }],
    tries: 60,
    seated: 40,
    refused: [],
    waits: { p50Ms: 100, p99Ms: 400, mostMs: 900 },
    children: { placed: 40, emptyHanded: 0 },
    payments: { paid: 36, late: 2, lapsed: 2 },
    hottest: { courseName: '围棋', writesPerSecond: 80, throttled: 0 },
    busiest: { requestsPerSecond: 100, containers: 20 },
  };
  const told = (own: Partial<Played>, ofOne: Partial<typeof one> & { fullAfterMs?: number; drawn?: number } = {}): Partial<Finding>[] => {
    const { go, findings } = judgeRehearsal({ ...fine, classes: [{ ...one, ...ofOne }, one], ...own });
    expect(go).toBe(findings.every(({ grave }) => !grave));
    return findings.map(({ code, grave, value, limit }) => ({ code, grave, value, ...(limit === undefined ? {} : { limit }) }));
  };
  expect(told({})).toEqual([]);
  expect(told({ waits: { p50Ms: 900, p99Ms: 1600, mostMs: 4000 } })).toMatchObject([{ code: 'slow', grave: false }]);
  expect(told({ waits: { p50Ms: 900, p99Ms: 3001, mostMs: 4000 } })).toMatchObject([{ code: 'slow', grave: true }]);
  expect(told({ hottest: { courseName: '围棋', writesPerSecond: 1000, throttled: 9 } })).toMatchObject([{ code: 'hot-item', grave: true }]);
  expect(told({ refused: [{ reason: 'request.busy', count: 2 }] })).toMatchObject([{ code: 'turned-away-busy', grave: true, value: 2 }]);
  expect(told({ refused: [{ reason: 'broken', count: 1 }] })).toMatchObject([{ code: 'broken', grave: true, value: 1 }]);
  expect(told({ children: { placed: 34, emptyHanded: 6 } })).toEqual([{ code: 'empty-handed', grave: true, value: 15, limit: 10 }]);
  expect(told({ children: { placed: 48, emptyHanded: 0 } })).toEqual([{ code: 'few-places', grave: false, value: 48, limit: 40 }]);
  expect(told({}, { fullAfterMs: 3000, wantedMost: 45 })).toEqual([{ code: 'snatched', grave: true, value: 3, limit: 25 }]);
  expect(told({}, { fullAfterMs: 30_000, wantedMost: 45 })).toEqual([{ code: 'overrun', grave: false, value: 45, limit: 25 }]);
  // Drawn: no thumb decided, however soon the rest was gone.
  expect(told({}, { fullAfterMs: 3000, wantedMost: 45, drawn: 18 })).toEqual([{ code: 'overrun', grave: false, value: 45, limit: 25 }]);
  expect(told({}, { wantedMost: 45, drawn: 20 })).toEqual([{ code: 'overrun', grave: false, value: 45, limit: 25 }]);
  expect(told({}, { wantedMost: 45, drawn: 19 })).toEqual([]);
  const draw = { entries: 40, won: 40, places: 40, handedOn: 1, left: 0 };
  expect(told({ mode: 'lottery-then-first-come', draw })).toEqual([{ code: 'nothing-left', grave: false, value: 40 }]);
  expect(told({ mode: 'lottery', draw })).toEqual([]);
  expect(told({}, { confirmed: 9 })).toEqual([{ code: 'under-size', grave: false, value: 9, limit: 10 }]);
  expect(told({}, { wanted: 0, confirmed: 0 })).toEqual([{ code: 'unwanted', grave: false, value: 0 }]);
});
