import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type ChinaDate, chinaInstant, type Instant, instant, ms, type TimeOfDay } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { defaultSettings } from '@kehou/shared/school/settings';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT, TEST_SECRETS } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import { put, set, type Table } from '../platform/table.ts';
import type { WorkflowClient } from '../platform/workflow-client.ts';
import type { Change } from '../use-cases.ts';
import { claimClosing, confirmWrites, finishLapse, StoredEnrolment } from './enrolment.repository.ts';
import { selection } from './index.ts';
import { retake } from './retake.ts';
import { Seat } from './seat.repository.ts';
import { readWindowPartition } from './window.repository.ts';

const officer: Actor = { personId: 'per_officer', memberships: [], children: [], requestId: 'test' };

class Started implements WorkflowClient {
  readonly names: string[] = [];
  async start(_workflow: string, executionName: string) {
    this.names.push(executionName);
  }
  async succeed() {
    return true;
  }
}

function area(world: SelectionWorld, table: Table = world.table) {
  const workflows = new Started();
  return {
    ...selection({ table, clock: world.clock, workflows, objects: new MemoryObjects(), secrets: TEST_SECRETS, wechat: NO_WECHAT }),
    workflows,
  };
}

/** A second window over two fresh classes, still a draft. */
async function draft(world: SelectionWorld, table: Table = world.table) {
  const offeringIds = [];
  for (const offering of world.offerings) {
    const offeringId = newId('offering');
    offeringIds.push(offeringId);
    const { windowId: _, ...fresh } = offering;
    await world.table.write([set(keys.offering(offeringId), { ...fresh, offeringId, status: 'draft' })]);
  }
  const input = {
    schoolId: world.school.organisationId,
    windowId: newId('window'),
    termId: world.window.termId,
    name: '第二轮选课',
    opensAt: addMinutes(OPENING, 60),
    closesAt: addMinutes(OPENING, 120),
    offeringIds,
  };
  return { input, window: Window.parse(await area(world, table).useCases.createWindow(input, officer)) };
}

async function offeringOf(world: SelectionWorld, offeringId: string) {
  return world.table.mustGet(keys.offering(offeringId), Offering);
}

function changeOf(item: object, before?: object): Change {
  const after = item as Change['after'] & { PK: string; SK: string };
  return { sequence: '1', keys: { PK: after.PK, SK: after.SK }, before: before as Change['before'], after };
}

async function take(world: SelectionWorld, pupil: number, offering = 0) {
  const pupilId = world.pupils[pupil]?.pupilId;
  const offeringId = world.offerings[offering]?.offeringId;
  if (!pupilId || !offeringId) throw new RangeError('no such pupil or class');
  return area(world).useCases.takeSeat({ pupilId, offeringId, windowId: world.window.windowId, enrolmentId: newId('enrolment') }, officer);
}

async function stored(world: SelectionWorld, enrolment: { pupilId: string; enrolmentId: string }) {
  return world.table.mustGet(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), StoredEnrolment);
}

describe('a window before it opens', () => {
  it('is drafted once, however often the same draft is sent, and never with other content under the same id', async () => {
    const world = await selectionWorld(await testTable());
    const { input, window } = await draft(world);
    expect(await area(world).useCases.createWindow(input, officer)).toEqual(window);
    await expect(area(world).useCases.createWindow({ ...input, name: '另一个' }, officer)).rejects.toMatchObject({
      code: 'request.id_reused',
    });
  });

  it('refuses hours in the past or the wrong way round, and classes of another window', async () => {
    const world = await selectionWorld(await testTable());
    const { input } = await draft(world);
    const { createWindow } = area(world).useCases;
    const fresh = { ...input, windowId: newId('window') };
    await expect(createWindow({ ...fresh, opensAt: instant(ms(OPENING) - 1) }, officer)).rejects.toMatchObject({
      code: 'window.wrong_hours',
    });
    await expect(createWindow({ ...fresh, closesAt: fresh.opensAt }, officer)).rejects.toMatchObject({ code: 'window.wrong_hours' });
    await expect(createWindow({ ...fresh, offeringIds: world.window.offeringIds }, officer)).rejects.toMatchObject({
      code: 'window.class_elsewhere',
    });
  });

  it('must be settled before any of its classes begins, also when its hours are changed later', async () => {
    const world = await selectionWorld(await testTable());
    const { input, window } = await draft(world);
    const { createWindow, publishWindow, changeWindow } = area(world).useCases;
    const [first] = world.offerings;
    const begins = chinaInstant(first?.firstSessionDate as ChinaDate, '00:00' as TimeOfDay);
    const late = { ...input, windowId: newId('window'), closesAt: begins };
    await expect(createWindow(late, officer)).rejects.toMatchObject({
      code: 'window.class_begins',
      details: { offeringId: input.offeringIds[0], firstSessionDate: first?.firstSessionDate },
    });
    await publishWindow({ schoolId: window.schoolId, windowId: window.windowId }, officer);
    await expect(changeWindow({ ...input, closesAt: begins }, officer)).rejects.toMatchObject({ code: 'window.class_begins' });
    await expect(changeWindow({ ...input, closesAt: addMinutes(begins, -17) }, officer)).resolves.toMatchObject({ version: 2 });
  });

  it('is not published with a class whose course or instructor may not be sold any more', async () => {
    const world = await selectionWorld(await testTable());
    const { window } = await draft(world);
    const [offeringId = ''] = window.offeringIds;
    await world.table.write([set(keys.offering(offeringId), { flag: 'instructor-suspended' })]);
    const publish = () => area(world).useCases.publishWindow({ schoolId: window.schoolId, windowId: window.windowId }, officer);
    await expect(publish()).rejects.toMatchObject({ code: 'window.class_flagged', details: { offeringId } });
    expect(await world.table.get(keys.seat(offeringId), Seat)).toBeUndefined();
    await world.table.write([set(keys.offering(offeringId), { flag: undefined })]);
    await expect(publish()).resolves.toMatchObject({ status: 'published' });
  });

  it('is published whole wherever the process dies on the way, when it is asked again', async () => {
    await atEveryCrash(async (fail) => {
      const world = await selectionWorld(await testTable(), { classes: [{ capacity: 3 }, { capacity: 4 }] });
      const { window } = await draft(world);
      const input = { schoolId: window.schoolId, windowId: window.windowId };
      const faults = await fail(world.table);
      await area(world, faults.table)
        .useCases.publishWindow(input, officer)
        .catch(() => undefined);
      expect(await area(world).useCases.publishWindow(input, officer)).toMatchObject({ status: 'published' });
      const partition = await readWindowPartition(world.table, window.windowId);
      expect(partition?.cards.map((card) => card.capacity).sort()).toEqual([3, 4]);
      for (const offeringId of window.offeringIds) {
        expect(await world.table.mustGet(keys.seat(offeringId), Seat)).toMatchObject({ opensMs: ms(window.opensAt), status: 'open' });
        expect(await offeringOf(world, offeringId)).toMatchObject({ windowId: window.windowId, status: 'published' });
      }
    });
  });

  it('belongs to its school: another school does not find it', async () => {
    const world = await selectionWorld(await testTable());
    const { window } = await draft(world);
    await expect(
      area(world).useCases.publishWindow({ schoolId: newId('organisation'), windowId: window.windowId }, officer),
    ).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('frees its classes for another when it is withdrawn, and cannot be withdrawn once open', async () => {
    const world = await selectionWorld(await testTable());
    const { window, input } = await draft(world);
    const where = { schoolId: window.schoolId, windowId: window.windowId };
    await area(world).useCases.publishWindow(where, officer);
    await area(world).useCases.withdrawWindow(where, officer);
    await expect(area(world).useCases.createWindow({ ...input, windowId: newId('window') }, officer)).resolves.toMatchObject({
      status: 'draft',
    });
    await expect(
      area(world).useCases.withdrawWindow({ schoolId: window.schoolId, windowId: world.window.windowId }, officer),
    ).rejects.toMatchObject({ code: 'window.not_editable' });
  });
});

describe("a window's hours", () => {
  it('start a state machine for each version, and put the hours on every seat', async () => {
    const world = await selectionWorld(await testTable());
    const { window, input } = await draft(world);
    const { useCases, followers = [], workflows } = area(world);
    await useCases.publishWindow({ schoolId: window.schoolId, windowId: window.windowId }, officer);
    const item = { ...(await world.table.mustGet(keys.window(window.windowId), Window)), ...keys.window(window.windowId) };
    for (const follow of [...followers, ...followers]) await follow(changeOf(item, { ...item, status: 'draft' }));
    const closesAt = addMinutes(input.closesAt, 30);
    const changed = await useCases.changeWindow({ ...input, closesAt }, officer);
    expect(changed.version).toBe(window.version + 1);
    for (const follow of followers) await follow(changeOf({ ...item, ...changed }, item));
    expect(new Set(workflows.names)).toEqual(new Set([`${window.windowId}-v1`, `${window.windowId}-v2`]));
    for (const offeringId of window.offeringIds) {
      expect(await world.table.mustGet(keys.seat(offeringId), Seat)).toMatchObject({ closesMs: ms(closesAt), windowVersion: 2 });
    }
  });

  it('are never taken back to older ones by a repeat that comes late', async () => {
    const world = await selectionWorld(await testTable());
    const { window, input } = await draft(world);
    const { useCases, followers = [] } = area(world);
    const published = Window.parse(await useCases.publishWindow({ schoolId: window.schoolId, windowId: window.windowId }, officer));
    await useCases.changeWindow({ ...input, closesAt: addMinutes(input.closesAt, 30) }, officer);
    for (const follow of followers) await follow(changeOf({ ...published, ...keys.window(window.windowId) }));
    const [offeringId = ''] = window.offeringIds;
    expect(await world.table.mustGet(keys.seat(offeringId), Seat)).toMatchObject({ closesMs: ms(addMinutes(input.closesAt, 30)) });
  });

  it('end a day from now at the earliest once families may choose, and later at any time; what else they have read stays', async () => {
    const world = await selectionWorld(await testTable());
    const { window, input } = await draft(world);
    const { useCases } = area(world);
    await useCases.publishWindow({ schoolId: window.schoolId, windowId: window.windowId }, officer);
    const change = (own: object) => useCases.changeWindow({ ...input, ...own }, officer);
    const long = addMinutes(input.opensAt, 3 * 1440);
    expect(await change({ closesAt: long })).toMatchObject({ closesAt: long });
    // Nobody has begun: the school may still say otherwise.
    expect(await change({ closesAt: addMinutes(input.opensAt, 30) })).toMatchObject({ version: 3 });
    expect(await change({ closesAt: long })).toMatchObject({ version: 4 });
    world.clock.set(addMinutes(input.opensAt, 60));
    const earliest = addMinutes(input.opensAt, 60 + 1440);
    await expect(change({ closesAt: addMinutes(earliest, -1) })).rejects.toMatchObject({
      code: 'window.close_notice',
      details: { earliest },
    });
    expect(await change({ closesAt: earliest })).toMatchObject({ closesAt: earliest });
    world.clock.set(addMinutes(input.opensAt, 120));
    // Less than a day is left: it stays, or it ends later.
    await expect(change({ closesAt: addMinutes(earliest, -1) })).rejects.toMatchObject({ code: 'window.close_notice' });
    expect(await change({ closesAt: earliest, note: '带好水杯' })).toMatchObject({ closesAt: earliest, note: '带好水杯' });
    expect(await change({ closesAt: addMinutes(earliest, 1) })).toMatchObject({ version: 7 });
    const closesAt = addMinutes(earliest, 1);
    for (const other of [
      { name: '另一个名字' },
      { underSize: { askHours: 5 } },
      { waitingList: { offerMinutes: 33 } },
      { offeringIds: input.offeringIds.slice(1) },
    ])
      await expect(change({ closesAt, ...other })).rejects.toMatchObject({ code: 'window.not_editable' });
  });

  it('cannot be opened again once they are over', async () => {
    const world = await selectionWorld(await testTable());
    world.clock.set(world.window.closesAt);
    const input = { ...world.window, closesAt: addMinutes(world.window.closesAt, 60) as Instant };
    await expect(area(world).useCases.changeWindow(input, officer)).rejects.toMatchObject({ code: 'window.not_editable' });
  });
});

describe('the class page', () => {
  it('counts seats by what the seat says, never by an older word', async () => {
    const world = await selectionWorld(await testTable(), { classes: [{ capacity: 3 }] });
    const { followers = [], useCases } = area(world);
    const [offering] = world.offerings;
    const [pupil] = world.pupils;
    if (!offering || !pupil) throw new Error('a class and a pupil are there');
    const before = await world.table.mustGet(keys.seat(offering.offeringId), Seat);
    await take(world, 0);
    const after = await world.table.mustGet(keys.seat(offering.offeringId), Seat);
    for (const seat of [after, before])
      for (const follow of followers) await follow(changeOf({ ...seat, ...keys.seat(offering.offeringId) }));
    const page = await useCases.getClassPage({ pupilId: pupil.pupilId, windowId: world.window.windowId }, officer);
    expect(page.classes).toMatchObject([{ taken: 1, seatsLeft: 2, notNow: 'taken', enrolment: { status: 'held' } }]);
    expect(page.busy).toMatchObject([{ courseName: '课程0', status: 'held' }]);
  });
});

describe('the class page', () => {
  it('comes whole in three calls of the table, the hours of the periods with it', async () => {
    let calls = 0;
    const world = await selectionWorld(await testTable({ onCall: () => void calls++ }));
    const { useCases } = area(world);
    const input = { pupilId: world.pupils[0]?.pupilId as never, windowId: world.window.windowId };
    calls = 0;
    const page = await useCases.getClassPage(input, officer);
    expect(calls).toBe(3);
    expect(page.periods).toEqual(defaultSettings.periods);
    const [first] = defaultSettings.periods;
    const own = [{ ...first, startsAt: '16:10', endsAt: '17:00' }];
    await world.table.write([put(keys.settings(world.school.organisationId), { ...defaultSettings, periods: own })]);
    expect((await useCases.getClassPage(input, officer)).periods).toEqual(own);
    await expect(useCases.getClassPage({ ...input, pupilId: newId('pupil') }, officer)).rejects.toThrow('request.not_found');
  });
});

describe('a child of many tries', () => {
  it('sees its classes in the same three calls, and what it holds, behind 900 tries that are over', async () => {
    let calls = 0;
    const world = await selectionWorld(await testTable({ onCall: () => void calls++ }));
    const { useCases } = area(world);
    const [pupil, offering] = [world.pupils[0], world.offerings[0]];
    if (!pupil || !offering) throw new Error('the world is empty');
    const ask = { pupilId: pupil.pupilId, windowId: world.window.windowId };
    const held = await useCases.takeSeat({ ...ask, enrolmentId: newId('enrolment'), offeringId: offering.offeringId }, officer);
    const past = Array.from({ length: 900 }, (_, index) => ({
      ...held,
      attempt: 1,
      enrolmentId: newId('enrolment'),
      status: (['lost', 'lapsed', 'cancelled'] as const)[index % 3],
    }));
    for (let start = 0; start < past.length; start += 100) {
      await world.table.write(past.slice(start, start + 100).map((one) => put(keys.enrolment(pupil.pupilId, one.enrolmentId), one)));
    }
    calls = 0;
    const page = await useCases.getClassPage(ask, officer);
    expect(calls).toBe(3);
    expect(page.classes.flatMap(({ enrolment }) => enrolment?.enrolmentId ?? [])).toEqual([held.enrolmentId]);
    expect(page.busy).toHaveLength(held.slots.length);
    // The list shows as many as a page can bear, what is held among them, and none that was lost.
    await world.table.write([set(keys.enrolment(pupil.pupilId, held.enrolmentId), { takenAt: '2027-01-01T00:00:00.000Z' })]);
    const { items } = await useCases.listChildEnrolments({ pupilId: pupil.pupilId }, officer);
    expect(items).toHaveLength(500);
    expect(items[0]?.enrolmentId).toBe(held.enrolmentId);
    expect(items.every(({ status }) => status !== 'lost')).toBe(true);
  });
});

describe('the close of a window', () => {
  const payload = (world: SelectionWorld) => ({ windowId: world.window.windowId, version: 1 });

  it('waits for holds that have not run out, then calls off what is under size and keeps the rest', async () => {
    const world = await selectionWorld(await testTable(), {
      classes: [
        { capacity: 5, smallestSize: 2 },
        { capacity: 5, smallestSize: 1 },
      ],
      pupils: 2,
    });
    const { tasks = {} } = area(world);
    const lonely = await stored(world, await take(world, 0, 0));
    const fine = await stored(world, await take(world, 1, 1));
    world.clock.set(world.window.closesAt);
    expect(await tasks['selection.closeWindow']?.(payload(world))).toEqual({ stale: false, lottery: false });
    expect(await tasks['selection.settleWindow']?.(payload(world))).toMatchObject({ pending: true, underSize: [] });
    // A hold that will not close holds up its own class, not the others.
    await world.table.write(confirmWrites(lonely, { orderId: newId('order'), paidFen: lonely.feeFen, materialFen: 0 }));
    expect(await tasks['selection.settleWindow']?.(payload(world))).toMatchObject({ pending: true, underSize: [lonely.offeringId] });
    for (const enrolment of [fine])
      await world.table.write(confirmWrites(enrolment, { orderId: newId('order'), paidFen: enrolment.feeFen, materialFen: 0 }));
    const settled = await tasks['selection.settleWindow']?.(payload(world));
    expect(settled).toMatchObject({ stale: false, pending: false, underSize: [lonely.offeringId] });
    // A repeat of the step says the same: the refunds that follow must not be forgotten.
    expect(await tasks['selection.settleWindow']?.(payload(world))).toMatchObject({ underSize: [lonely.offeringId] });
    expect(await offeringOf(world, lonely.offeringId)).toMatchObject({ status: 'cancelled' });
    expect(await offeringOf(world, fine.offeringId)).toMatchObject({ status: 'running' });
    await tasks['selection.finishWindow']?.(payload(world));
    expect(await world.table.mustGet(keys.window(world.window.windowId), Window)).toMatchObject({ status: 'settled' });
  });

  it('is taken over by the next version when its state machine is long overdue, which goes on from what is done', async () => {
    const world = await selectionWorld(await testTable(), { classes: [{ capacity: 5, smallestSize: 2 }], pupils: 1 });
    const { tasks = {}, due = {}, followers = [], workflows } = area(world);
    const windowKey = keys.window(world.window.windowId);
    const sweep = async () => {
      const before = await world.table.mustGet(windowKey, z.looseObject({}));
      await due.WINDOW?.(before);
      const after = await world.table.mustGet(windowKey, z.looseObject({}));
      for (const follow of followers) await follow(changeOf(after, before));
    };
    world.clock.set(world.window.closesAt);
    await tasks['selection.closeWindow']?.(payload(world));
    world.clock.addMinutes(30);
    await sweep();
    expect(workflows.names).toEqual([]);
    world.clock.addMinutes(60);
    await sweep();
    await sweep();
    expect(workflows.names).toEqual([`${world.window.windowId}-v2`]);
    const second = { windowId: world.window.windowId, version: 2 };
    for (const name of ['openWindow', 'closeWindow', 'settleWindow', 'finishWindow'])
      expect(await tasks[`selection.${name}`]?.(second)).toMatchObject({ stale: false });
    expect(await world.table.mustGet(windowKey, Window)).toMatchObject({ status: 'settled' });
    world.clock.addMinutes(120);
    await sweep();
    expect(workflows.names).toHaveLength(1);
  });

  it('does nothing for a version that a newer one has replaced', async () => {
    const world = await selectionWorld(await testTable());
    await world.table.write([set(keys.window(world.window.windowId), { version: 2 })]);
    const { tasks = {} } = area(world);
    const { 'selection.awaitValue': awaitValue, ...steps } = tasks;
    for (const step of Object.values(steps)) expect(await step(payload(world))).toMatchObject({ stale: true });
    // Whoever would wait for a value is sent on at once, to be told so by the step after it.
    expect(await awaitValue?.({ ...payload(world), token: 'stale' })).toEqual({});
    expect(await world.table.mustGet(keys.window(world.window.windowId), Window)).toMatchObject({ status: 'open' });
  });
});

describe('a hold that ends', () => {
  it('lapses once and frees its seat, wherever the process dies on the way', async () => {
    await atEveryCrash(async (fail) => {
      const world = await selectionWorld(await testTable(), { classes: [{ capacity: 1 }] });
      const enrolment = await stored(world, await take(world, 0));
      const faults = await fail(world.table);
      const end = async (table: Table) => finishLapse(table, await claimClosing(table, enrolment));
      await end(faults.table).catch(() => undefined);
      expect(await end(world.table)).toBe(true);
      expect(await take(world, 1)).toMatchObject({ status: 'held' });
    });
  });

  it('is confirmed instead when it turns out to be paid, and then does not lapse', async () => {
    const world = await selectionWorld(await testTable());
    const enrolment = await claimClosing(world.table, await stored(world, await take(world, 0)));
    await world.table.write(confirmWrites(enrolment, { orderId: newId('order'), paidFen: 100, materialFen: 0 }));
    expect(await finishLapse(world.table, enrolment)).toBe(false);
    expect(await stored(world, enrolment)).toMatchObject({ status: 'confirmed' });
  });

  it('becomes a new place for a payment that came late, if there is room, even after the close', async () => {
    const world = await selectionWorld(await testTable(), { classes: [{ capacity: 1 }] });
    const lapsed = await stored(world, await take(world, 0));
    await finishLapse(world.table, await claimClosing(world.table, lapsed));
    world.clock.set(addMinutes(world.window.closesAt, 10));
    const again = newId('enrolment');
    const holdUntil = addMinutes(world.clock.now(), 15);
    expect(await retake(world, lapsed, again, holdUntil)).toMatchObject({ status: 'held', attempt: 2 });
    expect(await retake(world, lapsed, again, holdUntil)).toMatchObject({ status: 'held', attempt: 2 });
    expect(Object.keys((await world.table.mustGet(keys.seat(lapsed.offeringId), Seat)).holders)).toHaveLength(1);
  });

  it('finds no place for a late payment when another child has it', async () => {
    const world = await selectionWorld(await testTable(), { classes: [{ capacity: 1 }] });
    const lapsed = await stored(world, await take(world, 0));
    await finishLapse(world.table, await claimClosing(world.table, lapsed));
    await take(world, 1);
    expect(await retake(world, lapsed, newId('enrolment'), addMinutes(world.clock.now(), 15))).toBeUndefined();
  });
});
