/**
 * When an instructor is engaged, at all schools: one small item with a version. Whoever engages them writes on the version
 * that was read, so two schools cannot both find the same hour free.
 */
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { Engagement } from '@kehou/shared/offering/engagement';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { put, type Table, type Write } from '../platform/table.ts';

export const InstructorTimetable = z.object({ version: z.int(), engagements: z.array(Engagement) });
export type InstructorTimetable = z.infer<typeof InstructorTimetable>;

/** One read. */
export async function timetableOf(table: Table, instructorId: Id<'instructor'>): Promise<InstructorTimetable> {
  return (await table.get(keys.instructorTimetable(instructorId), InstructorTimetable)) ?? { version: 0, engagements: [] };
}

/**
 * Replaces one class's engagements (none: it lets the instructor go) and drops what is long over. Fails when the timetable
 * has changed since it was read.
 */
export function engageWrite(
  instructorId: Id<'instructor'>,
  timetable: InstructorTimetable,
  offeringId: Id<'offering'>,
  engagements: readonly Engagement[],
  today: ChinaDate,
): Write {
  return engageAllWrite(instructorId, timetable, new Set([offeringId]), engagements, today);
}

/** {@link engageWrite} for several classes at once. */
export function engageAllWrite(
  instructorId: Id<'instructor'>,
  timetable: InstructorTimetable,
  offeringIds: ReadonlySet<string>,
  engagements: readonly Engagement[],
  today: ChinaDate,
): Write {
  const kept = timetable.engagements.filter((each) => !offeringIds.has(each.offeringId) && each.lastDay >= today);
  return put(
    keys.instructorTimetable(instructorId),
    { version: timetable.version + 1, engagements: [...kept, ...engagements] },
    {
      condition:
        timetable.version === 0
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#version = :version', values: { version: timetable.version } },
    },
  );
}
