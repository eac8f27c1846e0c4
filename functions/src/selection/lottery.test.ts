/** A lottery from wish to place, on the real engine. */
import { createPublicKey, verify } from 'node:crypto';
import { newId } from '@kehou/shared/kernel/id';
import { isProven } from '@kehou/shared/kernel/merkle';
import { addMinutes, chinaMonth } from '@kehou/shared/kernel/time';
import { draw } from '@kehou/shared/selection/draw';
import { checkDrawFile, entryOf, linesOf } from '@kehou/shared/selection/draw-file';
import { type Lottery, Receipt, receiptText } from '@kehou/shared/selection/lottery';
import { waitingUntil } from '@kehou/shared/selection/rules';
import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { Following } from '../../testing/following.ts';
import { CLOSES, type LotteryWorld, lotteryWorld, OPENS, officer, parent, SECRET_LOTTERY } from '../../testing/lottery-world.ts';
import { keys } from '../platform/keys.ts';
import { put, set } from '../platform/table.ts';
import { allotDraw } from './allot-draw.ts';
import { getChoice, getDraw, Luck, ticketsOf } from './draw.repository.ts';
import { claimClosing, finishLapse, StoredEnrolment } from './enrolment.repository.ts';
import { offerPlaces } from './offer-places.ts';
import { Seat } from './seat.repository.ts';
import { Queued } from './wait.repository.ts';
import { Card } from './window.repository.ts';

const Row = z.looseObject({ action: z.string() });

const publicLottery: Lottery = {
  rounds: 1,
  payHours: 2,
  seedSource: { kind: 'public', name: '双色球 2026-11-23 开奖号码', bornAt: addMinutes(CLOSES, 90) },
};

async function enrolmentsOf(world: LotteryWorld, pupil: number) {
  const all = await world.table.queryAll({ ...keys.enrolments(world.pupilId(pupil)), consistent: true, most: 50 }, StoredEnrolment);
  return all.filter(({ windowId }) => windowId === world.windowId);
}
async function queueOf(world: LotteryWorld, index: number): Promise<string[]> {
  const queue = await world.table.queryAll({ ...keys.queue(world.offeringId(index)), consistent: true, most: 100 }, Queued);
  return queue.map(({ pupilId }) => pupilId);
}
const seatOf = (world: LotteryWorld, index: number) => world.table.mustGet(keys.seat(world.offeringId(index)), Seat);
const luckOf = (world: LotteryWorld, pupil: number) => world.table.get(keys.luck(world.pupilId(pupil)), Luck);

/** Everybody wishes, the list is closed and drawn. */
async function drawn(world: LotteryWorld, wishes: readonly (readonly number[])[]): Promise<void> {
  await world.open();
  for (const [pupil, classes] of wishes.entries()) if (classes.length > 0) await world.wish(pupil, classes);
  await world.close();
  await world.step('fixDraw');
  await world.step('runDraw');
}

test('thirty children from wish to place: what is given is what anybody draws from the file, and every child has its proof', async () => {
  const world = await lotteryWorld(await testTable(), {
    classes: [{ capacity: 6 }, { capacity: 5 }, { capacity: 4, weekday: 1 }, { capacity: 3 }],
    pupils: 30,
  });
  await world.guard(0, 1);
  await world.open();
  const receipts = new Map<string, Receipt>();
  for (let pupil = 0; pupil < 30; pupil++) {
    const classes = [pupil % 4, (pupil + 1) % 4, (pupil + 3) % 4].slice(0, 1 + (pupil % 3));
    const together = pupil === 0 ? [1] : pupil === 1 ? [0] : [];
    const { receipt } = await world.wish(pupil, classes, together);
    receipts.set(receipt.entrant, Receipt.parse(receipt));
  }
  // While wishes are ranked nobody takes a seat by hand, and the page says of no class that it is full or closed.
  const hand = { pupilId: world.pupilId(2), windowId: world.windowId, offeringId: world.offeringId(0), enrolmentId: newId('enrolment') };
  await expect(world.area().useCases.takeSeat(hand, parent)).rejects.toMatchObject({ code: 'lottery.only_lottery' });
  const page = await world.area().useCases.getClassPage({ pupilId: world.pupilId(2), windowId: world.windowId }, parent);
  expect(page.classes.map(({ notNow }) => notNow)).toEqual([undefined, undefined, undefined, undefined]);

  await world.close();
  expect(await world.step('fixDraw')).toMatchObject({ stale: false, drawAt: CLOSES });
  const before = await world.file();
  expect(checkDrawFile(before)).toEqual({ problems: [] });
  expect(before.publicValue).toBeUndefined();
  await world.step('runDraw');
  expect(await world.allot()).toBe(1);

  const file = await world.file();
  const { problems, result } = checkDrawFile(file);
  expect(problems).toEqual([]);
  if (!result) throw new Error('it is drawn');
  expect(file.entries).toHaveLength(30);
  expect(JSON.stringify(file)).not.toMatch(/pup_|学生/);
  const entrantOf = async (pupil: number) => (await getChoice(world.table, world.windowId, world.pupilId(pupil)))?.receipt.entrant ?? '';
  const pupilOf = new Map<string, number>();
  for (let pupil = 0; pupil < 30; pupil++) pupilOf.set(await entrantOf(pupil), pupil);
  const groups = file.entries.map(entryOf);
  expect(groups.find(({ entrant }) => pupilOf.get(entrant) === 0)?.group).toBe(
    groups.find(({ entrant }) => pupilOf.get(entrant) === 1)?.group,
  );
  const key = { kty: 'OKP', crv: 'Ed25519', x: file.publicKey };
  for (const receipt of receipts.values()) {
    const signature = Buffer.from(receipt.signature, 'base64url');
    const says = (text: string) => verify(null, Buffer.from(text), createPublicKey({ key, format: 'jwk' }), signature);
    expect(says(receiptText(receipt))).toBe(true);
    expect(says(receiptText({ ...receipt, at: CLOSES }))).toBe(false);
    // With the fingerprint of the number that decides, as it was published before anybody wished.
    expect(receipt.terms).toEqual({ rounds: 2, seedSource: file.seedSource });
    expect(says(receiptText({ ...receipt, terms: undefined }))).toBe(false);
  }

  const { payBefore, drawnAt } = await world.draw();
  expect(payBefore).toBe(addMinutes(drawnAt ?? CLOSES, 24 * 60));
  for (const [index, offeringId] of world.offeringIds.entries()) {
    const winners = result.winners[offeringId] ?? [];
    const seat = await seatOf(world, index);
    expect(Object.keys(seat.holders)).toHaveLength(winners.length);
    expect(winners.length).toBeLessThanOrEqual(seat.capacity);
    const line = (linesOf(file.classes, result)[offeringId] ?? []).map((entrant) => world.pupilId(pupilOf.get(entrant) ?? -1));
    expect(await queueOf(world, index)).toEqual(line);
    expect(seat.waiting ?? false).toBe(line.length > 0);
  }
  for (const [entrant, pupil] of pupilOf) {
    const mine = await enrolmentsOf(world, pupil);
    const won = Object.entries(result.winners).flatMap(([offeringId, winners]) => (winners.includes(entrant) ? [offeringId] : []));
    expect(mine.map(({ offeringId }) => offeringId).sort()).toEqual(won.sort());
    for (const enrolment of mine) expect(enrolment).toMatchObject({ status: 'held', drawn: true, holdUntil: payBefore });
    expect((await luckOf(world, pupil))?.lostTerms).toEqual(won.length > 0 ? [] : [world.input.termId]);
    const shown = await world.area().useCases.getChildDraw({ pupilId: world.pupilId(pupil), windowId: world.windowId }, parent);
    expect(shown.entry).toMatchObject({ together: pupil < 2, tickets: 1 });
    expect(shown.place).toBe(result.order.indexOf(entrant) + 1);
    expect(shown.steps.flatMap(({ got }) => (got ? [got.offeringId] : [])).sort()).toEqual(won.sort());
    const { canonical = '', index = -1, proof = [] } = shown.entry ?? {};
    expect(isProven(canonical, index, file.entries.length, proof, shown.draw.root)).toBe(true);
    expect(isProven(canonical.replace('"off_', '"off_X'), index, file.entries.length, proof, shown.draw.root)).toBe(false);
  }
  // Settling waits for the last winner's time.
  expect(await world.step('planSettling')).toMatchObject({ settleAt: addMinutes(payBefore ?? CLOSES, 2) });
  world.clock.set(addMinutes(payBefore ?? CLOSES, -1));
  expect(await world.step('settleWindow')).toMatchObject({ pending: true });
}, 120_000);

test('the last word before the close counts; the same word again has the same receipt; wrong wishes are refused', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 2 }], pupils: 4 });
  await expect(world.wish(0, [0])).rejects.toMatchObject({ code: 'lottery.not_now' });
  await world.open();
  const first = await world.wish(0, [0, 1]);
  world.later(1);
  expect(await world.wish(0, [0, 1])).toEqual(first);
  const second = await world.wish(0, [1]);
  expect(Date.parse(second.receipt.at)).toBeGreaterThan(Date.parse(first.receipt.at));
  const { getChoices } = world.area().useCases;
  expect(await getChoices({ pupilId: world.pupilId(0), windowId: world.windowId }, parent)).toEqual(second);
  expect(await getChoices({ pupilId: world.pupilId(3), windowId: world.windowId }, parent)).toEqual({});

  await expect(world.wish(1, [0, 0])).rejects.toMatchObject({ code: 'request.invalid' });
  await world.setGrade(1, 9);
  await expect(world.wish(1, [0])).rejects.toMatchObject({ code: 'selection.wrong_grade' });
  // Not a child of this parent's; and once it is, only at this school.
  await expect(world.wish(2, [0], [3])).rejects.toMatchObject({ code: 'request.not_found' });
  await world.guard(3);
  expect(await world.wish(2, [0], [3])).toMatchObject({ choices: { together: [world.pupilId(3)] } });
  await world.table.write([set(keys.pupil(world.pupilId(3)), { schoolId: newId('organisation') })]);
  await expect(world.wish(2, [1], [3])).rejects.toMatchObject({ code: 'request.not_found' });
  await expect(world.wish(3, [0])).rejects.toMatchObject({ code: 'selection.other_school' });
  const other = { pupilId: world.pupilId(0), windowId: world.windowId, offeringIds: [], together: [] };
  await expect(world.area().useCases.submitChoices({ ...other, windowId: newId('window') }, parent)).rejects.toMatchObject({
    code: 'request.not_found',
  });

  await world.close();
  await world.step('fixDraw');
  // Named by one alone: not together.
  const entries = (await world.file()).entries.map(entryOf);
  expect(entries).toHaveLength(2);
  expect(entries.every(({ entrant, group }) => entrant === group)).toBe(true);
  expect(entries.find(({ entrant }) => entrant === second.receipt.entrant)?.choices).toEqual([world.offeringId(1)]);
});

test('the public value is asked for once, recorded once, by the school, after it is born, and on the audit trail', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 3, lottery: publicLottery });
  const record = (value: string, schoolId = world.schoolId) =>
    world.area().useCases.recordPublicValue({ schoolId, windowId: world.windowId, value }, officer);
  await world.open();
  await world.wish(0, [0]);
  await expect(record('1,2,3')).rejects.toMatchObject({ code: 'lottery.too_early' });
  await world.close();
  const bornAt = addMinutes(CLOSES, 90);
  expect(await world.step('fixDraw')).toMatchObject({ drawAt: bornAt });
  await expect(record('1,2,3')).rejects.toMatchObject({ code: 'lottery.too_early' });
  world.clock.set(bornAt);
  expect(await world.step('runDraw')).toMatchObject({ pending: true, lookAgainSeconds: 5 * 60 });
  const { wantedAt } = await world.draw();
  expect(wantedAt).toBe(bornAt);
  world.later(120);
  expect(await world.step('runDraw')).toMatchObject({ pending: true, lookAgainSeconds: 30 * 60 });
  expect((await world.draw()).wantedAt).toBe(bornAt);
  await expect(record('1,2,3', newId('organisation'))).rejects.toMatchObject({ code: 'request.not_found' });
  await world.step('awaitValue', { token: 'waiting' });
  const stream = new Following(world.table, world.area().followers ?? []);
  await stream.look();
  expect(await record('1,2,3')).toMatchObject({ publicValue: '1,2,3' });
  expect(await record('1,2,3')).toMatchObject({ publicValue: '1,2,3' });
  await expect(record('4,5,6')).rejects.toMatchObject({ code: 'lottery.already_recorded' });
  // The machine is told by the table's stream; one that begins to wait only now, or whose window has other hours since, at once.
  await stream.settle(2);
  expect(new Set(world.told)).toEqual(new Set(['waiting']));
  await world.step('awaitValue', { token: 'late' });
  await world.step('awaitValue', { token: 'stale', version: 2 });
  expect(world.told.slice(-2)).toEqual(['late', 'stale']);
  const audit = await world.table.queryAll({ ...keys.auditOf(world.schoolId, '2026-11' as never), most: 50 }, Row);
  expect(audit.filter(({ action }) => action === 'window.public-value-recorded')).toHaveLength(1);
  expect(await world.step('runDraw')).toMatchObject({ pending: false });
  expect(await world.draw()).toMatchObject({ stage: 'drawn', publicValue: '1,2,3' });
  // One draw a window.
  const { seed } = await world.draw();
  world.later(60);
  await world.step('runDraw');
  expect((await world.draw()).seed).toBe(seed);
  expect(checkDrawFile(await world.file()).problems).toEqual([]);
});

test('the line behind the drawn one is joined without a turn, also where the hours after the draw have turns', async () => {
  const firstCome = { opensAt: addMinutes(CLOSES, 2000), closesAt: addMinutes(CLOSES, 3000) };
  const lottery: Lottery = { ...SECRET_LOTTERY, payHours: 24, firstCome };
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 3, lottery });
  const admission = { spreadSeconds: 600, families: 30_000 };
  await drawn(world, [[0], [0], []]);
  await world.allot();
  await world.table.write([set(keys.window(world.windowId), { admission })]);
  const { windowId } = world;
  const pupilId = world.pupilId(2);
  // The turn is there, and is for taking seats by hand.
  expect((await world.area().useCases.getClassPage({ pupilId, windowId }, parent)).turn).toMatchObject({ families: 30_000 });
  const wish = { pupilId, windowId, offeringId: world.offeringId(0), waitId: newId('wait') };
  await expect(world.area().useCases.joinWaitingList(wish, parent)).resolves.toMatchObject({ status: 'waiting', ahead: 1 });
});

test('what a winner leaves goes to the next in drawn order, and who joins by hand stands behind', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 4 });
  const join = (pupil: number) =>
    world
      .area()
      .useCases.joinWaitingList(
        { pupilId: world.pupilId(pupil), offeringId: world.offeringId(0), windowId: world.windowId, waitId: newId('wait') },
        parent,
      );
  await drawn(world, [[0], [0], [0], []]);
  await expect(join(3)).rejects.toMatchObject({ code: 'lottery.only_lottery' });
  await world.allot();
  await join(3);
  const [second, third, last] = await queueOf(world, 0);
  expect(last).toBe(world.pupilId(3));
  const winner = [0, 1, 2].find((pupil) => ![second, third].includes(world.pupilId(pupil))) ?? -1;
  const [won] = await enrolmentsOf(world, winner);
  if (!won) throw new Error('somebody won');
  await finishLapse(world.table, await claimClosing(world.table, won));
  expect(await offerPlaces(world, world.offeringId(0))).toBe(1);
  expect(await queueOf(world, 0)).toEqual([third, last]);
  const next = [0, 1, 2].find((pupil) => world.pupilId(pupil) === second) ?? -1;
  expect(await enrolmentsOf(world, next)).toMatchObject([{ status: 'held', holdUntil: addMinutes(world.clock.now(), 60), offer: {} }]);
});

test('luck is counted once a term: a lost term is one ticket more in the next, a win begins anew', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 2 });
  await world.table.write([put(keys.luck(world.pupilId(0)), { lostTerms: ['trm_a', 'trm_b'], revision: 2 })]);
  await drawn(world, [[0], [0]]);
  const entries = (await world.file()).entries.map(entryOf);
  const mine = (await getChoice(world.table, world.windowId, world.pupilId(0)))?.receipt.entrant;
  expect(entries.find(({ entrant }) => entrant === mine)?.tickets).toBe(3);
  await world.allot();
  await world.table.write([set(keys.draw(world.windowId), { stage: 'drawn' })]);
  await world.allot();
  for (const pupil of [0, 1]) {
    const won = (await enrolmentsOf(world, pupil)).length > 0;
    const earlier = pupil === 0 ? ['trm_a', 'trm_b'] : [];
    const luck = await luckOf(world, pupil);
    expect(luck).toMatchObject({ lostTerms: won ? [] : [...earlier, world.input.termId], revision: pupil === 0 ? 3 : 1 });
    expect(ticketsOf(luck, world.input.termId)).toBe(won ? 1 : 1 + earlier.length);
    expect(ticketsOf(luck, 'trm_next')).toBe(won ? 1 : 2 + earlier.length);
  }
});

test('who won nothing is luckier next term, but not with as many tickets as there can be, nor with a place won in this term', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 5 });
  const { termId } = world.input;
  const before: readonly (Luck | undefined)[] = [
    undefined,
    { lostTerms: ['trm_a', 'trm_b'], revision: 2 },
    { lostTerms: ['trm_a', 'trm_b', 'trm_c'], revision: 3 },
    { lostTerms: [], wonTerm: termId, revision: 4 },
    // In another window of this term: counted then, and true still.
    { lostTerms: [termId], revision: 1 },
  ];
  for (const [pupil, luck] of before.entries()) if (luck) await world.table.write([put(keys.luck(world.pupilId(pupil)), luck)]);
  await drawn(
    world,
    before.map(() => [0]),
  );
  await world.allot();
  const luckier = [true, true, undefined, undefined, true];
  let lost = 0;
  for (const [pupil, luck] of before.entries()) {
    const choice = await getChoice(world.table, world.windowId, world.pupilId(pupil));
    const isLost = choice?.outcome === 'lost';
    if (isLost) lost++;
    expect(choice?.luckier).toBe(isLost ? luckier[pupil] : undefined);
    const more = ticketsOf(await luckOf(world, pupil), 'trm_next') > ticketsOf(luck, termId);
    if (isLost) expect(more).toBe(luckier[pupil] === true);
  }
  expect(lost).toBe(4);
});

test('seats that the draw left are opened to who comes first after the winners’ time, and not while a late draw is missing', async () => {
  const firstCome = { opensAt: addMinutes(CLOSES, 300), closesAt: addMinutes(CLOSES, 360) };
  const lottery: Lottery = { ...publicLottery, firstCome };
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 3, lottery });
  const take = (pupil: number) =>
    world
      .area()
      .useCases.takeSeat(
        { pupilId: world.pupilId(pupil), offeringId: world.offeringId(0), windowId: world.windowId, enrolmentId: newId('enrolment') },
        parent,
      );
  await world.open();
  await world.wish(0, [0]);
  await world.close();
  await expect(take(1)).rejects.toMatchObject({ code: 'selection.not_open' });
  await world.step('fixDraw');
  // The value comes late: by the window's word it is time, and still nobody gets before a winner.
  world.clock.set(addMinutes(firstCome.opensAt, 10));
  await expect(take(1)).rejects.toMatchObject({ code: 'lottery.only_lottery' });
  await world.area().useCases.recordPublicValue({ schoolId: world.schoolId, windowId: world.windowId, value: '7' }, officer);
  await world.step('runDraw');
  await world.allot();
  const { payBefore = CLOSES } = await world.draw();
  const late = { opensAt: payBefore, closesAt: addMinutes(payBefore, 60) };
  expect((await world.window()).lottery?.firstCome).toEqual(late);
  // Once on the trail, also where the last step is done again.
  await world.table.write([set(keys.draw(world.windowId), { stage: 'drawn' })]);
  world.later(1);
  await world.allot();
  expect((await world.window()).lottery?.firstCome).toEqual(late);
  const audit = await world.table.queryAll({ ...keys.auditOf(world.schoolId, '2026-11' as never), most: 50 }, Row);
  expect(audit.filter(({ action }) => action === 'window.first-come-moved')).toMatchObject([
    { personId: 'workflow:draw', details: { opensAt: { before: firstCome.opensAt, after: payBefore } } },
  ]);
  await expect(take(1)).rejects.toMatchObject({ code: 'selection.not_open' });
  world.clock.set(payBefore);
  expect(await take(1)).toMatchObject({ status: 'held' });
  await expect(take(2)).rejects.toMatchObject({ code: 'selection.full' });
  expect(await world.step('planSettling')).toMatchObject({ settleAt: addMinutes(payBefore, 60 + 15 + 2) });
});

test('a draw so late that the classes begin opens nothing after it: no hours for what is left, and it is on the trail', async () => {
  const firstCome = { opensAt: addMinutes(CLOSES, 300), closesAt: addMinutes(CLOSES, 360) };
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 2, lottery: { ...publicLottery, firstCome } });
  await world.open();
  await world.wish(0, [0]);
  await world.close();
  await world.step('fixDraw');
  const card = await world.table.mustGet(keys.windowCard(world.windowId, world.offeringId(0)), Card);
  const begins = waitingUntil(card.firstSessionDate);
  if (!begins) throw new Error('the class has dates');
  world.clock.set(addMinutes(begins, -60));
  await world.area().useCases.recordPublicValue({ schoolId: world.schoolId, windowId: world.windowId, value: '7' }, officer);
  await world.step('runDraw');
  await world.allot();
  expect((await world.window()).lottery?.firstCome).toBeUndefined();
  const seat = await seatOf(world, 0);
  expect(seat.closesMs).toBeLessThanOrEqual(seat.opensMs);
  const audit = await world.table.queryAll({ ...keys.auditOf(world.schoolId, chinaMonth(world.clock.now())), most: 50 }, Row);
  expect(audit.map(({ action }) => action)).toContain('window.first-come-dropped');
  // The winner's own time ends there too.
  expect(await enrolmentsOf(world, 0)).toMatchObject([{ status: 'held', holdUntil: begins }]);
});

test('winners whose places are given long after the draw have a fair time to pay; a repeat changes nothing that stands', async () => {
  const lottery: Lottery = { ...SECRET_LOTTERY, payHours: 1 };
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 3, lottery });
  await drawn(world, [[0], [0], [0]]);
  // The process died past its tries, and another took over.
  world.later(70);
  const fair = addMinutes(world.clock.now(), 30);
  await world.allot();
  const held = (await Promise.all([0, 1, 2].map((pupil) => enrolmentsOf(world, pupil)))).flat();
  expect(held.map(({ status, holdUntil }) => [status, holdUntil])).toEqual([
    ['held', fair],
    ['held', fair],
  ]);
  expect((await world.draw()).payBefore).toBe(fair);
  await world.table.write([set(keys.draw(world.windowId), { stage: 'drawn' })]);
  world.later(20);
  await world.allot();
  expect((await Promise.all([0, 1, 2].map((pupil) => enrolmentsOf(world, pupil)))).flat()).toEqual(held);
  expect((await world.draw()).payBefore).toBe(fair);
});

test('who won nothing is told of the lists that there are, and of the place where it stands', async () => {
  const world = await lotteryWorld(await testTable(), {
    classes: [{ capacity: 1 }, { capacity: 1, weekday: 1 }],
    pupils: 5,
    lottery: { ...SECRET_LOTTERY, rounds: 1 },
  });
  await drawn(world, [
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
  const file = await world.file();
  const { result } = checkDrawFile(file);
  if (!result) throw new Error('it is drawn');
  const line = linesOf(file.classes, result)[world.offeringId(0)] ?? [];
  const choices = await Promise.all([0, 1, 2, 3, 4].map((pupil) => getChoice(world.table, world.windowId, world.pupilId(pupil))));
  const pupilIdOf = (entrant: string | undefined) => choices.find((choice) => choice?.receipt.entrant === entrant)?.pupilId ?? '';
  // Who would stand first left the school, and the second class was called off.
  await world.table.write([
    set(keys.pupil(pupilIdOf(line[0])), { leftOn: '2026-11-20' }),
    set(keys.seat(world.offeringId(1)), { status: 'cancelled' }),
  ]);
  await world.allot();
  const queue = await queueOf(world, 0);
  expect(queue).toEqual(line.slice(1).map(pupilIdOf));
  const courseName = file.classes[0]?.courseName;
  for (const [pupil] of choices.entries()) {
    const choice = await getChoice(world.table, world.windowId, world.pupilId(pupil));
    const place = queue.indexOf(world.pupilId(pupil)) + 1;
    if (choice?.outcome === 'lost') expect(choice.standing).toEqual(place > 0 ? [{ courseName, place }] : []);
    else expect(place === 0 || choice?.outcome === 'won').toBe(true);
  }
});

test('a draw after the first session gives no place and no line; nobody is counted as having won', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 2 });
  await drawn(world, [[0], [0]]);
  const { firstSessionDate } = await world.table.mustGet(keys.windowCard(world.windowId, world.offeringId(0)), Card);
  world.clock.set(waitingUntil(firstSessionDate) ?? CLOSES);
  await world.allot();
  for (const pupil of [0, 1]) {
    expect(await enrolmentsOf(world, pupil)).toEqual([]);
    expect(await getChoice(world.table, world.windowId, world.pupilId(pupil))).toMatchObject({ outcome: 'lost', standing: [] });
    expect((await luckOf(world, pupil))?.lostTerms).toEqual([world.input.termId]);
  }
  expect(await queueOf(world, 0)).toEqual([]);
});

test('a version that another has taken over, and a window without a draw, end without effect', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 1 });
  await world.open();
  await world.wish(0, [0]);
  expect(await world.step('fixDraw')).toMatchObject({ stale: true });
  await world.close();
  for (const task of ['fixDraw', 'runDraw', 'allotDraw']) {
    expect(await world.step(task, { version: 2, cursor: '' })).toMatchObject({ stale: true });
  }
  expect(await getDraw(world.table, world.windowId)).toBeUndefined();
  expect(await world.step('fixDraw', { windowId: newId('window') })).toMatchObject({ stale: true });
  expect(await world.step('closeWindow')).toMatchObject({ lottery: true });
});

test('how is drawn is frozen once it is published, and the hours once wishing has begun; the secret is sealed once', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 1 });
  const { changeWindow, createWindow, publishWindow, listChildWindows } = world.area().useCases;
  const { lottery } = await world.window();
  const hash = lottery?.seedSource.kind === 'secret' ? lottery.seedSource.hash : undefined;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const again = await publishWindow({ schoolId: world.schoolId, windowId: world.windowId }, officer);
  expect(again.lottery).toEqual(lottery);
  const { items } = await listChildWindows({ pupilId: world.pupilId(0) }, parent);
  expect(JSON.stringify(items)).not.toContain('"secret":');
  await expect(changeWindow({ ...world.input, lottery: { ...SECRET_LOTTERY, rounds: 1 } }, officer)).rejects.toMatchObject({
    code: 'window.not_editable',
  });
  await expect(changeWindow({ ...world.input, lottery: undefined }, officer)).rejects.toMatchObject({ code: 'window.not_editable' });
  const moved = await changeWindow({ ...world.input, closesAt: addMinutes(CLOSES, 30) }, officer);
  expect(moved).toMatchObject({ version: 2, closesAt: addMinutes(CLOSES, 30), lottery });
  world.clock.set(OPENS);
  await expect(changeWindow({ ...world.input, closesAt: addMinutes(CLOSES, 60) }, officer)).rejects.toMatchObject({
    code: 'window.not_editable',
  });
  expect(await changeWindow({ ...world.input, closesAt: addMinutes(CLOSES, 30), note: '带好笔' }, officer)).toMatchObject({
    note: '带好笔',
  });
  const wrong: Lottery = { ...publicLottery, firstCome: { opensAt: addMinutes(CLOSES, 200), closesAt: addMinutes(CLOSES, 260) } };
  for (const bad of [wrong, { ...publicLottery, seedSource: { ...publicLottery.seedSource, bornAt: CLOSES } } as Lottery]) {
    const fresh = { ...world.input, windowId: newId('window'), opensAt: addMinutes(OPENS, 1), lottery: bad };
    await expect(createWindow(fresh, officer)).rejects.toMatchObject({ code: 'window.wrong_hours' });
  }
  // A school cannot bring a hash of its own.
  const own: Lottery = { ...SECRET_LOTTERY, seedSource: { kind: 'secret', hash: 'f'.repeat(64) } };
  await expect(
    createWindow({ ...world.input, windowId: newId('window'), opensAt: addMinutes(OPENS, 1), lottery: own }, officer),
  ).rejects.toMatchObject({ code: 'window.class_elsewhere' });
});

test('the pure draw is what the platform gives, whatever is done in pages', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 1 }], pupils: 5 });
  await drawn(world, [[0, 1], [1, 0], [0], [1], [0, 1]]);
  const pages = await (async () => {
    const task = allotDraw(
      { table: world.table, clock: world.clock, objects: world.objects, secrets: { session: new Uint8Array(), qr: new Uint8Array() } },
      3,
    );
    let count = 0;
    for (let cursor: unknown = ''; ; count++) {
      const answer = await task({ windowId: world.windowId, version: 1, cursor });
      if (answer.done) return count + 1;
      cursor = answer.cursor;
    }
  })();
  expect(pages).toBeGreaterThan(3);
  const file = await world.file();
  const result = draw({ entries: file.entries.map(entryOf), classes: file.classes, rounds: file.rounds, seed: file.seed ?? '' });
  for (const [index, offeringId] of world.offeringIds.entries()) {
    expect(Object.keys((await seatOf(world, index)).holders)).toHaveLength(result.winners[offeringId]?.length ?? -1);
  }
  expect((await world.draw()).stage).toBe('allotted');
});

test('no other execution takes over while people are waited for; one that does passes by what is drawn, and leaves open what is open', async () => {
  const firstCome = { opensAt: addMinutes(CLOSES, 300), closesAt: addMinutes(CLOSES, 420) };
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 2, lottery: { ...publicLottery, firstCome } });
  const sweep = async () => {
    const item = await world.table.get(keys.window(world.windowId), z.looseObject({}));
    await world.area().due?.WINDOW?.(item ?? {});
    return (await world.window()).version;
  };
  await world.open();
  await world.wish(0, [0]);
  await world.close();
  await world.step('fixDraw');
  // A day without the value, then the winners' time: all as it should be.
  world.later(24 * 60);
  expect(await sweep()).toBe(1);
  await world.area().useCases.recordPublicValue({ schoolId: world.schoolId, windowId: world.windowId, value: '7' }, officer);
  await world.step('runDraw');
  await world.allot();
  world.later(100);
  expect(await sweep()).toBe(1);
  const { payBefore = CLOSES, seed } = await world.draw();
  world.clock.set(addMinutes(payBefore, 30));
  const open = await seatOf(world, 0);
  expect(open.closesMs).toBeGreaterThan(open.opensMs);
  // Long after everything: the next version goes through the same steps.
  const taken = await world.table.mustGet(keys.window(world.windowId), z.looseObject({}));
  await world.table.write([put(keys.window(world.windowId), { ...taken, version: 2 })]);
  for (const task of ['openWindow', 'closeWindow', 'fixDraw', 'runDraw'])
    expect(await world.step(task, { version: 2 })).toMatchObject({ stale: false });
  expect(await world.step('allotDraw', { version: 2, cursor: '' })).toMatchObject({ stale: false, done: true });
  expect(await world.draw()).toMatchObject({ stage: 'allotted', seed });
  const again = await seatOf(world, 0);
  expect([again.opensMs, again.closesMs]).toEqual([open.opensMs, open.closesMs]);
  expect(await enrolmentsOf(world, 0)).toHaveLength(1);
});

test('who leaves the school before the list is closed is not drawn; who leaves after it has won holds no place, and the line behind does', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 4 });
  const leave = (pupil: number) => world.table.write([set(keys.pupil(world.pupilId(pupil)), { leftOn: '2026-11-20' })]);
  await world.open();
  for (let pupil = 0; pupil < 3; pupil++) await world.wish(pupil, [0]);
  await leave(0);
  // Not even the same wishes again.
  await expect(world.wish(0, [0])).rejects.toMatchObject({ code: 'selection.pupil_left' });
  await leave(3);
  await expect(world.wish(3, [0])).rejects.toMatchObject({ code: 'selection.pupil_left' });
  await world.close();
  await world.step('fixDraw');
  const { entries } = await world.file();
  expect(entries).toHaveLength(2);
  // Its wishes and receipt stand; the page says why it is in no list, also where the school takes it back on the roster.
  const shown = () => world.area().useCases.getChildDraw({ pupilId: world.pupilId(0), windowId: world.windowId }, parent);
  expect(await shown()).toMatchObject({ notListed: 'off-roster', steps: [] });
  await world.table.write([set(keys.pupil(world.pupilId(0)), { leftOn: undefined })]);
  await world.step('runDraw');
  expect(await shown()).toEqual({ draw: await world.draw(), notListed: 'off-roster', steps: [] });
  // Who never wished is told nothing of a roster.
  expect(await world.area().useCases.getChildDraw({ pupilId: world.pupilId(3), windowId: world.windowId }, parent)).not.toHaveProperty(
    'notListed',
  );
  await leave(1);
  expect(await world.allot()).toBe(1);
  expect(await enrolmentsOf(world, 0)).toEqual([]);
  expect(await enrolmentsOf(world, 1)).toEqual([]);
  expect(await enrolmentsOf(world, 2)).toMatchObject([{ status: 'held' }]);
  expect(Object.keys((await seatOf(world, 0)).holders)).toHaveLength(1);
});
