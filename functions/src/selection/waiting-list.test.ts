import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes } from '@kehou/shared/kernel/time';
import { waitingUntil } from '@kehou/shared/selection/rules';
import { WAITS_MAX } from '@kehou/shared/selection/wait';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash, withFaults } from '../../testing/faults.ts';
import { OFFER_MINUTES, OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { keys } from '../platform/keys.ts';
import { set } from '../platform/table.ts';
import { claimClosing, finishLapse, resolveTaking, StoredEnrolment } from './enrolment.repository.ts';
import { FullMemory } from './full-memory.ts';
import { joinWaitingList } from './join-waiting-list.ts';
import { leaveWaitingList } from './leave-waiting-list.ts';
import { offerPlaces, waitingListIsDue } from './offer-places.ts';
import { holderKey, Seat } from './seat.repository.ts';
import { listChildWaits } from './show-waits.ts';
import { takeSeat } from './take-seat.ts';
import { reconcileSeat } from './tasks.ts';
import { TermsMemory } from './terms-memory.ts';
import { getWait, Queued, WaitingList } from './wait.repository.ts';

const parent: Actor = { personId: 'per_test', memberships: [], children: [], requestId: 'test' };

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}

/** A class of two seats that the first two pupils hold; the others come too late. */
async function fullClass(pupils = 6, capacity = 2): Promise<SelectionWorld> {
  const world = await selectionWorld(await testTable(), { classes: [{ capacity }, { capacity: 5, weekday: 1 }], pupils });
  for (let pupil = 0; pupil < capacity; pupil++) await take(world, pupil);
  return world;
}

const offeringOf = (world: SelectionWorld) => at(world.offerings, 0).offeringId;
const pupilOf = (world: SelectionWorld, pupil: number) => at(world.pupils, pupil).pupilId;

function take(world: SelectionWorld, pupil: number, offering = 0) {
  const wish = { pupilId: pupilOf(world, pupil), offeringId: at(world.offerings, offering).offeringId, windowId: world.window.windowId };
  return takeSeat({ ...world, full: new FullMemory(), terms: new TermsMemory() })({ ...wish, enrolmentId: newId('enrolment') }, parent);
}
function join(world: SelectionWorld, pupil: number, waitId = newId('wait'), table = world.table) {
  const wish = { pupilId: pupilOf(world, pupil), offeringId: offeringOf(world), windowId: world.window.windowId, waitId };
  return joinWaitingList({ ...world, table })(wish, parent);
}
function leave(world: SelectionWorld, pupil: number) {
  return leaveWaitingList(world)({ pupilId: pupilOf(world, pupil), offeringId: offeringOf(world) }, parent);
}

async function enrolmentsOf(world: SelectionWorld, pupil: number): Promise<StoredEnrolment[]> {
  return world.table.queryAll({ ...keys.enrolments(pupilOf(world, pupil)), consistent: true, most: 100 }, StoredEnrolment);
}
async function liveOf(world: SelectionWorld, pupil: number): Promise<StoredEnrolment | undefined> {
  return (await enrolmentsOf(world, pupil)).find(({ status, offeringId }) => status === 'held' && offeringId === offeringOf(world));
}

/** The child gives its seat up, as the sweeper or billing does it. */
async function giveUp(world: SelectionWorld, pupil: number): Promise<void> {
  const enrolment = await liveOf(world, pupil);
  if (!enrolment) throw new Error(`pupil ${pupil} holds nothing`);
  await finishLapse(world.table, await claimClosing(world.table, enrolment));
}

/** What must hold whatever happened: never more holders than seats, each child in the list exactly while its own item says so. */
async function check(world: SelectionWorld): Promise<{ holders: number; waiting: number[] }> {
  const seat = await world.table.mustGet(keys.seat(offeringOf(world)), Seat);
  expect(Object.keys(seat.holders).length).toBeLessThanOrEqual(seat.capacity);
  const queue = await world.table.queryAll({ ...keys.queue(offeringOf(world)), consistent: true, most: 100 }, Queued);
  const waiting: number[] = [];
  const live: string[] = [];
  for (const [index, { pupilId }] of world.pupils.entries()) {
    const wait = await getWait(world.table, pupilId, offeringOf(world));
    const entries = queue.filter((entry) => entry.pupilId === pupilId);
    expect({ index, entries: entries.length }).toEqual({ index, entries: wait?.status === 'waiting' ? 1 : 0 });
    const mine = (await enrolmentsOf(world, index)).filter(
      (enrolment) => enrolment.offeringId === offeringOf(world) && ['taking', 'held', 'closing', 'confirmed'].includes(enrolment.status),
    );
    expect(mine.length).toBeLessThanOrEqual(1);
    live.push(...mine.map(({ attempt }) => holderKey(pupilId, attempt)));
  }
  for (const { pupilId } of queue) waiting.push(world.pupils.findIndex((pupil) => pupil.pupilId === pupilId));
  expect(Object.keys(seat.holders).sort()).toEqual(live.sort());
  return { holders: live.length, waiting };
}

describe('a waiting list', () => {
  it('is joined with one tap from a full class, tells the place in it, and is left with one tap', async () => {
    const world = await fullClass();
    expect(await join(world, 2)).toMatchObject({ status: 'waiting', ahead: 0 });
    world.clock.addMinutes(1);
    expect(await join(world, 3)).toMatchObject({ ahead: 1 });
    world.clock.addMinutes(1);
    expect(await join(world, 4)).toMatchObject({ ahead: 2 });
    expect(await leave(world, 3)).toMatchObject({ status: 'left' });
    expect(await leave(world, 3)).toMatchObject({ status: 'left' });
    const { items } = await listChildWaits(world)({ pupilId: pupilOf(world, 4) }, parent);
    expect(items).toMatchObject([{ ahead: 1, courseName: '课程0' }]);
    world.clock.addMinutes(1);
    expect(await join(world, 3)).toMatchObject({ ahead: 2 });
    expect((await check(world)).waiting).toEqual([2, 4, 3]);
  });

  it('has one place a child, whoever of the guardians asks, and however often', async () => {
    const world = await fullClass();
    const waitId = newId('wait');
    const first = await join(world, 2, waitId);
    world.clock.addMinutes(1);
    await join(world, 3);
    expect(await join(world, 2, waitId)).toEqual(first);
    expect(await join(world, 2)).toEqual(first);
    const both = await Promise.all([join(world, 4), join(world, 4), join(world, 4)]);
    expect(new Set(both.map((wait) => wait.waitId)).size).toBe(1);
    expect((await check(world)).waiting).toEqual([2, 3, 4]);
  });

  it('is not for a class with seats, for a child that has one, before the opening, or of another grade', async () => {
    const world = await fullClass(6, 2);
    await expect(join(world, 0)).rejects.toMatchObject({ code: 'selection.already_taken' });
    await world.table.write([set(keys.pupil(pupilOf(world, 5)), { grade: 9 })]);
    await expect(join(world, 5)).rejects.toMatchObject({ code: 'selection.wrong_grade' });
    await giveUp(world, 0);
    await expect(join(world, 2)).rejects.toMatchObject({ code: 'selection.has_seats' });
    world.clock.set(addMinutes(OPENING, -1));
    await expect(join(world, 2)).rejects.toMatchObject({ code: 'selection.not_open' });
    expect((await check(world)).waiting).toEqual([]);
  });

  it('takes a child on ten lists at most, and is not there where the school wants none', async () => {
    const classes = Array.from({ length: WAITS_MAX + 1 }, () => ({ capacity: 1, weekday: 1 }));
    const world = await selectionWorld(await testTable(), { classes, pupils: WAITS_MAX + 2 });
    for (const index of classes.keys()) await take(world, index, index);
    const pupilId = pupilOf(world, WAITS_MAX + 1);
    const wish = (index: number) => ({ pupilId, windowId: world.window.windowId, offeringId: at(world.offerings, index).offeringId });
    for (let index = 0; index < WAITS_MAX; index++) await joinWaitingList(world)({ ...wish(index), waitId: newId('wait') }, parent);
    await expect(joinWaitingList(world)({ ...wish(WAITS_MAX), waitId: newId('wait') }, parent)).rejects.toMatchObject({
      code: 'selection.waits_max',
    });
    await world.table.write([set(keys.window(world.window.windowId), { waitingList: undefined })]);
    const other = { ...wish(1), pupilId: pupilOf(world, 0), waitId: newId('wait') };
    await expect(joinWaitingList(world)(other, parent)).rejects.toMatchObject({ code: 'selection.no_waiting_list' });
  });
});

describe('a place that comes free', () => {
  it('is kept for who waits: no newcomer slips in, even before it is offered', async () => {
    const world = await fullClass();
    await join(world, 2);
    await giveUp(world, 0);
    await expect(take(world, 5)).rejects.toMatchObject({ code: 'selection.full' });
    expect(await offerPlaces(world, offeringOf(world))).toBe(1);
    const offer = await liveOf(world, 2);
    expect(offer).toMatchObject({ status: 'held', holdUntil: addMinutes(OPENING, OFFER_MINUTES), offer: { joinedAt: OPENING } });
    // Nobody waits any more: the next place is anybody's.
    await giveUp(world, 1);
    await offerPlaces(world, offeringOf(world));
    await expect(take(world, 5)).resolves.toMatchObject({ status: 'held' });
    expect(await check(world)).toEqual({ holders: 2, waiting: [] });
  });

  it('goes to the next when the offer runs out, and an offer that ran out cannot be had any more', async () => {
    const world = await fullClass();
    for (const pupil of [2, 3]) {
      await join(world, pupil);
      world.clock.addMinutes(1);
    }
    await giveUp(world, 0);
    await offerPlaces(world, offeringOf(world));
    await giveUp(world, 2);
    await offerPlaces(world, offeringOf(world));
    expect(await liveOf(world, 2)).toBeUndefined();
    expect(await liveOf(world, 3)).toMatchObject({ status: 'held' });
    // Who let it pass may join again, at the end.
    expect(await join(world, 2)).toMatchObject({ status: 'waiting', offers: 0 });
    expect((await check(world)).waiting).toEqual([2]);
  });

  it('is offered when the class is enlarged: so many places, so many offers, in order', async () => {
    const world = await fullClass(7);
    for (const pupil of [2, 3, 4, 5]) {
      await join(world, pupil);
      world.clock.addMinutes(1);
    }
    await world.table.write([set(keys.seat(offeringOf(world)), { capacity: 5 })]);
    expect(await offerPlaces(world, offeringOf(world))).toBe(3);
    expect(await check(world)).toEqual({ holders: 5, waiting: [5] });
  });

  it('is offered once by ten distributors at once, and in order', async () => {
    for (let round = 0; round < 8; round++) {
      const world = await fullClass(9, 3);
      for (const pupil of [3, 4, 5, 6, 7]) {
        await join(world, pupil);
        world.clock.addMinutes(1);
      }
      await giveUp(world, 0);
      await giveUp(world, 1);
      await Promise.all(Array.from({ length: 10 }, () => offerPlaces(world, offeringOf(world))));
      // A distributor that lost its race leaves nothing half done: one more look changes nothing or finishes it.
      await offerPlaces(world, offeringOf(world));
      const { holders, waiting } = await check(world);
      expect({ round, holders, waiting }).toEqual({ round, holders: 3, waiting: [5, 6, 7] });
      expect(await liveOf(world, 3)).toMatchObject({ status: 'held' });
      expect(await liveOf(world, 4)).toMatchObject({ status: 'held' });
    }
  }, 120_000);

  it('is offered to a child that has another class at that hour, who claims the hour when ordering', async () => {
    const world = await fullClass();
    await take(world, 2, 1);
    await join(world, 2);
    await giveUp(world, 0);
    expect(await offerPlaces(world, offeringOf(world))).toBe(1);
    expect(await liveOf(world, 2)).toMatchObject({ status: 'held', slotsPending: true });
    // Given up, it leaves the other class's hour alone.
    await giveUp(world, 2);
    const slot = await world.table.get(keys.pupilSlot(pupilOf(world, 2), world.window.termId, 1, 1), Queued.partial().loose());
    expect(slot).toMatchObject({ offeringId: at(world.offerings, 1).offeringId });
  });

  it('passes a child by who has found a place by another way', async () => {
    const world = await fullClass(6, 2);
    await join(world, 2);
    // Seats for all: the list is not served yet, and the child is given a place by hand.
    await world.table.write([set(keys.seat(offeringOf(world)), { capacity: 4, waiting: false })]);
    await take(world, 2);
    await offerPlaces(world, offeringOf(world));
    expect(await getWait(world.table, pupilOf(world, 2), offeringOf(world))).toMatchObject({ status: 'left' });
    expect(await check(world)).toEqual({ holders: 3, waiting: [] });
  });
});

describe('a waiting list when things break', () => {
  it('finishes a join wherever the process dies, by the same request or by the sweeper', async () => {
    await atEveryCrash(async (fail) => {
      const world = await fullClass();
      const waitId = newId('wait');
      const faults = await fail(world.table);
      const joined = await join(world, 2, waitId, faults.table).catch(() => undefined);
      if (joined) return;
      await giveUp(world, 0);
      await join(world, 2, waitId).catch((error: { code?: string }) => expect(error.code).toBe('selection.has_seats'));
      await offerPlaces(world, offeringOf(world));
      const { holders, waiting } = await check(world);
      expect(waiting).toEqual([]);
      expect(holders).toBe((await liveOf(world, 2)) ? 2 : 1);
    });
  });

  it('offers a place once wherever the process dies, and nobody falls out of the list', async () => {
    await atEveryCrash(async (fail) => {
      const world = await fullClass();
      for (const pupil of [2, 3]) {
        await join(world, pupil);
        world.clock.addMinutes(1);
      }
      await giveUp(world, 0);
      const faults = await fail(world.table);
      await offerPlaces({ ...world, table: faults.table }, offeringOf(world)).catch(() => undefined);
      world.clock.addMinutes(2);
      for (const index of world.pupils.keys()) {
        for (const enrolment of await enrolmentsOf(world, index)) if (enrolment.status === 'taking') await resolveTaking(world, enrolment);
      }
      await reconcileSeat(world.table, offeringOf(world));
      await offerPlaces(world, offeringOf(world));
      const { holders, waiting } = await check(world);
      expect({ holders, waiting }).toEqual({ holders: 2, waiting: [3] });
      expect(await liveOf(world, 2)).toMatchObject({ status: 'held' });
    });
  });

  it('gets back a place whose container died between the end of an offer and its seat, long after the window is settled', async () => {
    const world = await fullClass();
    for (const pupil of [2, 3]) {
      await join(world, pupil);
      world.clock.addMinutes(1);
    }
    await giveUp(world, 0);
    await offerPlaces(world, offeringOf(world));
    await world.table.write([set(keys.window(world.window.windowId), { status: 'settled' })]);
    const offer = await liveOf(world, 2);
    if (!offer) throw new Error('the first in line has an offer');
    const { table } = await withFaults(world.table, { crashAfterWrites: 1 });
    await expect(finishLapse(table, await claimClosing(world.table, offer))).rejects.toThrow(Crash);
    const due = await world.table.get(keys.waitingList(offeringOf(world)), WaitingList);
    if (!due) throw new Error('the list is on record');
    await waitingListIsDue(world)(due);
    expect(await liveOf(world, 3)).toMatchObject({ status: 'held' });
    expect(await check(world)).toEqual({ holders: 2, waiting: [] });
  });

  it('ends on the day of the first session, told to who still waits; until then the sweeper looks now and then', async () => {
    const world = await fullClass();
    await join(world, 2);
    const list = async () => world.table.get(keys.waitingList(offeringOf(world)), WaitingList);
    const due = await list();
    if (!due) throw new Error('the list is on record');
    await giveUp(world, 0);
    await waitingListIsDue(world)(due);
    expect(await liveOf(world, 2)).toMatchObject({ status: 'held' });
    await join(world, 3);
    const until = waitingUntil(at(world.offerings, 0).firstSessionDate);
    if (!until) throw new Error('the class has a first session');
    world.clock.set(until);
    await giveUp(world, 1);
    expect(await offerPlaces(world, offeringOf(world))).toBe(0);
    await waitingListIsDue(world)(due);
    await waitingListIsDue(world)(due);
    expect(await getWait(world.table, pupilOf(world, 3), offeringOf(world))).toMatchObject({ status: 'ended' });
    // Once more, when the last offers have run out for certain.
    expect(await list()).toBeDefined();
    world.clock.addMinutes(30);
    await waitingListIsDue(world)(due);
    expect(await list()).toBeUndefined();
    await expect(join(world, 4)).rejects.toMatchObject({ code: 'selection.no_waiting_list' });
    expect((await check(world)).waiting).toEqual([]);
  });

  it('ends for a child as well that is put back in line while the sweeper clears the list away', async () => {
    const world = await fullClass();
    await join(world, 2);
    await giveUp(world, 0);
    // Dies with the offer on record, and without a place.
    const dying = await withFaults(world.table, { crashAfterWrites: 2 });
    await expect(offerPlaces({ ...world, table: dying.table }, offeringOf(world))).rejects.toThrow(Crash);
    const [taking] = await enrolmentsOf(world, 2);
    if (taking?.status !== 'taking') throw new Error('the offer is on its way');
    const until = waitingUntil(at(world.offerings, 0).firstSessionDate);
    if (!until) throw new Error('the class has a first session');
    world.clock.set(addMinutes(until, 31));
    const list = async () => world.table.get(keys.waitingList(offeringOf(world)), WaitingList);
    const due = await list();
    if (!due) throw new Error('the list is on record');
    // The list was empty when it was looked through; another process of the sweeper finds the offer that its maker left.
    const meeting = await withFaults(world.table, {
      beforeWrite: (write) => (write === 1 ? resolveTaking(world, taking).then(() => undefined) : undefined),
    });
    await waitingListIsDue({ ...world, table: meeting.table })(due);
    expect((await check(world)).waiting).toEqual([2]);
    const left = await list();
    if (!left) throw new Error('somebody still looks at the list');
    await waitingListIsDue(world)(left);
    expect(await getWait(world.table, pupilOf(world, 2), offeringOf(world))).toMatchObject({ status: 'ended' });
    expect(await list()).toBeUndefined();
    expect((await check(world)).waiting).toEqual([]);
  });
});
