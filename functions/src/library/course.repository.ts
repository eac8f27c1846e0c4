import { Id } from '@kehou/shared/kernel/id';
import { addDays, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type Admission, Course } from '@kehou/shared/library/library';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Item, Table } from '../platform/table.ts';

/** Of so many earlier decisions the ids are kept; with one every two years that is a lifetime. */
const FORMER_MAX = 50;
/** Ids of the decisions before this one, newest last: one that is sent again long after does not take effect again. */
export const Former = z.array(Id('admission')).max(FORMER_MAX).default([]);

/** The ids to keep once another decision follows this one. */
export function formerOf(known: { readonly former: z.infer<typeof Former>; readonly admission: Admission }): z.infer<typeof Former> {
  return [...known.former, known.admission.admissionId].slice(-FORMER_MAX);
}

/** A course as kept; `version` rises with every change of its admission. */
export const StoredCourse = Course.extend({ fingerprint: z.string(), version: z.int(), former: Former });
export type StoredCourse = z.infer<typeof StoredCourse>;

export async function mustGetCourse(table: Table, courseId: Id<'course'>): Promise<StoredCourse> {
  return table.mustGet(keys.course(courseId), StoredCourse);
}

/** The instant at which an admission is over: the midnight after its last day, in China. */
export function admissionEndsAt(admission: Pick<Admission, 'validUntil'>): Instant {
  return chinaInstant(addDays(admission.validUntil, 1), '00:00' as TimeOfDay);
}

/** The whole item of a course: listed under its bureau, and due when its admission ends. */
export function courseItem(course: StoredCourse): Item {
  return {
    ...course,
    ...keys.coursesOfBureau(course.admission.bureauId, course.kind, course.courseId),
    ...keys.due(course.courseId, admissionEndsAt(course.admission)),
  };
}
