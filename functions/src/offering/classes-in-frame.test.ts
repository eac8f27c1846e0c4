/** A school changes its periods, terms, days and rooms while classes stand in them. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { TimeOfDay } from '@kehou/shared/kernel/time';
import type { OfferingInput } from '@kehou/shared/offering/offering';
import { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import { type CitySchool, day, schoolOf } from '../../testing/city-world.ts';
import { aClass, type ClassWorld, classWorld } from '../../testing/class-world.ts';
import { atEveryCrash, Crash, withFaults } from '../../testing/faults.ts';
import { Following } from '../../testing/following.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { school } from '../school/index.ts';
import { Redating } from '../school/redating.ts';
import { classesInFrame } from './classes-in-frame.ts';
import { offering } from './index.ts';
import { timetableOf } from './instructor-timetable.repository.ts';
import { sessionsOf } from './offering.repository.ts';

async function refusal(promise: Promise<unknown>): Promise<{ code: string; details?: Readonly<Record<string, unknown>> | undefined }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return { code: error.code, details: error.details };
    throw error;
  }
  return { code: 'done' };
}

const create = async (world: ClassWorld, changes: Partial<OfferingInput> = {}, at: CitySchool = world.schools[0]) => {
  const input = aClass(world, changes, at);
  await offering(world).useCases.createOffering(input, at.head);
  return input.offeringId;
};

/** The first period from `startsAt` to `endsAt`. */
const hours = (startsAt: string, endsAt: string) =>
  defaultSettings.periods.map((period) =>
    period.period === 1 ? { ...period, startsAt: startsAt as TimeOfDay, endsAt: endsAt as TimeOfDay } : period,
  );

const putPeriods = async (world: ClassWorld, periods: typeof defaultSettings.periods, at: CitySchool, area = schoolOf(world)) => {
  const { schoolId, head } = at;
  const settings = await area.useCases.getSettings({ schoolId }, head);
  return refusal(area.useCases.putSettings({ ...SchoolSettings.parse(settings), periods, schoolId }, head));
};

const engagedHours = async (world: ClassWorld) =>
  (await timetableOf(world.table, world.instructors[0] as Id<'instructor'>)).engagements.map(
    ({ startsAt, endsAt, lastDay }) => `${startsAt}–${endsAt} ${lastDay}`,
  );

/** The instructor teaches at the first school from 16:30, at the second from 17:20 on. */
async function sharedInstructor() {
  const world = await classWorld();
  const [one, two] = world.schools;
  await putPeriods(world, hours('17:20', '17:25'), two);
  const first = await create(world, {}, one);
  const second = await create(world, {}, two);
  return { world, one, two, first, second };
}

/** The stream since now. */
async function following(world: ClassWorld) {
  const stream = new Following(world.table, [...(offering(world).followers ?? []), ...(schoolOf(world).followers ?? [])]);
  await stream.look();
  return stream;
}

describe('new hours of a period', () => {
  it('at which an instructor teaches elsewhere are refused, naming class, hours and days, and change nothing', async () => {
    const { world, two, second } = await sharedInstructor();
    const { schoolId, head } = two;
    const before = await sessionsOf(world.table, second);
    const { code, details } = await putPeriods(world, hours('17:00', '17:25'), two);
    expect(code).toBe('school.classes_clash');
    expect(details).toMatchObject({
      clashCount: 1,
      clashes: [
        {
          why: 'instructor',
          courseName: '创意机器人',
          instructorName: '陈思远',
          with: { schoolName: '湖坊小学', courseName: '创意机器人' },
          startsAt: '17:00',
          endsAt: '17:25',
          dates: ['2026-09-09', '2026-09-16', '2026-09-23', '2026-09-30', '2026-10-14'],
        },
      ],
    });
    expect((await schoolOf(world).useCases.getSettings({ schoolId }, head)).periods).toEqual(hours('17:20', '17:25'));
    expect(await sessionsOf(world.table, second)).toEqual(before);
    expect(await engagedHours(world)).toEqual(['16:30–17:20 2027-01-15', '17:20–17:25 2027-01-15']);
  });

  it('that leave the instructor free are taken in the same moment, before any session is dated anew', async () => {
    const { world, one, two, second } = await sharedInstructor();
    const stream = await following(world);
    expect((await putPeriods(world, hours('17:21', '17:24'), two)).code).toBe('done');
    expect(await engagedHours(world)).toEqual(['16:30–17:20 2027-01-15', '17:21–17:24 2027-01-15']);
    // The other school cannot grow into the hours that were taken, only up to them.
    expect((await putPeriods(world, hours('16:30', '17:22'), one)).code).toBe('school.classes_clash');
    expect((await putPeriods(world, hours('16:30', '17:21'), one)).code).toBe('done');
    await stream.settle();
    expect((await sessionsOf(world.table, second))[0]).toMatchObject({ startsAt: '2026-09-09T09:21:00.000Z' });
  });

  it('and a class that is created in the same moment never leave an instructor in two places', async () => {
    for (let round = 0; round < 6; round++) {
      const world = await classWorld();
      const [one, two] = world.schools;
      await putPeriods(world, hours('17:20', '17:25'), two);
      await create(world, {}, one);
      const [made, put] = await Promise.all([refusal(create(world, {}, two)), putPeriods(world, hours('16:30', '17:20'), two)]);
      expect(['done offering.instructor_clash', 'school.classes_clash done']).toContain(`${put.code} ${made.code}`);
      const engaged = await engagedHours(world);
      expect(new Set(engaged).size).toBe(engaged.length);
    }
  });

  it('are finished by asking again where its process died, also where the timetables are too many for one transaction', async () => {
    for (const alongMax of [80, 0]) {
      await atEveryCrash(async (fail) => {
        const { world, two, second } = await sharedInstructor();
        const stream = await following(world);
        const { table } = await fail(world.table);
        await putPeriods(world, hours('17:21', '17:24'), two, areaWith(world, table, alongMax)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        // Whatever was reached: the hours that hold are the instructor's.
        const { periods } = await schoolOf(world).useCases.getSettings({ schoolId: two.schoolId }, two.head);
        const holding = `${periods[0]?.startsAt}–${periods[0]?.endsAt} 2027-01-15`;
        expect(await engagedHours(world)).toContain(holding);
        expect((await putPeriods(world, hours('17:21', '17:24'), two, areaWith(world, world.table, alongMax))).code).toBe('done');
        await stream.settle();
        expect(await engagedHours(world)).toEqual(['16:30–17:20 2027-01-15', '17:21–17:24 2027-01-15']);
        expect((await sessionsOf(world.table, second))[0]).toMatchObject({ startsAt: '2026-09-09T09:21:00.000Z' });
        expect(await world.table.get(keys.redating(two.schoolId), Redating)).toBeUndefined();
      });
    }
  });

  it('that were claimed and then given up are given back by the sweeper', async () => {
    const { world, two } = await sharedInstructor();
    const stream = await following(world);
    await atFirstCrashAfterClaims(world, two);
    await stream.settle();
    expect(await engagedHours(world)).toEqual(['16:30–17:20 2027-01-15', '17:20–17:25 2027-01-15', '17:21–17:24 2027-01-15']);
    world.clock.addMinutes(3);
    await offering(world).due?.REDATING?.({ ...(await world.table.mustGet(keys.redating(two.schoolId), Redating)) });
    expect(await engagedHours(world)).toEqual(['16:30–17:20 2027-01-15', '17:20–17:25 2027-01-15']);
    expect(await world.table.get(keys.redating(two.schoolId), Redating)).toBeUndefined();
  });

  it('of another period are refused while a class still meets in one that was done away with', async () => {
    const world = await classWorld();
    const [one] = world.schools;
    await create(world);
    const [first, second, third] = defaultSettings.periods;
    if (!first || !second || !third) throw new Error('three periods');
    const { code, details } = await putPeriods(world, [{ ...first, period: 4 }, second, third], one);
    expect([code, details?.clashes]).toMatchObject([
      'school.classes_clash',
      [{ why: 'room', courseName: '创意机器人', startsAt: '16:30', endsAt: '17:20' }],
    ]);
    expect((await putPeriods(world, [second, third], one)).code).toBe('done');
    expect((await putPeriods(world, [{ ...first, period: 4 }, second, third], one)).code).toBe('school.classes_clash');
    world.clock.set('2027-01-16T01:00:00.000Z' as never);
    expect((await putPeriods(world, [{ ...first, period: 4 }, second, third], one)).code).toBe('done');
  });
});

function areaWith(world: ClassWorld, table: Table, alongMax: number) {
  const deps = { table, clock: world.clock };
  return school(deps, classesInFrame(deps, { alongMax }));
}

/** The process dies after it has claimed ahead and before it has changed anything. */
async function atFirstCrashAfterClaims(world: ClassWorld, at: CitySchool): Promise<void> {
  const { table } = await withFaults(world.table, { crashAfterWrites: 2, crashWhen: 'before-next-write' });
  await expect(putPeriods(world, hours('17:21', '17:24'), at, areaWith(world, table, 0))).rejects.toBeInstanceOf(Crash);
}

describe("a term's days", () => {
  it('do not grow into days on which an instructor is engaged elsewhere', async () => {
    const world = await classWorld();
    const [one, two] = world.schools;
    const { putTerm, listTerms } = schoolOf(world).useCases;
    const { schoolId, head, term } = one;
    const put = async (serviceLastDay: string) => {
      const [kept] = (await listTerms({ schoolId }, head)).items;
      return refusal(putTerm({ schoolId, ...term, version: kept?.version ?? 0, serviceLastDay: day(serviceLastDay) }, head));
    };
    expect((await put('2026-10-31')).code).toBe('done');
    const mine = await create(world, {}, one);
    await create(world, { firstDay: day('2026-11-01') }, two);
    const { code, details } = await put('2026-11-30');
    expect([code, details?.clashes]).toMatchObject([
      'school.classes_clash',
      [{ why: 'instructor', with: { schoolName: '塘山小学' }, dates: ['2026-11-04', '2026-11-11', '2026-11-18', '2026-11-25'] }],
    ]);
    expect((await put('2026-11-01')).code).toBe('school.classes_clash');
    expect((await put('2026-10-30')).code).toBe('done');
    expect((await sessionsOf(world.table, mine)).at(-1)?.date).toBe('2026-10-28');
  });
});

describe("a day of a school's calendar", () => {
  it('is not corrected to one on which an instructor would be at two schools', async () => {
    const world = await classWorld();
    const [one, two] = world.schools;
    await create(world, {}, one);
    await create(world, { slots: [{ weekday: 6, period: 1 }] }, two);
    const { putSchoolDay } = schoolOf(world).useCases;
    const put = (date: string) =>
      refusal(putSchoolDay({ schoolId: one.schoolId, date: day(date), day: { kind: 'school', follows: 3, name: '补课' } }, one.head));
    const { code, details } = await put('2026-12-19');
    expect([code, details?.clashes]).toMatchObject([
      'school.classes_clash',
      [{ why: 'instructor', courseName: '创意机器人', dates: ['2026-12-19'], startsAt: '16:30', endsAt: '17:20' }],
    ]);
    expect((await put('2026-12-20')).code).toBe('done');
  });

  it('brings no first session forward of a class that is on sale', async () => {
    const world = await classWorld();
    const [one] = world.schools;
    const { putSchoolDay } = schoolOf(world).useCases;
    const put = (date: string, kind: 'off' | 'school') =>
      refusal(
        putSchoolDay(
          { schoolId: one.schoolId, date: day(date), day: { kind, follows: kind === 'off' ? undefined : 3, name: '校历' } },
          one.head,
        ),
      );
    expect((await put('2026-12-09', 'off')).code).toBe('done');
    const mine = await create(world, { firstDay: day('2026-12-07') });
    await world.table.write([set(keys.offering(mine), { status: 'published' })]);
    const stream = await following(world);
    expect((await put('2026-12-30', 'off')).code).toBe('done');
    await stream.settle();
    const { code, details } = await put('2026-12-09', 'school');
    expect([code, details?.clashes]).toMatchObject(['school.classes_clash', [{ why: 'begins-earlier', dates: ['2026-12-09'] }]]);
    expect((await put('2026-12-19', 'school')).code).toBe('done');
  });
});

describe('a room', () => {
  it('does not shrink below a class in it, until the class is over or elsewhere', async () => {
    const world = await classWorld();
    const [one] = world.schools;
    const [room, other] = one.rooms;
    const mine = await create(world);
    const { putRoom } = schoolOf(world).useCases;
    const put = (capacity: number) => refusal(putRoom({ schoolId: one.schoolId, ...room, capacity }, one.head));
    expect(await put(29)).toEqual({
      code: 'school.room_in_use',
      details: { roomName: '科学教室', classes: [{ offeringId: mine, courseName: '创意机器人', capacity: 30 }] },
    });
    expect((await put(30)).code).toBe('done');
    const { changeOffering } = offering(world).useCases;
    await changeOffering({ ...aClass(world, { roomId: other.roomId }), offeringId: mine, version: 1 }, one.head);
    expect((await put(1)).code).toBe('done');
  });

  it('that shrinks while a class is put into it keeps the class out, or is kept large by it', async () => {
    for (let round = 0; round < 6; round++) {
      const world = await classWorld();
      const [one] = world.schools;
      const [room] = one.rooms;
      const [made, put] = await Promise.all([
        refusal(create(world)),
        refusal(schoolOf(world).useCases.putRoom({ schoolId: one.schoolId, ...room, capacity: 20 }, one.head)),
      ]);
      expect(['done offering.room_too_small', 'school.room_in_use done']).toContain(`${put.code} ${made.code}`);
    }
  });

  it('takes a new name whatever is in it', async () => {
    const world = await classWorld();
    const [one] = world.schools;
    await create(world);
    const renamed = { schoolId: one.schoolId, ...one.rooms[0], name: '创客空间' };
    expect((await refusal(schoolOf(world).useCases.putRoom(renamed, one.head))).code).toBe('done');
    const twin = { schoolId: one.schoolId, roomId: newId('room'), name: '创客空间', capacity: 5 };
    expect((await refusal(schoolOf(world).useCases.putRoom(twin, one.head))).code).toBe('request.invalid');
  });
});
