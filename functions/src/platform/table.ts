/** The one table: a thin gateway on the AWS SDK. Writes are structured operations; what is read is parsed by zod. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DomainError } from '@kehou/shared/kernel/errors';
import * as z from 'zod';
import { usageNow } from './usage.ts';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}
export type Item = Record<string, unknown>;
export type IndexName = 'GSI1' | 'GSI2';

/** A condition in DynamoDB's own language. `#x` names an attribute of that name; `:x` takes `values.x`. */
export interface Condition {
  readonly expression: string;
  readonly values?: Item;
  /** Attribute names that are not their own placeholder: `{ '#h': 'holders' }`; `#status` stands for `status` unasked. */
  readonly names?: Readonly<Record<string, string>>;
}

interface WriteOptions {
  readonly condition?: Condition | undefined;
}
export type Write =
  | { readonly op: 'put'; readonly key: Key; readonly item: Item; readonly condition?: Condition | undefined }
  | {
      readonly op: 'update';
      readonly key: Key;
      readonly update: string;
      readonly values?: Item;
      readonly names?: Readonly<Record<string, string>>;
      readonly condition?: Condition | undefined;
    }
  | { readonly op: 'delete'; readonly key: Key; readonly condition?: Condition | undefined }
  | { readonly op: 'check'; readonly key: Key; readonly condition: Condition };

export const absent: Condition = { expression: 'attribute_not_exists(PK)' };
export const present: Condition = { expression: 'attribute_exists(PK)' };

/** Writes a whole item; `undefined` fields are left out. The item holds no key attributes: they come from `key`. */
export function put(key: Key, item: Item, options: WriteOptions = {}): Write {
  return { op: 'put', key, item, condition: options.condition };
}
/** Writes a new item; fails when the key is taken. */
export function create(key: Key, item: Item): Write {
  return put(key, item, { condition: absent });
}
/** Sets the given fields (`undefined` removes one). */
export function set(key: Key, fields: Item, options: WriteOptions = {}): Write {
  const sets: string[] = [];
  const removes: string[] = [];
  const values: Item = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) removes.push(`#${field}`);
    else {
      sets.push(`#${field} = :set_${field}`);
      values[`set_${field}`] = value;
    }
  }
  const update = [sets.length ? `SET ${sets.join(', ')}` : '', removes.length ? `REMOVE ${removes.join(', ')}` : '']
    .filter(Boolean)
    .join(' ');
  return { op: 'update', key, update, values, condition: options.condition };
}
/** An update in DynamoDB's own language, for what `set` cannot say. */
export function update(
  key: Key,
  expression: string,
  options: { values?: Item; names?: Record<string, string>; condition?: Condition } = {},
): Write {
  return { op: 'update', key, update: expression, ...options };
}
export function remove(key: Key, options: WriteOptions = {}): Write {
  return { op: 'delete', key, condition: options.condition };
}
export function check(key: Key, condition: Condition): Write {
  return { op: 'check', key, condition };
}

/** A condition did not hold. `failed` has the position in the transaction of each write that refused, `items` what was there instead. */
export class ConditionFailed extends Error {
  override readonly name = 'ConditionFailed';
  readonly failed: readonly number[];
  readonly items: ReadonlyMap<number, Item>;

  constructor(failed: readonly number[], items: ReadonlyMap<number, Item>) {
    super(`condition failed at ${failed.join(', ')}`);
    this.failed = failed;
    this.items = items;
  }
}

export interface QueryInput {
  readonly index?: IndexName;
  readonly pk: string;
  readonly beginsWith?: string;
  /** Sort keys from..to, both included. */
  readonly between?: readonly [string, string];
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly newestFirst?: boolean;
  readonly consistent?: boolean;
}
export interface Page<T> {
  readonly items: T[];
  readonly cursor?: string | undefined;
}

/** One call to the table, for metering: what it was and what it cost. */
export interface TableCall {
  readonly operation: string;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface TableOptions {
  readonly name: string;
  readonly config?: DynamoDBClientConfig;
  /** A ready client instead (tests hand in one with faults injected). */
  readonly client?: DynamoDBClient;
  readonly onCall?: (call: TableCall) => void;
  /** How to wait before a conflict is tried again: with jitter, unless a simulation waits in its own time. */
  readonly pause?: (attempt: number) => Promise<void>;
}

const TRANSACTION_ITEMS_MAX = 100;
const CONFLICT_TRIES_MAX = 6;
const marshallOptions = { removeUndefinedValues: true, convertEmptyValues: false };

export class Table {
  readonly name: string;
  readonly client: DynamoDBClient;
  private readonly onCall: ((call: TableCall) => void) | undefined;
  private readonly pause: (attempt: number) => Promise<void>;

  constructor(options: TableOptions) {
    this.name = options.name;
    this.client = options.client ?? new DynamoDBClient({ maxAttempts: 5, ...options.config });
    this.onCall = options.onCall;
    this.pause = options.pause ?? jitter;
  }

  /** One item, strongly consistent unless told otherwise; `undefined` when there is none. */
  async get<T>(key: Key, schema: z.ZodType<T>, options: { consistent?: boolean } = {}): Promise<T | undefined> {
    const reply = await this.retrying(() =>
      this.client.send(
        new GetItemCommand({
          TableName: this.name,
          Key: marshall(key),
          ConsistentRead: options.consistent ?? true,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    this.meter('get', [reply.ConsumedCapacity], 'read');
    return reply.Item ? schema.parse(unmarshall(reply.Item)) : undefined;
  }

  /** As {@link get}, for what must be there: 404 when it is not. */
  async mustGet<T>(key: Key, schema: z.ZodType<T>): Promise<T> {
    const item = await this.get(key, schema);
    if (item === undefined) throw new DomainError('request.not_found');
    return item;
  }

  /** Up to 100 items in one call, in the order of the keys; strongly consistent. */
  async getMany<T>(keys: readonly Key[], schema: z.ZodType<T>): Promise<(T | undefined)[]> {
    if (keys.length === 0) return [];
    if (keys.length > 100) throw new RangeError('getMany: at most 100 keys');
    const found = new Map<string, T>();
    const unique = new Map(keys.map((key) => [`${key.PK}\n${key.SK}`, key]));
    let wanted = [...unique.values()].map((key) => marshall(key));
    for (let attempt = 0; wanted.length > 0; attempt++) {
      if (attempt >= CONFLICT_TRIES_MAX) throw new DomainError('request.busy');
      if (attempt > 0) await this.pause(attempt);
      const reply = await this.retrying(() =>
        this.client.send(
          new BatchGetItemCommand({
            RequestItems: { [this.name]: { Keys: wanted, ConsistentRead: true } },
            ReturnConsumedCapacity: 'TOTAL',
          }),
        ),
      );
      this.meter('batchGet', reply.ConsumedCapacity ?? [], 'read');
      for (const raw of reply.Responses?.[this.name] ?? []) {
        const item = unmarshall(raw);
        found.set(`${item.PK}\n${item.SK}`, schema.parse(item));
      }
      wanted = (reply.UnprocessedKeys?.[this.name]?.Keys ?? []) as typeof wanted;
    }
    return keys.map((key) => found.get(`${key.PK}\n${key.SK}`));
  }

  /** One page of a partition. Every query has a limit; the cursor is opaque and belongs to this query alone. */
  async query<T>(input: QueryInput, schema: z.ZodType<T>): Promise<Page<T>> {
    const pk = input.index ? `${input.index}PK` : 'PK';
    const sk = input.index ? `${input.index}SK` : 'SK';
    const values: Item = { ':pk': input.pk };
    let expression = '#pk = :pk';
    if (input.beginsWith !== undefined) {
      expression += ' AND begins_with(#sk, :sk)';
      values[':sk'] = input.beginsWith;
    } else if (input.between) {
      expression += ' AND #sk BETWEEN :from AND :to';
      values[':from'] = input.between[0];
      values[':to'] = input.between[1];
    }
    const reply = await this.retrying(() =>
      this.client.send(
        new QueryCommand({
          TableName: this.name,
          IndexName: input.index,
          KeyConditionExpression: expression,
          ExpressionAttributeNames: { '#pk': pk, ...(expression.includes('#sk') ? { '#sk': sk } : {}) },
          ExpressionAttributeValues: marshall(values),
          Limit: input.limit,
          ScanIndexForward: !input.newestFirst,
          ConsistentRead: input.index ? undefined : (input.consistent ?? false),
          ExclusiveStartKey: input.cursor ? decodeCursor(input.cursor, input) : undefined,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      ),
    );
    this.meter('query', [reply.ConsumedCapacity], 'read');
    return {
      items: (reply.Items ?? []).map((raw) => schema.parse(unmarshall(raw))),
      cursor: reply.LastEvaluatedKey ? encodeCursor(reply.LastEvaluatedKey) : undefined,
    };
  }

  /** Every page of a partition that is known to be small; more than `most` items is a bug, not a long wait. */
  async queryAll<T>(input: Omit<QueryInput, 'limit' | 'cursor'> & { most: number }, schema: z.ZodType<T>): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const next = await this.query({ ...input, limit: Math.min(input.most + 1, 1000), cursor }, schema);
      items.push(...next.items);
      cursor = next.cursor;
      if (items.length > input.most) throw new Error(`query of ${input.pk} has more than ${input.most} items`);
    } while (cursor);
    return items;
  }

  /**
   * Commits all writes or none. One write goes as a plain request (half the cost), more as a transaction of at most
   * 100 items. Throttling and conflicts are retried with jitter; a failed condition never is: {@link ConditionFailed}.
   *
   * A lost reply is the caller's to resolve: retried writes meet their own conditions, so use cases look at what is
   * there before they call it a conflict.
   */
  async write(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    if (writes.length > TRANSACTION_ITEMS_MAX) throw new RangeError(`a transaction takes at most ${TRANSACTION_ITEMS_MAX} items`);
    const [only] = writes;
    if (writes.length === 1 && only && only.op !== 'check') {
      await this.writeOne(only);
      return;
    }
    const items = writes.map((write) => this.transactItem(write));
    try {
      const reply = await this.retrying(() =>
        this.client.send(new TransactWriteItemsCommand({ TransactItems: items, ReturnConsumedCapacity: 'TOTAL' })),
      );
      this.meter(`transact(${writes.length})`, reply.ConsumedCapacity ?? [], 'write');
    } catch (error) {
      throw conditionFailedOf(error) ?? error;
    }
  }

  /** Writes where its conditions hold. Gives back the refusal, `undefined` when it was written. */
  async tryWrite(writes: readonly Write[]): Promise<ConditionFailed | undefined> {
    try {
      await this.write(writes);
      return undefined;
    } catch (error) {
      if (error instanceof ConditionFailed) return error;
      throw error;
    }
  }

  /** One conditional update, returning the item after it. Outside a transaction: half the cost and no conflicts. */
  async updateReturning<T>(write: Write & { op: 'update' }, schema: z.ZodType<T>): Promise<T> {
    const attributes = await this.writeOne(write);
    return schema.parse(attributes);
  }

  private async writeOne(write: Exclude<Write, { op: 'check' }>): Promise<Item | undefined> {
    const common = { TableName: this.name, ReturnConsumedCapacity: 'TOTAL', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    try {
      if (write.op === 'put') {
        const reply = await this.retrying(() =>
          this.client.send(new PutItemCommand({ ...common, Item: marshalled(write.key, write.item), ...expressions(write) })),
        );
        this.meter('put', [reply.ConsumedCapacity], 'write');
        return undefined;
      }
      if (write.op === 'delete') {
        const reply = await this.retrying(() =>
          this.client.send(new DeleteItemCommand({ ...common, Key: marshall(write.key), ...expressions(write) })),
        );
        this.meter('delete', [reply.ConsumedCapacity], 'write');
        return undefined;
      }
      const reply = await this.retrying(() =>
        this.client.send(new UpdateItemCommand({ ...common, Key: marshall(write.key), ReturnValues: 'ALL_NEW', ...expressions(write) })),
      );
      this.meter('update', [reply.ConsumedCapacity], 'write');
      return reply.Attributes ? unmarshall(reply.Attributes) : undefined;
    } catch (error) {
      const failed = conditionFailedOf(error);
      // A refused conditional write costs its units all the same.
      if (failed) this.meter(`${write.op}!`, [{ CapacityUnits: 1 }], 'write');
      throw failed ?? error;
    }
  }

  private transactItem(write: Write): TransactWriteItem {
    const common = { TableName: this.name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    const terms = expressions(write);
    switch (write.op) {
      case 'put':
        return { Put: { ...common, Item: marshalled(write.key, write.item), ...terms } };
      case 'update':
        return { Update: { ...common, Key: marshall(write.key), ...terms, UpdateExpression: terms.UpdateExpression ?? '' } };
      case 'delete':
        return { Delete: { ...common, Key: marshall(write.key), ...terms } };
      case 'check':
        return { ConditionCheck: { ...common, Key: marshall(write.key), ...terms, ConditionExpression: terms.ConditionExpression ?? '' } };
    }
  }

  /** The SDK retries throttling by itself; transaction conflicts it leaves to us. */
  private async retrying<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (!isConflict(error)) throw isThrottling(error) ? new DomainError('request.busy') : error;
        if (attempt >= CONFLICT_TRIES_MAX) throw new DomainError('request.busy');
        await this.pause(attempt);
      }
    }
  }

  private meter(operation: string, capacities: readonly (ConsumedCapacity | undefined)[], kind: 'read' | 'write'): void {
    const usage = usageNow();
    if (!this.onCall && !usage) return;
    const units = capacities.reduce((sum, capacity) => sum + (capacity?.CapacityUnits ?? 0), 0);
    const call = { operation, readUnits: kind === 'read' ? units : 0, writeUnits: kind === 'write' ? units : 0 };
    this.onCall?.(call);
    if (!usage) return;
    usage.calls.push(operation);
    usage.readUnits += call.readUnits;
    usage.writeUnits += call.writeUnits;
  }
}

function marshalled(key: Key, item: Item) {
  return marshall({ ...item, ...key }, marshallOptions);
}

interface Expressions {
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

function expressions(write: Write): Expressions {
  const text = [write.op === 'update' ? write.update : '', write.condition?.expression ?? ''].join(' ');
  const given: Record<string, string> = { ...(write.op === 'update' ? write.names : {}), ...write.condition?.names };
  const names: Record<string, string> = {};
  for (const [placeholder] of text.matchAll(/#\w+/g)) names[placeholder] = given[placeholder] ?? placeholder.slice(1);
  const values: Item = {};
  for (const [name, value] of Object.entries({ ...(write.op === 'update' ? write.values : {}), ...write.condition?.values })) {
    values[`:${name}`] = value;
  }
  return {
    ...(write.op === 'update' ? { UpdateExpression: write.update } : {}),
    ...(write.condition ? { ConditionExpression: write.condition.expression } : {}),
    ...(Object.keys(names).length ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length ? { ExpressionAttributeValues: marshall(values, marshallOptions) } : {}),
  };
}

function conditionFailedOf(error: unknown): ConditionFailed | undefined {
  if (error instanceof ConditionalCheckFailedException) {
    return new ConditionFailed([0], new Map(error.Item ? [[0, unmarshall(error.Item)]] : []));
  }
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.flatMap((reason, index) => (reason.Code === 'ConditionalCheckFailed' ? [index] : []));
  if (failed.length === 0) return undefined;
  return new ConditionFailed(
    failed,
    new Map(reasons.flatMap((reason, index) => (reason.Item ? [[index, unmarshall(reason.Item)] as const] : []))),
  );
}

function isConflict(error: unknown): boolean {
  const name = (error as { name?: string }).name;
  if (name === 'TransactionConflictException' || name === 'TransactionInProgressException') return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
  return (
    !codes.includes('ConditionalCheckFailed') &&
    codes.some((code) => code === 'TransactionConflict' || code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded')
  );
}

function isThrottling(error: unknown): boolean {
  const name = (error as { name?: string }).name ?? '';
  return name === 'ProvisionedThroughputExceededException' || name === 'ThrottlingException' || name === 'RequestLimitExceeded';
}

/** Full jitter, 10 ms doubling, at most 320 ms. */
function jitter(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(320, 10 * 2 ** attempt)));
}

const CursorKey = z.record(z.string(), z.string());

function encodeCursor(key: Record<string, AttributeValue>): string {
  return Buffer.from(JSON.stringify(unmarshall(key))).toString('base64url');
}

/** Refuses a cursor that this query could not have given: of another partition or index, outside its bounds, or made up. */
function decodeCursor(cursor: string, { index, pk, beginsWith, between }: QueryInput) {
  let parsed: z.infer<typeof CursorKey> = {};
  try {
    parsed = CursorKey.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    // Refused below, as any other.
  }
  const names = index ? ['PK', 'SK', `${index}PK`, `${index}SK`] : ['PK', 'SK'];
  const sk = parsed[index ? `${index}SK` : 'SK'] ?? '';
  const isOurs =
    Object.keys(parsed).length === names.length &&
    names.every((name) => parsed[name]) &&
    parsed[index ? `${index}PK` : 'PK'] === pk &&
    (beginsWith === undefined || sk.startsWith(beginsWith)) &&
    (between === undefined || (sk >= between[0] && sk <= between[1]));
  if (!isOurs) throw new DomainError('request.invalid', { fields: [{ path: 'cursor', message: 'not a cursor of this list' }] });
  return marshall(parsed);
}
