import { put, remove, type Table } from '@kehou/functions/platform/table';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { DynamoDBRecord } from 'aws-lambda';
import { silentLog } from '../../functions/src/platform/log.ts';
import { testEngine, testTable } from '../../functions/testing/engine.ts';
import { LocalClock } from './clock.ts';
import { Store } from './store.ts';
import { type StreamHandler, type StreamOptions, Streams } from './streams.ts';

const start = '2026-09-01T00:00:00.000Z' as Instant;
const opened: Streams[] = [];
afterEach(async () => {
  for (const streams of opened.splice(0)) await streams.stop();
});

async function streamsOf(table: Table, store: Store, handler: StreamHandler, options: Partial<StreamOptions> = {}): Promise<Streams> {
  const { config } = await testEngine();
  const clock = new LocalClock({ initial: start });
  const streams = new Streams({ config, table: table.name, store, clock, handler, log: silentLog, pollMs: 20, ...options });
  opened.push(streams);
  streams.start();
  return streams;
}
const numbers = (records: readonly DynamoDBRecord[]) =>
  records.map((record) => Number(record.dynamodb?.Keys?.SK?.N ?? record.dynamodb?.Keys?.SK?.S));
async function write(table: Table, ...values: number[]) {
  for (const n of values) await table.write([put({ PK: 'A', SK: String(n) }, { n })]);
}

test('every change arrives in order, in the shape that Lambda hands over', async () => {
  const table = await testTable();
  const seen: DynamoDBRecord[] = [];
  const streams = await streamsOf(table, Store.open(':memory:'), async (event) => void seen.push(...event.Records));
  await write(table, 1);
  await table.write([put({ PK: 'A', SK: '1' }, { n: 2, raw: new Uint8Array([1, 2]) })]);
  await table.write([remove({ PK: 'A', SK: '1' })]);
  expect(await streams.settle()).toBe(true);
  expect(seen.map((record) => record.eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
  expect(seen[1]?.dynamodb).toMatchObject({ OldImage: { n: { N: '1' } }, NewImage: { n: { N: '2' }, raw: { B: 'AQI=' } } });
  expect(seen[2]?.dynamodb?.NewImage).toBeUndefined();
  expect(seen[0]?.eventSource).toBe('aws:dynamodb');
  expect(seen[0]?.dynamodb?.ApproximateCreationDateTime).toBeGreaterThan(1.7e9);
  expect(await streams.settle()).toBe(false);
});

test('to settle is to have handled all that was written before, also what handlers write themselves', async () => {
  const table = await testTable();
  const handled: number[] = [];
  const streams = await streamsOf(table, Store.open(':memory:'), async (event) => {
    for (const n of numbers(event.Records)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      handled.push(n);
      if (n < 5) await write(table, n + 1);
    }
  });
  await write(table, 1);
  await streams.settle();
  expect(handled).toEqual([1, 2, 3, 4, 5]);
});

test('what only makes its next appointment counts as handled, not as a change', async () => {
  const table = await testTable();
  const streams = await streamsOf(table, Store.open(':memory:'), async () => undefined);
  const due = (at: string, status: string, shard = 'DUE#3') => put({ PK: 'A', SK: '1' }, { status, GSI2PK: shard, GSI2SK: `${at}#A` });
  const changesOf = async (...writes: Parameters<typeof table.write>[0]) => {
    const before = streams.changes;
    for (const each of writes) await table.write([each]);
    await streams.settle();
    return streams.changes - before;
  };
  expect(await changesOf(due('2026-09-01T00:05:00.000Z', 'open'))).toBe(1);
  expect(await changesOf(due('2026-09-01T00:10:00.000Z', 'open'), due('2026-09-01T00:15:00.000Z', 'open'))).toBe(0);
  expect(await changesOf(due('2026-09-01T00:20:00.000Z', 'closed'))).toBe(1);
  expect(await changesOf(due('2026-09-01T00:25:00.000Z', 'closed', 'PUPIL#1'))).toBe(1);
  expect(await changesOf(remove({ PK: 'A', SK: '1' }))).toBe(1);
  expect(streams.handled).toBe(6);
});

test('a restart goes on after the last batch that succeeded: at least once, nothing lost', async () => {
  const table = await testTable();
  const store = Store.open(':memory:');
  const seen: number[] = [];
  const first = await streamsOf(table, store, async (event) => void seen.push(...numbers(event.Records)));
  await write(table, 1, 2);
  await first.settle();
  await first.stop();
  await write(table, 3, 4);
  const second = await streamsOf(table, store, async (event) => void seen.push(...numbers(event.Records)));
  await second.settle();
  expect(seen).toEqual([1, 2, 3, 4]);
});

test('a handler that fails now and then gets the batch again until it succeeds', async () => {
  const table = await testTable();
  let failures = 2;
  const seen: number[] = [];
  await write(table, 1, 2, 3);
  const streams = await streamsOf(table, Store.open(':memory:'), async (event) => {
    if (failures-- > 0) throw new Error('not yet');
    seen.push(...numbers(event.Records));
  });
  await streams.settle();
  expect(seen).toEqual([1, 2, 3]);
  expect(streams.parked()).toEqual([]);
});

test('a record that keeps failing is parked with its error, the others go on, and a person can send it again', async () => {
  const table = await testTable();
  const seen = new Set<number>();
  let broken = true;
  await write(table, 1, 2, 3, 4);
  const streams = await streamsOf(
    table,
    Store.open(':memory:'),
    async (event) => {
      for (const n of numbers(event.Records)) {
        if (n === 2 && broken) throw new TypeError('cannot project 2');
        seen.add(n);
      }
    },
    { triesMax: 2 },
  );
  await streams.settle();
  expect([...seen]).toEqual([1, 3, 4]);
  const [parked] = streams.parked();
  expect(parked).toMatchObject({ keys: 'A / 2', error: 'TypeError: cannot project 2' });
  expect(parked?.parkedAt.slice(0, 10)).toBe('2026-09-01');
  expect(await streams.retry(parked?.id as number)).toBe(false);
  broken = false;
  expect(await streams.retry(parked?.id as number)).toBe(true);
  expect(streams.parked()).toEqual([]);
  expect(seen.has(2)).toBe(true);
});

test('a handler that names what failed gets that and what follows again, and what went before no more', async () => {
  const table = await testTable();
  const batches: number[][] = [];
  await write(table, 1, 2, 3);
  const streams = await streamsOf(table, Store.open(':memory:'), async (event) => {
    batches.push(numbers(event.Records));
    const second = event.Records.find((record) => numbers([record])[0] === 2);
    const failed = second && batches.length < 3 ? [{ itemIdentifier: second.dynamodb?.SequenceNumber ?? '' }] : [];
    return { batchItemFailures: failed };
  });
  await streams.settle();
  expect(batches).toEqual([
    [1, 2, 3],
    [2, 3],
    [2, 3],
  ]);
  expect(streams.parked()).toEqual([]);
});

test('a jump of the clock waits for the projections of each step', async () => {
  const table = await testTable();
  const clock = new LocalClock({ initial: start });
  const seen: string[] = [];
  const streams = await streamsOf(table, Store.open(':memory:'), async (event) => {
    for (const n of numbers(event.Records)) seen.push(`projected ${n}`);
  });
  clock.join(streams);
  for (const n of [1, 2]) {
    clock.at(addMinutes(start, n), `timer ${n}`, async () => {
      seen.push(`timer ${n}`);
      await write(table, n);
    });
  }
  await clock.jumpTo(addMinutes(start, 5));
  clock.stop();
  expect(seen).toEqual(['timer 1', 'projected 1', 'timer 2', 'projected 2']);
});

test('a reader that was away for longer than the stream keeps records has the table caught up first, and asks until that worked', async () => {
  const table = await testTable();
  const store = Store.open(':memory:');
  const told: string[] = [];
  const handler: StreamHandler = async (event) => void told.push(...numbers(event.Records).map(String));
  const read = async (fails = 0) => {
    let left = fails;
    const streams = await streamsOf(table, store, handler, {
      onGap: async () => {
        if (left-- > 0) throw new Error('the table is away');
        told.push('caught up');
      },
    });
    await streams.settle();
    await streams.stop();
  };
  const awayFor = (hours: number) => store.database.prepare('UPDATE stream_reader SET read_ms = ?').run(Date.now() - hours * 3_600_000);
  await write(table, 1);
  await read();
  await write(table, 2);
  awayFor(22);
  await read();
  expect(told).toEqual(['1', '2']);
  await write(table, 3);
  awayFor(24);
  await read(1);
  expect(told).toEqual(['1', '2', 'caught up', '3']);
  await read();
  expect(told).toHaveLength(4);
});
