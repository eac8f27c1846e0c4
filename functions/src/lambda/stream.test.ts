import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { DynamoDBRecord } from 'aws-lambda';
import { silentLog } from '../platform/log.ts';
import type { Change, Follower } from '../use-cases.ts';
import { follow, watchForGaps } from './stream.ts';

function record(PK: string, n: number): DynamoDBRecord {
  return {
    eventID: `event-${n}`,
    eventName: 'MODIFY',
    dynamodb: {
      SequenceNumber: String(n),
      Keys: { PK: { S: PK }, SK: { S: 'X' } },
      NewImage: { PK: { S: PK }, SK: { S: 'X' }, n: { N: String(n) } },
    },
  };
}
const numberOf = (change: Change) => Number(change.after?.n);

test('changes of one item reach a follower in order, and nothing is reported when all went well', async () => {
  const seen: Record<string, number[]> = {};
  const follower: Follower = async (change) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    seen[change.keys.PK] = [...(seen[change.keys.PK] ?? []), numberOf(change)];
  };
  const reply = await follow([follower], silentLog)({ Records: [1, 2, 3, 4, 5, 6].map((n) => record(n % 2 ? 'odd' : 'even', n)) });
  expect(reply).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual({ odd: [1, 3, 5], even: [2, 4, 6] });
});

test('the first record that fails is named, so that it and all after it come again', async () => {
  const follower: Follower = async (change) => {
    if (numberOf(change) === 3 || numberOf(change) === 5) throw new Error('no');
  };
  const reply = await follow([follower], silentLog)({ Records: [1, 2, 3, 4, 5].map((n) => record(`item-${n}`, n)) });
  expect(reply).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] });
});

test('a follower that fails does not keep the change from the ones after it, and is logged', async () => {
  const seen: number[] = [];
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const failing: Follower = async () => {
    throw new Error('bug');
  };
  const following: Follower = async (change) => void seen.push(numberOf(change));
  const reply = await follow([failing, following], log)({ Records: [record('a', 1)] });
  expect(reply.batchItemFailures).toHaveLength(1);
  expect(seen).toEqual([1]);
  expect(errors).toEqual(['a follower failed']);
});

describe('records that are nearly as old as the stream keeps them', () => {
  const NOW = '2026-12-02T08:00:00.000Z' as Instant;
  const aged = (hours: number, n = 1): DynamoDBRecord => {
    const made = record('a', n);
    return { ...made, dynamodb: { ...made.dynamodb, ApproximateCreationDateTime: (ms(NOW) - hours * 3_600_000) / 1000 } };
  };
  function watched(fails = 0) {
    const told: string[] = [];
    let now: Instant = NOW;
    let left = fails;
    const handler = watchForGaps(follow([async (change) => void told.push(`followed ${numberOf(change)}`)], silentLog), {
      clock: { now: () => now },
      log: silentLog,
      catchUp: async () => {
        if (left-- > 0) throw new Error('the table is away');
        told.push('caught up');
      },
    });
    return { told, handler, addHours: (hours: number) => (now = instant(ms(now) + hours * 3_600_000)) };
  }

  test('have the table caught up first, once for the whole backlog', async () => {
    const { told, handler } = watched();
    await handler({ Records: [aged(23.9, 1), aged(1, 2)] });
    await handler({ Records: [aged(23.8, 3)] });
    expect(told).toEqual(['caught up', 'followed 1', 'followed 2', 'followed 3']);
  });

  test('again when it happens again, and never for young ones', async () => {
    const { told, handler, addHours } = watched();
    await handler({ Records: [aged(22, 1)] });
    expect(told).toEqual(['followed 1']);
    await handler({ Records: [aged(24, 2)] });
    addHours(30);
    await handler({ Records: [aged(-6, 3)] });
    expect(told.filter((each) => each === 'caught up')).toHaveLength(2);
  });

  test('come again when it could not even be asked for', async () => {
    const { told, handler } = watched(1);
    await expect(handler({ Records: [aged(24)] })).rejects.toThrow('the table is away');
    expect(told).toEqual([]);
    await handler({ Records: [aged(24)] });
    expect(told).toEqual(['caught up', 'followed 1']);
  });
});
