/** The tree: one item an organisation, and one listing entry for each bureau above a school and for its operator. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import { ms } from '@kehou/shared/kernel/time';
import { Organisation } from '@kehou/shared/organisation/organisation';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { create, type Key, type Page, put, remove, type Table, type Write } from '../platform/table.ts';

/** Fresh, strongly consistent. One read. */
export function getOrganisation(table: Table, organisationId: string): Promise<Organisation | undefined> {
  return table.get(keys.organisation(organisationId), Organisation);
}

/** 404 where there is none. One read. */
export function mustGetOrganisation(table: Table, organisationId: string): Promise<Organisation> {
  return table.mustGet(keys.organisation(organisationId), Organisation);
}

/** 404 for what is not a school. One read. */
export async function mustGetSchool(table: Table, schoolId: string): Promise<Organisation> {
  const school = await mustGetOrganisation(table, schoolId);
  if (school.kind !== 'school') throw new DomainError('request.not_found');
  return school;
}

/** Those whose lists a school stands in: every bureau above it, and its operator. */
function listsOf(school: Organisation): readonly Id<'organisation'>[] {
  return school.operatorId ? [...school.ancestorIds, school.operatorId] : school.ancestorIds;
}

/** Where a new organisation is found again: by every bureau above it, and a school by its operator too. An operator: by who authorised it. A city: where the calendar's work begins. */
function listEntries(organisation: Organisation): Key[] {
  const { kind, organisationId, ancestorIds } = organisation;
  if (kind === 'school') return listsOf(organisation).map((listId) => keys.schoolUnder(listId, organisationId));
  if (kind === 'city-bureau') return [keys.city(organisationId)];
  if (kind === 'operator') return ancestorIds.slice(-1).map((bureauId) => keys.operatorUnder(bureauId, organisationId));
  return ancestorIds.map((ancestorId) => keys.bureauUnder(ancestorId, organisationId));
}

/** Makes it, and puts it into every list that it belongs to. Fails when the id is taken. At most 8 items. */
export function createOrganisationWrites(organisation: Organisation): Write[] {
  return [
    create(keys.organisation(organisation.organisationId), organisation),
    ...listEntries(organisation).map((entry) => put(entry, organisation)),
  ];
}

/** Lists a city that is there already: one from before cities were listed with their own making. */
export function listCityWrite(bureau: Organisation): Write {
  return put(keys.city(bureau.organisationId), bureau);
}

/** Replaces a school and its list entries, if it still is what was read. At most 9 items. */
export function changeSchoolWrites(before: Organisation, after: Organisation): Write[] {
  const schoolId = after.organisationId;
  const left = listsOf(before).filter((listId) => !listsOf(after).includes(listId));
  return [
    put(keys.organisation(schoolId), after, {
      condition: before.operatorId
        ? { expression: '#operatorId = :before', values: { before: before.operatorId } }
        : { expression: 'attribute_exists(PK) AND attribute_not_exists(#operatorId)' },
    }),
    ...listsOf(after).map((listId) => put(keys.schoolUnder(listId, schoolId), after)),
    ...left.map((listId) => remove(keys.schoolUnder(listId, schoolId))),
  ];
}

/** Schools under a bureau, whatever the depth, or authorised to an operator. One query. */
export function schoolsUnder(
  table: Table,
  organisationId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<Organisation>> {
  return table.query({ ...keys.schoolsUnder(organisationId), limit: page.limit, cursor: page.cursor }, Organisation);
}

/** County bureaus and offices below a bureau, whatever the depth. One query. */
export function bureausUnder(
  table: Table,
  bureauId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<Organisation>> {
  return table.query({ ...keys.bureausUnder(bureauId), limit: page.limit, cursor: page.cursor, consistent: true }, Organisation);
}

/** Operators that a bureau has authorised. One query. */
export function operatorsUnder(
  table: Table,
  bureauId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<Organisation>> {
  return table.query({ ...keys.operatorsUnder(bureauId), limit: page.limit, cursor: page.cursor, consistent: true }, Organisation);
}

/** Organisations by id, kept for a minute in each container: the policy looks one up on most requests, and they hardly change. */
export interface Directory {
  find(organisationId: string): Promise<Organisation | undefined>;
}

const KEPT_MS = 60_000;
const KEPT_MOST = 2_000;

export function organisationDirectory({ table, clock }: { table: Table; clock: Clock }): Directory {
  const kept = new Map<string, { organisation: Organisation; readMs: number }>();
  return {
    async find(organisationId) {
      const nowMs = ms(clock.now());
      const known = kept.get(organisationId);
      if (known && nowMs - known.readMs < KEPT_MS) return known.organisation;
      kept.delete(organisationId);
      const organisation = await getOrganisation(table, organisationId);
      // What is not there is not remembered: it may be made in the next moment.
      if (!organisation) return undefined;
      const [oldest] = kept.keys();
      if (kept.size >= KEPT_MOST && oldest !== undefined) kept.delete(oldest);
      kept.set(organisationId, { organisation, readMs: nowMs });
      return organisation;
    },
  };
}
