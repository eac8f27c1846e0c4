import type { ChildSession } from '@kehou/shared/attendance/attendance';
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { Id } from '@kehou/shared/kernel/id';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { Session } from '@kehou/shared/offering/offering';
import { Enrolment, hasSessions, isTheirs } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { checkSpan } from './days.ts';
import { StoredRecord } from './record.repository.ts';
import { LeaveMark, StoredRollEntry } from './roll.repository.ts';

type List = typeof attendanceRoutes.listChildSessions;
const Row = z.record(z.string(), z.unknown());
/** The newest tries of a child: more than any term has. */
const ENROLMENTS_MAX = 200;
/** A school's sessions in fourteen days. */
const SESSIONS_MAX = 3000;

/**
 * A child's sessions with attendance and comment. Two queries, whatever the size of the city (the child's enrolments, the
 * school's sessions of these days), and one batch of reads for what happened in them.
 */
export function listChildSessions({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>): Promise<ReplyOf<List>> => {
    checkSpan(input.from, input.to);
    const enrolments = await enrolmentsOfChild(table, input.pupilId);
    return { items: await sessionsOfChild(table, input, enrolments) };
  };
}

/** The newest enrolments of a child, whatever became of them. One query. */
export async function enrolmentsOfChild(table: Table, pupilId: Id<'pupil'>): Promise<Enrolment[]> {
  const { items } = await table.query(
    { ...keys.enrolments(pupilId), limit: ENROLMENTS_MAX, newestFirst: true, consistent: true },
    Enrolment,
  );
  return items;
}

/** Sessions of the classes that a child is confirmed in, and those before a move of the class that was moved from, between two days: one query a school, one batch of reads. */
export async function sessionsOfChild(
  table: Table,
  { pupilId, from, to }: { pupilId: Id<'pupil'>; from: ChinaDate; to: ChinaDate },
  enrolments: readonly Enrolment[],
): Promise<ChildSession[]> {
  const mine = enrolments.filter(hasSessions);
  const schoolIds = [...new Set(mine.map(({ schoolId }) => schoolId))];
  const ofSchools = await Promise.all(
    schoolIds.map((schoolId) => table.queryAll({ ...keys.sessionsOfSchoolBetween(schoolId, from, to), most: SESSIONS_MAX }, Session)),
  );
  const sessions = ofSchools
    .flat()
    .filter((session) => mine.some((enrolment) => enrolment.offeringId === session.offeringId && isTheirs(enrolment, session)))
    .sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
  const rows = await getAll(
    table,
    sessions.flatMap(({ offeringId, sessionId }) => [
      keys.sessionRecord(offeringId, sessionId),
      keys.rollEntry(sessionId, pupilId),
      keys.leaveOfSession(sessionId, pupilId),
    ]),
    Row,
  );
  return sessions.map((session, index) => {
    const [recordRow, entryRow, leaveRow] = rows.slice(index * 3, index * 3 + 3);
    const record = recordRow && StoredRecord.parse(recordRow);
    const entry = entryRow && StoredRollEntry.parse(entryRow);
    return {
      ...session,
      signedIn: record?.signedIn !== undefined,
      presence: entry?.presence,
      arrivedAt: entry?.presence === 'present' ? record?.rollCalledAt : undefined,
      leaveId: leaveRow && LeaveMark.parse(leaveRow).leaveId,
      stars: entry?.stars,
      comment: entry?.comment,
    };
  });
}
