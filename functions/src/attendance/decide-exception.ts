import type { SignMark } from '@kehou/shared/attendance/attendance';
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import { instructorOfPerson } from '../library/instructor.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { check, put, set } from '../platform/table.ts';
import { exceptionItem, StoredException } from './exception.repository.ts';
import { recordWrite } from './record.repository.ts';

/** Which of the writes below looks at the session. */
const SESSION = 2;
type Decide = typeof attendanceRoutes.decideException;

/**
 * The school accepts or refuses; recorded with who decided, never by who asked or who would be paid. Accepted, the mark
 * stands at the session's own time, unless a scan has made it meanwhile, and a sign-in waits for the next payout, however old it is; a
 * refusal says why. Four round trips. The same decision again: the first result.
 */
export function decideException({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Decide>, actor: Actor): Promise<ReplyOf<Decide>> => {
    if (!input.approve && !input.note)
      throw new DomainError('request.invalid', { fields: [{ path: 'note', message: '请写明不同意的原因' }] });
    const key = keys.exception(input.schoolId, input.attendanceExceptionId);
    const [asked, instructorId] = await Promise.all([table.mustGet(key, StoredException), instructorOfPerson(table, actor.personId)]);
    const wanted = input.approve ? 'approved' : 'refused';
    if (asked.askedBy === actor.personId || asked.instructorId === instructorId) throw new DomainError('attendance.exception_own');
    if (asked.status !== 'asked') return decidedBefore(asked, wanted);
    const session = await table.mustGet(keys.session(asked.offeringId, asked.sessionId), Session);
    if (input.approve && session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');

    const now = clock.now();
    const decided: StoredException = { ...asked, status: wanted, decidedAt: now, decidedBy: actor.personId, note: input.note };
    const stands = { expression: '#status = :scheduled', values: { scheduled: 'scheduled' } };
    const stillAsked = { expression: '#status = :asked', values: { asked: 'asked' } };
    const mark: SignMark = { at: asked.mark === 'sign-in' ? session.startsAt : session.endsAt, late: false, by: 'exception' };
    const refusal = await table.tryWrite([
      put(key, exceptionItem(decided), { condition: stillAsked }),
      set(keys.exceptionOfMark(asked.sessionId, asked.mark), { status: wanted }, { condition: stillAsked }),
      ...(input.approve
        ? [
            // Not held after all, said in this very moment: there is nothing to be paid.
            check(keys.session(asked.offeringId, asked.sessionId), stands),
            recordWrite(
              { ...session, instructorId: asked.instructorId },
              asked.mark === 'sign-in'
                ? { keep: { signedIn: mark }, set: keys.recordsUnpaid(session.schoolId, session.date, session.sessionId) }
                : { keep: { signedOut: mark } },
            ),
          ]
        : []),
      auditWrite({
        organisationId: input.schoolId,
        at: now,
        actor,
        action: `attendance.exception-${wanted}`,
        subject: asked.attendanceExceptionId,
        details: { sessionId: asked.sessionId, instructorId: asked.instructorId, mark: asked.mark, reason: input.note },
      }),
    ]);
    if (!refusal) return decided;
    if (input.approve && refusal.failed.every((index) => index === SESSION)) throw new DomainError('attendance.session_cancelled');
    return decidedBefore(await table.mustGet(key, StoredException), wanted);
  };
}

function decidedBefore(exception: StoredException, wanted: StoredException['status']): StoredException {
  if (exception.status !== wanted) throw new DomainError('attendance.exception_decided');
  return exception;
}
