import type { DynamoDBRecord } from 'aws-lambda';
import { silentLog } from '../platform/log.ts';
import type { Change, Follower } from '../use-cases.ts';
import { follow } from './stream.ts';

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
