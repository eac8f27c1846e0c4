/**
 * What must happen by now, whatever died: every minute, each shard of the due index up to this instant, handed to the area
 * that the item's sort key names. One that keeps failing stays in the index and holds nobody up: the rest of the shard is
 * read past it.
 */
import * as z from 'zod';
import { inLanes } from '../platform/in-lanes.ts';
import { DUE_SHARDS, keys } from '../platform/keys.ts';
import type { Log } from '../platform/log.ts';
import type { Platform } from '../platform/platform.ts';
import type { Item } from '../platform/table.ts';
import type { DueHandlers } from '../use-cases.ts';

export interface Swept {
  readonly handled: number;
  readonly failed: number;
  /** More was due than one round takes: the next goes on. */
  readonly more: boolean;
}

const PAGE = 100;
/** A shard and round; at one round a minute that is more than selection night leaves behind. */
const A_SHARD_MAX = 1_000;
const LANES = 8;

const DueItem = z.looseObject({ PK: z.string(), SK: z.string() });

export function sweepDue({ table, clock, log }: Pick<Platform, 'table' | 'clock' | 'log'>, handlers: DueHandlers) {
  const prefixes = Object.keys(handlers).sort((one, other) => other.length - one.length);

  async function handle(item: z.infer<typeof DueItem>): Promise<boolean> {
    const prefix = prefixes.find((each) => item.SK.startsWith(each));
    const handler = prefix === undefined ? undefined : handlers[prefix];
    try {
      if (!handler) throw new Error(`nobody handles what is due under ${item.SK.split('#')[0]}`);
      await handler(item as Item);
      return true;
    } catch (error) {
      report(log, item.SK, error as Error);
      return false;
    }
  }

  async function sweepShard(shard: number, until: string): Promise<Swept> {
    let handled = 0;
    let failed = 0;
    let cursor: string | undefined;
    do {
      const page = await table.query({ index: 'GSI2', pk: keys.dueShard(shard), between: ['0', until], limit: PAGE, cursor }, DueItem);
      await inLanes(page.items, LANES, async (item) => {
        if (await handle(item)) handled++;
        else failed++;
      });
      cursor = page.cursor;
    } while (cursor && handled + failed < A_SHARD_MAX);
    return { handled, failed, more: cursor !== undefined };
  }

  return async (): Promise<Swept> => {
    // `~` sorts after every id: what is due at this very instant is in.
    const until = `${clock.now()}#~`;
    const swept: Swept[] = [];
    await inLanes([...Array(DUE_SHARDS).keys()], DUE_SHARDS, async (shard) => {
      swept.push(await sweepShard(shard, until));
    });
    const sum = {
      handled: swept.reduce((total, each) => total + each.handled, 0),
      failed: swept.reduce((total, each) => total + each.failed, 0),
      more: swept.some((each) => each.more),
    };
    if (sum.handled + sum.failed > 0) log.info('swept', sum);
    return sum;
  };
}

function report(log: Log, sortKey: string, error: Error): void {
  log.error('a due item failed', { due: sortKey.split('#')[0], name: error.name, message: error.message, stack: error.stack });
}
