import type { Id } from '@kehou/shared/kernel/id';
import { addDays, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type Admission, Course } from '@kehou/shared/library/library';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Item, Table } from '../platform/table.ts';

/** A course as kept; `version` rises with every change of its admission. */
export const StoredCourse = Course.extend({ fingerprint: z.string(), version: z.int() });
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
