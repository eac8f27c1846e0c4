/** An import on record, the rows that it still has to apply, and the lock that lets one at a time be applied at a school. */
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { PupilRow, RosterImport, StaffRow } from '@kehou/shared/school/school';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { absent, create, type Item, type Page, put, remove, type Table, update, type Write } from '../platform/table.ts';

export const StoredImport = RosterImport.extend({
  schoolId: Id('organisation'),
  fingerprint: z.string(),
  chunks: z.int(),
  /** Chunks before this one are applied. */
  nextChunk: z.int(),
  /** Who asked: roles that the roster gives are on the audit trail under their name. */
  personId: z.string(),
  requestId: z.string(),
});
export type StoredImport = z.infer<typeof StoredImport>;

export const CHUNK_ROWS = 100;
/** Rows of an import that was never accepted, or long applied, are cleared. */
const CHUNK_KEPT_SECONDS = 7 * 86_400;
/** An import whose process has died is taken up again after so long. */
const CHASED_MINUTES = 2;

const Chunk = z.object({ pupils: z.array(PupilRow).optional(), staff: z.array(StaffRow).optional() });
export type Chunk = z.infer<typeof Chunk>;

export async function getImport(table: Table, schoolId: string, rosterImportId: string): Promise<StoredImport | undefined> {
  return table.get(keys.rosterImport(schoolId, rosterImportId), StoredImport);
}

/** One page of a school's imports, newest first. One query. */
export function importsOf(
  table: Table,
  schoolId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<StoredImport>> {
  const pk = keys.rosterImportsOfSchool(schoolId, '' as Instant, '').GSI1PK;
  return table.query({ index: 'GSI1', pk, newestFirst: true, ...page }, StoredImport);
}

export function chunkWrite(
  rosterImport: Pick<StoredImport, 'rosterImportId' | 'fingerprint'>,
  index: number,
  chunk: Chunk,
  now: Instant,
): Write {
  return put(keys.rosterChunk(rosterImport.rosterImportId, rosterImport.fingerprint, index), {
    ...chunk,
    ttl: Math.floor(ms(now) / 1000) + CHUNK_KEPT_SECONDS,
  });
}

export async function mustGetChunk(table: Table, rosterImport: StoredImport, index: number): Promise<Chunk> {
  const chunk = await table.get(keys.rosterChunk(rosterImport.rosterImportId, rosterImport.fingerprint, index), Chunk);
  if (!chunk) throw new Error(`chunk ${index} of ${rosterImport.rosterImportId} is gone`);
  return chunk;
}

/** The item, in the school's list by when it came: ids are made by whoever sends the file, on a clock of their own. */
function importItem(rosterImport: StoredImport): Item {
  const { schoolId, startedAt, rosterImportId } = rosterImport;
  return { ...rosterImport, ...keys.rosterImportsOfSchool(schoolId, startedAt, rosterImportId) };
}

/** A refused one: on record with its problems, and nothing else. */
export function refusedWrite(rosterImport: StoredImport): Write {
  return create(keys.rosterImport(rosterImport.schoolId, rosterImport.rosterImportId), importItem(rosterImport));
}

/** Position of the lock among {@link acceptedWrites}. */
export const LOCK_WRITE = 1;

/** An accepted one: from here on it is applied to its end, whatever dies. Fails while another one is being applied. */
export function acceptedWrites(rosterImport: StoredImport, now: Instant): Write[] {
  const { schoolId, rosterImportId } = rosterImport;
  return [
    create(keys.rosterImport(schoolId, rosterImportId), {
      ...importItem(rosterImport),
      ...keys.due(rosterImportId, addMinutes(now, CHASED_MINUTES)),
    }),
    put(keys.rosterImporting(schoolId), { rosterImportId }, { condition: absent }),
  ];
}

export type Counts = Pick<RosterImport, 'added' | 'changed' | 'unchanged' | 'linksRemoved'>;

/**
 * One chunk is applied. The last one ends the import and gives the lock back. Fails when another process has applied this
 * chunk already.
 */
export function chunkAppliedWrites(rosterImport: StoredImport, counts: Counts, now: Instant): Write[] {
  const { schoolId, rosterImportId, nextChunk, chunks } = rosterImport;
  const isLast = nextChunk + 1 >= chunks;
  const rows = counts.added + counts.changed + counts.unchanged;
  const { GSI2SK } = keys.due(rosterImportId, addMinutes(now, CHASED_MINUTES));
  const progress =
    'SET #nextChunk = :next, #applied = #applied + :rows, #added = #added + :added, #changed = #changed + :changed, #unchanged = #unchanged + :unchanged, #linksRemoved = if_not_exists(#linksRemoved, :none) + :linksRemoved';
  const write = update(
    keys.rosterImport(schoolId, rosterImportId),
    isLast ? `${progress}, #status = :done REMOVE #GSI2PK, #GSI2SK` : `${progress}, #GSI2SK = :due`,
    {
      values: { next: nextChunk + 1, rows, ...counts, none: 0, ...(isLast ? { done: 'done' } : { due: GSI2SK }) },
      condition: { expression: '#status = :applying AND #nextChunk = :this', values: { applying: 'applying', this: nextChunk } },
    },
  );
  if (!isLast) return [write];
  const mine = { expression: 'attribute_not_exists(PK) OR #rosterImportId = :mine', values: { mine: rosterImportId } };
  return [write, remove(keys.rosterImporting(schoolId), { condition: mine })];
}
