import { PersonName, Phone } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import { Instant } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { Page, Table } from '../platform/table.ts';

/** A guardian as the roster names them; whether a person stands behind the phone is identity's to know. */
export const RosterGuardian = z.object({
  phone: Phone,
  name: PersonName.optional(),
  relation: z.string().optional(),
  /** The link that this number brought was undone: it stays so until a roster names the number anew. */
  unlinkedAt: Instant.optional(),
});
export type RosterGuardian = z.infer<typeof RosterGuardian>;

/** A pupil as kept: with the roster's guardians, and what the last import did to it (so that a resumed one counts right). */
export const StoredPupil = Pupil.extend({
  rosterGuardians: z.array(RosterGuardian).max(4),
  /** With {@link Pupil} `leftOn`: when it was recorded, and why. */
  leftAt: Instant.optional(),
  leftReason: z.string().optional(),
  importedBy: Id('rosterImport').optional(),
  importOutcome: z.enum(['added', 'changed', 'unchanged']).optional(),
  /** Links of guardians that the last import ended. */
  importUnlinked: z.int().optional(),
  /** Rises with every change. */
  version: z.int(),
});
export type StoredPupil = z.infer<typeof StoredPupil>;

/** A pupil's id follows from the school and the pupil number: importing a roster twice makes each pupil once. */
export function pupilIdOf(schoolId: Id<'organisation'>, pupilNumber: string): Id<'pupil'> {
  return derivedId('pupil', schoolId, pupilNumber);
}

export async function mustGetPupil(table: Table, pupilId: Id<'pupil'>): Promise<Pupil> {
  return table.mustGet(keys.pupil(pupilId), Pupil);
}

/** Pupils of a school in the order of grade, class and number. */
export async function pupilsOfSchool(
  table: Table,
  schoolId: Id<'organisation'>,
  page: { grade?: number | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<StoredPupil>> {
  const { GSI1PK } = keys.pupilsOfSchool(schoolId, 1, '', '');
  return table.query(
    { index: 'GSI1', pk: GSI1PK, ...(page.grade ? { beginsWith: `${page.grade}#` } : {}), limit: page.limit, cursor: page.cursor },
    StoredPupil,
  );
}
