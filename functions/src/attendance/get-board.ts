import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { boardState } from '@kehou/shared/attendance/rules';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { holdersOf } from './list-my-sessions.ts';
import { settingsOf } from './own-session.ts';
import { StoredRecord } from './record.repository.ts';

type Get = typeof attendanceRoutes.getBoard;
const Row = z.record(z.string(), z.unknown());
/** Sessions of a school in a day. */
const SESSIONS_MAX = 400;

/** A day's sessions of one school as they happen. Two round trips for a school of up to 50 sessions a day. */
export function getBoard({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Get>): Promise<ReplyOf<Get>> => {
    const { items: sessions } = await table.query(
      { ...keys.sessionsOfSchoolBetween(input.schoolId, input.date, input.date), limit: SESSIONS_MAX },
      Session,
    );
    const [schoolRow, settingsRow, ...rows] = await getAll(
      table,
      [
        keys.organisation(input.schoolId),
        keys.settings(input.schoolId),
        ...sessions.flatMap(({ offeringId, sessionId }) => [keys.sessionRecord(offeringId, sessionId), keys.seat(offeringId)]),
      ],
      Row,
    );
    if (!schoolRow) throw new DomainError('request.not_found');
    const school = Organisation.parse(schoolRow);
    const settings = settingsOf(settingsRow);
    const now = clock.now();
    return {
      asOf: now,
      items: sessions.map((session, index) => {
        const recordRow = rows[index * 2];
        const record = recordRow && StoredRecord.parse(recordRow);
        const { sessionId, offeringId, schoolId, courseName, instructorName, roomName, startsAt, endsAt } = session;
        const called = record?.rollCalledAt !== undefined;
        return {
          sessionId,
          offeringId,
          schoolId,
          schoolName: school.name,
          courseName,
          instructorName,
          roomName,
          startsAt,
          endsAt,
          state: boardState(now, session, record, settings),
          due: called ? record.due : holdersOf(rows[index * 2 + 1]),
          present: record?.present ?? 0,
          absent: record?.absent ?? 0,
          rollCalled: called,
        };
      }),
    };
  };
}
