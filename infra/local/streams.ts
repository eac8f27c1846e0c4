/**
 * DynamoDB Streams → the product's stream handler, as Lambda's event source mapping does it: in order a shard, at least
 * once, the position kept only after success. A record that keeps failing is parked where a person sees it and the rest
 * goes on; without that one bad record would stop every projection.
 */
import { isDeepStrictEqual } from 'node:util';
import { DescribeTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { Log } from '@kehou/functions/platform/log';
import type { Instant } from '@kehou/shared/kernel/time';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Settling, Timers } from './clock.ts';
import type { Store } from './store.ts';

/** Answers which records failed (the first of them and all after it come again), or throws: the whole batch comes again. */
// biome-ignore lint/suspicious/noConfusingVoidType: the shape of a Lambda handler, which may answer nothing
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | void>;

export interface StreamOptions {
  readonly config: DynamoDBClientConfig;
  readonly table: string;
  readonly store: Store;
  readonly clock: Pick<Timers, 'now'>;
  readonly handler: StreamHandler;
  readonly log: Log;
  readonly pollMs?: number;
  readonly batchMax?: number;
  /** How often one record is tried before it is parked. */
  readonly triesMax?: number;
  /** Called when records were, or may have been, trimmed before they were read (the stream keeps 24 hours): catch up from the table. */
  readonly onGap?: () => Promise<void>;
}

export interface ParkedRecord {
  readonly id: number;
  readonly sequence: string;
  readonly keys: string;
  readonly error: string;
  readonly parkedAt: Instant;
}

const POLL_MS = 100;
const BATCH_MAX = 100;
const TRIES_MAX = 5;
const RETRY_FIRST_MS = 50;
const SHARD_REFRESH_MS = 10_000;
const ENGINE_AWAY_MS = 1_000;
/** Away for longer, and the stream may have dropped records. Not every engine says so when it is asked to go on. */
const AWAY_MS_MAX = 23 * 3_600_000;
const MARK_EVERY_MS = 60_000;

export class Streams implements Settling {
  readonly name = 'streams';
  private readonly options: StreamOptions;
  private readonly engine: DynamoDBClient;
  private readonly client: DynamoDBStreamsClient;
  private readonly iterators = new Map<string, string>();
  private waiters: { readonly since: number; readonly rest: () => void }[] = [];
  private shards: readonly Shard[] = [];
  private shardsReadAt = 0;
  private arn: string | undefined;
  private pass = 0;
  private worked = false;
  private stopping = false;
  /** When the reader last put down that it was here, in real time, as the stream counts. */
  private markedAt: number | undefined;
  /** Records handled (or parked) since this process began. */
  handled = 0;
  /** Of them, how many said more than when their item is due next: a sweep that only makes its next appointment changes nothing. */
  changes = 0;
  private loop: Promise<void> | undefined;
  private poke: () => void = () => undefined;

  constructor(options: StreamOptions) {
    this.options = options;
    this.engine = new DynamoDBClient(options.config);
    this.client = new DynamoDBStreamsClient(options.config);
    options.store.database.exec(`
      CREATE TABLE IF NOT EXISTS stream_positions (stream TEXT, shard TEXT, sequence TEXT NOT NULL, PRIMARY KEY (stream, shard)) STRICT;
      CREATE TABLE IF NOT EXISTS stream_reader (one INTEGER PRIMARY KEY CHECK (one = 1), read_ms INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS parked_records (
        id INTEGER PRIMARY KEY, sequence TEXT NOT NULL, keys TEXT NOT NULL, record TEXT NOT NULL, error TEXT NOT NULL, parked_at TEXT NOT NULL
      ) STRICT`);
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Resolves once a look that began after this call has found nothing new. */
  async settle(): Promise<boolean> {
    if (!this.loop || this.stopping) return false;
    await new Promise<void>((rest) => {
      this.waiters.push({ since: this.pass, rest });
      this.poke();
    });
    const worked = this.worked;
    this.worked = false;
    return worked;
  }

  parked(): ParkedRecord[] {
    const rows = this.options.store.database
      .prepare('SELECT id, sequence, keys, error, parked_at FROM parked_records ORDER BY id LIMIT 200')
      .all();
    return rows.map((row) => ({
      id: Number(row.id),
      sequence: String(row.sequence),
      keys: String(row.keys),
      error: String(row.error),
      parkedAt: String(row.parked_at) as Instant,
    }));
  }

  /** Hands a parked record to the handler once more; `false` when it fails again (or is not there). */
  async retry(id: number): Promise<boolean> {
    const row = this.options.store.database.prepare('SELECT record FROM parked_records WHERE id = ?').get(id);
    if (!row) return false;
    const failure = await this.deliver([JSON.parse(String(row.record)) as DynamoDBRecord]);
    if (failure) return false;
    this.options.store.database.prepare('DELETE FROM parked_records WHERE id = ?').run(id);
    this.worked = true;
    return true;
  }

  /** Finishes the batch under way and stops reading. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.poke();
    await this.loop;
    for (const { rest } of this.waiters) rest();
    this.waiters = [];
    this.client.destroy();
    this.engine.destroy();
  }

  private async run(): Promise<void> {
    let away = false;
    while (!this.stopping) {
      this.pass += 1;
      const pass = this.pass;
      try {
        const read = await this.readAll();
        if (away) this.options.log.info('the stream can be read again');
        away = false;
        if (read > 0) continue;
        this.waiters = this.waiters.filter(({ since, rest }) => {
          if (since < pass) rest();
          return since >= pass;
        });
        if (this.waiters.length === 0) await this.pause(this.options.pollMs ?? POLL_MS);
      } catch (error) {
        if (!away && !this.stopping) this.options.log.error('the stream cannot be read', { error: String(error) });
        away = true;
        this.iterators.clear();
        await this.pause(ENGINE_AWAY_MS);
      }
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, ms);
      this.poke = () => {
        clearTimeout(timeout);
        resolve();
      };
    });
  }

  /** One look at every shard; answers how many records there were. */
  private async readAll(): Promise<number> {
    await this.refreshShards();
    await this.lookForGap();
    let read = 0;
    for (const shard of this.shards) read += await this.readShard(shard.ShardId ?? '');
    return read;
  }

  /** Was nobody here (no process, or a machine asleep) for longer than the stream keeps its records? A mark each minute tells. */
  private async lookForGap(): Promise<void> {
    const now = Date.now();
    const { database } = this.options.store;
    const last = this.markedAt ?? (database.prepare('SELECT read_ms FROM stream_reader').get()?.read_ms as number | undefined);
    if (last !== undefined && now - last > AWAY_MS_MAX) {
      this.options.log.warn('nobody has read the stream for as long as it keeps its records: catching up from the table');
      await this.options.onGap?.();
    }
    if (this.markedAt !== undefined && now - this.markedAt < MARK_EVERY_MS) return;
    database
      .prepare('INSERT INTO stream_reader (one, read_ms) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET read_ms = excluded.read_ms')
      .run(now);
    this.markedAt = now;
  }

  private async refreshShards(): Promise<void> {
    if (Date.now() - this.shardsReadAt < SHARD_REFRESH_MS && this.shards.length > 0) return;
    if (!this.arn) {
      const { Table } = await this.engine.send(new DescribeTableCommand({ TableName: this.options.table }));
      this.arn = Table?.LatestStreamArn;
      if (!this.arn) throw new Error(`table ${this.options.table} has no stream`);
    }
    const { StreamDescription } = await this.client.send(new DescribeStreamCommand({ StreamArn: this.arn }));
    this.shards = StreamDescription?.Shards ?? [];
    this.shardsReadAt = Date.now();
  }

  private async readShard(shard: string): Promise<number> {
    const iterator = this.iterators.get(shard) ?? (await this.open(shard));
    if (!iterator) return 0;
    const reply = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: this.options.batchMax ?? BATCH_MAX }));
    const records = (reply.Records ?? []).map((record) => this.lambdaRecord(record));
    if (records.length > 0) {
      this.worked = true;
      if (!(await this.handle(shard, records))) {
        // Stopped half-way: read again from the last position that was kept.
        this.iterators.delete(shard);
        return 0;
      }
    }
    this.handled += records.length;
    this.changes += records.filter(saysMoreThanWhen).length;
    if (reply.NextShardIterator) this.iterators.set(shard, reply.NextShardIterator);
    else this.iterators.delete(shard);
    return records.length;
  }

  private async open(shard: string): Promise<string | undefined> {
    const row = this.options.store.database
      .prepare('SELECT sequence FROM stream_positions WHERE stream = ? AND shard = ?')
      .get(this.arn ?? '', shard);
    const common = { StreamArn: this.arn, ShardId: shard };
    try {
      const { ShardIterator } = await this.client.send(
        new GetShardIteratorCommand(
          row
            ? { ...common, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: String(row.sequence) }
            : { ...common, ShardIteratorType: 'TRIM_HORIZON' },
        ),
      );
      return ShardIterator;
    } catch (error) {
      if ((error as { name?: string }).name !== 'TrimmedDataAccessException') throw error;
      this.options.log.warn('stream records were trimmed before they were read: catching up from the table');
      await this.options.onGap?.();
      const { ShardIterator } = await this.client.send(new GetShardIteratorCommand({ ...common, ShardIteratorType: 'TRIM_HORIZON' }));
      return ShardIterator;
    }
  }

  /** Delivers a batch to its end, parking what keeps failing. `false`: stopped before the end. */
  private async handle(shard: string, records: readonly DynamoDBRecord[]): Promise<boolean> {
    let rest = records;
    let tries = 0;
    while (rest.length > 0) {
      const failure = await this.deliver(rest);
      if (!failure) {
        this.keep(shard, rest.at(-1));
        return true;
      }
      if (failure.from > 0) {
        // What went before the failed one is done, and the failed one gets all its tries.
        this.keep(shard, rest[failure.from - 1]);
        rest = rest.slice(failure.from);
        tries = 0;
      }
      tries += 1;
      if (this.stopping) return false;
      if (tries < (this.options.triesMax ?? TRIES_MAX)) {
        await this.pause(RETRY_FIRST_MS * 2 ** (tries - 1));
        continue;
      }
      const culprit = rest[0] as DynamoDBRecord;
      const alone = rest.length > 1 ? await this.deliver([culprit]) : failure;
      if (alone) this.park(culprit, alone.error);
      this.keep(shard, culprit);
      rest = rest.slice(1);
      tries = 0;
    }
    return true;
  }

  /** `undefined`: all done. Else where it failed: a handler that throws says nothing about where, so from the first. */
  private async deliver(records: readonly DynamoDBRecord[]): Promise<{ from: number; error: string } | undefined> {
    try {
      const reply = await this.options.handler({ Records: structuredClone([...records]) });
      const failed = new Set((reply?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier));
      if (failed.size === 0) return undefined;
      const from = records.findIndex((record) => failed.has(record.dynamodb?.SequenceNumber ?? ''));
      // Lambda takes an identifier that it does not know as "all of it".
      return { from: Math.max(0, from), error: 'reported as failed by the handler' };
    } catch (error) {
      return { from: 0, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }

  private keep(shard: string, record: DynamoDBRecord | undefined): void {
    const sequence = record?.dynamodb?.SequenceNumber;
    if (sequence === undefined) return;
    this.options.store.database
      .prepare(
        'INSERT INTO stream_positions (stream, shard, sequence) VALUES (?, ?, ?) ON CONFLICT (stream, shard) DO UPDATE SET sequence = excluded.sequence',
      )
      .run(this.arn ?? '', shard, sequence);
  }

  private park(record: DynamoDBRecord, error: string): void {
    const { PK, SK } = record.dynamodb?.Keys ?? {};
    const keys = `${PK?.S ?? ''} / ${SK?.S ?? ''}`;
    this.options.store.database
      .prepare('INSERT INTO parked_records (sequence, keys, record, error, parked_at) VALUES (?, ?, ?, ?, ?)')
      .run(record.dynamodb?.SequenceNumber ?? '', keys, JSON.stringify(record), error, this.options.clock.now());
    this.options.log.error('a stream record keeps failing and was parked', { keys, error });
  }

  /** The SDK's record in the shape that Lambda hands over: JSON, seconds, base64. */
  private lambdaRecord(record: StreamRecord): DynamoDBRecord {
    const { dynamodb, ...rest } = record;
    const plain = JSON.parse(
      JSON.stringify({ ...rest, dynamodb: { ...dynamodb, ApproximateCreationDateTime: undefined } }, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
      ),
    ) as DynamoDBRecord;
    return {
      ...plain,
      eventSource: 'aws:dynamodb',
      eventSourceARN: this.arn ?? '',
      dynamodb: { ...plain.dynamodb, ApproximateCreationDateTime: Math.floor(Number(dynamodb?.ApproximateCreationDateTime ?? 0) / 1000) },
    };
  }
}

/** Whether anything but the item's place in the due index is new. */
function saysMoreThanWhen({ dynamodb }: DynamoDBRecord): boolean {
  const { OldImage: before, NewImage: after } = dynamodb ?? {};
  if (!before || !after || !before.GSI2PK?.S?.startsWith('DUE#') || before.GSI2PK.S !== after.GSI2PK?.S) return true;
  return !isDeepStrictEqual({ ...before, GSI2SK: null }, { ...after, GSI2SK: null });
}
