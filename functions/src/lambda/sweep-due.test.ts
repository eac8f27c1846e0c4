import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { testTable } from '../../testing/engine.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import { put, set, type Table } from '../platform/table.ts';
import { sweepDue } from './sweep-due.ts';

const now = '2026-11-23T12:00:00.000Z' as Instant;

async function makeDue(table: Table, count: number, at: Instant, kind = 'THING'): Promise<void> {
  for (let index = 0; index < count; index++) {
    const id = `${kind.toLowerCase()}-${at}-${index}`;
    await table.write([put({ PK: `DUE-TEST#${id}`, SK: `${kind}#${id}` }, { id, ...keys.due(id, at) })]);
  }
}

test('everything due is handed to the area that its key names, up to this instant and no further', async () => {
  const platform = testPlatform(await testTable());
  await makeDue(platform.table, 9, now);
  await makeDue(platform.table, 3, addMinutes(now, -90), 'OTHER');
  await makeDue(platform.table, 4, addMinutes(now, 1));
  const handled: string[] = [];
  const done = async (item: Readonly<Record<string, unknown>>) => {
    handled.push(String(item.SK));
    await platform.table.write([set({ PK: String(item.PK), SK: String(item.SK) }, { GSI2PK: undefined, GSI2SK: undefined })]);
  };
  const sweep = sweepDue(platform, { 'THING#': done, 'OTHER#': done });
  expect(await sweep()).toEqual({ handled: 12, failed: 0, more: false });
  expect(handled.filter((sortKey) => sortKey.startsWith('OTHER#'))).toHaveLength(3);
  expect(await sweep()).toEqual({ handled: 0, failed: 0, more: false });
  platform.clock.addMinutes(1);
  expect(await sweep()).toEqual({ handled: 4, failed: 0, more: false });
});

test('what keeps failing is logged, stays due, and holds nobody up behind it', async () => {
  const platform = testPlatform(await testTable());
  await makeDue(platform.table, 250, addMinutes(now, -60), 'BROKEN');
  await makeDue(platform.table, 5, now);
  await makeDue(platform.table, 1, now, 'NOBODYS');
  let handled = 0;
  const sweep = sweepDue(platform, {
    'BROKEN#': async () => {
      throw new Error('cannot');
    },
    'THING#': async () => {
      handled++;
    },
  });
  expect(await sweep()).toEqual({ handled: 5, failed: 251, more: false });
  expect(handled).toBe(5);
  expect(platform.lines.filter(({ level }) => level === 'error')).toHaveLength(251);
});
