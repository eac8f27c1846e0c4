/**
 * How figures are kept. What a thing adds stands in an item of its own, its share; a school's figures are the sum of its
 * shares, kept in one more item. Both change in one transaction, on condition that the share is still what was read, by
 * the difference between what it added and what it adds now. So a change that the stream tells twice, late or out of
 * order adds nothing: whoever comes works out the share from the thing as it is in the table now, and finds it there
 * already. An unconditional increment would double; counting anew on every read would not scale.
 *
 * One item a school is not sharded: it is written by followers of the stream, not by anyone who waits, a few times a second
 * on the busiest night (a school's payments), and a conflict is just tried again.
 */
import { flat, minus, nothing, Tally, unflat } from '@kehou/shared/supervision/figures';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, put, type Table, update, type Write } from '../platform/table.ts';

const StoredShare = z.object({ schoolId: z.string(), tally: Tally, revision: z.int() });

const TRIES_MAX = 8;

/** What a thing adds to which school's figures; `undefined`: it is nobody's any more. */
export type Share = { readonly schoolId: string; readonly tally: Tally } | undefined;

/** Brings the figures up to date with one thing. `now` works out its share afresh, from the table, on every try. Idempotent. */
export async function keepShare(table: Table, subject: string, now: () => Promise<Share>): Promise<void> {
  const key = keys.figureShare(subject);
  for (let attempt = 1; ; attempt++) {
    const before = await table.get(key, StoredShare);
    const share = await now();
    const writes = figureWrites(before, share);
    if (writes.length === 0) return;
    const next = { schoolId: share?.schoolId ?? before?.schoolId, tally: share?.tally ?? nothing, revision: (before?.revision ?? 0) + 1 };
    const condition = before
      ? { expression: '#revision = :before', values: { before: before.revision } }
      : { expression: 'attribute_not_exists(PK)' };
    try {
      await table.write([put(key, next, { condition }), ...writes]);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** One write a school whose figures change: two when a thing moves between schools. */
function figureWrites(before: Share, after: Share): Write[] {
  const schoolIds = new Set([before?.schoolId, after?.schoolId].filter((id) => id !== undefined));
  return [...schoolIds].flatMap((schoolId) => {
    const was = before?.schoolId === schoolId ? before.tally : nothing;
    const is = after?.schoolId === schoolId ? after.tally : nothing;
    const moved = flat(minus(is, was));
    const names = Object.keys(moved);
    if (names.length === 0) return [];
    return [update(keys.figures(schoolId), `ADD ${names.map((name) => `#${name} :${name}`).join(', ')}`, { values: { ...moved } })];
  });
}

/** Figures of many schools in the order asked for; zeros where nothing has happened. One read a hundred schools. */
export async function figuresOf(table: Table, schoolIds: readonly string[]): Promise<Tally[]> {
  const found = await getAll(
    table,
    schoolIds.map((schoolId) => keys.figures(schoolId)),
    z.looseObject({}),
  );
  return found.map((row) => (row ? unflat(row) : nothing));
}
