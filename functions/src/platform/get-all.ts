import type * as z from 'zod';
import type { Key, Table } from './table.ts';

const BATCH_MAX = 100;

/** {@link Table.getMany} for any number of keys, a hundred a call and two calls at a time; what is found comes in the order of the keys. */
export async function getAll<T>(table: Table, keys: readonly Key[], schema: z.ZodType<T>): Promise<(T | undefined)[]> {
  const found: (T | undefined)[] = [];
  for (let start = 0; start < keys.length; start += 2 * BATCH_MAX) {
    const [one, two] = await Promise.all([
      table.getMany(keys.slice(start, start + BATCH_MAX), schema),
      table.getMany(keys.slice(start + BATCH_MAX, start + 2 * BATCH_MAX), schema),
    ]);
    found.push(...one, ...two);
  }
  return found;
}
