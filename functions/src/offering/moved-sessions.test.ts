/** Families and instructors hear of sessions that moved: what is to be told stands on the class, once a change. */
import type { Id } from '@kehou/shared/kernel/id';
import type { TimeOfDay } from '@kehou/shared/kernel/time';
import { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import { day, schoolOf } from '../../testing/city-world.ts';
import { aClass, type ClassWorld, classWorld } from '../../testing/class-world.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { Following } from '../../testing/following.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { redateOffering } from './date-sessions.ts';
import { offering } from './index.ts';
import { mustGetOffering } from './offering.repository.ts';

async function soldClass() {
  const world = await classWorld();
  const input = aClass(world, { firstDay: day('2026-12-07') });
  await offering(world).useCases.createOffering(input, world.schools[0].head);
  await world.table.write([set(keys.offering(input.offeringId), { status: 'running' })]);
  const stream = new Following(world.table, [...(offering(world).followers ?? []), ...(schoolOf(world).followers ?? [])]);
  await stream.look();
  return { world, input, stream };
}

const putHours = async (world: ClassWorld, startsAt: string, endsAt: string) => {
  const { schoolId, head } = world.schools[0];
  const { getSettings, putSettings } = schoolOf(world).useCases;
  const periods = defaultSettings.periods.map((period) =>
    period.period === 1 ? { ...period, startsAt: startsAt as TimeOfDay, endsAt: endsAt as TimeOfDay } : period,
  );
  await putSettings({ ...SchoolSettings.parse(await getSettings({ schoolId }, head)), periods, schoolId }, head);
};

const movedOf = async (table: Table, offeringId: Id<'offering'>) => (await mustGetOffering(table, offeringId)).moved;

test('other hours are kept to be told with the first of them and their number; a room by another name moves nothing', async () => {
  const { world, input, stream } = await soldClass();
  const { schoolId, head, rooms } = world.schools[0];
  await schoolOf(world).useCases.putRoom({ schoolId, ...rooms[0], name: '创客空间' }, head);
  await stream.settle();
  expect(await movedOf(world.table, input.offeringId)).toBeUndefined();
  await putHours(world, '16:20', '17:10');
  await stream.settle(2);
  const moved = await movedOf(world.table, input.offeringId);
  expect(moved).toMatchObject({
    hours: { count: 6, first: [{ date: '2026-12-09', startsAt: '2026-12-09T08:20:00.000Z', endsAt: '2026-12-09T09:10:00.000Z' }, {}, {}] },
    days: { count: 0, first: [] },
  });
  // Back again is another change, which is told as well.
  await putHours(world, '16:30', '17:20');
  await stream.settle(2);
  expect((await movedOf(world.table, input.offeringId))?.version).toBeGreaterThan(moved?.version ?? 0);
});

test('a day that is won in the place of a lost one is kept to be told, and a draft tells nothing', async () => {
  const { world, input, stream } = await soldClass();
  const { schoolId, head } = world.schools[0];
  const { putSchoolDay } = schoolOf(world).useCases;
  await putSchoolDay({ schoolId, date: day('2026-12-16'), day: { kind: 'off', name: '雪灾停课' } }, head);
  await stream.settle();
  expect(await movedOf(world.table, input.offeringId)).toBeUndefined();
  await putSchoolDay({ schoolId, date: day('2026-12-19'), day: { kind: 'school', follows: 3, name: '补课' } }, head);
  await stream.settle();
  expect(await movedOf(world.table, input.offeringId)).toMatchObject({
    hours: { count: 0 },
    days: { count: 1, first: [{ date: '2026-12-19' }] },
  });
  const draft = aClass(world, { slots: [{ weekday: 4, period: 1 }] });
  await offering(world).useCases.createOffering(draft, head);
  await putHours(world, '16:20', '17:10');
  await stream.settle();
  expect(await movedOf(world.table, draft.offeringId)).toBeUndefined();
});

test('a class that is changed before it was dated anew tells of the new hours too', async () => {
  const { world, input } = await soldClass();
  await putHours(world, '16:20', '17:10');
  await offering(world).useCases.changeOffering({ ...input, capacity: 35, version: 1 }, world.schools[0].head);
  expect(await movedOf(world.table, input.offeringId)).toMatchObject({ hours: { count: 6 } });
});

test('a dating that dies anywhere is kept to be told once when it is done again', async () => {
  await atEveryCrash(async (fail) => {
    const { world, input } = await soldClass();
    await putHours(world, '16:20', '17:10');
    const { table } = await fail(world.table);
    await redateOffering({ table, clock: world.clock }, input.offeringId).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    const told = (await movedOf(world.table, input.offeringId))?.version;
    await redateOffering(world, input.offeringId);
    const { moved, version } = await mustGetOffering(world.table, input.offeringId);
    expect(moved).toMatchObject({ version: told ?? version, hours: { count: 6 } });
  });
});
