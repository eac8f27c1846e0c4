import type { SettlementBreak } from '@kehou/shared/billing/break';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { auditWrite } from '../organisation/audit.ts';
import { getOrganisation, mustGetOrganisation } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed } from '../platform/table.ts';
import { closeBreakWrite, mustGetBreak } from './break.repository.ts';
import { sees } from './list-breaks.ts';

type Close = typeof billingRoutes.closeBreak;

/**
 * Closes a break with the reason why it may be left as it is. Nothing moves on the ledger: what the bill has and the books
 * have not stays out of every balance, so no payout can spend it. A repeat in the same words answers the same; a break that
 * the organisation does not see is 404. Four round trips.
 */
export function closeBreak({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Close>, actor: Actor): Promise<ReplyOf<Close>> => {
    const [organisation, found] = await Promise.all([
      mustGetOrganisation(table, input.organisationId),
      mustGetBreak(table, input.date, input.breakId),
    ]);
    const school = found.schoolId ? await getOrganisation(table, found.schoolId) : undefined;
    if (!sees(organisation, found, school)) throw new DomainError('request.not_found');
    // A bureau reads; it closes only where no operator is there to do so.
    if (organisation.kind !== 'operator' && school?.operatorId) throw new DomainError('session.forbidden');
    if (found.status === 'closed') return closedBefore(found, input.reason, actor);

    const at = clock.now();
    const closing = { closedAt: at, closedBy: actor.personId as Id<'person'>, reason: input.reason };
    const { breakId, date, kind, direction, billFen, booksFen } = found;
    try {
      await table.write([
        closeBreakWrite(found, closing),
        auditWrite({
          organisationId: found.schoolId ?? input.organisationId,
          at,
          actor,
          action: 'billing.break-closed',
          subject: breakId,
          details: { date, kind, direction, billFen, booksFen, by: input.organisationId, reason: input.reason },
        }),
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // Closed meanwhile: by a colleague, or by this very request, whose answer was lost.
      return closedBefore(await mustGetBreak(table, input.date, input.breakId), input.reason, actor);
    }
    return { ...found, ...closing, status: 'closed' };
  };
}

function closedBefore(found: SettlementBreak, reason: string, actor: Actor): SettlementBreak {
  if (found.closedBy === actor.personId && found.reason === reason) return found;
  throw new DomainError('break.closed');
}
