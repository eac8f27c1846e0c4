/** The roster, as far as identity reads it: school keeps it, and stores a pupil's fields as they are in the contract. */
import { Child, PersonName, sameName } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

const RosteredPupil = z.object({
  pupilId: Id('pupil'),
  schoolId: Id('organisation'),
  name: PersonName,
  grade: Child.shape.grade,
  className: z.string(),
});
type RosteredPupil = z.infer<typeof RosteredPupil>;

/** The pupil with this number and this name at this school; nothing tells a wrong number from a wrong name. Two reads. */
export async function findRosteredPupil(
  table: Table,
  wanted: { schoolId: string; pupilNumber: string; pupilName: string },
): Promise<RosteredPupil | undefined> {
  const numbered = await table.get(keys.pupilNumber(wanted.schoolId, wanted.pupilNumber), z.object({ pupilId: Id('pupil') }));
  if (!numbered) return undefined;
  const pupil = await table.get(keys.pupil(numbered.pupilId), RosteredPupil);
  return pupil?.schoolId === wanted.schoolId && sameName(pupil.name, wanted.pupilName) ? pupil : undefined;
}

/** The pupil's card as of now; `undefined` when they have left that school. Two reads. */
export async function childCard(table: Table, pupilId: string, schoolId: string): Promise<Child | undefined> {
  const pupil = await table.get(keys.pupil(pupilId), RosteredPupil);
  if (pupil?.schoolId !== schoolId) return undefined;
  const school = await mustGetOrganisation(table, schoolId);
  return Child.parse({ ...pupil, schoolName: school.name });
}
