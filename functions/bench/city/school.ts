/** A school of the bench's city on its evening: everything follows from its number, so that a later run knows who is in the table. */
import type { Id } from '@kehou/shared/kernel/id';
import { addMinutes } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { Pupil } from '@kehou/shared/school/school';
import type { Window } from '@kehou/shared/selection/window';
import { derivedId } from '../../src/platform/derived-id.ts';
import { OPENING, offeringOf, pupilOf } from '../../testing/selection-world.ts';

/** As the city of the founding documents has them. */
export const SCHOOLS = 293;
export const PUPILS_A_SCHOOL = 1570;
const CLASSES_A_SCHOOL = 40;
const SEATS_A_CLASS = 30;
/** All of one school's places. */
export const SEATS_A_SCHOOL = CLASSES_A_SCHOOL * SEATS_A_CLASS;

export interface EveningSchool {
  readonly organisation: Organisation;
  readonly window: Window;
  readonly offerings: readonly Offering[];
  readonly pupils: readonly Pupil[];
}

/** Each pupil has one guardian. */
export function guardianOf(school: number, pupil: number): Id<'person'> {
  return derivedId('person', 'bench', String(school), String(pupil));
}

export function schoolOf(index: number, pupilsEach: number): EveningSchool {
  const of = String(index);
  const schoolId = derivedId('organisation', 'bench', of);
  const termId = derivedId('term', 'bench', of);
  const windowId = derivedId('window', 'bench', of);
  const offerings = Array.from({ length: CLASSES_A_SCHOOL }, (_, place) => ({
    ...offeringOf(schoolId, termId, windowId, { capacity: SEATS_A_CLASS }, place),
    offeringId: derivedId('offering', 'bench', of, String(place)),
  }));
  const pupils = Array.from({ length: pupilsEach }, (_, place) => ({
    ...pupilOf(schoolId, place),
    pupilId: derivedId('pupil', 'bench', of, String(place)),
  }));
  const organisation: Organisation = {
    organisationId: schoolId,
    kind: 'school',
    name: `第 ${index + 1} 小学`,
    ancestorIds: [],
    area: 'urban',
    stage: 'primary',
  };
  const window: Window = {
    windowId,
    schoolId,
    schoolName: organisation.name,
    termId,
    name: '2026 年秋季选课',
    opensAt: OPENING,
    closesAt: addMinutes(OPENING, 120),
    offeringIds: offerings.map(({ offeringId }) => offeringId),
    status: 'open',
    version: 1,
  };
  return { organisation, window, offerings, pupils };
}
