/** The one policy: who may call a route, judged before its use case runs. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Access, Actor } from '@kehou/shared/kernel/route';
import { type OrganisationKind, reaches } from '@kehou/shared/organisation/organisation';
import { type Directory, organisationDirectory } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { isGuardian } from './guardian.repository.ts';
import { authenticate } from './session-token.ts';

type Input = Readonly<Record<string, unknown>>;

/** Fields that say by their name what they must name: a school's route never runs on a bureau's id. */
const kindsByField: Readonly<Record<string, readonly OrganisationKind[]>> = {
  schoolId: ['school'],
  bureauId: ['city-bureau', 'county-bureau', 'office'],
};

/**
 * No look-up for a school's own people; one read of the link for a guardian, unless the route takes the token's word; else one read, of
 * organisations at most one a minute and container.
 */
export function authorise({ table, directory }: { table: Table; directory: Directory }) {
  return async (access: Access, input: Input, actor: Actor): Promise<void> => {
    switch (access.by) {
      case 'anyone':
      case 'signed-in':
        return;
      case 'guardian':
        return asGuardian(table, access, String(input[access.pupil]), actor);
      case 'owner':
        // Anyone may be a parent: the use case finds nothing of theirs when they are not.
        if (access.roles.some((role) => role === 'parent' || actor.memberships.some((membership) => membership.role === role))) return;
        throw new DomainError('session.forbidden');
      case 'role':
        return inOrganisation(directory, access, input, actor);
    }
  };
}

async function asGuardian(table: Table, access: Access & { by: 'guardian' }, pupilId: string, actor: Actor): Promise<void> {
  if (access.byToken && actor.children.some((child) => child.pupilId === pupilId)) return;
  // By the table, whatever the token says: a link that was undone ends at once, one that was made begins at once.
  if (!(await isGuardian(table, actor.personId, pupilId))) throw new DomainError('request.not_found');
}

async function inOrganisation(directory: Directory, access: Access & { by: 'role' }, input: Input, actor: Actor): Promise<void> {
  const targetId = String(input[access.organisation]);
  const candidates = actor.memberships.filter((membership) => access.roles.includes(membership.role));
  if (candidates.length === 0) throw new DomainError('session.forbidden');
  // Schools alone have these two roles: no look-up is needed to know what the id names.
  const atSchool = candidates.some(({ role, organisationId }) => organisationId === targetId && (role === 'school' || role === 'teacher'));
  if (atSchool && access.organisation === 'schoolId') return;
  const target = await directory.find(targetId);
  if (!target) throw new DomainError('request.not_found');
  if (!candidates.some((membership) => reaches(membership, target))) throw new DomainError('session.forbidden');
  const kinds = kindsByField[access.organisation];
  if (kinds && !kinds.includes(target.kind)) throw new DomainError('request.not_found');
}

/** What the HTTP stack asks of identity. One a container: it keeps what it looked up. */
export function guards(platform: Pick<Platform, 'table' | 'clock' | 'secrets'>) {
  return {
    authenticate: authenticate(platform),
    authorise: authorise({ table: platform.table, directory: organisationDirectory(platform) }),
  };
}
