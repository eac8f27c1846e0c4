/** Staggered openings in words: which grades begin when. */
import { ms } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';
import { t } from '../texts/modes.ts';
import { moment } from './format.ts';

/** `3、4 年级：今天 20:30 开始`, the earliest first. */
export function openingSentences({ gradeOpenings = [] }: Pick<Window, 'gradeOpenings'>): readonly string[] {
  return [...gradeOpenings]
    .sort((a, b) => ms(a.opensAt) - ms(b.opensAt))
    .map(({ grades, opensAt }) =>
      t('mode.grades', { grades: [...grades].sort((a, b) => a - b).join(t('mode.grades.join')), when: moment(opensAt) }),
    );
}
