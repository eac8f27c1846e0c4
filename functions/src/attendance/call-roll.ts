import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { countRoll, judgeRollHours } from '@kehou/shared/attendance/rules';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { type Condition, ConditionFailed, check, create, set, type Table, type Write } from '../platform/table.ts';
import { getSettings } from '../school/settings.repository.ts';
import { draftRoll, rollReply } from './get-roll.ts';
import { ownSession } from './own-session.ts';
import { emptyRecord, recordWrite, type StoredRecord } from './record.repository.ts';
import { entryItem, readRoll, type StoredRollEntry } from './roll.repository.ts';

type Call = typeof attendanceRoutes.callRoll;
type Wanted = ParsedOf<Call>['entries'];

/** Beside each chunk of entries stand the record and the check that the session is not cancelled. */
const ENTRIES_A_TRANSACTION_MAX = 98;
const TRIES_MAX = 5;
/** Nobody changes their mind about one pupil so often. */
const CORRECTIONS_MAX = 50;

/**
 * Calls the roll, or corrects it. A class of up to 98 pupils is one transaction: the entries, and the record with their
 * counts. A larger one goes in chunks, and each chunk's transaction carries the counts of exactly what is in the table
 * after it, on condition that nobody else has written to this roll since it was read (`rollRevision`). So counts are
 * right wherever a chunk may fail; only the last chunk says that the roll was called; and the same request again
 * finishes what a crash left.
 *
 * Five round trips for a class of up to 98 (first call), three for a correction.
 */
export function callRoll({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Call>, actor: Actor): Promise<ReplyOf<Call>> => {
    for (let attempt = 1; ; attempt++) {
      const now = clock.now();
      const [{ session, record }, roll] = await Promise.all([ownSession(table, input, actor), readRoll(table, input.sessionId)]);
      const settings = await getSettings(table, session.schoolId);
      if (session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');
      const outside = judgeRollHours(now, session, settings);
      if (outside) throw new DomainError(outside);

      const stored = new Map(roll.entries.map((entry) => [entry.pupilId as string, entry]));
      const before = record?.rollCalledAt ? stored : await draftRoll(table, session, roll);
      if (before.size === 0) throw new DomainError('attendance.nobody_due');
      const after = applied(before, input.entries, record?.rollCalledAt ? { at: now, by: actor.personId } : undefined);
      try {
        const written = await write(table, session, record, stored, after, now);
        return rollReply(session, written, after.values());
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        if (attempt >= TRIES_MAX) throw new DomainError('request.changed');
      }
    }
  };
}

/** The roll as it shall be. `correction`: it had been called, so what changes keeps what it was. */
function applied(
  before: ReadonlyMap<string, StoredRollEntry>,
  wanted: Wanted,
  correction: { at: Instant; by: string } | undefined,
): Map<string, StoredRollEntry> {
  const after = new Map(before);
  for (const { pupilId, presence } of wanted) {
    const entry = before.get(pupilId);
    if (!entry) throw new DomainError('attendance.not_on_roll', { pupilId });
    if (entry.presence === presence) {
      after.set(pupilId, entry);
      continue;
    }
    const corrections = correction ? [...entry.corrections, { ...correction, from: entry.presence, to: presence }] : entry.corrections;
    if (corrections.length > CORRECTIONS_MAX) throw new DomainError('request.too_often');
    after.set(pupilId, { ...entry, presence, corrections });
  }
  return after;
}

async function write(
  table: Table,
  session: Session,
  record: StoredRecord | undefined,
  stored: ReadonlyMap<string, StoredRollEntry>,
  after: ReadonlyMap<string, StoredRollEntry>,
  now: Instant,
): Promise<StoredRecord> {
  const changed = [...after.values()].filter((entry) => stored.get(entry.pupilId) !== entry);
  let current = record ?? emptyRecord(session);
  if (changed.length === 0 && current.rollCalledAt) return current;
  const inTable = new Map(stored);
  for (let start = 0; start === 0 || start < changed.length; start += ENTRIES_A_TRANSACTION_MAX) {
    const chunk = changed.slice(start, start + ENTRIES_A_TRANSACTION_MAX);
    const writes = chunk.map((entry) => entryWrite(entry, inTable.has(entry.pupilId)));
    for (const entry of chunk) inTable.set(entry.pupilId, entry);
    const last = start + ENTRIES_A_TRANSACTION_MAX >= changed.length;
    const next: StoredRecord = {
      ...current,
      ...countRoll(inTable.values()),
      rollRevision: current.rollRevision + 1,
      ...(last ? { rollCalledAt: current.rollCalledAt ?? now } : {}),
    };
    await table.write([
      recordWrite(session, { set: rollFields(next), condition: unchanged(current.rollRevision) }),
      check(keys.session(session.offeringId, session.sessionId), {
        expression: '#status = :scheduled',
        values: { scheduled: 'scheduled' },
      }),
      ...writes,
    ]);
    current = next;
  }
  return current;
}

function rollFields({ due, present, absent, onLeave, rollRevision, rollCalledAt }: StoredRecord) {
  return { due, present, absent, onLeave, rollRevision, ...(rollCalledAt ? { rollCalledAt } : {}) };
}

function unchanged(revision: number): Condition {
  if (revision > 0) return { expression: '#rollRevision = :before', values: { before: revision } };
  return { expression: 'attribute_not_exists(PK) OR #rollRevision = :before', values: { before: 0 } };
}

/** Of an entry that is there only what the roll decides is set: a comment may have come beside it since it was read. */
function entryWrite(entry: StoredRollEntry, there: boolean): Write {
  const key = keys.rollEntry(entry.sessionId, entry.pupilId);
  return there ? set(key, { presence: entry.presence, corrections: entry.corrections }) : create(key, entryItem(entry));
}
