import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addDays, addMinutes, chinaInstant } from '@kehou/shared/kernel/time';
import { NOT_HELD_DAYS, Offering, OfferingInput } from '@kehou/shared/offering/offering';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { type CitySchool, type CityWorld, day, schoolOf } from '../../testing/city-world.ts';
import { aClass, type ClassWorld, classWorld } from '../../testing/class-world.ts';
import { atEveryCrash, Crash, withFaults } from '../../testing/faults.ts';
import { Following } from '../../testing/following.ts';
import { library } from '../library/index.ts';
import { DUE_SHARDS, keys } from '../platform/keys.ts';
import { put, set, type Table } from '../platform/table.ts';
import { offering } from './index.ts';
import { timetableOf } from './instructor-timetable.repository.ts';
import { mustGetOffering, SESSIONS_MAX, sessionsOf } from './offering.repository.ts';

async function refusal(promise: Promise<unknown>): Promise<{ code: string; details?: unknown }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, details: error.details };
    throw error;
  }
  return { code: 'done' };
}
const codeOf = async (promise: Promise<unknown>) => (await refusal(promise)).code;

function areaOf(world: CityWorld, table: Table = world.table) {
  return offering({ table, clock: world.clock }).useCases;
}

const create = (world: ClassWorld, changes: Partial<OfferingInput> = {}, at: CitySchool = world.schools[0]) =>
  areaOf(world).createOffering(aClass(world, changes, at), at.head);

/** On the version that is there. */
async function change(world: ClassWorld, input: ReturnType<typeof aClass>, actor: CitySchool['head']) {
  const { version } = await mustGetOffering(world.table, input.offeringId);
  return areaOf(world).changeOffering({ ...input, version }, actor);
}

async function datesOfClass(world: CityWorld, offeringId: string) {
  return (await sessionsOf(world.table, offeringId as Id<'offering'>)).map(({ date, status }) =>
    status === 'cancelled' ? `(${date})` : date,
  );
}

/** As selection does it when a window is published, settled, or cancels a class. */
function setStatus(world: CityWorld, offeringId: string, status: 'published' | 'running' | 'cancelled') {
  return world.table.write([set(keys.offering(offeringId), { status })]);
}

function followers(world: CityWorld) {
  const areas = [schoolOf(world), library(world), offering(world)];
  return new Following(
    world.table,
    areas.flatMap((area) => area.followers ?? []),
  );
}

describe('creating a class', () => {
  it('dates its sessions over holidays and make-up days, and counts the fee over them', async () => {
    const world = await classWorld();
    const made = await create(world);
    const dates = await datesOfClass(world, made.offeringId);
    // Wednesdays from 9 September to 13 January, without 7 October, with the Saturday on which it is made up for.
    expect(dates).toHaveLength(19);
    expect(dates.slice(3, 6)).toEqual(['2026-09-30', '2026-10-10', '2026-10-14']);
    expect(made).toMatchObject({
      status: 'draft',
      courseName: '创意机器人',
      instructorName: '陈思远',
      roomName: '科学教室',
      sessionCount: 19,
      feeFen: 47_500,
      firstSessionDate: '2026-09-09',
      lastSessionDate: '2027-01-13',
    });
    const [first] = await sessionsOf(world.table, made.offeringId as Id<'offering'>);
    expect(first).toMatchObject({
      number: 1,
      startsAt: '2026-09-09T08:30:00.000Z',
      endsAt: '2026-09-09T09:20:00.000Z',
      status: 'scheduled',
    });
  });

  it('in the middle of a term begins tomorrow, or on the day that is asked for', async () => {
    const world = await classWorld();
    world.clock.set('2026-11-24T16:30:00.000Z' as never);
    expect((await create(world)).firstSessionDate).toBe('2026-12-02');
    expect((await create(world, { slots: [{ weekday: 4, period: 1 }], firstDay: day('2026-12-07') })).firstSessionDate).toBe('2026-12-10');
    expect(await codeOf(create(world, { slots: [{ weekday: 5, period: 1 }], firstDay: day('2027-01-16') }))).toBe('offering.no_sessions');
  });

  it('is refused outside of library, scale, room, grades and periods', async () => {
    const world = await classWorld();
    const [one, two] = world.schools;
    const code = (changes: Partial<OfferingInput>) => codeOf(create(world, changes));
    expect(await code({ courseId: newId('course') })).toBe('offering.not_picked');
    expect(await code({ feePerSessionFen: fen(3001) })).toBe('offering.above_scale');
    expect(await code({ payPerSessionFen: fen(8001) })).toBe('offering.above_scale');
    expect(await code({ payPerSessionFen: fen(15000), instructorId: world.instructors[1] as Id<'instructor'> })).toBe('done');
    expect(await code({ capacity: 41 })).toBe('offering.room_too_small');
    expect(await code({ grades: [4, 5] })).toBe('offering.wrong_grades');
    expect(await code({ slots: [{ weekday: 1, period: 9 }] })).toBe('offering.wrong_slots');
    expect(await code({ slots: [1, 1].map((weekday) => ({ weekday, period: 1 })) })).toBe('offering.wrong_slots');
    expect(await code({ roomId: two.rooms[0].roomId })).toBe('request.not_found');
    expect(await code({ termId: two.term.termId })).toBe('request.not_found');
    expect(
      await codeOf(areaOf(world).createOffering({ ...aClass(world), schoolId: two.schoolId, termId: one.term.termId }, two.head)),
    ).toBe('request.not_found');
  });

  it('with a room that is taken names the class that has it', async () => {
    const world = await classWorld();
    await create(world, { slots: [2, 4].map((weekday) => ({ weekday, period: 1 })) });
    const clash = await refusal(
      create(world, { instructorId: world.instructors[1] as Id<'instructor'>, slots: [3, 4].map((weekday) => ({ weekday, period: 1 })) }),
    );
    expect(clash).toEqual({
      code: 'offering.room_clash',
      details: { roomName: '科学教室', weekday: 4, period: 1, courseName: '创意机器人' },
    });
  });

  it('with an instructor who is engaged at another school names that class, and counts hours, not periods', async () => {
    const world = await classWorld();
    const [one, two] = world.schools;
    await create(world);
    expect(await refusal(create(world, {}, two))).toEqual({
      code: 'offering.instructor_clash',
      details: {
        instructorName: '陈思远',
        schoolName: '湖坊小学',
        courseName: '创意机器人',
        weekday: 3,
        startsAt: '16:30',
        endsAt: '17:20',
      },
    });
    const later = defaultSettings.periods.map((period) =>
      period.period === 1 ? { ...period, startsAt: '17:20' as never, endsAt: '17:25' as never } : period,
    );
    await schoolOf(world).useCases.putSettings({ ...defaultSettings, periods: later, schoolId: two.schoolId }, two.head);
    expect(await codeOf(create(world, {}, two))).toBe('done');
    expect((await timetableOf(world.table, world.instructors[0] as Id<'instructor'>)).engagements.map(({ schoolId }) => schoolId)).toEqual([
      one.schoolId,
      two.schoolId,
    ]);
  });

  it('by two schools at once engages the instructor once', async () => {
    for (let round = 0; round < 5; round++) {
      const world = await classWorld();
      const codes = await Promise.all(world.schools.map((at) => codeOf(create(world, {}, at))));
      expect(codes.sort()).toEqual(['done', 'offering.instructor_clash', 'offering.instructor_clash']);
    }
  });

  it('sent again is the same class; another under its id, or at another school, is refused', async () => {
    const world = await classWorld();
    const input = aClass(world);
    const { head } = world.schools[0];
    const [one, two] = await Promise.all([areaOf(world).createOffering(input, head), areaOf(world).createOffering(input, head)]);
    expect(two).toEqual(one);
    world.clock.addMinutes(60 * 24 * 40);
    expect(await areaOf(world).createOffering(input, head)).toEqual(one);
    expect(await codeOf(areaOf(world).createOffering({ ...input, capacity: 20 }, head))).toBe('request.id_reused');
    expect((await areaOf(world).listOfferings({ schoolId: input.schoolId, termId: input.termId, limit: 50 }, head)).items).toHaveLength(1);
  });

  it('that meets five times a week, more than a transaction takes, is whole wherever its process dies', async () => {
    const slots = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, period: 1 }));
    await atEveryCrash(async (fail) => {
      const world = await classWorld();
      const input = aClass(world, { slots });
      const { head } = world.schools[0];
      const failing = await fail(world.table);
      await areaOf(world, failing.table)
        .createOffering(input, head)
        .catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
      const left = await world.table.get(keys.offering(input.offeringId), z.record(z.string(), z.unknown()));
      if (left?.GSI2PK) {
        world.clock.addMinutes(3);
        await offering(world).due?.OFFERING?.(left);
      } else await areaOf(world).createOffering(input, head);
      const whole = await world.table.mustGet(keys.offering(input.offeringId), z.record(z.string(), z.unknown()));
      expect(whole.GSI2PK).toBeUndefined();
      expect(await sessionsOf(world.table, input.offeringId)).toHaveLength(Number(whole.sessionCount));
      expect(Number(whole.sessionCount)).toBeGreaterThan(85);
    });
  });

  it('rides out throttling, conflicts and lost replies', async () => {
    const world = await classWorld();
    const { head } = world.schools[0];
    for (let seed = 1; seed <= 5; seed++) {
      const faults = await withFaults(world.table, { seed, throttle: 0.2, conflict: 0.2, lost: 0.2 });
      const made = await areaOf(world, faults.table).createOffering(aClass(world, { slots: [{ weekday: seed, period: 1 }] }), head);
      expect(await sessionsOf(world.table, made.offeringId as Id<'offering'>)).toHaveLength(made.sessionCount);
    }
  });
});

describe('changing a class', () => {
  it('as a draft moves what it holds: slots, room, instructor, sessions and fee', async () => {
    const world = await classWorld();
    const { head, rooms } = world.schools[0];
    const input = aClass(world);
    await areaOf(world).createOffering(input, head);
    const pack = { name: '机器人套件', priceFen: fen(6800), description: '' };
    const changed = await change(
      world,
      {
        ...input,
        roomId: rooms[1].roomId,
        instructorId: world.instructors[1] as Id<'instructor'>,
        slots: [{ weekday: 5, period: 2 }],
        feePerSessionFen: fen(3000),
        materialPack: pack,
      },
      head,
    );
    expect(changed).toMatchObject({ instructorName: '刘悦', roomName: '舞蹈房', materialPack: pack, firstSessionDate: '2026-09-11' });
    expect(changed.feeFen).toBe(3000 * changed.sessionCount);
    const sessions = await sessionsOf(world.table, input.offeringId);
    expect(sessions).toHaveLength(changed.sessionCount);
    expect(new Set(sessions.map(({ period, instructorName, roomName }) => `${period} ${instructorName} ${roomName}`))).toEqual(
      new Set(['2 刘悦 舞蹈房']),
    );
    // Room, hour and instructor that it had are free.
    expect(await codeOf(create(world))).toBe('done');
    const without = await change(world, { ...input, slots: [{ weekday: 5, period: 2 }], materialPack: undefined }, head);
    expect(without.materialPack).toBeUndefined();
  });

  it('once published takes another room, another instructor and more places, and nothing else', async () => {
    const world = await classWorld();
    const { head, rooms } = world.schools[0];
    const input = aClass(world);
    await areaOf(world).createOffering(input, head);
    await setStatus(world, input.offeringId, 'published');
    const changeTo = (changes: Partial<OfferingInput>) => refusal(change(world, { ...input, ...changes }, head));
    expect(await changeTo({ feePerSessionFen: fen(2600) })).toEqual({
      code: 'offering.not_editable',
      details: { status: 'published', fields: ['feePerSessionFen'] },
    });
    expect((await changeTo({ slots: [{ weekday: 4, period: 1 }] })).code).toBe('offering.not_editable');
    expect((await changeTo({ capacity: 29 })).code).toBe('offering.not_editable');
    expect((await changeTo({ capacity: 36, roomId: rooms[1].roomId, instructorId: world.instructors[1] as Id<'instructor'> })).code).toBe(
      'done',
    );
    const stored = await mustGetOffering(world.table, input.offeringId);
    expect(stored).toMatchObject({ status: 'published', capacity: 36, instructorName: '刘悦', sessionCount: 19 });
    expect((await timetableOf(world.table, world.instructors[0] as Id<'instructor'>)).engagements).toEqual([]);
    await setStatus(world, input.offeringId, 'cancelled');
    expect((await changeTo({ capacity: 40 })).code).toBe('offering.not_editable');
  });

  it('lets kept places go once it is published, never keeps more of them or for something else', async () => {
    const world = await classWorld();
    const { head } = world.schools[0];
    const kept = (places: number, purpose = '校队队员') => ({ reserved: [{ purpose, places }] });
    const input = { ...aClass(world), ...kept(3) };
    await areaOf(world).createOffering(input, head);
    await change(world, { ...input, ...kept(4) }, head);
    await setStatus(world, input.offeringId, 'published');
    const changeTo = (changes: Partial<OfferingInput>) => refusal(change(world, { ...input, ...kept(4), ...changes }, head));
    for (const wanted of [
      kept(5),
      kept(4, '别的用途'),
      { reserved: undefined },
      { reserved: [...kept(4).reserved, ...kept(1, '又一种').reserved] },
    ]) {
      expect(await changeTo(wanted)).toEqual({ code: 'offering.not_editable', details: { status: 'published', fields: ['reserved'] } });
    }
    expect((await changeTo(kept(1))).code).toBe('done');
    expect((await mustGetOffering(world.table, input.offeringId)).reserved).toEqual(kept(1).reserved);
    expect(OfferingInput.safeParse({ ...input, ...kept(input.capacity) }).error?.issues.map(({ path }) => path)).toEqual([['reserved']]);
  });

  it('by two at once keeps the first, and tells the second that it is not what they read any more', async () => {
    const world = await classWorld();
    const { head } = world.schools[0];
    const input = aClass(world);
    const { version } = await areaOf(world).createOffering(input, head).then(Offering.parse);
    const changes = [35, 36].map((capacity) => refusal(areaOf(world).changeOffering({ ...input, capacity, version }, head)));
    expect((await Promise.all(changes)).map(({ code }) => code).sort()).toEqual(['done', 'school.changed_meanwhile']);
    const kept = await mustGetOffering(world.table, input.offeringId);
    expect(await refusal(areaOf(world).changeOffering({ ...input, capacity: 37, version }, head))).toEqual({
      code: 'school.changed_meanwhile',
      details: { version: kept.version },
    });
    // Sent again, what was done is done.
    expect(await areaOf(world).changeOffering({ ...input, capacity: kept.capacity, version }, head)).toMatchObject({
      version: kept.version,
    });
  });

  it('does not undo what selection sets in the same moment, and tells its followers newer from older', async () => {
    const world = await classWorld();
    const { head } = world.schools[0];
    const input = aClass(world);
    const made = await areaOf(world).createOffering(input, head);
    const windowId = newId('window');
    await world.table.write([set(keys.offering(input.offeringId), { windowId })]);
    const changed = await change(world, { ...input, capacity: 35 }, head);
    const stored = await world.table.mustGet(keys.offering(input.offeringId), Offering);
    expect(stored).toMatchObject({ windowId, capacity: 35 });
    expect(changed.updatedAt > made.updatedAt).toBe(true);
  });

  it('wherever its process dies leaves one room and one instructor engaged, and sent again it is done', async () => {
    await atEveryCrash(async (fail) => {
      const world = await classWorld();
      const { head, rooms } = world.schools[0];
      const slots = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, period: 1 }));
      const input = aClass(world, { slots });
      await areaOf(world).createOffering(input, head);
      const wanted = { ...input, version: 1, roomId: rooms[1].roomId, instructorId: world.instructors[1] as Id<'instructor'> };
      const failing = await fail(world.table);
      await areaOf(world, failing.table)
        .changeOffering(wanted, head)
        .catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
      await areaOf(world).changeOffering(wanted, head);
      const left = await world.table.mustGet(keys.offering(input.offeringId), z.record(z.string(), z.unknown()));
      if (left.GSI2PK) await offering(world).due?.OFFERING?.(left);
      const sessions = await sessionsOf(world.table, input.offeringId);
      expect(new Set(sessions.map(({ instructorName, roomName }) => `${instructorName} ${roomName}`))).toEqual(new Set(['刘悦 舞蹈房']));
      const engaged = await Promise.all(world.instructors.map(async (id) => (await timetableOf(world.table, id)).engagements.length));
      expect(engaged).toEqual([0, 5]);
      expect(await codeOf(create(world, { slots }))).toBe('done');
    });
  });
});

describe('sessions', () => {
  it('of a class that was sold move with the calendar, and never become more than were paid for', async () => {
    const world = await classWorld();
    const { schoolId, head } = world.schools[0];
    const following = followers(world);
    const made = await create(world, { firstDay: day('2026-12-07') });
    expect(await datesOfClass(world, made.offeringId)).toEqual([
      '2026-12-09',
      '2026-12-16',
      '2026-12-23',
      '2026-12-30',
      '2027-01-06',
      '2027-01-13',
    ]);
    await setStatus(world, made.offeringId, 'running');
    const { putSchoolDay } = schoolOf(world).useCases;
    await putSchoolDay({ schoolId, date: day('2026-12-16'), day: { kind: 'off', name: '雪灾停课' } }, head);
    await following.settle(2);
    expect(await datesOfClass(world, made.offeringId)).toEqual([
      '2026-12-09',
      '(2026-12-16)',
      '2026-12-23',
      '2026-12-30',
      '2027-01-06',
      '2027-01-13',
    ]);
    await putSchoolDay({ schoolId, date: day('2026-12-19'), day: { kind: 'school', follows: 3, name: '补课' } }, head);
    await putSchoolDay({ schoolId, date: day('2026-12-26'), day: { kind: 'school', follows: 3, name: '补课' } }, head);
    await following.settle();
    expect(await datesOfClass(world, made.offeringId)).toEqual([
      '2026-12-09',
      '(2026-12-16)',
      '2026-12-19',
      '2026-12-23',
      '2026-12-30',
      '2027-01-06',
      '2027-01-13',
    ]);
    expect(await mustGetOffering(world.table, made.offeringId as Id<'offering'>)).toMatchObject({ sessionCount: 6, feeFen: made.feeFen });
    expect(await world.table.get(keys.redating(schoolId), z.unknown())).toBeUndefined();
  });

  it('of a draft follow the calendar of the bureau, the term, and the names and hours of now', async () => {
    const world = await classWorld();
    const { schoolId, head, rooms, term } = world.schools[0];
    const following = followers(world);
    const made = await create(world);
    const area = schoolOf(world).useCases;
    await area.putTerm({ schoolId, ...term, serviceLastDay: day('2026-12-31') }, head);
    await area.putRoom({ schoolId, ...rooms[0], name: '创客空间' }, head);
    const periods = defaultSettings.periods.map((period) => (period.period === 1 ? { ...period, startsAt: '16:20' as never } : period));
    await area.putSettings({ ...defaultSettings, periods, schoolId }, head);
    await area.putCalendarYear(
      { bureauId: world.county.organisationId, year: 2026, days: [{ date: day('2026-09-09'), kind: 'off', name: '军训' }], source: '区' },
      world.officer,
    );
    await following.settle();
    const now = await mustGetOffering(world.table, made.offeringId as Id<'offering'>);
    expect(now).toMatchObject({
      roomName: '创客空间',
      firstSessionDate: '2026-09-16',
      lastSessionDate: '2026-12-30',
      lastDay: '2026-12-31',
    });
    const sessions = await sessionsOf(world.table, made.offeringId as Id<'offering'>);
    expect(sessions).toHaveLength(now.sessionCount);
    expect(sessions[0]).toMatchObject({ number: 1, roomName: '创客空间', startsAt: '2026-09-16T08:20:00.000Z' });
    expect((await timetableOf(world.table, world.instructors[0] as Id<'instructor'>)).engagements).toMatchObject([
      { startsAt: '16:20', lastDay: '2026-12-31' },
    ]);
  });

  it('are cancelled one at a time, before they begin, once, and on the audit trail', async () => {
    const world = await classWorld();
    const { schoolId } = world.schools[0];
    const made = await create(world, { firstDay: day('2026-12-07') });
    await setStatus(world, made.offeringId, 'running');
    const [first, second] = await sessionsOf(world.table, made.offeringId as Id<'offering'>);
    if (!first || !second) throw new Error('six sessions');
    const cancel = (session: typeof first, at = world.schools[0]) =>
      refusal(
        areaOf(world).cancelSession(
          { schoolId: at.schoolId, offeringId: session.offeringId, sessionId: session.sessionId, reason: '教师生病' },
          at.head,
        ),
      );
    world.clock.set(first.startsAt);
    expect((await cancel(first)).code).toBe('offering.session_over');
    expect((await cancel(second, world.schools[1])).code).toBe('request.not_found');
    expect((await cancel(second)).code).toBe('done');
    expect((await cancel(second)).code).toBe('done');
    expect((await datesOfClass(world, made.offeringId)).slice(0, 3)).toEqual(['2026-12-09', '(2026-12-16)', '2026-12-23']);
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-12' as never), most: 50 }, z.object({ action: z.string() }));
    expect(trail).toEqual([{ action: 'offering.session-cancelled' }]);
    expect(await mustGetOffering(world.table, first.offeringId)).toMatchObject({ sessionCount: 6 });
  });

  it('that nobody taught are called off within a week after them, and not where a teacher was there', async () => {
    const world = await classWorld();
    const made = await create(world, { firstDay: day('2026-12-07') });
    await setStatus(world, made.offeringId, 'running');
    const [first, second, third] = await sessionsOf(world.table, made.offeringId as Id<'offering'>);
    if (!first || !second || !third) throw new Error('six sessions');
    const { schoolId, head } = world.schools[0];
    const cancel = async ({ offeringId, sessionId }: typeof first) =>
      (await refusal(areaOf(world).cancelSession({ schoolId, offeringId, sessionId, reason: '教师没有到' }, head))).code;
    world.clock.set(addMinutes(first.endsAt, -1));
    expect(await cancel(first)).toBe('offering.session_over');
    world.clock.set(first.endsAt);
    const record = keys.sessionRecord(first.offeringId, first.sessionId);
    for (const held of [{ signedIn: { at: first.startsAt } }, { rollCalledAt: first.startsAt }]) {
      await world.table.write([put(record, held)]);
      expect(await cancel(first)).toBe('offering.session_held');
    }
    // A record that an exception began, and nobody granted.
    await world.table.write([put(record, { due: 3 })]);
    expect(await cancel(first)).toBe('done');
    world.clock.set(addMinutes(second.endsAt, NOT_HELD_DAYS * 24 * 60));
    expect(await cancel(second)).toBe('offering.session_over');
    expect((await datesOfClass(world, made.offeringId)).slice(0, 2)).toEqual([`(${first.date})`, second.date]);
  });

  it('are listed by their school from day to day, and by class for anyone, its pay left out', async () => {
    const world = await classWorld();
    const { schoolId, head } = world.schools[0];
    const made = await create(world);
    const { listSessions, getOffering } = areaOf(world);
    const week = await listSessions({ schoolId, from: day('2026-10-05'), to: day('2026-10-14'), limit: 50 }, head);
    expect(week.items.map(({ date }) => date)).toEqual(['2026-10-10', '2026-10-14']);
    expect(await codeOf(listSessions({ schoolId, from: day('2026-10-01'), to: day('2026-11-30'), limit: 50 }, head))).toBe(
      'request.invalid',
    );
    const parent = { personId: newId('person'), memberships: [], children: [], requestId: 'test' };
    const offeringId = made.offeringId as Id<'offering'>;
    expect(await codeOf(getOffering({ offeringId }, parent))).toBe('request.not_found');
    expect((await getOffering({ offeringId }, head)).sessions).toHaveLength(19);
    await setStatus(world, offeringId, 'published');
    expect((await getOffering({ offeringId }, parent)).offering).not.toHaveProperty('payPerSessionFen');
    expect(made.sessionCount).toBeLessThan(SESSIONS_MAX);
  });
});

describe('the library behind a class', () => {
  it('suspended stops new classes at once and flags running ones at every school, restored it clears them', async () => {
    const world = await classWorld();
    const [one, two] = world.schools;
    const following = followers(world);
    const first = await create(world);
    const second = await create(world, { instructorId: world.instructors[1] as Id<'instructor'> }, two);
    const other = await create(world, { courseId: world.courses[1] as Id<'course'>, slots: [{ weekday: 4, period: 1 }] });
    await setStatus(world, first.offeringId, 'running');
    await following.settle();
    const change = (status: 'admitted' | 'suspended') =>
      library(world).useCases.changeCourseAdmission(
        { bureauId: world.city.organisationId, courseId: world.courses[0] as Id<'course'>, status, reason: '年检' },
        world.officer,
      );
    const flags = () =>
      Promise.all(
        [first, second, other].map(async ({ offeringId }) => (await mustGetOffering(world.table, offeringId as Id<'offering'>)).flag),
      );
    await change('suspended');
    expect(await refusal(create(world, { slots: [{ weekday: 5, period: 1 }] }, one))).toMatchObject({
      code: 'library.not_usable',
      details: { subject: 'course' },
    });
    await following.settle(2);
    expect(await flags()).toEqual(['course-suspended', 'course-suspended', undefined]);
    await change('admitted');
    await following.settle(2);
    expect(await flags()).toEqual([undefined, undefined, undefined]);
  });

  it('flags an instructor who is suspended, and a qualification on the day after its last', async () => {
    const world = await classWorld();
    const following = followers(world);
    const made = await create(world);
    await following.settle();
    const flag = async () => (await mustGetOffering(world.table, made.offeringId as Id<'offering'>)).flag;
    const change = (status: 'admitted' | 'suspended') =>
      library(world).useCases.changeInstructorAdmission(
        { bureauId: world.city.organisationId, instructorId: world.instructors[0] as Id<'instructor'>, status, reason: '年检' },
        world.officer,
      );
    await change('suspended');
    await following.settle();
    expect(await flag()).toBe('instructor-suspended');
    await change('admitted');
    await following.settle();
    // A term that outlasts the qualification: shorten the qualification, as a decision of a year ago would have it.
    const courseId = world.courses[0] as Id<'course'>;
    const course = await world.table.mustGet(keys.course(courseId), z.looseObject({ admission: z.looseObject({}), GSI2PK: z.string() }));
    const { PK: _pk, SK: _sk, ...fields } = course;
    await world.table.write([set(keys.course(courseId), { ...fields, admission: { ...course.admission, validUntil: '2026-10-31' } })]);
    world.clock.set('2026-10-31T16:00:00.000Z' as never);
    const due = await world.table.mustGet(keys.course(courseId), z.record(z.string(), z.unknown()));
    await offering(world).due?.COURSE?.(due);
    expect(await flag()).toBe('admission-expired');
    expect(await world.table.mustGet(keys.course(courseId), z.record(z.string(), z.unknown()))).not.toHaveProperty('GSI2PK');
  });

  it('clears the flag when the admission is renewed, and the sweeper that saw the old day leaves the new one due', async () => {
    const world = await classWorld();
    const following = followers(world);
    const made = await create(world);
    const courseId = world.courses[0] as Id<'course'>;
    const Raw = z.record(z.string(), z.unknown());
    const { PK: _pk, SK: _sk, ...fields } = await world.table.mustGet(keys.course(courseId), Raw);
    await world.table.write([
      set(keys.course(courseId), { ...fields, admission: { ...(fields.admission as object), validUntil: '2026-10-31' } }),
    ]);
    world.clock.set('2026-10-31T16:00:00.000Z' as never);
    const seen = await world.table.mustGet(keys.course(courseId), Raw);
    const end = offering(world).due?.COURSE;
    const renew = (validUntil: string) =>
      library(world).useCases.renewCourse(
        {
          bureauId: world.city.organisationId,
          courseId,
          admission: {
            admissionId: newId('admission'),
            document: '洪教课后〔2026〕20 号',
            decidedOn: day('2026-10-20'),
            validUntil: day(validUntil),
          },
        },
        world.officer,
      );
    const flag = async () => (await mustGetOffering(world.table, made.offeringId as Id<'offering'>)).flag;
    await end?.(seen);
    await following.settle();
    expect(await flag()).toBe('admission-expired');
    await renew('2027-10-31');
    await following.settle(2);
    expect(await flag()).toBeUndefined();
    await renew('2028-10-31');
    await end?.(seen);
    expect(await world.table.mustGet(keys.course(courseId), Raw)).toMatchObject({ GSI2SK: `2028-10-31T16:00:00.000Z#${courseId}` });
    expect(await flag()).toBeUndefined();
  });

  it('gives an instructor’s corrected name to their classes and what is still to be taught', async () => {
    const world = await classWorld();
    const following = followers(world);
    const made = await create(world);
    const offeringId = made.offeringId as Id<'offering'>;
    await setStatus(world, offeringId, 'running');
    await following.settle();
    await library(world).useCases.correctInstructor(
      { bureauId: world.city.organisationId, instructorId: world.instructors[0] as Id<'instructor'>, name: '陈思源', reason: '姓名写错' },
      world.officer,
    );
    await following.settle(2);
    expect(await mustGetOffering(world.table, offeringId)).toMatchObject({ instructorName: '陈思源' });
    expect(new Set((await sessionsOf(world.table, offeringId)).map(({ instructorName }) => instructorName))).toEqual(new Set(['陈思源']));
  });

  it('suspended in the very moment in which a class is created leaves no class without a flag', async () => {
    for (let round = 0; round < 10; round++) {
      const world = await classWorld();
      const following = followers(world);
      const input = aClass(world);
      await following.settle();
      const [code] = await Promise.all([
        codeOf(areaOf(world).createOffering(input, world.schools[0].head)),
        library(world).useCases.changeCourseAdmission(
          { bureauId: world.city.organisationId, courseId: input.courseId, status: 'suspended', reason: '年检' },
          world.officer,
        ),
      ]);
      await following.settle();
      const made = await world.table.get(keys.offering(input.offeringId), Offering);
      expect([code, made?.flag]).toEqual(made ? ['done', 'course-suspended'] : ['library.not_usable', undefined]);
    }
  });
});

test('a class that is called off frees its room and its instructor, and cancels what was to come', async () => {
  const world = await classWorld();
  const following = followers(world);
  const made = await create(world);
  await following.settle();
  world.clock.set('2026-09-16T12:00:00.000Z' as never);
  await setStatus(world, made.offeringId, 'cancelled');
  await following.settle(2);
  const dates = await datesOfClass(world, made.offeringId);
  expect(dates.slice(0, 3)).toEqual(['2026-09-09', '2026-09-16', '(2026-09-23)']);
  expect(dates.filter((date) => date.startsWith('('))).toHaveLength(17);
  expect((await timetableOf(world.table, world.instructors[0] as Id<'instructor'>)).engagements).toEqual([]);
  expect(await codeOf(create(world))).toBe('done');
});

describe('the end of a class', () => {
  const Due = z.looseObject({ PK: z.string(), SK: z.string(), GSI2SK: z.string() });
  const ending = (world: ClassWorld, offeringId: string) => world.table.get(keys.ending(offeringId), Due);

  /** What the sweeper does: everything that is due by now, `table` as a process sees it. */
  async function sweep(world: ClassWorld, table: Table = world.table) {
    const { due = {} } = offering({ table, clock: world.clock });
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      const between = ['0', `${world.clock.now()}#~`] as const;
      const { items } = await world.table.query({ index: 'GSI2', pk: keys.dueShard(shard), between, limit: 100 }, Due);
      for (const item of items) await due[item.SK]?.(item);
    }
  }
  const statusOf = async (world: ClassWorld, offeringId: string) =>
    (await mustGetOffering(world.table, offeringId as Id<'offering'>)).status;

  it('comes after its last session, once, and not a day before', async () => {
    const world = await classWorld();
    const made = await create(world);
    await setStatus(world, made.offeringId, 'running');
    const last = (await sessionsOf(world.table, made.offeringId as Id<'offering'>)).at(-1);
    if (!last) throw new Error('it has sessions');
    world.clock.set(last.endsAt);
    await sweep(world);
    expect(await statusOf(world, made.offeringId)).toBe('running');
    world.clock.set(chinaInstant(addDays(last.date, 1), '00:00' as never));
    const before = await mustGetOffering(world.table, made.offeringId as Id<'offering'>);
    await sweep(world);
    await sweep(world);
    expect(await mustGetOffering(world.table, made.offeringId as Id<'offering'>)).toMatchObject({
      status: 'ended',
      version: before.version + 1,
    });
    expect(await ending(world, made.offeringId)).toBeUndefined();
    // Told once more of what was due, as an index that lags may do.
    await offering(world).due?.ENDING?.({ offeringId: made.offeringId });
    expect((await mustGetOffering(world.table, made.offeringId as Id<'offering'>)).version).toBe(before.version + 1);
  });

  it('moves with the days of its sessions', async () => {
    const world = await classWorld();
    const { schoolId, head, term } = world.schools[0];
    const following = followers(world);
    const made = await create(world);
    await setStatus(world, made.offeringId, 'running');
    await following.settle();
    const was = (await ending(world, made.offeringId))?.GSI2SK ?? '';
    await schoolOf(world).useCases.putTerm({ schoolId, ...term, serviceLastDay: day('2026-12-31') }, head);
    await following.settle();
    const is = (await ending(world, made.offeringId))?.GSI2SK ?? '';
    expect(is < was).toBe(true);
    expect(is.startsWith('2026-12-30T16:00')).toBe(true);
    world.clock.set('2026-12-30T16:00:00.000Z' as never);
    await sweep(world);
    expect(await statusOf(world, made.offeringId)).toBe('ended');
  });

  it('waits for a session that was moved behind the day on which it was looked for', async () => {
    const world = await classWorld();
    const made = await create(world);
    await setStatus(world, made.offeringId, 'running');
    world.clock.set('2026-10-01T00:00:00.000Z' as never);
    await offering(world).due?.ENDING?.({ offeringId: made.offeringId });
    expect(await statusOf(world, made.offeringId)).toBe('running');
    expect((await ending(world, made.offeringId))?.GSI2SK.startsWith('2027-01-13T16:00')).toBe(true);
  });

  it('does not come to a draft, nor before its window is settled', async () => {
    const world = await classWorld();
    const draft = await create(world);
    const published = await create(world, { slots: [{ weekday: 4, period: 1 }] });
    await setStatus(world, published.offeringId, 'published');
    world.clock.set('2027-02-01T00:00:00.000Z' as never);
    await sweep(world);
    expect([await statusOf(world, draft.offeringId), await statusOf(world, published.offeringId)]).toEqual(['draft', 'published']);
    expect(await ending(world, draft.offeringId)).toBeUndefined();
    await setStatus(world, published.offeringId, 'running');
    world.clock.addMinutes(1440);
    await sweep(world);
    expect(await statusOf(world, published.offeringId)).toBe('ended');
  });

  it('is reached wherever the sweeper dies', async () => {
    await atEveryCrash(async (fail) => {
      const world = await classWorld();
      const made = await create(world);
      await setStatus(world, made.offeringId, 'running');
      world.clock.set('2027-02-01T00:00:00.000Z' as never);
      await sweep(world, (await fail(world.table)).table).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      await sweep(world);
      expect(await statusOf(world, made.offeringId)).toBe('ended');
      expect(await ending(world, made.offeringId)).toBeUndefined();
    });
  });
});
