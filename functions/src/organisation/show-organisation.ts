import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { reaches } from '@kehou/shared/organisation/organisation';
import type { organisationRoutes } from '@kehou/shared/organisation/routes';
import type { Platform } from '../platform/platform.ts';
import { bureausUnder, mustGetOrganisation, operatorsUnder, schoolsUnder } from './organisation.repository.ts';

type Routes = typeof organisationRoutes;
type Deps = Pick<Platform, 'table'>;

/**
 * Name and place in the tree are public. A school's fence is shown to those who work with it alone: it would tell others
 * where to pretend to be. One round trip.
 */
export function showOrganisation({ table }: Deps) {
  return async (input: ParsedOf<Routes['getOrganisation']>, actor: Actor): Promise<ReplyOf<Routes['getOrganisation']>> => {
    const organisation = await mustGetOrganisation(table, input.organisationId);
    const within = actor.memberships.some((membership) => membership.role !== 'teacher' && reaches(membership, organisation));
    return within ? organisation : { ...organisation, fence: undefined };
  };
}

/** One round trip. */
export function listSchools({ table }: Deps) {
  return (input: ParsedOf<Routes['listSchools']>): Promise<ReplyOf<Routes['listSchools']>> =>
    schoolsUnder(table, input.organisationId, input);
}

/** One round trip. */
export function listBureaus({ table }: Deps) {
  return (input: ParsedOf<Routes['listBureaus']>): Promise<ReplyOf<Routes['listBureaus']>> => bureausUnder(table, input.bureauId, input);
}

/** Only cities authorise operators: those of the city that this bureau is, or stands under. Two round trips. */
export function listOperators({ table }: Deps) {
  return async (input: ParsedOf<Routes['listOperators']>): Promise<ReplyOf<Routes['listOperators']>> => {
    const bureau = await mustGetOrganisation(table, input.bureauId);
    return operatorsUnder(table, bureau.ancestorIds[0] ?? bureau.organisationId, input);
  };
}
