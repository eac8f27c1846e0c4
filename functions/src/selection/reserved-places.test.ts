/** Places kept for a purpose: counted, published, out of reach of rush, draw and waiting list, and given by the school one by one. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type ChinaMonth, chinaInstant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { RESERVED_PAY_MINUTES } from '@kehou/shared/selection/window';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { trailOf } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { put, set } from '../platform/table.ts';
import { claimClosing, finishLapse, resolveTaking, StoredEnrolment } from './enrolment.repository.ts';
import { FullMemory } from './full-memory.ts';
import { giveReservedPlace } from './give-reserved-place.ts';
import { joinWaitingList } from './join-waiting-list.ts';
import { offerPlaces } from './offer-places.ts';
import { retake } from './retake.ts';
import { followPlaces, Seat } from './seat.repository.ts';
import { takeSeat } from './take-seat.ts';
import { reconcileSeat } from './tasks.ts';
import { TermsMemory } from './terms-memory.ts';
import { Card, countWrite, followOffering, openOffering } from './window.repository.ts';

const school: Actor = { personId: 'per_school', memberships: [], children: [], requestId: 'test' };
const TEAM = '校队队员';
const STAFF = '教职工子女';

/** Five places: one for the team, one for the staff's children, three for everybody. */
function world(pupils = 7): Promise<SelectionWorld> {
  const reserved = [
    { purpose: TEAM, places: 1 },
    { purpose: STAFF, places: 1 },
  ];
  return testTable().then((table) =>
    selectionWorld(table, {
      classes: [
        { capacity: 5, reserved },
        { capacity: 5, weekday: 1 },
      ],
      pupils,
    }),
  );
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}
const offeringOf = (of: SelectionWorld) => at(of.offerings, 0).offeringId;
const seatOf = (of: SelectionWorld) => of.table.mustGet(keys.seat(offeringOf(of)), Seat);

function take(of: SelectionWorld, pupil: number, offering = 0) {
  const { pupilId } = at(of.pupils, pupil);
  const { windowId } = of.window;
  const wish = { pupilId, windowId, offeringId: at(of.offerings, offering).offeringId, enrolmentId: newId('enrolment') };
  return takeSeat({ ...of, full: new FullMemory(), terms: new TermsMemory() })(wish, school);
}

interface Given {
  readonly enrolmentId?: Id<'enrolment'>;
  readonly name?: string;
  readonly table?: SelectionWorld['table'];
}
function give(of: SelectionWorld, pupil: number, purpose: string, { enrolmentId = newId('enrolment'), ...other }: Given = {}) {
  const { schoolId, pupilNumber, name } = at(of.pupils, pupil);
  const asked = { schoolId, offeringId: offeringOf(of), purpose, pupilNumber, name: other.name ?? name, enrolmentId };
  return giveReservedPlace({ ...of, table: other.table ?? of.table })(asked, school);
}

async function giveUp(of: SelectionWorld, { pupilId, enrolmentId }: { pupilId: string; enrolmentId: string }) {
  const held = await of.table.mustGet(keys.enrolment(pupilId, enrolmentId), StoredEnrolment);
  await finishLapse(of.table, await claimClosing(of.table, held));
}

/** Whatever happened: so many places in all, never more holders than places, and holders exactly of those who hold. */
async function check(of: SelectionWorld, all = 5): Promise<Seat> {
  const seat = await seatOf(of);
  const kept = Object.values(seat.reserved ?? {}).reduce((sum, left) => sum + left, 0);
  expect(seat.capacity + kept).toBe(all);
  expect(Object.keys(seat.holders).length).toBeLessThanOrEqual(seat.capacity);
  let live = 0;
  for (const { pupilId } of of.pupils) {
    const tries = await of.table.queryAll({ ...keys.enrolments(pupilId), consistent: true, most: 100 }, StoredEnrolment);
    live += tries.filter(
      ({ status, offeringId }) => ['held', 'closing', 'confirmed'].includes(status) && offeringId === offeringOf(of),
    ).length;
  }
  expect(Object.keys(seat.holders)).toHaveLength(live);
  return seat;
}

describe('places kept for a purpose', () => {
  it('are out of reach of the rush, and given by the school whatever the rush took', async () => {
    const of = await world();
    for (const pupil of [0, 1, 2]) await expect(take(of, pupil)).resolves.toMatchObject({ status: 'held' });
    await expect(take(of, 3)).rejects.toMatchObject({ code: 'selection.full' });
    const given = await give(of, 3, TEAM);
    expect(given).toMatchObject({ status: 'held', reservedFor: TEAM, holdUntil: addMinutes(OPENING, RESERVED_PAY_MINUTES) });
    await expect(give(of, 4, TEAM)).rejects.toMatchObject({ code: 'selection.reserve_empty', details: { purpose: TEAM } });
    await expect(give(of, 4, STAFF)).resolves.toMatchObject({ status: 'held', reservedFor: STAFF });
    expect(Object.keys((await check(of)).holders)).toHaveLength(5);
    await expect(take(of, 5)).rejects.toMatchObject({ code: 'selection.full' });
    const trail = await trailOf(of.table, of.school.organisationId, '2026-11' as ChinaMonth, { limit: 20 });
    const told = trail.items.find(({ subject }) => subject === given.enrolmentId);
    expect(told).toMatchObject({ action: 'offering.reserved-place-given', personId: 'per_school', details: { purpose: TEAM } });
  });

  it('are on the class page with how many there are and how many are left', async () => {
    const of = await world();
    await give(of, 0, TEAM);
    await of.table.tryWrite([countWrite(offeringOf(of), await seatOf(of))]);
    expect(await of.table.mustGet(keys.windowCard(of.window.windowId, offeringOf(of)), Card)).toMatchObject({
      capacity: 4,
      taken: 1,
      reserved: expect.arrayContaining([
        { purpose: TEAM, places: 1, left: 0 },
        { purpose: STAFF, places: 1, left: 1 },
      ]),
    });
  });

  it('are kept for their purpose again when they are given up, and the waiting list does not get them', async () => {
    const of = await world();
    for (const pupil of [0, 1, 2]) await take(of, pupil);
    const { pupilId } = at(of.pupils, 5);
    await joinWaitingList(of)({ pupilId, offeringId: offeringOf(of), windowId: of.window.windowId, waitId: newId('wait') }, school);
    await giveUp(of, await give(of, 3, TEAM));
    expect(await offerPlaces(of, offeringOf(of))).toBe(0);
    expect((await check(of)).reserved).toEqual({ [TEAM]: 1, [STAFF]: 1 });
    await expect(give(of, 4, TEAM)).resolves.toMatchObject({ status: 'held' });
  });

  it('go to everybody when the school lets them go: first to who waits', async () => {
    const of = await world();
    for (const pupil of [0, 1, 2]) await take(of, pupil);
    const { pupilId } = at(of.pupils, 5);
    await joinWaitingList(of)({ pupilId, offeringId: offeringOf(of), windowId: of.window.windowId, waitId: newId('wait') }, school);
    await give(of, 3, STAFF);
    const released = {
      ...at(of.offerings, 0),
      windowId: of.window.windowId,
      reserved: [0, 0].map((places, index) => ({ purpose: at([TEAM, STAFF], index), places })),
    };
    // Twice, and an older state of the class afterwards: told out of order, they change nothing.
    await followOffering(of.table, released);
    await followOffering(of.table, released);
    await followOffering(of.table, { ...at(of.offerings, 0), windowId: of.window.windowId });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 0 });
    expect(await offerPlaces(of, offeringOf(of))).toBe(1);
    expect(Object.keys((await check(of)).holders)).toHaveLength(5);
    // More places for the class, none of them kept.
    await followOffering(of.table, { ...released, capacity: 8 });
    expect(await check(of, 8)).toMatchObject({ capacity: 8 });
  });

  it('are given once to a child, however often it is said, and to nobody by a slip', async () => {
    const of = await world();
    const enrolmentId = newId('enrolment');
    await Promise.allSettled(Array.from({ length: 5 }, () => give(of, 0, TEAM, { enrolmentId })));
    await expect(give(of, 0, TEAM, { enrolmentId })).resolves.toMatchObject({ enrolmentId, status: 'held' });
    await expect(give(of, 0, STAFF, { enrolmentId })).rejects.toMatchObject({ code: 'request.id_reused' });
    await expect(give(of, 0, STAFF)).rejects.toMatchObject({ code: 'selection.already_taken' });
    await expect(give(of, 1, STAFF, { name: '另一位' })).rejects.toMatchObject({ code: 'selection.no_such_pupil' });
    await expect(give(of, 1, '没有公布的用途')).rejects.toMatchObject({ code: 'selection.reserve_empty' });
    await of.table.write([set(keys.pupil(at(of.pupils, 2).pupilId), { leftOn: '2026-11-20' })]);
    await expect(give(of, 2, STAFF)).rejects.toMatchObject({ code: 'selection.pupil_left' });
    of.clock.set(chinaInstant(at(of.offerings, 0).firstSessionDate ?? ('' as never), '00:00' as TimeOfDay));
    await expect(give(of, 3, STAFF)).rejects.toMatchObject({ code: 'selection.closed' });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 1 });
  });

  it('are not said to be given out when the class is called off in that very moment, however often it is asked', async () => {
    const of = await world();
    await of.table.write([set(keys.seat(offeringOf(of)), { status: 'cancelled' })]);
    const enrolmentId = newId('enrolment');
    await expect(give(of, 0, TEAM, { enrolmentId })).rejects.toMatchObject({ code: 'selection.class_cancelled' });
    await expect(give(of, 0, TEAM, { enrolmentId })).rejects.toMatchObject({ code: 'selection.class_cancelled' });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 1, [STAFF]: 1 });
  });

  it('are not given in a class of another school, nor for another grade', async () => {
    const [of, other] = [await world(), await world()];
    const { schoolId, pupilNumber, name } = at(other.pupils, 0);
    const asked = { schoolId, offeringId: offeringOf(of), purpose: TEAM, pupilNumber, name, enrolmentId: newId('enrolment') };
    await expect(giveReservedPlace(of)(asked, school)).rejects.toMatchObject({ code: 'request.not_found' });
    const pupil = at(of.pupils, 0);
    await of.table.write([put(keys.pupil(pupil.pupilId), { ...pupil, grade: 9, rosterGuardians: [], version: 2 })]);
    await expect(give(of, 0, TEAM)).rejects.toMatchObject({ code: 'selection.wrong_grade' });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 1, [STAFF]: 1 });
  });

  it('are not given before the window opens: until then it may be withdrawn', async () => {
    const of = await world();
    of.clock.set(addMinutes(OPENING, -1));
    await expect(give(of, 0, TEAM)).rejects.toMatchObject({ code: 'selection.not_open', details: { opensAt: OPENING } });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 1, [STAFF]: 1 });
  });

  it('that were paid late come from their reserve again, and never from what is open', async () => {
    const of = await world();
    const held = await give(of, 0, TEAM);
    await giveUp(of, held);
    const lapsed = await of.table.mustGet(keys.enrolment(at(of.pupils, 0).pupilId, held.enrolmentId as Id<'enrolment'>), StoredEnrolment);
    const again = newId('enrolment');
    const until = addMinutes(OPENING, 60);
    // No longer a place to be paid for: its news would say so.
    const back = await retake(of, lapsed, again, until);
    expect(back).toMatchObject({ status: 'held', enrolmentId: again });
    expect(back?.reservedFor).toBeUndefined();
    expect(await retake(of, lapsed, again, until)).toMatchObject({ enrolmentId: again });
    expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 1 });
    await giveUp(of, { pupilId: lapsed.pupilId, enrolmentId: again });
    await give(of, 1, TEAM);
    // The reserve is given out, three open places are there: money that came late for a kept one goes back.
    await expect(retake(of, lapsed, newId('enrolment'), until)).resolves.toBeUndefined();
    expect(await check(of)).toMatchObject({ capacity: 4, reserved: { [TEAM]: 0, [STAFF]: 1 } });
  });

  it('are let go by their own purpose, also where one was given while another came back', async () => {
    const of = await world();
    const held = await give(of, 0, STAFF);
    const { table } = of;
    let meddled = false;
    // In the moment between the look and the write: one purpose gives, the other gets back, and the sum is as before.
    const between = Object.assign(Object.create(Object.getPrototypeOf(table)) as typeof table, table, {
      tryWrite: async (writes: Parameters<typeof table.tryWrite>[0]) => {
        if (!meddled) {
          meddled = true;
          await giveUp(of, held);
          await give(of, 1, TEAM);
        }
        return table.tryWrite(writes);
      },
    });
    const reserved = [
      { purpose: TEAM, places: 0 },
      { purpose: STAFF, places: 1 },
    ];
    await followPlaces(between, offeringOf(of), { capacity: 5, reserved });
    expect(meddled).toBe(true);
    expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 1 });
  });

  it('are those of the class as it is when its window comes out, whatever a publication left that broke off', async () => {
    const of = await world();
    const offering = { ...at(of.offerings, 0), reserved: [{ purpose: '合唱团', places: 3 }] };
    await openOffering(of.table, offering, of.window);
    expect((await check(of)).reserved).toEqual({ 合唱团: 3 });
    // Once somebody has been in it nothing is made anew.
    await take(of, 0);
    await openOffering(of.table, at(of.offerings, 0), of.window);
    expect((await check(of)).reserved).toEqual({ 合唱团: 3 });
  });

  it('are given once in a race of ten, and the rush beside it fills exactly the open places', async () => {
    for (let round = 0; round < 5; round++) {
      const of = await world(14);
      const outcomes = await Promise.allSettled([
        ...[0, 1, 2, 3, 4].map((pupil) => give(of, pupil, TEAM)),
        ...[5, 6, 7, 8, 9, 10, 11].map((pupil) => take(of, pupil)),
      ]);
      const won = outcomes.map(({ status }) => status === 'fulfilled');
      expect({ round, kept: won.slice(0, 5).filter(Boolean).length, open: won.slice(5).filter(Boolean).length }).toEqual({
        round,
        kept: 1,
        open: 3,
      });
      expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 1 });
    }
  }, 120_000);

  it('are neither lost nor doubled wherever the process dies', async () => {
    await atEveryCrash(async (fail) => {
      const of = await world();
      const enrolmentId = newId('enrolment');
      const { table } = await fail(of.table);
      await give(of, 0, TEAM, { enrolmentId, table }).catch(mustBeCrash);
      await expect(give(of, 0, TEAM, { enrolmentId })).resolves.toMatchObject({ enrolmentId, status: 'held' });
      expect((await check(of)).reserved).toEqual({ [TEAM]: 0, [STAFF]: 1 });
    });
    // Nobody says it again: the sweeper finds what is half done.
    await atEveryCrash(async (fail) => {
      const of = await world();
      const enrolmentId = newId('enrolment');
      const { table } = await fail(of.table);
      await give(of, 0, TEAM, { enrolmentId, table }).catch(mustBeCrash);
      of.clock.addMinutes(5);
      const there = await of.table.get(keys.enrolment(at(of.pupils, 0).pupilId, enrolmentId), StoredEnrolment);
      if (there?.status === 'taking') await resolveTaking(of, there);
      await reconcileSeat(of.table, offeringOf(of));
      const { holders, reserved } = await check(of);
      expect(reserved).toEqual({ [TEAM]: 1 - Object.keys(holders).length, [STAFF]: 1 });
    });
  }, 120_000);
});

function mustBeCrash(error: unknown): void {
  if (!(error instanceof Crash)) throw error;
}
