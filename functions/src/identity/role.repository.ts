/** Roles in organisations. Like children, they are promised to a phone number and held by whoever verifies it. */
import { PersonName, Phone } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import { Membership, type OrganisationRole } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { type Page, put, remove, set, type Table, type Write } from '../platform/table.ts';

export const PromisedRole = z.object({ ...Membership.shape, organisationName: z.string(), phone: Phone, name: PersonName });
export type PromisedRole = z.infer<typeof PromisedRole>;

/** Someone who holds a role, as found from the organisation's side. */
export const Member = z.object({ ...Membership.shape, personId: Id('person'), name: PersonName, viaPhone: Phone });
export type Member = z.infer<typeof Member>;

export interface RolePromise {
  readonly phone: string;
  readonly organisationId: string;
  readonly organisationName: string;
  readonly role: OrganisationRole;
  readonly name: string;
}

/** Promises a role to a number; linking follows the commit. One item. The caller writes the audit row. */
export function promiseRoleWrites(promise: RolePromise): Write[] {
  const row = PromisedRole.parse(promise);
  return [put(keys.phoneRole(row.phone, row.organisationId, row.role), row)];
}

/** Takes a promised role back; whoever holds it by this number loses it after the commit. One item. */
export function withdrawRoleWrites(phone: string, organisationId: string, role: OrganisationRole): Write[] {
  return [remove(keys.phoneRole(phone, organisationId, role))];
}

/** Which of these roles are promised to their number, in their order. A read a hundred. */
export async function rolesPromised(
  table: Table,
  asked: readonly Pick<RolePromise, 'phone' | 'organisationId' | 'role'>[],
): Promise<boolean[]> {
  const found = await getAll(
    table,
    asked.map(({ phone, organisationId, role }) => keys.phoneRole(phone, organisationId, role)),
    PromisedRole,
  );
  return found.map((promise) => promise !== undefined);
}

/** The two items that make a person a member. */
export function holdRoleWrites(personId: string, promise: PromisedRole): Write[] {
  const { organisationId, organisationName, role, phone, name } = promise;
  return [
    set(keys.personRole(personId, organisationId, role), { organisationId, role, organisationName, viaPhone: phone }),
    set(keys.organisationMember(organisationId, role, personId), { organisationId, role, personId, name, viaPhone: phone }),
  ];
}

/** Fails when the role has come by another number since it was read. */
export function dropRoleWrites(personId: string, phone: string, held: Membership): Write[] {
  const condition = { expression: '#viaPhone = :phone', values: { phone } };
  return [
    remove(keys.personRole(personId, held.organisationId, held.role), { condition }),
    remove(keys.organisationMember(held.organisationId, held.role, personId), { condition }),
  ];
}

/** People who hold a role in an organisation (and have verified their number). One query. */
export function membersOf(
  table: Table,
  organisationId: string,
  role: OrganisationRole,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<Member>> {
  return table.query({ ...keys.organisationMembers(organisationId, role), limit: page.limit, cursor: page.cursor }, Member);
}
