import type { billingRoutes } from '@kehou/shared/billing/routes';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Page, Table } from '../platform/table.ts';
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
    const { items, cursor } = await pageThatOneSees(table, input, (page) => openBreaks(table, page));
    // A closed one may be in the index for another moment.
    const open = items.filter(({ one }) => one.status === 'open');
    return { items: open.map(({ one, school }) => ({ ...one, schoolName: school?.name })), cursor };
  };
}

interface OfSchool {
  readonly schoolId?: Id<'organisation'> | undefined;
}

/**
 * A page of what all schools have in one list, as far as an organisation sees it ({@link sees}). It may be short, and still
 * have a cursor: at most five pages of others' are looked through.
 */
export async function pageThatOneSees<T extends OfSchool>(
  table: Table,
  input: { readonly organisationId: string; readonly limit: number; readonly cursor?: string | undefined },
  read: (page: { limit: number; cursor: string | undefined }) => Promise<Page<T>>,
): Promise<Page<{ readonly one: T; readonly school: Organisation | undefined }>> {
  const organisation = await mustGetOrganisation(table, input.organisationId);
  const items: { one: T; school: Organisation | undefined }[] = [];
  let cursor = input.cursor;
  for (let count = 0; count < QUERIES_MAX && items.length < input.limit; count++) {
    const page = await read({ limit: input.limit - items.length, cursor });
    const schoolIds = [...new Set(page.items.flatMap(({ schoolId }) => schoolId ?? []))];
    const schools = await getAll(
      table,
      schoolIds.map((id) => keys.organisation(id)),
      Organisation,
    );
    const byId = new Map(schools.flatMap((school) => (school ? [[school.organisationId as string, school] as const] : [])));
    for (const one of page.items) {
      const school = one.schoolId && byId.get(one.schoolId);
      if (sees(organisation, one, school || undefined)) items.push({ one, school: school || undefined });
    }
    cursor = page.cursor;
    if (!cursor) break;
  }
  return { items, cursor };
}

/**
 * A bill is the merchant's, and the whole platform has one: what our books cannot lay at a school's door concerns every
 * operator whose schools are paid through it. What they can is the school's: its operator's, and every bureau's above it.
 */
export function sees(organisation: Organisation, found: OfSchool, school: Organisation | undefined): boolean {
  const { kind, organisationId } = organisation;
  if (!found.schoolId) return kind === 'operator';
  if (!school) return false;
  return kind === 'operator' ? school.operatorId === organisationId : school.ancestorIds.includes(organisationId);
}
