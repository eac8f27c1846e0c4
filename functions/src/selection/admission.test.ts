import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { BasketResult } from '@kehou/shared/selection/basket';
import { ClassPage, type Turn, type Window } from '@kehou/shared/selection/window';
import { testTable } from '../../testing/engine.ts';
import { OPENING, pupilOf, selectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT } from '../../testing/test-platform.ts';
import { TEST_SECRETS } from '../../testing/test-secrets.ts';
import { keys } from '../platform/keys.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import { put, set, type TableCall } from '../platform/table.ts';
import { admissionFor, refuseBeforeTurn, turnOf } from './admission.ts';
import { selection } from './index.ts';

const officer: Actor = { personId: 'per_officer', memberships: [], children: [], requestId: 'test' };
const BEFORE = addMinutes(OPENING, -10);
const SECOND_MS = 1000;

const opened = (change: Partial<Window> = {}) => ({
  windowId: newId('window'),
  schoolId: newId('organisation'),
  opensAt: OPENING,
  closesAt: addMinutes(OPENING, 120),
  gradeOpenings: undefined,
  admission: { spreadSeconds: 100, families: 1600 },
  ...change,
});
type Opened = ReturnType<typeof opened>;

const childOf = (window: Opened, grade = 3) => ({ pupilId: newId('pupil'), schoolId: window.schoolId as string, grade });
const askingFor = (child: ReturnType<typeof childOf>, family = [child]) => ({
  actor: { children: family },
  pupilId: child.pupilId,
  grade: child.grade,
});

function turn(window: Opened, asking: ReturnType<typeof askingFor>, now: Instant = BEFORE): Turn {
  const found = turnOf(TEST_SECRETS, window, asking, now);
  if (!found) throw new Error('the family has a turn');
  return found;
}

describe('a turn', () => {
  it('is flat over the spread: as many families in each tenth of it, and no two windows alike', () => {
    const window = opened();
    const other = opened();
    const families = Array.from({ length: 5000 }, () => askingFor(childOf(window)));
    const tenths = new Array<number>(10).fill(0);
    for (const family of families) {
      const { admitAt, place } = turn(window, family);
      const offsetMs = ms(admitAt) - ms(OPENING);
      expect(offsetMs).toBeGreaterThanOrEqual(0);
      expect(offsetMs).toBeLessThan(100 * SECOND_MS);
      // The place is the rank to be expected at that instant.
      expect(Math.abs(place - (offsetMs / (100 * SECOND_MS)) * 1600)).toBeLessThan(2);
      const tenth = Math.floor(offsetMs / (10 * SECOND_MS));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Chi-squared over ten cells of 500: 33.7 would be passed once in ten thousand honest draws; ids are new in every run.
    const chiSquared = tenths.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    expect(chiSquared).toBeLessThan(45);
    const kept = families.filter(
      (family) => turn(window, family).place < 160 && turn({ ...other, schoolId: window.schoolId }, family).place < 160,
    );
    expect(kept.length).toBeLessThan(100);
  });

  it('is the same however often and by whom it is asked, and the same for brothers and sisters', () => {
    const window = opened();
    const [one, two] = [childOf(window), childOf(window)];
    const elsewhere = { ...childOf(opened()), pupilId: newId('pupil', 0) };
    const first = turn(window, askingFor(one, [one, two]));
    expect(turn(window, askingFor(one, [two, one]), addMinutes(OPENING, 1))).toEqual(first);
    expect(turn(window, askingFor(two, [one, two]))).toEqual(first);
    // A child at another school counts for nothing here.
    expect(turn(window, askingFor(one, [elsewhere, two, one]))).toEqual(first);
    // Linked since the session began: the child that is asked for counts all the same.
    expect(turn(window, { ...askingFor(one, []), pupilId: one.pupilId }).admitAt).toBe(turn(window, askingFor(one)).admitAt);
  });

  it('is counted from the opening of the grade, and drawn anew when the window gets other hours', () => {
    const window = opened({ gradeOpenings: [{ grades: [4], opensAt: addMinutes(OPENING, 30) }] });
    const [young, old] = [childOf(window, 3), childOf(window, 4)];
    const family = [young, old];
    const offset = ms(turn(window, askingFor(young, family)).admitAt) - ms(OPENING);
    expect(ms(turn(window, askingFor(old, family)).admitAt) - ms(addMinutes(OPENING, 30))).toBe(offset);
    const moved = { ...window, opensAt: addMinutes(OPENING, 5) };
    const families = Array.from({ length: 50 }, () => askingFor(childOf(window)));
    const unchanged = families.filter((one) => ms(turn(moved, one).admitAt) - ms(turn(window, one).admitAt) === 5 * 60 * SECOND_MS);
    expect(unchanged.length).toBeLessThan(5);
  });

  it('is in a lottery one of the hours after it: none while wishes are ranked, none where all places are drawn', () => {
    const firstCome = { opensAt: addMinutes(OPENING, 600), closesAt: addMinutes(OPENING, 700) };
    const lottery = { rounds: 1, payHours: 2, seedSource: { kind: 'secret' as const }, firstCome };
    const window = opened({ lottery });
    const asking = askingFor(childOf(window));
    const at = (now: Instant, of: Opened = window) => turnOf(TEST_SECRETS, of, asking, now);
    expect(at(addMinutes(OPENING, 119))).toBeUndefined();
    const mine = at(addMinutes(OPENING, 120));
    if (!mine) throw new Error('the family has a turn');
    const offsetMs = ms(mine.admitAt) - ms(firstCome.opensAt);
    expect(offsetMs).toBeGreaterThanOrEqual(0);
    expect(offsetMs).toBeLessThan(100 * SECOND_MS);
    expect(at(addMinutes(firstCome.opensAt, 2))).toBeUndefined();
    const early = instant(ms(mine.admitAt) - 1);
    expect(() => refuseBeforeTurn(TEST_SECRETS, window, asking, mine.token, early)).toThrow(
      expect.objectContaining({ code: 'selection.not_your_turn' }),
    );
    expect(() => refuseBeforeTurn(TEST_SECRETS, window, asking, mine.token, mine.admitAt)).not.toThrow();
    const { firstCome: _, ...drawnAll } = lottery;
    expect(at(addMinutes(OPENING, 120), opened({ lottery: drawnAll }))).toBeUndefined();
    expect(admissionFor({ ...window, lottery: drawnAll }, 3000, 50)).toBeUndefined();
    // Half of the hours after the draw stay for who is last.
    expect(admissionFor(window, 3000, 50)).toEqual({ spreadSeconds: 60, families: 3000 });
    expect(admissionFor(window, 300_000, 50)).toEqual({ spreadSeconds: 3000, families: 300_000 });
  });

  it('lets in who has the token of it, from that very instant on, and nobody with anything else', () => {
    const window = opened();
    const child = childOf(window);
    const mine = turn(window, askingFor(child));
    const check = (token: string | undefined, now: Instant, of: Opened = window, asking = askingFor(child)) =>
      refuseBeforeTurn(TEST_SECRETS, of, asking, token, now);
    expect(() => check(mine.token, instant(ms(mine.admitAt) - 1))).toThrow(
      expect.objectContaining({ code: 'selection.not_your_turn', details: { admitAt: mine.admitAt } }),
    );
    expect(() => check(mine.token, mine.admitAt)).not.toThrow();
    const stranger = childOf(window);
    const early = `${ms(OPENING)}.${mine.token.split('.')[1]}`;
    const wrong = expect.objectContaining({ code: 'selection.wrong_turn' });
    for (const token of [
      undefined,
      '',
      'x',
      early,
      `${mine.token}A`,
      turn(window, askingFor(stranger)).token,
      turn(opened(), askingFor(child)).token,
    ])
      expect(() => check(token, mine.admitAt)).toThrow(wrong);
    // Somebody else's secret, and hours that have been changed since.
    const other = turnOf({ ...TEST_SECRETS, session: new Uint8Array(32).fill(1) }, window, askingFor(child), BEFORE);
    expect(() => check(other?.token, mine.admitAt)).toThrow(wrong);
    expect(() => check(mine.token, addMinutes(OPENING, 1), { ...window, opensAt: addMinutes(OPENING, 1) })).toThrow(wrong);
    // When everyone has been let in nothing is asked any more.
    expect(() => check(undefined, instant(ms(OPENING) + 100 * SECOND_MS))).not.toThrow();
  });
});

test('a window has admission where it opens to more families than a few seconds let in, and the last still has half of the hours', () => {
  const hours = { opensAt: OPENING, closesAt: addMinutes(OPENING, 60) };
  expect(admissionFor(hours, 200, 50)).toBeUndefined();
  expect(admissionFor(hours, 1600, 50)).toEqual({ spreadSeconds: 32, families: 1600 });
  expect(admissionFor({ ...hours, closesAt: addMinutes(OPENING, 1) }, 16_000, 50)).toEqual({ spreadSeconds: 30, families: 16_000 });
  const lottery = { rounds: 1, payHours: 1, seedSource: { kind: 'secret' as const } };
  expect(admissionFor({ ...hours, lottery }, 1600, 50)).toBeUndefined();
});

/** A window of 40 children of grade 3, published at two families a second: twenty seconds. */
async function published() {
  const calls: TableCall[] = [];
  const world = await selectionWorld(await testTable({ onCall: (call) => calls.push(call) }), { classes: [{ capacity: 40 }] });
  const [like] = world.offerings;
  if (!like) throw new Error('the world has a class');
  const { schoolId } = like;
  const pupils = Array.from({ length: 40 }, (_, index) => ({ ...pupilOf(schoolId, index), grade: 3 }));
  const others = Array.from({ length: 7 }, (_, index) => ({ ...pupilOf(schoolId, 50 + index), grade: 9 }));
  await world.table.write(
    [...pupils, ...others].map((pupil) =>
      put(keys.pupil(pupil.pupilId), {
        ...pupil,
        ...keys.pupilsOfSchool(schoolId, pupil.grade, pupil.className, pupil.pupilNumber),
        rosterGuardians: [],
        version: 1,
      }),
    ),
  );
  const { windowId: _, ...fresh } = like;
  const offeringId = newId('offering');
  await world.table.write([set(keys.offering(offeringId), { ...fresh, grades: [3, 4], offeringId, status: 'draft' })]);
  world.clock.set(BEFORE);
  const input = {
    schoolId,
    windowId: newId('window'),
    termId: world.window.termId,
    name: '排队选课',
    opensAt: OPENING,
    closesAt: addMinutes(OPENING, 120),
    offeringIds: [offeringId],
    waitingList: { offerMinutes: 60 },
  };
  const area = () => {
    const workflows = { start: async () => undefined, succeed: async () => true };
    const { table, clock, secrets } = world;
    return selection({ table, clock, secrets, workflows, objects: new MemoryObjects(), wechat: NO_WECHAT, familiesPerSecond: 2 }).useCases;
  };
  await area().createWindow(input, officer);
  const window = await area().publishWindow({ schoolId, windowId: input.windowId }, officer);
  const parentOf = (index: number): Actor => {
    const { pupilId, grade } = at(pupils, index);
    return { personId: `per_${index}`, memberships: [], requestId: 'test', children: [{ pupilId, schoolId, grade }] };
  };
  const pageOf = async (index: number, parent = parentOf(index)) =>
    ClassPage.parse(await area().getClassPage({ pupilId: at(pupils, index).pupilId, windowId: input.windowId }, parent));
  const take = (index: number, token: string | undefined, use = area()) =>
    use.takeSeat(
      { pupilId: at(pupils, index).pupilId, enrolmentId: newId('enrolment'), offeringId, windowId: input.windowId, turn: token },
      parentOf(index),
    );
  return { world, calls, input, window, area, pageOf, take, parentOf, pupils };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

describe('a window that is published for more families than come in at once', () => {
  it('counts the children of its grades, and counts anew when its openings are moved before it has begun', async () => {
    const { world, area, input, window } = await published();
    expect(window).toMatchObject({ admission: { spreadSeconds: 20, families: 40 } });
    const staggered = [{ grades: [4], opensAt: addMinutes(OPENING, 10) }];
    const { pupils } = world;
    const [first] = pupils;
    if (!first) throw new Error('there are children');
    const change = (opensAt: Instant, gradeOpenings?: typeof staggered) =>
      area().changeWindow({ ...input, opensAt, gradeOpenings }, officer);
    expect(await change(OPENING, staggered)).toMatchObject({ admission: { families: 40 } });
    const moved = await change(addMinutes(OPENING, 1));
    expect(moved).toMatchObject({ opensAt: addMinutes(OPENING, 1), admission: { spreadSeconds: 20, families: 40 } });
  });

  it('leaves whoever is last half of the hours when it is to close earlier, before it has opened and after', async () => {
    const { world, area, input } = await published();
    const after = (seconds: number) => instant(ms(OPENING) + seconds * SECOND_MS);
    const closing = (seconds: number) => area().changeWindow({ ...input, closesAt: after(seconds) }, officer);
    expect(await closing(30)).toMatchObject({ admission: { spreadSeconds: 15 } });
    expect(await closing(60)).toMatchObject({ admission: { spreadSeconds: 15 } });
    // The fourth grade comes a day later; whoever is last of it has as much.
    const later = 25 * 3600;
    const gradeOpenings = [{ grades: [4], opensAt: after(later) }];
    const change = (seconds: number) => area().changeWindow({ ...input, gradeOpenings, closesAt: after(later + seconds) }, officer);
    expect(await change(120)).toMatchObject({ admission: { spreadSeconds: 20 } });
    world.clock.set(after(1));
    await expect(change(39)).rejects.toMatchObject({ code: 'window.turns_to_come', details: { earliest: after(later + 40) } });
    expect(await change(40)).toMatchObject({ closesAt: after(later + 40), admission: { spreadSeconds: 20 } });
  });

  it('shows each family the same turn on every phone, and refuses seats until then without a read', async () => {
    const { world, calls, area, pageOf, take } = await published();
    const { turn: mine, classes } = await pageOf(0);
    if (!mine) throw new Error('the page has a turn');
    expect(classes.map(({ notNow }) => notNow)).toEqual(['not-open']);
    expect((await pageOf(0)).turn).toEqual(mine);
    world.clock.set(OPENING);
    expect((await pageOf(0, { ...officer, personId: 'per_other' })).turn).toEqual(mine);
    const warm = area();
    world.clock.set(instant(ms(mine.admitAt) - 1));
    await warm.getSeats({ windowId: (await pageOf(0)).window.windowId }, officer);
    calls.length = 0;
    await expect(take(0, mine.token, warm)).rejects.toMatchObject({ code: 'selection.not_your_turn', details: { admitAt: mine.admitAt } });
    await expect(take(0, undefined, warm)).rejects.toMatchObject({ code: 'selection.wrong_turn' });
    expect(calls).toEqual([]);
    world.clock.set(mine.admitAt);
    expect((await pageOf(0)).classes.map(({ notNow }) => notNow)).toEqual([undefined]);
    await expect(take(0, mine.token)).resolves.toMatchObject({ status: 'held' });
  });

  it('lets a basket in for each child by its own turn, also where the grades of two come at other hours', async () => {
    const { world, area, input, pupils } = await published();
    await area().changeWindow({ ...input, gradeOpenings: [{ grades: [4], opensAt: addMinutes(OPENING, 10) }] }, officer);
    const { schoolId, windowId } = input;
    const [early, late] = [at(pupils, 0), { ...pupilOf(schoolId, 60), grade: 4 }];
    await world.table.write([put(keys.pupil(late.pupilId), { ...late, rosterGuardians: [], version: 1 })]);
    const children = [early, late].map(({ pupilId, grade }) => ({ pupilId, schoolId, grade }));
    const mother: Actor = { personId: 'per_mother', memberships: [], requestId: 'test', children };
    const pageOf = async (pupilId: typeof early.pupilId) => ClassPage.parse(await area().getClassPage({ pupilId, windowId }, mother));
    const submit = async () => {
      const line = () => ({ offeringId: at(input.offeringIds, 0), enrolmentId: newId('enrolment') });
      const wanted = await Promise.all(
        [early, late].map(async ({ pupilId }) => ({
          pupilId,
          allOrNothing: false,
          turn: (await pageOf(pupilId)).turn?.token,
          lines: [line()],
        })),
      );
      const { children: came } = await area().submitBasket({ windowId, children: wanted }, mother);
      return BasketResult.shape.children.parse(came).map(({ lines: [only] }) => only?.enrolment?.status ?? only?.refusal?.code);
    };
    // The elder is let in: the others of its grade have long been, and need no token any more.
    world.clock.set(addMinutes(OPENING, 9));
    expect((await pageOf(early.pupilId)).turn).toBeUndefined();
    const { turn: hers } = await pageOf(late.pupilId);
    if (!hers) throw new Error('the page has a turn');
    world.clock.set(hers.admitAt);
    expect(await submit()).toEqual(['held', 'held']);
  });

  it('lets nobody join the waiting list of a class that is full before their turn', async () => {
    const { world, area, input, pageOf, parentOf, pupils } = await published();
    const [offeringId] = input.offeringIds;
    const { turn: mine } = await pageOf(5);
    if (!mine || !offeringId) throw new Error('the page has a turn, the window a class');
    await world.table.write([set(keys.seat(offeringId), { capacity: 0 })]);
    const join = () =>
      area().joinWaitingList({ pupilId: at(pupils, 5).pupilId, offeringId, windowId: input.windowId, waitId: newId('wait') }, parentOf(5));
    world.clock.set(instant(Math.max(ms(OPENING), ms(mine.admitAt) - 1)));
    if (ms(mine.admitAt) > ms(OPENING))
      await expect(join()).rejects.toMatchObject({ code: 'selection.not_your_turn', details: { admitAt: mine.admitAt } });
    world.clock.set(mine.admitAt);
    await expect(join()).resolves.toMatchObject({ status: 'waiting', ahead: 0 });
  });

  it('gives everyone another turn when its hours are moved: the old token is refused, the new one holds', async () => {
    const { world, area, input, pageOf, take } = await published();
    const before = (await pageOf(3)).turn;
    await area().changeWindow({ ...input, opensAt: addMinutes(OPENING, 30) }, officer);
    const after = (await pageOf(3)).turn;
    if (!before || !after) throw new Error('the page has a turn');
    expect(ms(after.admitAt)).toBeGreaterThanOrEqual(ms(addMinutes(OPENING, 30)));
    world.clock.set(after.admitAt);
    await expect(take(3, before.token)).rejects.toMatchObject({ code: 'selection.wrong_turn' });
    await expect(take(3, after.token)).resolves.toMatchObject({ status: 'held' });
  });
});
