import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { countRoll } from '@kehou/shared/attendance/rules';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Session } from '@kehou/shared/offering/offering';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { ownSession } from './own-session.ts';
import { emptyRecord, type StoredRecord } from './record.repository.ts';
import { inOrder, newEntry, pupilsDue, type Roll, readRoll, type StoredRollEntry } from './roll.repository.ts';

type Get = typeof attendanceRoutes.getRoll;

/** The roll: as called, or before that whoever is due, present unless on leave. Two round trips once called, four before. */
export function getRoll({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Get>, actor: Actor): Promise<ReplyOf<Get>> => {
    const [{ session, record }, roll] = await Promise.all([ownSession(table, input, actor), readRoll(table, input.sessionId)]);
    const entries = record?.rollCalledAt ? roll.entries : [...(await draftRoll(table, session, roll)).values()];
    return rollReply(session, record, entries);
  };
}

/** A roll that has not been called to its end: what was written so far, then everyone else who is due. */
export async function draftRoll(table: Table, session: Session, roll: Roll): Promise<Map<string, StoredRollEntry>> {
  const draft = new Map(roll.entries.map((entry) => [entry.pupilId as string, entry]));
  for (const pupil of await pupilsDue(table, session)) {
    if (!draft.has(pupil.pupilId)) draft.set(pupil.pupilId, newEntry(session, pupil, roll.leaves.get(pupil.pupilId)));
  }
  return draft;
}

export function rollReply(session: Session, record: StoredRecord | undefined, entries: Iterable<StoredRollEntry>): ReplyOf<Get> {
  const ordered = inOrder(entries);
  return { record: { ...(record ?? emptyRecord(session)), ...countRoll(ordered) }, entries: ordered };
}
