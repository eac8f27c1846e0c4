import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays } from '@kehou/shared/kernel/time';
import { Offering, PublicOffering, Session } from '@kehou/shared/offering/offering';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { mustGetOffering, offeringsOfTerm, sessionsOf } from './offering.repository.ts';

type Routes = typeof offeringRoutes;
type Deps = Pick<Platform, 'table'>;

const DAYS_MAX = 35;

/** One query. */
export function listOfferings({ table }: Deps) {
  return async (input: ParsedOf<Routes['listOfferings']>): Promise<ReplyOf<Routes['listOfferings']>> => {
    const { items, cursor } = await offeringsOfTerm(table, input.schoolId, input.termId, { limit: input.limit, cursor: input.cursor });
    return { items: items.map((offering) => Offering.parse(offering)), cursor };
  };
}

/** A class and its sessions, without its pay. A draft is shown to those who work at its school, and to nobody else. Two reads. */
export function showOffering({ table }: Deps) {
  return async (input: ParsedOf<Routes['getOffering']>, actor: Actor): Promise<ReplyOf<Routes['getOffering']>> => {
    const [offering, sessions] = await Promise.all([
      mustGetOffering(table, input.offeringId),
      sessionsOf(table, input.offeringId, { consistent: false }),
    ]);
    const worksHere = actor.memberships.some(({ organisationId }) => organisationId === offering.schoolId);
    if (offering.status === 'draft' && !worksHere) throw new DomainError('request.not_found');
    return { offering: PublicOffering.parse(offering), sessions };
  };
}

/** One query. */
export function listSessions({ table }: Deps) {
  return async (input: ParsedOf<Routes['listSessions']>): Promise<ReplyOf<Routes['listSessions']>> => {
    const { schoolId, from, to, limit, cursor } = input;
    if (to < from || to > addDays(from, DAYS_MAX)) {
      throw new DomainError('request.invalid', { fields: [{ path: 'to', message: `日期范围最多 ${DAYS_MAX} 天` }] });
    }
    const { GSI1PK } = keys.sessionsOfSchool(schoolId, from, '' as never, '');
    return table.query({ index: 'GSI1', pk: GSI1PK, between: [from, `${to}#~`], limit, cursor }, Session);
  };
}
