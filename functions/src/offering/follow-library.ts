/** What becomes of classes when an admission behind them is suspended, ends, or is restored (B5). */
import { Id } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import { type Admission, isUsable } from '@kehou/shared/library/library';
import type { Offering } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { mustGetCourse } from '../library/course.repository.ts';
import { mustGetInstructor } from '../library/instructor.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { type QueryInput, update } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { redateOffering } from './date-sessions.ts';
import { StoredOffering } from './offering.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const PAGE = 100;
const Use = z.object({ offeringId: Id('offering') });
const Due = z.object({ PK: z.string(), SK: z.string(), GSI2SK: z.string() });

/** From the stream: an admission was changed or renewed, or an instructor corrected. */
export function followAdmissions(deps: Deps): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (!before || !after) return;
    const isCourse = PK.startsWith('COURSE#') && SK === 'COURSE';
    const isInstructor = PK.startsWith('INSTRUCTOR#') && SK === 'INSTRUCTOR';
    if (isCourse)
      await eachUse(deps, keys.courseUses(PK.slice('COURSE#'.length), chinaDate(deps.clock.now())), (offeringId) => flag(deps, offeringId));
    if (!isInstructor) return;
    const uses = keys.instructorUses(PK.slice('INSTRUCTOR#'.length), chinaDate(deps.clock.now()));
    await eachUse(deps, uses, async (offeringId) => {
      await flag(deps, offeringId);
      // Corrected: the classes and what is still to be taught go by the new name.
      if (before.name !== after.name) await redateOffering(deps, offeringId);
    });
  };
}

/** The sweeper found an admission whose last day is over: its classes are flagged, and it is due no more. */
export function endAdmission(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { GSI2SK: seen, ...key } = Due.parse(item);
    const [, id = ''] = key.PK.split('#');
    const today = chinaDate(deps.clock.now());
    const uses = key.SK === 'COURSE' ? keys.courseUses(id, today) : keys.instructorUses(id, today);
    await eachUse(deps, uses, (offeringId) => flag(deps, offeringId));
    // Refused: renewed meanwhile: it is due on another day.
    await deps.table.tryWrite([update(key, 'REMOVE #GSI2PK, #GSI2SK', { condition: { expression: '#GSI2SK = :seen', values: { seen } } })]);
  };
}

async function eachUse(
  deps: Deps,
  uses: Pick<QueryInput, 'pk' | 'between'>,
  act: (offeringId: Id<'offering'>) => Promise<void>,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await deps.table.query({ ...uses, limit: PAGE, cursor, consistent: true }, Use);
    for (const { offeringId } of page.items) await act(offeringId);
    cursor = page.cursor;
  } while (cursor);
}

/** Sets the flag to what is true now: the same whoever calls it, and in which order. Three reads, a write when it changes. */
async function flag({ table, clock }: Deps, offeringId: Id<'offering'>): Promise<void> {
  const offering = await table.get(keys.offering(offeringId), StoredOffering);
  if (!offering || offering.status === 'cancelled' || offering.status === 'ended') return;
  const [course, instructor] = await Promise.all([
    mustGetCourse(table, offering.courseId),
    mustGetInstructor(table, offering.instructorId),
  ]);
  const wanted = flagOf(course.admission, instructor.admission, chinaDate(clock.now()));
  if (wanted === offering.flag) return;
  // Refused: it was given another course or instructor meanwhile, which were judged then.
  await table.tryWrite([
    update(keys.offering(offeringId), wanted ? 'SET #flag = :flag' : 'REMOVE #flag', {
      ...(wanted ? { values: { flag: wanted } } : {}),
      condition: {
        expression: '#courseId = :course AND #instructorId = :instructor',
        values: { course: offering.courseId, instructor: offering.instructorId },
      },
    }),
  ]);
}

function flagOf(course: Admission, instructor: Admission, today: Parameters<typeof isUsable>[1]): Offering['flag'] {
  if (course.status !== 'admitted') return 'course-suspended';
  if (instructor.status !== 'admitted') return 'instructor-suspended';
  return isUsable(course, today) && isUsable(instructor, today) ? undefined : 'admission-expired';
}
