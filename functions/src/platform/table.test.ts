import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { absent, ConditionFailed, check, create, put, set, type TableCall, update } from './table.ts';

const Thing = z.object({ name: z.string(), count: z.number() });

test('what is written is read back, and a new item never overwrites', async () => {
  const table = await testTable();
  const key = { PK: 'THING#1', SK: 'THING' };
  await table.write([create(key, { name: '书法', count: 1 })]);
  expect(await table.get(key, Thing)).toEqual({ name: '书法', count: 1 });
  await expect(table.write([create(key, { name: '围棋', count: 2 })])).rejects.toThrow(ConditionFailed);
  expect(await table.get(key, Thing)).toEqual({ name: '书法', count: 1 });
});

test('a transaction commits all or nothing and says which write refused and what was there', async () => {
  const table = await testTable();
  const a = { PK: 'THING#a', SK: 'THING' };
  const b = { PK: 'THING#b', SK: 'THING' };
  await table.write([put(a, { name: 'a', count: 1 })]);
  const failed = await table
    .write([put(b, { name: 'b', count: 1 }), set(a, { count: 2 }, { condition: { expression: '#count > :least', values: { least: 1 } } })])
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ConditionFailed);
  expect((failed as ConditionFailed).failed).toEqual([1]);
  expect((failed as ConditionFailed).items.get(1)).toMatchObject({ name: 'a', count: 1 });
  expect(await table.get(b, Thing)).toBeUndefined();
  await expect(table.write([check(b, absent), put(a, { name: 'a', count: 3 })])).resolves.toBeUndefined();
});

test('both indexes answer, page by page', async () => {
  const table = await testTable();
  for (let n = 0; n < 5; n++) {
    await table.write([
      put(
        { PK: `THING#${n}`, SK: 'THING' },
        { name: `${n}`, count: n, GSI1PK: 'ALL', GSI1SK: `${n}`, GSI2PK: 'ODD', GSI2SK: `${n % 2}#${n}` },
      ),
    ]);
  }
  const first = await table.query({ index: 'GSI1', pk: 'ALL', limit: 3 }, Thing);
  const second = await table.query({ index: 'GSI1', pk: 'ALL', limit: 3, cursor: first.cursor }, Thing);
  expect([...first.items, ...second.items].map((thing) => thing.count)).toEqual([0, 1, 2, 3, 4]);
  expect((await table.query({ index: 'GSI2', pk: 'ODD', beginsWith: '1#', limit: 9 }, Thing)).items.map((thing) => thing.count)).toEqual([
    1, 3,
  ]);
});

test('a cursor that the query could not have given is refused before the engine sees it', async () => {
  const table = await testTable();
  for (let n = 0; n < 4; n++) await table.write([put({ PK: 'A', SK: `X#${n}` }, { name: '', count: n })]);
  const query = { pk: 'A', beginsWith: 'X#', limit: 2 };
  const { cursor } = await table.query(query, Thing);
  expect((await table.query({ ...query, cursor }, Thing)).items.map(({ count }) => count)).toEqual([2, 3]);
  const made = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
  const forged = [
    'nonsense',
    made({}),
    made({ PK: 'A' }),
    made({ PK: 'B', SK: 'X#1' }),
    made({ PK: 'A', SK: 'Y#1' }),
    made({ PK: 'A', SK: 'X#1', more: 'x' }),
  ];
  for (const each of forged)
    await expect(table.query({ ...query, cursor: each }, Thing)).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(table.query({ index: 'GSI1', pk: 'A', limit: 1, cursor }, Thing)).rejects.toMatchObject({ code: 'request.invalid' });
});

test('every call is metered', async () => {
  const calls: TableCall[] = [];
  const table = await testTable({ onCall: (call) => calls.push(call) });
  const key = { PK: 'THING#1', SK: 'THING' };
  await table.write([put(key, { name: 'a', count: 1 })]);
  await table.updateReturning(update(key, 'SET #count = #count + :one', { values: { one: 1 } }) as never, Thing);
  await table.get(key, Thing);
  expect(calls.map((call) => call.operation)).toEqual(['put', 'update', 'get']);
  expect(calls.every((call) => call.readUnits + call.writeUnits > 0)).toBe(true);
});
