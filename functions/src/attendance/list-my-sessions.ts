import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { nextStep } from '@kehou/shared/attendance/rules';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { instructorOfPerson } from '../library/instructor.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { Seat } from '../selection/seat.repository.ts';
import { checkSpan } from './days.ts';
import { settingsOf } from './own-session.ts';
import { StoredRecord } from './record.repository.ts';

type List = typeof attendanceRoutes.listMySessions;
const Row = z.record(z.string(), z.unknown());
/** In fourteen days; nobody teaches more. */
const SESSIONS_MAX = 150;

/** My sessions with what happened in them and the one button that is right now. Three round trips: who, when, and the rest in one batch. */
export function listMySessions({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<List>, actor: Actor): Promise<ReplyOf<List>> => {
    checkSpan(input.from, input.to);
    const instructorId = await instructorOfPerson(table, actor.personId);
    if (!instructorId) return { items: [] };
    const { items: sessions } = await table.query(
      { ...keys.sessionsOfInstructorBetween(instructorId, input.from, input.to), limit: SESSIONS_MAX },
      Session,
    );
    const offeringIds = [...new Set(sessions.map(({ offeringId }) => offeringId))];
    const schoolIds = [...new Set(sessions.map(({ schoolId }) => schoolId))];
    const rows = await getAll(
      table,
      [
        ...sessions.map(({ offeringId, sessionId }) => keys.sessionRecord(offeringId, sessionId)),
        ...offeringIds.map((id) => keys.seat(id)),
        ...schoolIds.map((id) => keys.settings(id)),
      ],
      Row,
    );
    const enrolled = new Map(offeringIds.map((id, index) => [id, holdersOf(rows[sessions.length + index])]));
    const settings = new Map(schoolIds.map((id, index) => [id, settingsOf(rows[sessions.length + offeringIds.length + index])]));
    const now = clock.now();
    return {
      items: sessions.map((session, index) => {
        const record = rows[index] === undefined ? undefined : StoredRecord.parse(rows[index]);
        return {
          ...session,
          record,
          enrolled: enrolled.get(session.offeringId) ?? 0,
          nextStep: nextStep(now, session, record, settings.get(session.schoolId) ?? settingsOf(undefined)),
        };
      }),
    };
  };
}

/** Places taken in a class, as its seat item says: 0 when no window has had it yet. */
export function holdersOf(row: unknown): number {
  return row === undefined ? 0 : Object.keys(Seat.parse(row).holders).length;
}
