/** The table's stream for tests, read on demand: what a follower would be handed, in order, at least once. */

import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { changeOf } from '../src/platform/change-of.ts';
import type { Table } from '../src/platform/table.ts';
import type { Change, Follower } from '../src/use-cases.ts';
import { atEndOfFile } from './cleanups.ts';
import { testEngine } from './engine.ts';

export interface TestStream {
  /** Everything committed since the last call, handed to each follower; then what they committed in turn, until it rests. */
  settle(followers: readonly Follower[]): Promise<readonly Change[]>;
}

const ROUNDS_MAX = 50;

export async function streamOf(table: Table): Promise<TestStream> {
  const { config } = await testEngine();
  const streams = new DynamoDBStreamsClient(config);
  atEndOfFile(() => streams.destroy());
  const { Table: description } = await table.client.send(new DescribeTableCommand({ TableName: table.name }));
  const StreamArn = description?.LatestStreamArn;
  if (!StreamArn) throw new Error(`${table.name} has no stream`);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const iterators = await Promise.all(
    (StreamDescription?.Shards ?? []).map(async ({ ShardId }) => {
      const reply = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
      return reply.ShardIterator;
    }),
  );

  async function read(): Promise<Change[]> {
    const changes: Change[] = [];
    for (const [index, ShardIterator] of iterators.entries()) {
      for (let next = ShardIterator; next; ) {
        const reply = await streams.send(new GetRecordsCommand({ ShardIterator: next, Limit: 1000 }));
        iterators[index] = reply.NextShardIterator;
        next = reply.Records?.length ? reply.NextShardIterator : undefined;
        for (const record of reply.Records ?? []) {
          const change = changeOf(record as DynamoDBRecord);
          if (change) changes.push(change);
        }
      }
    }
    return changes;
  }

  return {
    async settle(followers) {
      const all: Change[] = [];
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const changes = await read();
        if (changes.length === 0) return all;
        all.push(...changes);
        for (const change of changes) for (const follower of followers) await follower(change);
      }
      throw new Error(`followers still write after ${ROUNDS_MAX} rounds`);
    },
  };
}
