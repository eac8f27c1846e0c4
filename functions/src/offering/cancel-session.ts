import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import { Session } from '@kehou/shared/offering/offering';
import { CALENDAR_REASON } from '@kehou/shared/offering/plan-sessions';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { set } from '../platform/table.ts';
import { redateOffering } from './date-sessions.ts';

type Routes = typeof offeringRoutes;

/**
 * Cancels one session that has not begun: it is neither counted on a refund nor paid. What is told to whom follows from the
 * stream. Again is the same. Two round trips; a draft's count and fee are brought in line after it.
 * Throws `offering.session_over`.
 */
export function cancelSession(deps: Pick<Platform, 'table' | 'clock'>) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['cancelSession']>, actor: Actor): Promise<ReplyOf<Routes['cancelSession']>> => {
    const { schoolId, offeringId, sessionId, reason } = input;
    const key = keys.session(offeringId, sessionId);
    const session = await table.mustGet(key, Session);
    if (session.schoolId !== schoolId || session.offeringId !== offeringId) throw new DomainError('request.not_found');
    if (session.status === 'cancelled') return session;
    if (ms(session.startsAt) <= ms(clock.now())) throw new DomainError('offering.session_over');
    // The calendar's own word for it would let the calendar bring it back.
    const cancelReason = reason === CALENDAR_REASON ? `${reason}（学校）` : reason;
    if (
      await table.tryWrite([
        set(
          key,
          { status: 'cancelled', cancelReason },
          { condition: { expression: '#status = :scheduled', values: { scheduled: 'scheduled' } } },
        ),
        auditWrite({
          organisationId: schoolId,
          at: clock.now(),
          actor,
          action: 'offering.session-cancelled',
          subject: sessionId,
          details: { offeringId, date: session.date, reason },
        }),
      ])
    ) {
      return table.mustGet(key, Session);
    }
    await redateOffering(deps, offeringId);
    return { ...session, status: 'cancelled', cancelReason };
  };
}
