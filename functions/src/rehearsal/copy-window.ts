/** What a rehearsal takes from the real table, by reading alone: a window, its classes, the school, and how many children are in which grade. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import { REHEARSAL_PARENTS_MAX } from '@kehou/shared/selection/rehearsal';
import { Window } from '@kehou/shared/selection/window';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { pupilsOfSchool } from '../school/pupil.repository.ts';
import { refuseRehearsal } from '../selection/rehearse-window.ts';

export interface WindowCopy {
  readonly window: Window;
  readonly offerings: readonly Offering[];
  readonly school: Organisation;
  readonly settings: SchoolSettings;
  /** Grade → children on the roster. No child itself is copied. */
  readonly grades: ReadonlyMap<number, number>;
}

const PUPILS_A_PAGE = 1000;
/** No school has more than ten thousand pupils. */
const PUPIL_PAGES_MAX = 10;

/** Reads a window that can be rehearsed now. Four reads, and a query for every thousand pupils. */
export async function copyWindow(table: Table, windowId: Id<'window'>, now: Instant): Promise<WindowCopy> {
  const window = await table.mustGet(keys.window(windowId), Window);
  refuseRehearsal(window, now);
  const [offerings, school, settings, grades] = await Promise.all([
    getAll(
      table,
      window.offeringIds.map((id) => keys.offering(id)),
      Offering,
    ),
    table.mustGet(keys.organisation(window.schoolId), Organisation),
    table.get(keys.settings(window.schoolId), SchoolSettings),
    countGrades(table, window.schoolId),
  ]);
  const running = offerings.filter((offering) => offering !== undefined).filter(({ status }) => status !== 'cancelled');
  if (running.length === 0) throw new DomainError('request.not_found');
  return { window, offerings: running, school, settings: settings ?? defaultSettings, grades };
}

async function countGrades(table: Table, schoolId: Id<'organisation'>): Promise<Map<number, number>> {
  const grades = new Map<number, number>();
  let cursor: string | undefined;
  for (let pages = 0; pages < PUPIL_PAGES_MAX; pages++) {
    const page = await pupilsOfSchool(table, schoolId, { limit: PUPILS_A_PAGE, cursor });
    for (const { grade, leftOn } of page.items) if (!leftOn) grades.set(grade, (grades.get(grade) ?? 0) + 1);
    cursor = page.cursor;
    if (!cursor) break;
  }
  return grades;
}

/** Where nobody is on the roster yet: as many in each grade that a class is for. */
export function gradesOf({ grades, offerings }: WindowCopy): ReadonlyMap<number, number> {
  if (grades.size > 0) return grades;
  return new Map(offerings.flatMap((offering) => offering.grades).map((grade) => [grade, 1]));
}

/** As many as there are children on the roster, as far as a rehearsal goes. */
export function parentsOf({ grades }: WindowCopy): number {
  const onRoster = [...grades.values()].reduce((sum, count) => sum + count, 0);
  return Math.min(REHEARSAL_PARENTS_MAX, Math.max(1, onRoster));
}
