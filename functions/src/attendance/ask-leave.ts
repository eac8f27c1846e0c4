import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { create } from '../platform/table.ts';
import { Attempt, getEnrolment } from '../selection/enrolment.repository.ts';
import { mayStillChange, rollNotCalled, StoredLeave } from './leave.repository.ts';
import { StoredRecord } from './record.repository.ts';

type Ask = typeof attendanceRoutes.askLeave;
const Row = z.record(z.string(), z.unknown());

/** Asks leave from a session that has not begun; the roll then expects the child to be away. Three round trips. */
export function askLeave({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Ask>, _actor: Actor): Promise<ReplyOf<Ask>> => {
    const { pupilId, leaveId, offeringId, sessionId, reason } = input;
    const [known, sessionRow, recordRow, attemptRow] = await table.getMany(
      [
        keys.leave(pupilId, leaveId),
        keys.session(offeringId, sessionId),
        keys.sessionRecord(offeringId, sessionId),
        keys.attempt(pupilId, offeringId),
      ],
      Row,
    );
    if (known) return sameLeave(StoredLeave.parse(known), input);
    if (!sessionRow) throw new DomainError('request.not_found');
    const session = Session.parse(sessionRow);
    if (!(await isEnrolled(attemptRow))) throw new DomainError('attendance.not_enrolled');
    const now = clock.now();
    mayStillChange(session, recordRow && StoredRecord.parse(recordRow), now);

    const { schoolId, courseName, date } = session;
    const leave: StoredLeave = {
      leaveId,
      pupilId,
      sessionId,
      offeringId,
      schoolId,
      courseName,
      date,
      reason,
      status: 'asked',
      askedAt: now,
    };
    const refusal = await table.tryWrite([
      create(keys.leave(pupilId, leaveId), leave),
      create(keys.leaveOfSession(sessionId, pupilId), { leaveId, pupilId, reason }),
      rollNotCalled(session),
    ]);
    if (!refusal) return leave;
    const mine = await table.get(keys.leave(pupilId, leaveId), StoredLeave);
    if (mine) return sameLeave(mine, input);
    throw new DomainError(refusal.failed.includes(1) ? 'attendance.leave_there' : 'attendance.roll_called');

    async function isEnrolled(row: unknown): Promise<boolean> {
      const attempt = row === undefined ? undefined : Attempt.parse(row);
      if (!attempt?.live) return false;
      const enrolment = await getEnrolment(table, pupilId, attempt.enrolmentId as Parameters<typeof getEnrolment>[2]);
      return enrolment?.status === 'confirmed';
    }
  };
}

function sameLeave(leave: StoredLeave, input: ParsedOf<Ask>): StoredLeave {
  if (leave.sessionId !== input.sessionId || leave.reason !== input.reason) throw new DomainError('request.id_reused');
  return leave;
}
