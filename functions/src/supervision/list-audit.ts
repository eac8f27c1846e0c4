import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { reaches } from '@kehou/shared/organisation/organisation';
import type { supervisionRoutes } from '@kehou/shared/supervision/routes';
import { trailOf } from '../organisation/audit.ts';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { getAll } from '../platform/get-all.ts';
import type { Platform } from '../platform/platform.ts';
import { idsOf, keyOfName, Named, rowOf } from './audit-words.ts';

type Route = typeof supervisionRoutes.listAudit;

/**
 * Who changed money or permissions in a month, newest first, with names for ids. One's own organisation's; a bureau's also what
 * is below it. An operator's reach over its schools does not bring their trails. Two round trips, three for a bureau elsewhere.
 */
export function listAudit({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    const { organisationId, month } = input;
    const may = actor.memberships.filter(({ role }) => role !== 'teacher');
    if (!may.some((membership) => membership.organisationId === organisationId)) {
      const target = await mustGetOrganisation(table, organisationId);
      if (!may.some((membership) => membership.role === 'bureau' && reaches(membership, target)))
        throw new DomainError('session.forbidden');
    }
    const { items, cursor } = await trailOf(table, organisationId, month, input);
    const wanted = new Map(
      items.flatMap(idsOf).flatMap((id) => {
        const key = keyOfName(id, organisationId);
        return key ? [[id, key] as const] : [];
      }),
    );
    const found = await getAll(table, [...wanted.values()], Named);
    const names = new Map([...wanted.keys()].map((id, index) => [id, found[index]]));
    return { items: items.map((entry) => rowOf(entry, (id) => names.get(id))), cursor };
  };
}
