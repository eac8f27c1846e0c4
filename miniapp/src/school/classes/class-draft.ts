/** A class as it is being filled in: texts, and what is not right about them yet. */

import type { Id } from '@kehou/shared/kernel/id';
import type { Course, Instructor } from '@kehou/shared/library/library';
import type { Offering, OfferingInput, Slot } from '@kehou/shared/offering/offering';
import type { Scale } from '@kehou/shared/school/school';
import type * as z from 'zod';
import { fenOf, yuanText } from '../../components/desk/yuan.ts';

export interface Draft {
  readonly courseId: string;
  readonly instructorId: string;
  readonly roomId: string;
  readonly slots: readonly Slot[];
  readonly grades: readonly number[];
  readonly capacity: string;
  readonly smallestSize: string;
  /** Purposes that places are kept for, in the order of the page. */
  readonly reserved: readonly { readonly purpose: string; readonly places: string }[];
  readonly fee: string;
  readonly pay: string;
  readonly withMaterial: boolean;
  readonly materialName: string;
  readonly materialPrice: string;
  readonly materialDescription: string;
}

export function draftOf(offering: Offering | undefined): Draft {
  return {
    courseId: offering?.courseId ?? '',
    instructorId: offering?.instructorId ?? '',
    roomId: offering?.roomId ?? '',
    slots: offering?.slots ?? [],
    grades: offering?.grades ?? [],
    capacity: offering ? String(offering.capacity) : '30',
    smallestSize: offering ? String(offering.smallestSize) : '10',
    reserved: (offering?.reserved ?? []).map(({ purpose, places }) => ({ purpose, places: String(places) })),
    fee: offering ? yuanText(offering.feePerSessionFen) : '',
    pay: offering ? yuanText(offering.payPerSessionFen) : '',
    withMaterial: offering?.materialPack !== undefined,
    materialName: offering?.materialPack?.name ?? '',
    materialPrice: offering?.materialPack ? yuanText(offering.materialPack.priceFen) : '',
    materialDescription: offering?.materialPack?.description ?? '',
  };
}

export type Problem =
  | { readonly code: 'required' | 'money' | 'slots' | 'slots-many' | 'grades' | 'smallest' | 'purpose' | 'purpose-twice' | 'all-kept' }
  | { readonly code: 'number'; readonly min: number; readonly max: number }
  | { readonly code: 'above-scale'; readonly maxFen: number }
  | { readonly code: 'room-small'; readonly capacity: number };
export type DraftField = keyof Omit<Draft, 'withMaterial'>;
export type Problems = Readonly<Partial<Record<DraftField, Problem>>>;

export interface Bounds {
  readonly course?: Pick<Course, 'gradeFrom' | 'gradeTo'> | undefined;
  readonly instructor?: Pick<Instructor, 'kind'> | undefined;
  readonly roomCapacity?: number | undefined;
  readonly scale?:
    | Readonly<Record<keyof Pick<Scale, 'feePerSessionFenMax' | 'ownTeacherPayFenMax' | 'outsideInstructorPayFenMax'>, number>>
    | undefined;
}

export const CAPACITY_MAX = 500;
export const SLOTS_MAX = 5;
const PURPOSE_LENGTH_MIN = 2;

export const payCeilingFen = ({ scale, instructor }: Bounds): number | undefined =>
  scale && instructor && (instructor.kind === 'own' ? scale.ownTeacherPayFenMax : scale.outsideInstructorPayFenMax);

/** Everything that can be judged here; the server judges it again, and the clashes. */
export function problemsOf(draft: Draft, bounds: Bounds): Problems {
  const problems: Partial<Record<DraftField, Problem>> = {};
  for (const key of ['courseId', 'instructorId', 'roomId'] as const) if (!draft[key]) problems[key] = { code: 'required' };
  if (draft.slots.length === 0) problems.slots = { code: 'slots' };
  if (draft.slots.length > SLOTS_MAX) problems.slots = { code: 'slots-many' };
  const { course } = bounds;
  if (draft.grades.length === 0 || (course && draft.grades.some((grade) => grade < course.gradeFrom || grade > course.gradeTo))) {
    problems.grades = { code: 'grades' };
  }
  const capacity = wholeOf(draft.capacity);
  const smallest = wholeOf(draft.smallestSize);
  if (capacity === undefined || capacity < 1 || capacity > CAPACITY_MAX) problems.capacity = { code: 'number', min: 1, max: CAPACITY_MAX };
  else if (bounds.roomCapacity !== undefined && capacity > bounds.roomCapacity)
    problems.capacity = { code: 'room-small', capacity: bounds.roomCapacity };
  if (smallest === undefined || smallest < 1) problems.smallestSize = { code: 'number', min: 1, max: CAPACITY_MAX };
  else if (capacity !== undefined && smallest > capacity) problems.smallestSize = { code: 'smallest' };
  const kept = keptProblem(draft, capacity);
  if (kept) problems.reserved = kept;
  const fee = fenOf(draft.fee);
  if (fee === undefined) problems.fee = { code: 'money' };
  else if (bounds.scale && fee > bounds.scale.feePerSessionFenMax)
    problems.fee = { code: 'above-scale', maxFen: bounds.scale.feePerSessionFenMax };
  const pay = fenOf(draft.pay);
  const ceiling = payCeilingFen(bounds);
  if (pay === undefined) problems.pay = { code: 'money' };
  else if (ceiling !== undefined && pay > ceiling) problems.pay = { code: 'above-scale', maxFen: ceiling };
  if (draft.withMaterial) {
    if (!draft.materialName.trim()) problems.materialName = { code: 'required' };
    if (!fenOf(draft.materialPrice)) problems.materialPrice = { code: 'money' };
  }
  return problems;
}

/** What is wrong with the places that are kept, the first thing first. */
function keptProblem({ reserved }: Draft, capacity: number | undefined): Problem | undefined {
  const purposes = reserved.map(({ purpose }) => purpose.trim());
  if (purposes.some((purpose) => purpose.length < PURPOSE_LENGTH_MIN)) return { code: 'purpose' };
  if (new Set(purposes).size < purposes.length) return { code: 'purpose-twice' };
  const places = reserved.map((each) => wholeOf(each.places));
  if (places.includes(undefined)) return { code: 'number', min: 0, max: CAPACITY_MAX };
  const all = places.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return capacity !== undefined && all >= capacity ? { code: 'all-kept' } : undefined;
}

/** What is sent; only for a draft without problems. */
export function inputOf(draft: Draft, offeringId: Id<'offering'>, termId: Id<'term'>): z.input<typeof OfferingInput> {
  return {
    offeringId,
    termId,
    courseId: draft.courseId as Id<'course'>,
    instructorId: draft.instructorId as Id<'instructor'>,
    roomId: draft.roomId as Id<'room'>,
    slots: [...draft.slots],
    capacity: Number(draft.capacity),
    smallestSize: Number(draft.smallestSize),
    grades: [...draft.grades].sort((a, b) => a - b),
    ...(draft.reserved.length > 0
      ? { reserved: draft.reserved.map(({ purpose, places }) => ({ purpose: purpose.trim(), places: Number(places) })) }
      : {}),
    feePerSessionFen: fenOf(draft.fee) ?? 0,
    payPerSessionFen: fenOf(draft.pay) ?? 0,
    ...(draft.withMaterial
      ? {
          materialPack: {
            name: draft.materialName.trim(),
            priceFen: fenOf(draft.materialPrice) ?? 0,
            description: draft.materialDescription.trim(),
          },
        }
      : {}),
  };
}

const wholeOf = (text: string): number | undefined => (/^\d{1,5}$/.test(text.trim()) ? Number(text) : undefined);
