/** How many a window opens to at once: counted when it is published, and when its openings are moved before it has begun. */
import { ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { opensByHand } from '@kehou/shared/selection/rules';
import type { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { admissionFor, FAMILIES_PER_SECOND } from './admission.ts';

/** More than any school has. */
const PUPILS_MAX = 20_000;
const Counted = Pupil.pick({ grade: true, leftOn: true });

/**
 * The window with its admission. Each child of a grade that a class is for counts as a family: siblings make them fewer, never more.
 * One query of the school's pupils, a page a thousand; in a lottery without hours after it none.
 */
export async function withAdmission(
  table: Table,
  window: Window,
  offerings: readonly Offering[],
  familiesPerSecond: number = FAMILIES_PER_SECOND,
): Promise<Window> {
  if (window.lottery && !window.lottery.firstCome) return window;
  const { GSI1PK } = keys.pupilsOfSchool(window.schoolId, 1, '', '');
  const pupils = await table.queryAll({ index: 'GSI1', pk: GSI1PK, most: PUPILS_MAX }, Counted);
  const grades = new Set(offerings.flatMap((offering) => offering.grades));
  const waiting = new Map<number, number>();
  for (const { grade, leftOn } of pupils) {
    const opensMs = ms(opensByHand(window, grade) ?? window.opensAt);
    if (grades.has(grade) && !leftOn) waiting.set(opensMs, (waiting.get(opensMs) ?? 0) + 1);
  }
  return { ...window, admission: admissionFor(window, Math.max(0, ...waiting.values()), familiesPerSecond) };
}
