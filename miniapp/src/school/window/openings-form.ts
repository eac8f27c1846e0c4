/** What the window form holds of staggered openings, and what becomes of it. */
import type { Instant } from '@kehou/shared/kernel/time';
import { ms } from '@kehou/shared/kernel/time';
import type { GradeOpening, Window } from '@kehou/shared/selection/window';
import { type Hours, hoursOf, instantOf } from './lottery-form.ts';

export const GRADES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
export const GROUPS_MAX = GRADES.length;

export interface OpeningDraft {
  readonly grades: readonly number[];
  readonly opens: Hours;
}

export const openingsDraftOf = (window: Pick<Window, 'gradeOpenings'> | undefined): readonly OpeningDraft[] =>
  (window?.gradeOpenings ?? []).map(({ grades, opensAt }) => ({ grades, opens: hoursOf(opensAt) }));

/** `twice` is the grade that stands in an earlier group as well. */
export interface OpeningProblem {
  readonly grades?: 'none' | { readonly twice: number };
  readonly opens?: 'required' | 'outside';
}

/** One for each group, empty where it is fine. */
export function openingProblems(
  drafts: readonly OpeningDraft[],
  { opensAt, closesAt }: { readonly opensAt: Instant | undefined; readonly closesAt: Instant | undefined },
): readonly OpeningProblem[] {
  const seen = new Set<number>();
  return drafts.map(({ grades, opens }) => {
    const twice = grades.find((grade) => seen.has(grade));
    for (const grade of grades) seen.add(grade);
    const at = instantOf(opens);
    const isOutside = at && ((opensAt && ms(at) < ms(opensAt)) || (closesAt && ms(at) >= ms(closesAt)));
    return {
      ...(grades.length === 0 ? { grades: 'none' as const } : twice === undefined ? {} : { grades: { twice } }),
      ...(at === undefined ? { opens: 'required' as const } : isOutside ? { opens: 'outside' as const } : {}),
    };
  });
}

/** For the server; undefined: nothing is staggered. Only for drafts without problems. */
export function gradeOpeningsOf(drafts: readonly OpeningDraft[]): GradeOpening[] | undefined {
  const openings = drafts.map(({ grades, opens }) => ({
    grades: [...grades].sort((a, b) => a - b),
    opensAt: instantOf(opens) as Instant,
  }));
  return openings.length > 0 ? openings : undefined;
}
