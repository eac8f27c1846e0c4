/**
 * A person's partition: who they are, their roles, their children, how many messages are unread. One query reads it all.
 * Everything they may do came from somewhere: `viaPhone`, a number that a roster or a grant names and they have verified;
 * or `viaRequest`, a link request that someone approved.
 */
import { Child, PersonName, Phone } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { Membership } from '@kehou/shared/kernel/route';
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { create, type Table, type Write } from '../platform/table.ts';

export const Person = z.object({
  personId: Id('person'),
  openId: z.string(),
  name: PersonName.optional(),
  phone: Phone.optional(),
  createdAt: Instant,
});
export type Person = z.infer<typeof Person>;

export const HeldRole = z.object({ ...Membership.shape, organisationName: z.string(), viaPhone: Phone });
export type HeldRole = z.infer<typeof HeldRole>;

export const LinkedChild = Child.extend({
  viaPhone: Phone.optional(),
  viaRequest: Id('linkRequest').optional(),
  linkedAt: Instant,
});
export type LinkedChild = z.infer<typeof LinkedChild>;

export interface PersonView {
  readonly person: Person;
  readonly roles: readonly HeldRole[];
  readonly children: readonly LinkedChild[];
  readonly unreadMessages: number;
}

/** What one number may bring: more is a slip in a roster (the school's own number for every pupil), not a family. */
export const CHILDREN_MAX = 20;
export const ROLES_MAX = 20;
const ROWS_MAX = 2 * (CHILDREN_MAX + ROLES_MAX) + 10;

const Row = z.looseObject({ SK: z.string() });
const Unread = z.object({ count: z.int() });

/** One strongly consistent query. `undefined`: nobody by this id. */
export async function readPerson(table: Table, personId: string): Promise<PersonView | undefined> {
  const { items } = await table.query({ ...keys.personPartition(personId), limit: ROWS_MAX, consistent: true }, Row);
  const rows = (prefix: string) => items.filter(({ SK }) => SK.startsWith(prefix));
  const [person] = rows('PERSON');
  if (!person) return undefined;
  const [unread] = rows('UNREAD');
  return {
    person: Person.parse(person),
    roles: rows('ROLE#').map((row) => HeldRole.parse(row)),
    // The eldest first, as families count.
    children: rows('CHILD#')
      .map((row) => LinkedChild.parse(row))
      .sort((one, other) => other.grade - one.grade || one.name.localeCompare(other.name, 'zh')),
    unreadMessages: unread ? Unread.parse(unread).count : 0,
  };
}

export async function mustReadPerson(table: Table, personId: string): Promise<PersonView> {
  const view = await readPerson(table, personId);
  if (!view) throw new DomainError('session.expired');
  return view;
}

/** The person alone, without roles and children. One read. */
export function getPerson(table: Table, personId: string): Promise<Person | undefined> {
  return table.get(keys.person(personId), Person);
}

/** Names of people by id, at most a hundred; who has none, or is nobody, is left out. One read. */
export async function namesOf(table: Table, personIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(personIds)];
  const found = await table.getMany(
    ids.map((id) => keys.person(id)),
    Person.pick({ name: true }),
  );
  return new Map(ids.flatMap((id, index) => (found[index]?.name ? [[id, found[index].name] as const] : [])));
}

const OpenIdRow = z.object({ personId: Id('person') });

/** Whose WeChat this is. One read. */
export async function personOfOpenId(table: Table, openId: string): Promise<Id<'person'> | undefined> {
  return (await table.get(keys.openId(openId), OpenIdRow))?.personId;
}

/** A person by their WeChat id; fails when someone has it already. */
export function createPersonWrites(person: Person): Write[] {
  return [create(keys.openId(person.openId), { personId: person.personId }), create(keys.person(person.personId), person)];
}

const PhoneRow = z.object({ personId: Id('person'), phone: Phone, verifiedAt: Instant });

/** Who has verified this number, if anyone. One read. */
export async function personOfPhone(table: Table, phone: string): Promise<Id<'person'> | undefined> {
  return (await table.get(keys.phone(phone), PhoneRow))?.personId;
}
