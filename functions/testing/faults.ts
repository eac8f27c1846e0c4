/**
 * What no local engine does by itself: throttle, conflict, lose a reply, and a process that dies between two writes.
 * Middleware on the SDK's own stack, beneath its retries, so that the retries are tried as well. Seeded: the same seed
 * and the same calls give the same faults.
 */
import {
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { mulberry32 } from '../src/platform/seeded.ts';
import { Table } from '../src/platform/table.ts';
import { testEngine } from './engine.ts';

export { mulberry32 };

/** The process is dead: nothing it does from here on reaches the table. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface FaultOptions {
  readonly seed?: number;
  /** Share of calls (0–1) that are refused as throttled; the SDK retries these by itself. */
  readonly throttle?: number;
  /** Share of writes (0–1) refused because another transaction holds the item. */
  readonly conflict?: number;
  /** Share of writes (0–1) that are performed and whose reply is lost; the SDK sends them again. */
  readonly lost?: number;
  /**
   * Dies around the Nth performed write (1 is the first).
   * `before-reply`: the write is in the table and its caller never learns; `before-next-write`: its caller goes on (and
   * may call a provider) and dies at the next write. Whatever comes after meets {@link Crash}, reads too.
   */
  readonly crashAfterWrites?: number;
  readonly crashWhen?: 'before-reply' | 'before-next-write';
  /** Asked before every write (1 is the first): what it answers is waited for, as by a process that stands still there and goes on later. */
  readonly beforeWrite?: (write: number) => Promise<void> | undefined;
}

export interface Faults {
  /** The table as the failing process sees it. Others keep using the one it was made from. */
  readonly table: Table;
  /** Writes that the table performed through this client. */
  writes(): number;
  /** How many faults of each kind were injected. */
  injected(): { readonly throttle: number; readonly conflict: number; readonly lost: number; readonly crash: number };
  crashed(): boolean;
}

const WRITES = new Set(['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand', 'TransactWriteItemsCommand', 'BatchWriteItemCommand']);

/** The same table through a client that fails as told. */
export async function withFaults(table: Table, options: FaultOptions): Promise<Faults> {
  const random = mulberry32(options.seed ?? 1);
  const counts = { throttle: 0, conflict: 0, lost: 0, crash: 0 };
  let writes = 0;
  let dead = false;
  const hits = (share: number | undefined) => share !== undefined && share > 0 && random() < share;
  const die = (): never => {
    dead = true;
    counts.crash += 1;
    throw new Crash(`the process died after write ${writes}`);
  };

  const { config } = await testEngine();
  const client = new DynamoDBClient({ ...config, retryStrategy: quickRetries(5) });
  client.middlewareStack.add(
    (next, context) => async (input) => {
      const command = context.commandName ?? '';
      const isWrite = WRITES.has(command);
      if (dead) throw new Crash('the process is dead');
      if (isWrite) await options.beforeWrite?.(writes + 1);
      if (isWrite && options.crashWhen === 'before-next-write' && writes === options.crashAfterWrites) die();
      if (hits(options.throttle)) {
        counts.throttle += 1;
        throw new ProvisionedThroughputExceededException({ message: 'injected', $metadata: {} });
      }
      if (isWrite && hits(options.conflict)) {
        counts.conflict += 1;
        throw conflict(command, input.input);
      }
      const output = await next(input);
      if (dead) throw new Crash('the process is dead');
      if (!isWrite) return output;
      writes += 1;
      if (options.crashWhen !== 'before-next-write' && writes === options.crashAfterWrites) die();
      if (hits(options.lost)) {
        counts.lost += 1;
        throw Object.assign(new Error('socket hang up (injected)'), { name: 'TimeoutError', code: 'ECONNRESET', $metadata: {} });
      }
      return output;
    },
    // After the retry middleware and before the request leaves: each attempt passes here.
    { step: 'finalizeRequest', priority: 'low', name: 'faults' },
  );
  return {
    table: new Table({ name: table.name, client }),
    writes: () => writes,
    injected: () => counts,
    crashed: () => dead,
  };
}

/**
 * Runs `scenario` once for every place where its process can die: after each write, before and after its caller learns
 * of it. `scenario` makes its own world, runs the action through `fail(table).table`, and then, alive again, checks what
 * must hold and that running the action anew completes it. Answers how many writes the action makes; fails a test whose
 * action writes nothing.
 */
export async function atEveryCrash(
  scenario: (fail: (table: Table) => Promise<Faults>, at: string) => Promise<void>,
  writesMax = 30,
): Promise<number> {
  for (let write = 1; write <= writesMax; write++) {
    let reached = false;
    for (const crashWhen of ['before-reply', 'before-next-write'] as const) {
      const made: Faults[] = [];
      await scenario(
        async (table) => {
          const faults = await withFaults(table, { crashAfterWrites: write, crashWhen });
          made.push(faults);
          return faults;
        },
        `${crashWhen === 'before-reply' ? 'before the reply of' : 'after'} write ${write}`,
      );
      if (made.length === 0) throw new Error('the scenario never asked for a failing table');
      reached ||= made.some((faults) => faults.writes() >= write);
    }
    if (!reached) {
      if (write === 1) throw new Error('the action wrote nothing: there is nothing to crash between');
      return write - 1;
    }
  }
  throw new Error(`the action makes more than ${writesMax} writes`);
}

/** What the SDK throws when another transaction holds an item of this command. */
export function conflict(command: string, input: unknown): Error {
  const message = 'injected: another transaction holds the item';
  if (command !== 'TransactWriteItemsCommand') return new TransactionConflictException({ message, $metadata: {} });
  const items = (input as { TransactItems?: readonly unknown[] }).TransactItems ?? [];
  return new TransactionCanceledException({
    message,
    $metadata: {},
    CancellationReasons: items.map((_, index) => ({ Code: index === 0 ? 'TransactionConflict' : 'None' })),
  });
}

type RetryStrategy = Exclude<Awaited<ReturnType<DynamoDBClient['config']['retryStrategy']>>, undefined>;

/** The SDK's retries without its half-second pauses. */
function quickRetries(attempts: number): RetryStrategy {
  const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 1 });
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (spent, error) => {
      const retryable = error.errorType === 'THROTTLING' || error.errorType === 'TRANSIENT';
      if (!retryable || spent.getRetryCount() >= attempts - 1) throw new Error('no more retries');
      return token(spent.getRetryCount() + 1);
    },
    recordSuccess: () => undefined,
  } as RetryStrategy;
}
