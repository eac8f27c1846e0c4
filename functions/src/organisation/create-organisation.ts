import { DomainError, type FieldProblem } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { mayContain, Organisation } from '@kehou/shared/organisation/organisation';
import type { organisationRoutes } from '@kehou/shared/organisation/routes';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { auditWrite } from './audit.ts';
import { createOrganisationWrites, getOrganisation, mustGetOrganisation } from './organisation.repository.ts';

type Routes = typeof organisationRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Adds an office, county bureau or school under a bureau. Throws `organisation.not_contained`, `request.invalid`,
 * `request.id_reused`. Three round trips at most: parent, operator, one transaction.
 */
export function createOrganisation(deps: Deps) {
  return async (input: ParsedOf<Routes['createOrganisation']>, actor: Actor): Promise<ReplyOf<Routes['createOrganisation']>> => {
    const parent = await mustGetOrganisation(deps.table, input.parentId);
    if (!mayContain[parent.kind].includes(input.kind)) throw new DomainError('organisation.not_contained', { kind: input.kind });
    refuseOddFields(input);
    const organisation = Organisation.parse({ ...input, ancestorIds: [...parent.ancestorIds, parent.organisationId] });
    if (organisation.operatorId) await refuseForeignOperator(deps.table, organisation.operatorId, organisation);
    return make(deps, organisation, parent.organisationId, actor);
  };
}

/** Authorises an operator to serve a city. Only a city bureau may. Two round trips. */
export function createOperator(deps: Deps) {
  return async (input: ParsedOf<Routes['createOperator']>, actor: Actor): Promise<ReplyOf<Routes['createOperator']>> => {
    const bureau = await mustGetOrganisation(deps.table, input.bureauId);
    if (!mayContain[bureau.kind].includes('operator')) throw new DomainError('organisation.not_contained', { kind: 'operator' });
    const operator = Organisation.parse({
      organisationId: input.organisationId,
      kind: 'operator',
      name: input.name,
      ancestorIds: [...bureau.ancestorIds, bureau.organisationId],
    });
    return make(deps, operator, bureau.organisationId, actor);
  };
}

async function make({ table, clock }: Deps, organisation: Organisation, under: string, actor: Actor): Promise<Organisation> {
  const { organisationId, kind } = organisation;
  const refusal = await table.tryWrite([
    ...createOrganisationWrites(organisation),
    auditWrite({
      organisationId: under,
      at: clock.now(),
      actor,
      action: 'organisation.organisation-created',
      subject: organisationId,
      details: { kind },
    }),
  ]);
  if (refusal) {
    const known = Organisation.parse(refusal.items.get(0));
    if (!sameOrganisation(known, organisation)) throw new DomainError('request.id_reused');
    return known;
  }
  return organisation;
}

function sameOrganisation(one: Organisation, other: Organisation): boolean {
  // Both in the schema's own order of fields.
  return JSON.stringify(Organisation.parse(one)) === JSON.stringify(Organisation.parse(other));
}

function refuseOddFields(input: ParsedOf<Routes['createOrganisation']>): void {
  const fields: FieldProblem[] = [];
  if (input.kind === 'school') {
    if (!input.area) fields.push({ path: 'area', message: '请选择城区或农村' });
    if (!input.stage) fields.push({ path: 'stage', message: '请选择学段' });
  } else {
    for (const field of ['area', 'stage', 'fence', 'operatorId'] as const) {
      if (input[field] !== undefined) fields.push({ path: field, message: '只有学校才填写此项' });
    }
  }
  if (fields.length > 0) throw new DomainError('request.invalid', { fields });
}

/** A school's operator must be one that a bureau above the school has authorised. */
export async function refuseForeignOperator(table: Table, operatorId: string, school: Organisation): Promise<void> {
  const operator = await getOrganisation(table, operatorId);
  const authorised = operator?.kind === 'operator' && operator.ancestorIds.some((bureauId) => school.ancestorIds.includes(bureauId));
  if (!authorised) throw new DomainError('request.invalid', { fields: [{ path: 'operatorId', message: '该运营方未获上级教育局授权' }] });
}
