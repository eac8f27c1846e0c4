/** A class that nobody has seen yet is taken away, and leaves nothing behind. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { aClass, type ClassWorld, classWorld } from '../../testing/class-world.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { offering } from './index.ts';
import { timetableOf } from './instructor-timetable.repository.ts';
import { SESSIONS_MAX } from './offering.repository.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

const areaOf = (world: ClassWorld, table: Table = world.table) => offering({ table, clock: world.clock }).useCases;
const everyDay = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, period: 1 }));
const Raw = z.record(z.string(), z.unknown());

async function leftOf(world: ClassWorld, offeringId: string) {
  const partition = await world.table.queryAll({ ...keys.offeringPartition(offeringId), most: SESSIONS_MAX, consistent: true }, Raw);
  const engaged = await Promise.all(world.instructors.map(async (id) => (await timetableOf(world.table, id)).engagements.length));
  return { items: partition.length, engaged: engaged.reduce((sum, one) => sum + one, 0) };
}

test('a draft is removed whole, its room and instructor are free, and the trail says what it was', async () => {
  const world = await classWorld();
  const { schoolId, head } = world.schools[0];
  const input = aClass(world, { slots: everyDay });
  await areaOf(world).createOffering(input, head);
  const remove = () => areaOf(world).removeOffering({ schoolId, offeringId: input.offeringId }, head);
  expect(await codeOf(areaOf(world).removeOffering({ schoolId: world.schools[1].schoolId, offeringId: input.offeringId }, head))).toBe(
    'request.not_found',
  );
  expect(await remove()).toEqual({ offeringId: input.offeringId });
  expect(await remove()).toEqual({ offeringId: input.offeringId });
  expect(await leftOf(world, input.offeringId)).toEqual({ items: 0, engaged: 0 });
  expect((await areaOf(world).listOfferings({ schoolId, termId: input.termId, limit: 50 }, head)).items).toEqual([]);
  expect(await codeOf(areaOf(world).createOffering(aClass(world, { slots: everyDay }), head))).toBe('done');
  const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 9 }, Raw);
  expect(trail.filter(({ action }) => action === 'offering.offering-removed')).toMatchObject([
    { subject: input.offeringId, details: { courseId: { before: input.courseId }, capacity: { before: 30 } } },
  ]);
});

test('what stands in a selection, or ever ran, is not removed; nor is one that is published in the same moment', async () => {
  const world = await classWorld();
  const { schoolId, head } = world.schools[0];
  const input = aClass(world);
  await areaOf(world).createOffering(input, head);
  const remove = () => codeOf(areaOf(world).removeOffering({ schoolId, offeringId: input.offeringId }, head));
  for (const status of ['published', 'running', 'cancelled', 'ended'] as const) {
    await world.table.write([set(keys.offering(input.offeringId), { status })]);
    expect([status, await remove()]).toEqual([status, 'offering.not_removable']);
  }
  await world.table.write([set(keys.offering(input.offeringId), { status: 'draft', windowId: newId('window') })]);
  expect(await remove()).toBe('offering.not_removable');
  await world.table.write([set(keys.offering(input.offeringId), { windowId: undefined })]);
  const publish = world.table
    .write([
      set(
        keys.offering(input.offeringId),
        { status: 'published', windowId: newId('window') },
        { condition: { expression: 'attribute_exists(PK)' } },
      ),
    ])
    .then(
      () => 'published',
      () => 'gone',
    );
  const [removed, published] = await Promise.all([remove(), publish]);
  expect(['done gone', 'offering.not_removable published']).toContain(`${removed} ${published}`);
});

test('a removal that dies anywhere is finished by asking again, and given up it leaves the class whole', async () => {
  await atEveryCrash(async (fail, at) => {
    const world = await classWorld();
    const { schoolId, head } = world.schools[0];
    const input = aClass(world, { slots: everyDay });
    const { sessionCount } = await areaOf(world).createOffering(input, head);
    const { table } = await fail(world.table);
    const wanted = { schoolId, offeringId: input.offeringId };
    await areaOf(world, table)
      .removeOffering(wanted, head)
      .catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
    const stored = await world.table.get(keys.offering(input.offeringId), Raw);
    if (stored) {
      // Nobody asks again: the sweeper finds it due and dates it anew.
      world.clock.addMinutes(3);
      await offering(world).due?.OFFERING?.(stored);
      const { items } = await leftOf(world, input.offeringId);
      expect([at, items]).toEqual([at, sessionCount + 2]);
    }
    expect(await areaOf(world).removeOffering(wanted, head)).toEqual({ offeringId: input.offeringId });
    expect(await leftOf(world, input.offeringId)).toEqual({ items: 0, engaged: 0 });
  });
});
