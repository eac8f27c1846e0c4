import { Child, type Me, maskPhone } from '@kehou/shared/identity/person';
import type { identityRoutes } from '@kehou/shared/identity/routes';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { present, set } from '../platform/table.ts';
import { mustReadPerson, type PersonView } from './person.repository.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table'>;

/** A person as they see themself; the number masked. */
export function meOf({ person, roles, children, unreadMessages }: PersonView): Me {
  return {
    personId: person.personId,
    name: person.name,
    phone: person.phone && maskPhone(person.phone),
    roles: roles.map(({ organisationId, organisationName, role }) => ({ organisationId, organisationName, role })),
    children: children.map((child) => Child.parse(child)),
    unreadMessages,
  };
}

/** One query. */
export function showMe({ table }: Deps) {
  return async (_input: ParsedOf<Routes['me']>, actor: Actor): Promise<ReplyOf<Routes['me']>> =>
    meOf(await mustReadPerson(table, actor.personId));
}

/** One write, one query. */
export function setName({ table }: Deps) {
  return async (input: ParsedOf<Routes['setName']>, actor: Actor): Promise<ReplyOf<Routes['setName']>> => {
    // Refused: nobody there: the query below says so.
    await table.tryWrite([set(keys.person(actor.personId), { name: input.name }, { condition: present })]);
    return meOf(await mustReadPerson(table, actor.personId));
  };
}
