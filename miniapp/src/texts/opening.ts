/** Staggered openings in the school's window form. */
import { texts } from './catalogue.ts';

export const t = texts({
  'openings.title': ['按年级错开', 'Staggered by grade'],
  'openings.hint': [
    '列出的年级晚一点开始，没列出的年级在选课开始时开始。报名的人错开了，到点就不挤。',
    'Grades listed here begin later, all others when selection opens. It spreads the rush.',
  ],
  'openings.add': ['加一批年级', 'Add a group of grades'],
  'openings.remove': ['去掉这一批', 'Remove this group'],
  'openings.group': ['第 {number} 批', 'Group {number}'],
  'openings.opens': ['这一批的开始时间', 'Opens for them'],
  'openings.noGrades': ['至少选一个年级', 'One grade at least'],
  'openings.twice': ['{grade} 年级已在另一批里', 'Grade {grade} is in another group'],
  'openings.outside': ['要在选课开始和截止之间', 'Must lie between opening and close'],
});
