import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { callingOff, Session } from '@kehou/shared/offering/offering';
import { CALENDAR_REASON } from '@kehou/shared/offering/plan-sessions';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { type Condition, check, set } from '../platform/table.ts';
import { redateOffering } from './date-sessions.ts';

type Routes = typeof offeringRoutes;

/** Which of the writes below looks at what happened in it. */
const RECORD = 1;

/** Nobody has signed in and no roll was called; an exception that is granted later finds it cancelled. */
const notHeld: Condition = { expression: 'attribute_not_exists(#signedIn) AND attribute_not_exists(#rollCalledAt)' };

/**
 * Cancels one session that has not begun, or one that is over and was never held, since no teacher came: it is neither counted on a refund
 * nor paid. What is told to whom follows from the stream. Again is the same. Two round trips; a draft's count and fee are brought in line after it.
 * Throws `offering.session_over` where {@link callingOff} says no; `offering.session_held` where a teacher was there.
 */
export function cancelSession(deps: Pick<Platform, 'table' | 'clock'>) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['cancelSession']>, actor: Actor): Promise<ReplyOf<Routes['cancelSession']>> => {
    const { schoolId, offeringId, sessionId, reason } = input;
    const key = keys.session(offeringId, sessionId);
    const session = await table.mustGet(key, Session);
    if (session.schoolId !== schoolId || session.offeringId !== offeringId) throw new DomainError('request.not_found');
    if (session.status === 'cancelled') return session;
    const now = clock.now();
    if (!callingOff(session, now)) throw new DomainError('offering.session_over');
    // The calendar's own word for it would let the calendar bring it back.
    const cancelReason = reason === CALENDAR_REASON ? `${reason}（学校）` : reason;
    const refusal = await table.tryWrite([
      set(
        key,
        { status: 'cancelled', cancelReason },
        { condition: { expression: '#status = :scheduled', values: { scheduled: 'scheduled' } } },
      ),
      check(keys.sessionRecord(offeringId, sessionId), notHeld),
      auditWrite({
        organisationId: schoolId,
        at: now,
        actor,
        action: 'offering.session-cancelled',
        subject: sessionId,
        details: { offeringId, date: session.date, reason },
      }),
    ]);
    if (refusal?.failed.includes(RECORD)) throw new DomainError('offering.session_held');
    if (refusal) return table.mustGet(key, Session);
    await redateOffering(deps, offeringId);
    return { ...session, status: 'cancelled', cancelReason };
  };
}
