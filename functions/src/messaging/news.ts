/** What a change in the table means to people: whom to tell, and what. Read from what the other areas committed. */
import type { Id } from '@kehou/shared/kernel/id';
import type { OrganisationRole } from '@kehou/shared/kernel/route';
import type { Told } from '@kehou/shared/messaging/words';
import { guardiansOf } from '../identity/guardian.repository.ts';
import { personOfPhone } from '../identity/person.repository.ts';
import { membersOf } from '../identity/role.repository.ts';
import { StoredInstructor } from '../library/instructor.repository.ts';
import { getOrganisation } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import type { Change, Follower } from '../use-cases.ts';
import { type ManyPeople, tellMany } from './fan-out.ts';
import { type TellDeps, tell } from './tell.ts';

export type Audience =
  | { readonly to: 'person'; readonly personId: string }
  | { readonly to: 'guardians'; readonly pupilId: string; readonly except?: string }
  /** Those who hold this desk role for a school: at the school, at its operator, at the nearest bureau that has anyone. */
  | { readonly to: 'desk'; readonly schoolId: string; readonly role: Exclude<OrganisationRole, 'teacher'> }
  | { readonly to: 'instructor'; readonly instructorId: Id<'instructor'> }
  | { readonly to: 'many'; readonly people: ManyPeople };

export interface News {
  /** The same for the same change, whenever it is read: whoever was told of it is not told again. */
  readonly cause: string;
  readonly audience: Audience;
  readonly told: Told;
}

/** Reads news out of a change; nothing for a change that is none of its business. */
export type NewsSource = (change: Change, deps: Pick<TellDeps, 'table'>) => Promise<readonly News[]>;

export function followNews(deps: TellDeps, sources: readonly NewsSource[]): Follower {
  return async (change) => {
    for (const source of sources) {
      for (const { audience, cause, told } of await source(change, deps)) {
        if (audience.to === 'many') await tellMany(deps, audience.people, cause, told);
        else await tell(deps, await peopleOf(deps.table, audience), cause, told);
      }
    }
  };
}

/** A desk is told as far as this; more people at one desk read it there. */
const DESK_MAX = 30;

async function peopleOf(table: Table, audience: Exclude<Audience, { to: 'many' }>): Promise<string[]> {
  switch (audience.to) {
    case 'person':
      return [audience.personId];
    case 'guardians': {
      const guardians = await guardiansOf(table, audience.pupilId);
      return guardians.map(({ personId }) => personId).filter((personId) => personId !== audience.except);
    }
    case 'instructor': {
      const instructor = await table.get(keys.instructor(audience.instructorId), StoredInstructor);
      const personId = instructor && (await personOfPhone(table, instructor.phone));
      return personId ? [personId] : [];
    }
    case 'desk':
      return atDesk(table, audience.schoolId, audience.role);
  }
}

async function atDesk(table: Table, schoolId: string, role: Exclude<OrganisationRole, 'teacher'>): Promise<string[]> {
  const members = async (organisationId: string) => {
    const { items } = await membersOf(table, organisationId, role, { limit: DESK_MAX });
    return items.map(({ personId }) => personId);
  };
  if (role === 'school') return members(schoolId);
  const school = await getOrganisation(table, schoolId);
  if (!school) return [];
  if (role === 'operator') return school.operatorId ? members(school.operatorId) : [];
  for (const bureauId of school.ancestorIds.toReversed()) {
    const people = await members(bureauId);
    if (people.length > 0) return people;
  }
  return [];
}
