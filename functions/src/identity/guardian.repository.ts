/**
 * Guardians and children. A roster promises a child to a phone number; whoever verifies the number is linked, and
 * {@link settlePhone} makes it so whichever came first. The writers here only promise: linking follows the commit.
 */
import { Child, PersonName, Phone } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { check, present, put, remove, set, type Table, type Write } from '../platform/table.ts';

/** A child that a roster promises to whoever verifies this number. */
export const PromisedChild = Child.extend({
  phone: Phone,
  guardianName: PersonName.optional(),
  relation: z.string().optional(),
  /** Its link was undone: the number is not linked again until a roster names it anew. */
  unlinkedAt: Instant.optional(),
});
export type PromisedChild = z.infer<typeof PromisedChild>;

/** A guardian as found from the pupil's side. */
export const Guardian = z.object({
  pupilId: Id('pupil'),
  personId: Id('person'),
  name: PersonName.optional(),
  relation: z.string().optional(),
  viaPhone: Phone.optional(),
  viaRequest: Id('linkRequest').optional(),
});
export type Guardian = z.infer<typeof Guardian>;

export interface ChildPromise {
  readonly phone: string;
  readonly child: Child;
  readonly name?: string | undefined;
  readonly relation?: string | undefined;
  /** Keeps a link that was undone from coming back with a new grade or class. */
  readonly unlinkedAt?: Instant | undefined;
}

/** For a roster's transaction: promises a child to a number, or renews the promise with what has changed. One item. */
export function promiseChildWrites(promise: ChildPromise): Write[] {
  const row = PromisedChild.parse({
    ...promise.child,
    phone: promise.phone,
    guardianName: promise.name,
    relation: promise.relation,
    unlinkedAt: promise.unlinkedAt,
  });
  return [put(keys.phoneChild(row.phone, row.pupilId), row)];
}

/** For a roster's transaction: the number is no guardian's of this pupil any more. One item. */
export function withdrawChildWrites(phone: string, pupilId: string): Write[] {
  return [remove(keys.phoneChild(phone, pupilId))];
}

const GUARDIANS_MAX = 20;

/** Everyone who is linked to this pupil. One query. */
export async function guardiansOf(table: Table, pupilId: string): Promise<Guardian[]> {
  const { items } = await table.query({ ...keys.pupilGuardians(pupilId), limit: GUARDIANS_MAX, consistent: true }, Guardian);
  return items;
}

/** One read. */
export async function isGuardian(table: Table, personId: string, pupilId: string): Promise<boolean> {
  return (await table.get(keys.personChild(personId, pupilId), z.object({ pupilId: z.string() }))) !== undefined;
}

/** The two items that make a person a guardian of a child; either source may come on top of the other. */
export function linkChildWrites(link: {
  readonly personId: string;
  readonly child: Child;
  readonly via: { readonly viaPhone: string } | { readonly viaRequest: string };
  readonly name: string | undefined;
  readonly relation: string | undefined;
  readonly at: Instant;
}): Write[] {
  const { personId, child, via } = link;
  const card = Child.parse(child);
  const known = { ...(link.name ? { name: link.name } : {}), ...(link.relation ? { relation: link.relation } : {}) };
  return [
    set(keys.personChild(personId, card.pupilId), { ...card, ...via, linkedAt: link.at }),
    set(keys.pupilGuardian(card.pupilId, personId), { pupilId: card.pupilId, personId, ...known, ...via }),
  ];
}

/** The promises of a child to these numbers, in their order. One read. */
export function promisesOf(table: Table, pupilId: string, phones: readonly string[]): Promise<(PromisedChild | undefined)[]> {
  return table.getMany(
    phones.map((phone) => keys.phoneChild(phone, pupilId)),
    PromisedChild,
  );
}

/** Ends a link for good, whatever it came from, and keeps these promises from bringing it back. Fails when any of it has changed since it was read. */
export function endLinkWrites(link: Guardian, promises: readonly PromisedChild[], at: Instant): Write[] {
  const { pupilId, personId, viaPhone, viaRequest } = link;
  const values = { ...(viaPhone ? { viaPhone } : {}), ...(viaRequest ? { viaRequest } : {}) };
  const same = (field: 'viaPhone' | 'viaRequest') => (link[field] ? `#${field} = :${field}` : `attribute_not_exists(#${field})`);
  const condition = { expression: `attribute_exists(PK) AND ${same('viaPhone')} AND ${same('viaRequest')}`, values };
  return [
    remove(keys.personChild(personId, pupilId), { condition }),
    remove(keys.pupilGuardian(pupilId, personId), { condition }),
    ...promises.map(({ phone }) => set(keys.phoneChild(phone, pupilId), { unlinkedAt: at }, { condition: present })),
  ];
}

/** Fails unless this person is a guardian of the pupil. */
export function stillGuardian(pupilId: string, personId: string): Write {
  return check(keys.pupilGuardian(pupilId, personId), present);
}

/** Undoes what a number brought; a link that was also approved on request stays. Fails when the link has changed since it was read. */
export function unlinkPhoneChildWrites(
  personId: string,
  phone: string,
  child: { pupilId: string; viaRequest?: string | undefined },
): Write[] {
  const pair = [keys.personChild(personId, child.pupilId), keys.pupilGuardian(child.pupilId, personId)];
  if (child.viaRequest) {
    const condition = { expression: '#viaPhone = :phone', values: { phone } };
    return pair.map((key) => set(key, { viaPhone: undefined }, { condition }));
  }
  const condition = { expression: '#viaPhone = :phone AND attribute_not_exists(#viaRequest)', values: { phone } };
  return pair.map((key) => remove(key, { condition }));
}

/**
 * Shows a pupil's new name, grade or class to every guardian already linked, however they were linked. For the school
 * area's follower of its pupils. Idempotent; one query and a write a guardian.
 */
export async function refreshChild({ table }: { table: Table }, child: Child): Promise<void> {
  const card = Child.parse(child);
  for (const guardian of await guardiansOf(table, card.pupilId)) {
    // Refused: unlinked in between.
    await table.tryWrite([set(keys.personChild(guardian.personId, card.pupilId), card, { condition: present })]);
  }
}
