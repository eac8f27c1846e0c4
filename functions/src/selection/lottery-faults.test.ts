/** A lottery when things break: a process that dies between any two writes, a list that closes while families still send, a file that is changed. */
import type { Lottery } from '@kehou/shared/selection/lottery';
import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { type LotteryWorld, lotteryWorld } from '../../testing/lottery-world.ts';
import { keys } from '../platform/keys.ts';
import { getChoice, Luck } from './draw.repository.ts';
import { resolveTaking, StoredEnrolment } from './enrolment.repository.ts';
import { Seat } from './seat.repository.ts';
import { reconcileSeat } from './tasks.ts';
import { Queued } from './wait.repository.ts';

const Row = z.looseObject({ commitment: z.string() });
const PUPILS = 3;
const lottery: Lottery = { rounds: 1, payHours: 2, seedSource: { kind: 'secret' } };

async function closedWindow(): Promise<LotteryWorld> {
  const world = await lotteryWorld(await testTable({ stream: false }), { classes: [{ capacity: 1 }], pupils: PUPILS, lottery });
  await world.open();
  for (let pupil = 0; pupil < PUPILS; pupil++) await world.wish(pupil, [0]);
  await world.close();
  return world;
}

async function enrolmentsOf(world: LotteryWorld): Promise<StoredEnrolment[]> {
  const all: StoredEnrolment[] = [];
  for (const { pupilId } of world.pupils) {
    all.push(...(await world.table.queryAll({ ...keys.enrolments(pupilId), consistent: true, most: 50 }, StoredEnrolment)));
  }
  return all;
}

/** One winner with a held place, the others in line, each child's luck counted once. */
async function check(world: LotteryWorld): Promise<void> {
  const seat = await world.table.mustGet(keys.seat(world.offeringId(0)), Seat);
  const live = (await enrolmentsOf(world)).filter(({ status }) => status !== 'lost');
  expect(live).toMatchObject([{ status: 'held', drawn: true }]);
  expect(Object.keys(seat.holders)).toHaveLength(1);
  expect(seat.waiting).toBe(true);
  const queue = await world.table.queryAll({ ...keys.queue(world.offeringId(0)), consistent: true, most: 10 }, Queued);
  expect(queue).toHaveLength(PUPILS - 1);
  expect(queue.map(({ pupilId }) => pupilId)).not.toContain(live[0]?.pupilId);
  for (const { pupilId } of world.pupils) {
    const luck = await world.table.get(keys.luck(pupilId), Luck);
    expect(luck).toMatchObject({ revision: 1, lostTerms: pupilId === live[0]?.pupilId ? [] : [world.input.termId] });
  }
}

test('the list is fixed once wherever the process dies', async () => {
  const writes = await atEveryCrash(async (fail) => {
    const world = await closedWindow();
    const faults = await fail(world.table);
    await world.step('fixDraw', {}, faults.table).catch(() => undefined);
    const first = await world.table.get(keys.draw(world.windowId), Row);
    await world.step('fixDraw');
    const draw = await world.draw();
    expect(draw).toMatchObject({ stage: 'fixed', entries: PUPILS });
    if (first) expect(first.commitment).toBe(draw.commitment);
    expect((await world.file()).commitment).toBe(draw.commitment);
  });
  expect(writes).toBe(17);
}, 300_000);

test('a withdrawal counts once wherever the process dies, and answers the same receipt when it is asked again', async () => {
  const writes = await atEveryCrash(async (fail) => {
    const world = await lotteryWorld(await testTable({ stream: false }), { classes: [{ capacity: 1 }], pupils: 2, lottery });
    await world.open();
    const { receipt } = await world.wish(0, [0]);
    await world.wish(1, [0]);
    world.later(1);
    const faults = await fail(world.table);
    await world.wish(0, [], [], faults.table).catch(() => undefined);
    const there = await getChoice(world.table, world.windowId, world.pupilId(0));
    world.later(1);
    const again = await world.wish(0, []);
    if (there?.offeringIds.length === 0) expect(again.receipt).toEqual(there.receipt);
    expect(again.receipt).toMatchObject({ entrant: receipt.entrant, offeringIds: [] });
    world.later(1);
    expect(await world.wish(0, [])).toEqual(again);
    await world.close();
    await world.step('fixDraw');
    expect((await world.file()).entries).toEqual([expect.not.stringContaining(receipt.entrant)]);
  });
  expect(writes).toBe(1);
}, 120_000);

test('it is drawn once wherever the process dies', async () => {
  await atEveryCrash(async (fail) => {
    const world = await closedWindow();
    await world.step('fixDraw');
    const faults = await fail(world.table);
    await world.step('runDraw', {}, faults.table).catch(() => undefined);
    const seed = (await world.draw()).seed;
    await world.step('runDraw');
    const draw = await world.draw();
    expect(draw.stage).toBe('drawn');
    if (seed) expect(draw.seed).toBe(seed);
    expect((await world.file()).seed).toBe(draw.seed);
  });
}, 120_000);

test('every place is given once wherever the process dies, gone on with at once or after the sweeper has been there', async () => {
  for (const swept of [false, true]) {
    await atEveryCrash(async (fail) => {
      const world = await closedWindow();
      await world.step('fixDraw');
      await world.step('runDraw');
      const { seed } = await world.draw();
      const faults = await fail(world.table);
      await world.allot(faults.table).catch(() => undefined);
      if (swept) {
        world.later(2);
        for (const enrolment of await enrolmentsOf(world)) if (enrolment.status === 'taking') await resolveTaking(world, enrolment);
        await reconcileSeat(world.table, world.offeringId(0));
      }
      await world.allot();
      await world.allot();
      expect(await world.draw()).toMatchObject({ stage: 'allotted', seed });
      await check(world);
    });
  }
}, 400_000);

test('two who allot at once give each place once', async () => {
  const world = await closedWindow();
  await world.step('fixDraw');
  await world.step('runDraw');
  await Promise.all([world.allot(), world.allot(), world.allot()]);
  await world.allot();
  await check(world);
});

test('no receipt is given for what missed the list, however close it is, nor for a withdrawal that came too late', async () => {
  const world = await lotteryWorld(await testTable({ stream: false }), {
    classes: [{ capacity: 1 }, { capacity: 1 }],
    pupils: 24,
    lottery,
  });
  await world.open();
  // A third of them have wishes to withdraw.
  for (let pupil = 0; pupil < 8; pupil++) await world.wish(pupil, [pupil % 2]);
  await world.step('closeWindow');
  // By these containers' clocks the window is still open, while another fixes the list.
  const sent = world.pupils.map((_, pupil) => world.wish(pupil, pupil < 8 ? [] : [pupil % 2]).then(({ receipt }) => receipt));
  const [receipts] = await Promise.all([Promise.allSettled(sent), world.step('fixDraw')]);
  const lines = (await world.file()).entries;
  const given = receipts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of receipts) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'lottery.not_now' });
  for (const { entrant, offeringIds } of given) {
    const line = lines.find((entry) => entry.startsWith(`["${entrant}"`));
    if (offeringIds.length === 0) expect(line).toBeUndefined();
    else expect(line).toContain(JSON.stringify(offeringIds));
  }
  const withdrawn = given.filter(({ offeringIds }) => offeringIds.length === 0).length;
  expect(lines).toHaveLength(8 - withdrawn + given.length - withdrawn);
  await expect(world.wish(0, [1, 0])).rejects.toMatchObject({ code: 'lottery.not_now' });
}, 60_000);

test('nothing is drawn or given from a file that is not what was published', async () => {
  const world = await closedWindow();
  await world.step('fixDraw');
  const spoil = () => {
    for (const [key, body] of world.objects.files) {
      world.objects.files.set(key, body.replace('"places": 1', '"places": 2'));
    }
  };
  const kept = new Map(world.objects.files);
  spoil();
  await expect(world.step('runDraw')).rejects.toThrow(/commitment/);
  expect((await world.draw()).stage).toBe('fixed');
  for (const [key, body] of kept) world.objects.files.set(key, body);
  await world.step('runDraw');
  spoil();
  await expect(world.allot()).rejects.toThrow(/commitment/);
  expect(await enrolmentsOf(world)).toEqual([]);
});
