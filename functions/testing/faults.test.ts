import * as z from 'zod';
import { ConditionFailed, create, put, type Table, update } from '../src/platform/table.ts';
import { testTable } from './engine.ts';
import { atEveryCrash, Crash, withFaults } from './faults.ts';

const Count = z.object({ count: z.number() });
const key = (n: number) => ({ PK: `COUNT#${n}`, SK: 'COUNT' });

async function threeWrites(table: Table) {
  for (const n of [1, 2, 3]) await table.write([put(key(n), { count: n })]);
}

async function present(table: Table): Promise<number[]> {
  const found = await table.getMany([key(1), key(2), key(3)], Count);
  return found.flatMap((item) => (item ? [item.count] : []));
}

test('throttling and conflicts are ridden out by the retries, and the same seed gives the same faults', async () => {
  const table = await testTable();
  const run = async () => {
    const faults = await withFaults(table, { seed: 7, throttle: 0.2, conflict: 0.2 });
    for (let n = 0; n < 20; n++) {
      await faults.table.write([put(key(1), { count: n }), put(key(2), { count: n })]);
      await faults.table.write([put(key(3), { count: n })]);
    }
    return faults.injected();
  };
  const first = await run();
  expect(first.throttle).toBeGreaterThan(2);
  expect(first.conflict).toBeGreaterThan(2);
  expect(await run()).toEqual(first);
});

test('a lost reply means the write happened: a plain conditional write then meets its own result', async () => {
  const table = await testTable();
  const faults = await withFaults(table, { lost: 1 });
  await expect(faults.table.write([create(key(1), { count: 1 })])).rejects.toThrow(ConditionFailed);
  expect(await present(table)).toEqual([1]);
});

test('a lost reply of a transaction is retried under its own token and happens once', async () => {
  const table = await testTable();
  await table.write([put(key(1), { count: 0 })]);
  const faults = await withFaults(table, { seed: 3, lost: 0.5 });
  for (let n = 0; n < 10; n++) {
    await faults.table.write([update(key(1), 'SET #count = #count + :one', { values: { one: 1 } }), put(key(2), { count: n })]);
  }
  expect(faults.injected().lost).toBeGreaterThan(2);
  expect(await table.get(key(1), Count)).toEqual({ count: 10 });
});

test('a crash after the Nth write leaves exactly N writes, and the dead process can do nothing more', async () => {
  for (const crashWhen of ['before-reply', 'before-next-write'] as const) {
    const table = await testTable();
    const faults = await withFaults(table, { crashAfterWrites: 2, crashWhen });
    await expect(threeWrites(faults.table)).rejects.toThrow(Crash);
    expect(faults.crashed()).toBe(true);
    await expect(faults.table.get(key(1), Count)).rejects.toThrow(Crash);
    expect(await present(table)).toEqual([1, 2]);
  }
});

test('every crash point is visited once, before and after the reply', async () => {
  const seen: string[] = [];
  const writes = await atEveryCrash(async (fail, at) => {
    const table = await testTable();
    await threeWrites((await fail(table)).table).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    seen.push(`${at}: ${(await present(table)).length}`);
  });
  expect(writes).toBe(3);
  expect(seen.slice(0, 6)).toEqual([
    'before the reply of write 1: 1',
    'after write 1: 1',
    'before the reply of write 2: 2',
    'after write 2: 2',
    'before the reply of write 3: 3',
    'after write 3: 3',
  ]);
});
