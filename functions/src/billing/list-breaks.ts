import type { SettlementBreak } from '@kehou/shared/billing/break';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { openBreaks } from './break.repository.ts';

type List = typeof billingRoutes.listBreaks;
/** Pages of others' breaks that one call looks through before it hands back its cursor. */
const QUERIES_MAX = 5;

/**
 * Open breaks that an organisation sees, oldest bill first. Two round trips; up to ten when a whole page is of schools that
 * are not its own. A page may be short, and still have a cursor.
 */
export function listBreaks({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>, _actor: Actor): Promise<ReplyOf<List>> => {
    const organisation = await mustGetOrganisation(table, input.organisationId);
    const items: ReplyOf<List>['items'] = [];
    let cursor = input.cursor;
    for (let count = 0; count < QUERIES_MAX && items.length < input.limit; count++) {
      const page = await openBreaks(table, { limit: input.limit - items.length, cursor });
      const schoolIds = [...new Set(page.items.flatMap(({ schoolId }) => schoolId ?? []))];
      const schools = await getAll(
        table,
        schoolIds.map((id) => keys.organisation(id)),
        Organisation,
      );
      const byId = new Map(schools.flatMap((school) => (school ? [[school.organisationId, school] as const] : [])));
      for (const each of page.items) {
        // A closed one may be in the index for another moment.
        if (each.status !== 'open') continue;
        const school = each.schoolId && byId.get(each.schoolId);
        if (seesBreak(organisation, each, school || undefined)) items.push({ ...each, schoolName: school ? school.name : undefined });
      }
      cursor = page.cursor;
      if (!cursor) break;
    }
    return { items, cursor };
  };
}

/**
 * A bill is the merchant's, and the whole platform has one: what our books cannot lay at a school's door concerns every
 * operator whose schools are paid through it. What they can is the school's: its operator's, and every bureau's above it.
 */
export function seesBreak(organisation: Organisation, found: SettlementBreak, school: Organisation | undefined): boolean {
  const { kind, organisationId } = organisation;
  if (!found.schoolId) return kind === 'operator';
  if (!school) return false;
  return kind === 'operator' ? school.operatorId === organisationId : school.ancestorIds.includes(organisationId);
}
