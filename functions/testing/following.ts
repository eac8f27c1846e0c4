/** The stream, for tests of one area: what has changed in the table since it was last looked at, handed to followers until nothing more changes. */
import { isDeepStrictEqual } from 'node:util';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item, Table } from '../src/platform/table.ts';
import type { Change, Follower } from '../src/use-cases.ts';

const ROUNDS_MAX = 50;

export class Following {
  private readonly table: Table;
  private readonly followers: readonly Follower[];
  private seen = new Map<string, Item>();
  private sequence = 0;

  constructor(table: Table, followers: readonly Follower[]) {
    this.table = table;
    this.followers = followers;
  }

  /** Every change since the last call, and what follows from it. Each record comes `times` times: at least once is what streams promise. */
  async settle(times = 1): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const changes = await this.look();
      if (changes.length === 0) return;
      for (const change of changes) {
        for (const follow of this.followers) for (let time = 0; time < times; time++) await follow(change);
      }
    }
    throw new Error('the followers never come to rest');
  }

  /** Takes note of what has changed without following it. */
  async look(): Promise<Change[]> {
    const now = new Map<string, Item>();
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.table.client.send(
        new ScanCommand({ TableName: this.table.name, ConsistentRead: true, ExclusiveStartKey: from as never }),
      );
      for (const raw of page.Items ?? []) {
        const item = unmarshall(raw);
        now.set(`${item.PK}\n${item.SK}`, item);
      }
      from = page.LastEvaluatedKey;
    } while (from);
    const changes: Change[] = [];
    for (const key of new Set([...this.seen.keys(), ...now.keys()])) {
      const [before, after] = [this.seen.get(key), now.get(key)];
      if (before && after && isDeepStrictEqual(before, after)) continue;
      const [PK = '', SK = ''] = key.split('\n');
      this.sequence += 1;
      changes.push({ sequence: String(this.sequence), keys: { PK, SK }, before, after });
    }
    this.seen = now;
    return changes;
  }
}
