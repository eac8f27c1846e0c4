import { maskPhone, Phone } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import { BankAccount, Instructor } from '@kehou/shared/library/library';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Item, Table } from '../platform/table.ts';
import { admissionEndsAt, Former } from './course.repository.ts';

/** An instructor as kept: phone and account in full. Only {@link shownInstructor} leaves the house. */
export const StoredInstructor = Instructor.extend({
  phone: Phone,
  account: BankAccount.optional(),
  fingerprint: z.string(),
  /** Rises with every change. */
  version: z.int(),
  former: Former,
});
export type StoredInstructor = z.infer<typeof StoredInstructor>;

export async function mustGetInstructor(table: Table, instructorId: Id<'instructor'>): Promise<StoredInstructor> {
  return table.mustGet(keys.instructor(instructorId), StoredInstructor);
}

/** Phone masked, the account by its last four digits. */
export function shownInstructor(instructor: StoredInstructor): Instructor {
  return Instructor.parse({
    ...instructor,
    phone: maskPhone(instructor.phone),
    accountEnding: instructor.account?.number.slice(-4),
  });
}

/** The whole item of an instructor: listed under its bureau, and due when its admission ends. */
export function instructorItem(instructor: StoredInstructor): Item {
  return {
    ...instructor,
    ...keys.instructorsOfBureau(instructor.admission.bureauId, instructor.instructorId),
    ...keys.due(instructor.instructorId, admissionEndsAt(instructor.admission)),
  };
}

const InstructorLink = z.object({ instructorId: Id('instructor') });

/** The instructor behind a signed-in person, if they are one. One read. */
export async function instructorOfPerson(table: Table, personId: string): Promise<Id<'instructor'> | undefined> {
  return (await table.get(keys.personInstructor(personId), InstructorLink))?.instructorId;
}

/** The instructor with this phone number, if there is one. One read. */
export async function instructorOfPhone(table: Table, phone: string): Promise<Id<'instructor'> | undefined> {
  return (await table.get(keys.instructorPhone(phone), InstructorLink))?.instructorId;
}
