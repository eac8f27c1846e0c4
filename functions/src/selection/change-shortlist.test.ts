import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { SHORTLIST_MAX } from '@kehou/shared/selection/basket';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { changeShortlist } from './change-shortlist.ts';
import { getClassPage } from './show-window.ts';
import { TermsMemory } from './terms-memory.ts';
import { WindowMemory } from './window-memory.ts';

const parent: Actor = { personId: 'per_test', memberships: [], children: [], requestId: 'test' };

async function worldBefore(classes = 3, table?: Table): Promise<SelectionWorld> {
  const world = await selectionWorld(table ?? (await testTable()), { classes: Array.from({ length: classes }, () => ({ capacity: 5 })) });
  world.clock.set(instant(ms(OPENING) - 86_400_000));
  return world;
}

function listOf(world: SelectionWorld, table = world.table) {
  const where = { pupilId: world.pupils[0]?.pupilId as never, windowId: world.window.windowId };
  const change = changeShortlist({ table, clock: world.clock });
  const offering = (index: number) => world.offerings[index]?.offeringId as never;
  return {
    offering,
    change: (input: Omit<Parameters<typeof change>[0], 'pupilId' | 'windowId'>) => change({ ...where, ...input }, parent),
    shown: async () => (await getClassPage({ ...world, terms: new TermsMemory(), windows: new WindowMemory() })(where, parent)).shortlist,
  };
}

test('a list is kept in the order in which classes were marked, and shown with the class page', async () => {
  const world = await worldBefore();
  const { change, offering, shown } = listOf(world);
  expect(await shown()).toBeUndefined();
  for (const index of [1, 0, 2, 0]) await change({ add: offering(index) });
  expect(await shown()).toEqual({ offeringIds: [offering(1), offering(0), offering(2)], allOrNothing: false });
  await change({ order: [offering(2), offering(1)], allOrNothing: true });
  expect(await change({ remove: [offering(1), newId('offering')] })).toEqual({
    offeringIds: [offering(2), offering(0)],
    allOrNothing: true,
  });
  expect(await shown()).toEqual({ offeringIds: [offering(2), offering(0)], allOrNothing: true });
});

test('two guardians who tap at once both find their class on the list', async () => {
  const world = await worldBefore(4);
  const { change, offering, shown } = listOf(world);
  await Promise.all([0, 1, 2, 3].map((index) => change({ add: offering(index) })));
  expect(new Set((await shown())?.offeringIds)).toEqual(new Set([0, 1, 2, 3].map(offering)));
});

test('a change whose reply was lost is not made twice', async () => {
  await atEveryCrash(async (fail) => {
    const world = await worldBefore();
    const { change, offering } = listOf(world);
    await change({ add: offering(0) });
    const dying = listOf(world, (await fail(world.table)).table);
    await dying.change({ add: offering(1) }).catch(() => undefined);
    expect((await change({ add: offering(1) })).offeringIds).toEqual([offering(0), offering(1)]);
  });
});

test('what can never be taken is refused at once', async () => {
  const world = await worldBefore();
  const { change, offering } = listOf(world);
  const card = (index: number) => keys.windowCard(world.window.windowId, offering(index));
  await world.table.write([set(card(0), { grades: [6] }), set(card(1), { status: 'cancelled' })]);
  await expect(change({ add: offering(0) })).rejects.toMatchObject({ code: 'selection.wrong_grade' });
  await expect(change({ add: offering(1) })).rejects.toMatchObject({ code: 'selection.class_cancelled' });
  await expect(change({ add: newId('offering') })).rejects.toMatchObject({ code: 'request.not_found' });
  await change({ add: offering(2) });
  world.clock.set(world.window.closesAt);
  // Over: nothing is added any more, and what is there can be taken off.
  await world.table.write([set(card(0), { grades: [3] })]);
  await expect(change({ add: offering(0) })).rejects.toMatchObject({ code: 'selection.closed' });
  expect(await change({ remove: [offering(2)] })).toEqual({ offeringIds: [], allOrNothing: false });
  await world.table.write([set(keys.window(world.window.windowId), { status: 'withdrawn' })]);
  await expect(change({ allOrNothing: true })).rejects.toMatchObject({ code: 'request.not_found' });
});

test('where places are drawn classes are marked for the wishes until these are ranked, and for what is left where that is taken by hand', async () => {
  const world = await worldBefore();
  const { change, offering } = listOf(world);
  const window = keys.window(world.window.windowId);
  const lottery = { rounds: 1, payHours: 24, seedSource: { kind: 'secret' } };
  const at = (minutes: number) => addMinutes(world.window.closesAt, minutes);
  await world.table.write([set(window, { lottery })]);
  await change({ add: offering(0) });
  world.clock.set(world.window.opensAt);
  await expect(change({ add: offering(1) })).rejects.toMatchObject({ code: 'lottery.only_lottery' });
  expect(await change({ remove: [offering(0)] })).toMatchObject({ offeringIds: [] });
  await world.table.write([set(window, { lottery: { ...lottery, firstCome: { opensAt: at(3000), closesAt: at(6000) } } })]);
  world.clock.set(at(10));
  await change({ add: offering(1) });
  world.clock.set(at(6000));
  await expect(change({ add: offering(2) })).rejects.toMatchObject({ code: 'selection.closed' });
});

test('a list has twelve classes at most', async () => {
  const world = await worldBefore(SHORTLIST_MAX + 1);
  const { change, offering } = listOf(world);
  for (let index = 0; index < SHORTLIST_MAX; index++) await change({ add: offering(index) });
  await expect(change({ add: offering(SHORTLIST_MAX) })).rejects.toMatchObject({ code: 'selection.shortlist_full' });
  await change({ remove: [offering(0)], add: offering(SHORTLIST_MAX) });
});
