import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { judgeExceptionHours } from '@kehou/shared/attendance/rules';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { create, put, type Table } from '../platform/table.ts';
import { getSettings } from '../school/settings.repository.ts';
import { exceptionItem, StoredException } from './exception.repository.ts';
import { ownSession } from './own-session.ts';

type Ask = typeof attendanceRoutes.requestException;

/** Asks the school to accept a sign-in or sign-out that could not be made. Four round trips at most. One open request a mark. */
export function requestException({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Ask>, actor: Actor): Promise<ReplyOf<Ask>> => {
    const { session, record } = await ownSession(table, input, actor);
    const before = await known(table, input, session.schoolId);
    if (before) return before;
    const settings = await getSettings(table, session.schoolId);
    if (session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');
    if (record?.[input.mark === 'sign-in' ? 'signedIn' : 'signedOut']) throw new DomainError('attendance.mark_there');
    const now = clock.now();
    const outside = judgeExceptionHours(now, session, settings, input.mark);
    if (outside) throw new DomainError(outside);

    const { sessionId, offeringId, schoolId, instructorId, instructorName, courseName, date } = session;
    const { attendanceExceptionId, mark, reason } = input;
    const exception: StoredException = {
      attendanceExceptionId,
      sessionId,
      offeringId,
      schoolId,
      instructorId,
      instructorName,
      courseName,
      date,
      mark,
      reason,
      status: 'asked',
      askedAt: now,
      askedBy: actor.personId,
    };
    if (
      !(await table.tryWrite([
        create(keys.exception(schoolId, attendanceExceptionId), exceptionItem(exception)),
        put(
          keys.exceptionOfMark(sessionId, mark),
          { attendanceExceptionId, status: 'asked' },
          { condition: { expression: 'attribute_not_exists(PK) OR #status = :refused', values: { refused: 'refused' } } },
        ),
      ]))
    )
      return exception;
    const mine = await known(table, input, schoolId);
    if (mine) return mine;
    throw new DomainError('attendance.exception_open');
  };
}

/** The same request, made before. */
async function known(table: Table, input: ParsedOf<Ask>, schoolId: StoredException['schoolId']): Promise<StoredException | undefined> {
  const before = await table.get(keys.exception(schoolId, input.attendanceExceptionId), StoredException);
  if (before && (before.sessionId !== input.sessionId || before.mark !== input.mark || before.reason !== input.reason)) {
    throw new DomainError('request.id_reused');
  }
  return before;
}
