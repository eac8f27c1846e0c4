import { maskPhone } from '@kehou/shared/identity/person';
import type { identityRoutes } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, OrganisationRole, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Organisation, reaches, rolesIn } from '@kehou/shared/organisation/organisation';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { getPerson } from './person.repository.ts';
import { promiseRoleWrites, withdrawRoleWrites } from './role.repository.ts';
import { settlePhone } from './settle-phone.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'log'>;

/**
 * Gives a role to a number: who has verified it holds the role at once, else whoever verifies it. Within one's own
 * organisation, or by a bureau anywhere below it; never to oneself. Again is the same. Two reads, one transaction.
 * Throws `identity.role_not_here`, `identity.own_role`, `session.forbidden`.
 */
export function grantRole(deps: Deps) {
  return async (input: ParsedOf<Routes['grantRole']>, actor: Actor): Promise<ReplyOf<Routes['grantRole']>> => {
    const { phone, role, name } = input;
    const { organisationId, name: organisationName } = await mayChange(deps, input, actor);
    await deps.table.write([
      ...promiseRoleWrites({ phone, organisationId, organisationName, role, name }),
      auditWrite({
        organisationId,
        at: deps.clock.now(),
        actor,
        action: 'identity.role-granted',
        subject: `${role}@${organisationId}`,
        details: { phone: maskPhone(phone) },
      }),
    ]);
    await settlePhone(deps, phone);
    return { granted: true };
  };
}

/**
 * Takes a role away. Ends with the running token at the latest; a roster of staff that names the number anew gives it back. Again is the
 * same. Two reads, one transaction.
 */
export function revokeRole(deps: Deps) {
  return async (input: ParsedOf<Routes['revokeRole']>, actor: Actor): Promise<ReplyOf<Routes['revokeRole']>> => {
    const { phone, role } = input;
    const { organisationId } = await mayChange(deps, input, actor);
    await deps.table.write([
      ...withdrawRoleWrites(phone, organisationId, role),
      auditWrite({
        organisationId,
        at: deps.clock.now(),
        actor,
        action: 'identity.role-revoked',
        subject: `${role}@${organisationId}`,
        details: { phone: maskPhone(phone) },
      }),
    ]);
    await settlePhone(deps, phone);
    return { revoked: true };
  };
}

async function mayChange(
  { table }: Deps,
  input: { organisationId: string; role: OrganisationRole; phone: string },
  actor: Actor,
): Promise<Organisation> {
  const [organisation, me] = await Promise.all([mustGetOrganisation(table, input.organisationId), getPerson(table, actor.personId)]);
  if (!rolesIn[organisation.kind].includes(input.role)) throw new DomainError('identity.role_not_here', { role: input.role });
  // The policy lets an operator into the schools that it serves; who works there is not its to say. Nor is it a teacher's.
  const own = actor.memberships.some(({ organisationId, role }) => organisationId === organisation.organisationId && role !== 'teacher');
  const above = actor.memberships.some((membership) => membership.role === 'bureau' && reaches(membership, organisation));
  if (!own && !above) throw new DomainError('session.forbidden');
  if (me?.phone === input.phone) throw new DomainError('identity.own_role');
  return organisation;
}
