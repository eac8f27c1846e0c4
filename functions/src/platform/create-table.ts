/** Makes the table in an engine that starts empty: one machine, tests, benchmarks. On AWS the data stack does it. */
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { tableDefinition, ttlAttribute } from './table-definition.ts';

const READY_TRIES_MAX = 100;
const READY_PAUSE_MS = 50;

/**
 * Makes the table unless it is there, and returns once it can be written. `true`: it was made now. Without its stream only
 * for tests that nothing follows: the engine on one machine looks through all stream records at each write.
 */
export async function createTable(client: DynamoDBClient, name: string, options: { stream?: boolean } = {}): Promise<boolean> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: tableDefinition.BillingMode,
        AttributeDefinitions: [...tableDefinition.AttributeDefinitions],
        KeySchema: [...tableDefinition.KeySchema],
        GlobalSecondaryIndexes: tableDefinition.GlobalSecondaryIndexes.map((index) => ({ ...index, KeySchema: [...index.KeySchema] })),
        ...(options.stream === false ? {} : { StreamSpecification: tableDefinition.StreamSpecification }),
      }),
    );
  } catch (error) {
    if ((error as { name?: string }).name === 'ResourceInUseException') return false;
    throw error;
  }
  for (let attempt = 0; attempt < READY_TRIES_MAX; attempt++) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') {
      await client.send(
        new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true } }),
      );
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  throw new Error(`table ${name} did not become active`);
}
