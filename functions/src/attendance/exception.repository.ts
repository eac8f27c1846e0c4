import { ExceptionRequest } from '@kehou/shared/attendance/attendance';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Item } from '../platform/table.ts';

/** As kept: with who asked, so that nobody decides on their own request. */
export const StoredException = ExceptionRequest.extend({ askedBy: z.string(), decidedBy: z.string().optional() });
export type StoredException = z.infer<typeof StoredException>;

/** Stands at {@link keys.exceptionOfMark}: the latest request for this mark. A refused one may be followed by another. */
export const ExceptionGuard = z.object({ attendanceExceptionId: z.string(), status: ExceptionRequest.shape.status });

/** The whole item: listed by its school, open ones first, and by its teacher. */
export function exceptionItem(exception: StoredException): Item {
  const { schoolId, instructorId, status, askedAt, attendanceExceptionId } = exception;
  return {
    ...exception,
    ...keys.exceptionsOfSchool(schoolId, status === 'asked', askedAt, attendanceExceptionId),
    ...keys.exceptionsOfInstructor(instructorId, askedAt, attendanceExceptionId),
  };
}
