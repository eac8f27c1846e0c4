/**
 * A table in memory for rehearsals and simulations, where the engine's milliseconds would be most of the time: it answers the commands that
 * `platform/table.ts` sends, with the same errors, and tells every change as the stream does. It is no engine: what the product
 * does not use is refused. `memory-table.test.ts` compares it with the real one, operation by operation.
 *
 * Everything happens at once and in one piece; faults and delays are put around it by its callers.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type CancellationReason,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type AttributeMap, holds, invalid, readExpressions, updated } from './memory-expressions.ts';

/** One item before and after a write. */
export interface MemoryChange {
  readonly key: { readonly PK: string; readonly SK: string };
  readonly before: AttributeMap | undefined;
  readonly after: AttributeMap | undefined;
}

interface WriteInput {
  readonly Key?: AttributeMap | undefined;
  readonly Item?: AttributeMap | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: AttributeMap | undefined;
}
interface RefusableInput extends WriteInput {
  readonly ReturnValues?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}
type Kind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
/** What a write would do; `failed`: its condition does not hold; `error`: its update cannot be made of the item that is there. */
interface Prepared extends MemoryChange {
  readonly failed: boolean;
  readonly error?: Error;
}

const INDEXES = ['GSI1', 'GSI2'] as const;
const BATCH_MAX = 100;
const $metadata = {};

export class MemoryTable {
  /** Every change since the beginning: the stream. One write is one entry, of one item or of a transaction's. */
  readonly log: (readonly MemoryChange[])[] = [];
  private readonly table = new Map<string, Map<string, AttributeMap>>();
  private readonly indexes = { GSI1: new Map<string, Map<string, AttributeMap>>(), GSI2: new Map<string, Map<string, AttributeMap>>() };

  /** Answers a command of the SDK. `writesBehind`: an eventually consistent query sees the table as it was so many writes ago. */
  perform(command: object, writesBehind = 0): object {
    if (command instanceof GetItemCommand) return { Item: this.find(keyOf(command.input.Key)) };
    if (command instanceof BatchGetItemCommand) return this.batchGet(command);
    if (command instanceof QueryCommand) return this.query(command.input, command.input.ConsistentRead ? 0 : writesBehind);
    if (command instanceof ScanCommand) return { Items: this.items() };
    if (command instanceof PutItemCommand) return this.one('Put', command.input);
    if (command instanceof DeleteItemCommand) return this.one('Delete', command.input);
    if (command instanceof UpdateItemCommand) return this.one('Update', command.input);
    if (command instanceof TransactWriteItemsCommand) return this.transact(command.input.TransactItems ?? []);
    throw new Error(`the memory table does not know ${command.constructor.name}`);
  }

  /** Every item: for tests. */
  items(): AttributeMap[] {
    return [...this.table.values()].flatMap((partition) => [...partition.values()]);
  }

  /** Looks without being asked by a command: for what watches the table. */
  find({ PK, SK }: { PK: string; SK: string }): AttributeMap | undefined {
    return this.table.get(PK)?.get(SK);
  }

  /** The items of a partition of an index, in no order: for what watches the table. */
  partition(index: 'GSI1' | 'GSI2' | undefined, pk: string): Iterable<AttributeMap> {
    return ((index ? this.indexes[index] : this.table).get(pk) ?? new Map<string, AttributeMap>()).values();
  }

  private batchGet({ input }: BatchGetItemCommand): object {
    const [[name, { Keys = [] }] = ['', {}]] = Object.entries(input.RequestItems ?? {});
    if (Keys.length > BATCH_MAX) throw invalid('too many items requested for the BatchGetItem call');
    return { Responses: { [name]: Keys.map((key) => this.find(keyOf(key))).filter((item) => item !== undefined) }, UnprocessedKeys: {} };
  }

  private query(input: QueryCommandInput, writesBehind: number): object {
    const index = INDEXES.find((name) => name === input.IndexName);
    const [pkName, skName] = index ? [`${index}PK`, `${index}SK`] : ['PK', 'SK'];
    const range = rangeOf(input, pkName, skName);
    const position = (item: AttributeMap) => `${item[skName]?.S}\n${item.PK?.S}\n${item.SK?.S}`;
    let found = [...this.partitionAsOf(index, pkName, range.pk, writesBehind)]
      .filter((item) => range.has(item[skName]?.S ?? ''))
      .map((item) => ({ item, position: position(item) }))
      .sort((a, b) => (a.position < b.position ? -1 : 1));
    if (input.ScanIndexForward === false) found.reverse();
    if (input.ExclusiveStartKey) {
      const start = position(input.ExclusiveStartKey);
      found = found.filter((each) => (input.ScanIndexForward === false ? each.position < start : each.position > start));
    }
    const limit = input.Limit ?? Number.POSITIVE_INFINITY;
    const last = found.length >= limit ? found[limit - 1]?.item : undefined;
    const names = [...new Set(['PK', 'SK', pkName, skName])];
    return {
      Items: found.slice(0, limit).map(({ item }) => item),
      LastEvaluatedKey: last && Object.fromEntries(names.map((name) => [name, last[name]])),
    };
  }

  private partitionAsOf(index: 'GSI1' | 'GSI2' | undefined, pkName: string, pk: string, writesBehind: number): Iterable<AttributeMap> {
    if (writesBehind === 0) return this.partition(index, pk);
    const then = new Map([...this.partition(index, pk)].map((item) => [`${item.PK?.S}\n${item.SK?.S}`, item]));
    for (const changes of this.log.slice(-writesBehind).reverse()) {
      for (const { key, before } of changes) {
        if (before?.[pkName]?.S === pk) then.set(`${key.PK}\n${key.SK}`, before);
        else then.delete(`${key.PK}\n${key.SK}`);
      }
    }
    return then.values();
  }

  private one(kind: Kind, input: RefusableInput): object {
    const write = this.prepare(kind, input);
    if (write.error) throw write.error;
    if (write.failed) {
      const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? write.before : undefined;
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata, ...(Item ? { Item } : {}) });
    }
    this.commit([write]);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: write.after } : {};
  }

  private transact(items: readonly TransactWriteItem[]): object {
    const wanted = items.map((item) => {
      const [[kind, input] = []] = Object.entries(item) as [Kind, RefusableInput][];
      if (!kind || !input) throw invalid('a transaction with an empty item');
      return { kind, input };
    });
    const touched = wanted.map(({ input }) => keyOf(input.Item ?? input.Key)).map(({ PK, SK }) => `${PK}\n${SK}`);
    if (new Set(touched).size < touched.length) throw invalid('Transaction request cannot include multiple operations on one item');
    const writes = wanted.map(({ kind, input }) => ({ kind, input, ...this.prepare(kind, input) }));
    if (writes.some(({ failed, error }) => failed || error)) {
      throw new TransactionCanceledException({
        message: 'Transaction cancelled',
        $metadata,
        CancellationReasons: writes.map(({ failed, error, before, input }): CancellationReason => {
          if (error) return { Code: 'ValidationError', Message: error.message };
          if (!failed) return { Code: 'None' };
          const returned = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before ? { Item: before } : {};
          return { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', ...returned };
        }),
      });
    }
    this.commit(writes.filter(({ kind }) => kind !== 'ConditionCheck'));
    return {};
  }

  private prepare(kind: Kind, input: WriteInput): Prepared {
    const key = keyOf(input.Item ?? input.Key);
    const values = input.ExpressionAttributeValues;
    const given = { names: input.ExpressionAttributeNames, values };
    const { condition, update } = readExpressions({ condition: input.ConditionExpression, update: input.UpdateExpression }, given);
    const before = this.find(key);
    if (condition && !holds(condition, before, values)) return { key, before, after: before, failed: true };
    if (kind === 'Delete') return { key, before, after: undefined, failed: false };
    if (kind === 'ConditionCheck') return { key, before, after: before, failed: false };
    try {
      const blank = { PK: { S: key.PK }, SK: { S: key.SK } };
      const after = kind === 'Put' || !update ? (input.Item ?? before ?? blank) : updated(update, before ?? blank, values);
      refuseWrongIndexKeys(after);
      return { key, before, after, failed: false };
    } catch (error) {
      if ((error as Error).name !== 'ValidationException') throw error;
      return { key, before, after: before, failed: false, error: error as Error };
    }
  }

  private commit(writes: readonly MemoryChange[]): void {
    const changes = writes.filter(({ before, after }) => before || after);
    for (const { key, before, after } of changes) {
      place(this.table, key.PK, key.SK, after);
      for (const name of INDEXES) {
        const id = `${key.PK}\n${key.SK}`;
        const [was, is] = [before?.[`${name}PK`]?.S, after?.[`${name}SK`] && after[`${name}PK`]?.S];
        if (was !== undefined && was !== is) place(this.indexes[name], was, id, undefined);
        if (is !== undefined) place(this.indexes[name], is, id, after);
      }
    }
    if (changes.length > 0) this.log.push(changes.map(({ key, before, after }) => ({ key, before, after })));
  }
}

/** A client whose commands go through `perform`: what a {@link Table} is made from. */
export function clientOf(perform: (command: object) => Promise<object>): DynamoDBClient {
  const client: Pick<DynamoDBClient, 'destroy'> & { send(command: object): Promise<object> } = { send: perform, destroy: () => undefined };
  // The SDK's class has twenty methods more, which nothing calls.
  return client as unknown as DynamoDBClient;
}

function place(partitions: Map<string, Map<string, AttributeMap>>, pk: string, sk: string, item: AttributeMap | undefined): void {
  const partition = partitions.get(pk);
  if (item) {
    if (partition) partition.set(sk, item);
    else partitions.set(pk, new Map([[sk, item]]));
  } else if (partition?.delete(sk) && partition.size === 0) partitions.delete(pk);
}

function keyOf(item: AttributeMap | undefined): { PK: string; SK: string } {
  const [PK, SK] = [item?.PK?.S, item?.SK?.S];
  if (!PK || !SK) throw invalid('the key attributes are missing, empty, or no text');
  return { PK, SK };
}

function refuseWrongIndexKeys(item: AttributeMap): void {
  for (const name of INDEXES) {
    for (const attribute of [item[`${name}PK`], item[`${name}SK`]])
      if (attribute && !attribute.S) throw invalid(`${name}: a key that is no text`);
  }
}

/** The three key conditions of {@link Table.query}. */
function rangeOf(input: QueryCommandInput, pkName: string, skName: string): { pk: string; has(sk: string): boolean } {
  const names = input.ExpressionAttributeNames ?? {};
  const value = (name: string) => (input.ExpressionAttributeValues ?? ({} as Record<string, AttributeValue>))[name]?.S ?? '';
  const known = names['#pk'] === pkName && (names['#sk'] ?? skName) === skName && input.FilterExpression === undefined;
  const pk = value(':pk');
  switch (known ? input.KeyConditionExpression : undefined) {
    case '#pk = :pk':
      return { pk, has: () => true };
    case '#pk = :pk AND begins_with(#sk, :sk)':
      return { pk, has: (sk) => sk.startsWith(value(':sk')) };
    case '#pk = :pk AND #sk BETWEEN :from AND :to': {
      const [from, to] = [value(':from'), value(':to')];
      return { pk, has: (sk) => sk >= from && sk <= to };
    }
    default:
      throw new Error(`the memory table does not know this query: ${input.KeyConditionExpression}`);
  }
}
