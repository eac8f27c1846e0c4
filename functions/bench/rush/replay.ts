/** The very same table writes once more, to a fresh table through the same SDK, without handlers: what the engine alone would do. */
import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { inLanes } from '../../src/platform/in-lanes.ts';
import { keys } from '../../src/platform/keys.ts';
import { Seat } from '../../src/selection/seat.repository.ts';
import { type TestEngine, testTable } from '../../testing/engine.ts';
import { cpuMsSince, WARMING_LANES } from './evening.ts';
import { type KehouEvening, quietClient, type WriteCommand } from './kehou.ts';

/** What {@link replayOn} measures, on a fresh table with the classes of that evening. */
export async function replay({ world, recorded }: Pick<KehouEvening, 'world' | 'recorded'>, engine: TestEngine) {
  const fresh = await testTable({ stream: false, engine });
  for (const offering of world.offerings) {
    const seat = await world.table.mustGet(keys.seat(offering.offeringId), Seat);
    await fresh.write([{ op: 'put', key: keys.seat(offering.offeringId), item: { ...seat, holders: {}, revision: 0 } }]);
  }
  return replayOn(fresh.name, engine.config, recorded);
}

/** Accepted seats a second until the last one, and what one took of the processor; from as many clients, each of which has made a call before. */
export async function replayOn(table: string, config: DynamoDBClientConfig, recorded: readonly (readonly WriteCommand[])[]) {
  const { requestHandler } = quietClient(config).config;
  const workers = recorded.map((commands) => ({ commands, client: new DynamoDBClient({ ...config, requestHandler }) }));
  await inLanes(workers, WARMING_LANES, async ({ client }) => {
    await client.send(new GetItemCommand({ TableName: table, Key: marshall(keys.seat('')) }));
  });
  let accepted = 0;
  let lastAcceptedMs = 0;
  let cpuMs = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await Promise.all(
    workers.map(async ({ commands, client }) => {
      for (const command of commands) {
        const done = await send(client, command, table);
        if (done && isHeld(command)) {
          accepted += 1;
          lastAcceptedMs = performance.now();
          cpuMs = cpuMsSince(startedCpu);
        }
      }
    }),
  );
  return { acceptedPerSecond: accepted / ((lastAcceptedMs - startedMs) / 1000), cpuMsPerSeat: cpuMs / accepted };
}

function isHeld(command: WriteCommand): boolean {
  return command instanceof UpdateItemCommand && command.input.ExpressionAttributeValues?.[':held']?.S === 'held';
}

async function send(client: DynamoDBClient, command: WriteCommand, table: string): Promise<boolean> {
  try {
    if (command instanceof UpdateItemCommand) await client.send(new UpdateItemCommand({ ...command.input, TableName: table }));
    else {
      const items = (command.input.TransactItems ?? []).map((item) =>
        Object.fromEntries(Object.entries(item).map(([kind, write]) => [kind, { ...(write as object), TableName: table }])),
      );
      await client.send(new TransactWriteItemsCommand({ ...command.input, TransactItems: items }));
    }
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException' || (error as Error).name === 'TransactionCanceledException')
      return false;
    throw error;
  }
}
