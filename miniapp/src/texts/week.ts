/** The week of a child and of a teacher, in the same words. */
import { texts } from './catalogue.ts';

export const t = texts({
  'week.this': ['本周', 'This week'],
  'week.range': ['{from} – {to}', '{from} – {to}'],
  'week.previous': ['上一周', 'Previous week'],
  'week.next': ['下一周', 'Next week'],
  'week.none': ['这一周没有课', 'No classes this week'],
  'week.none.hint': ['可以看看前后的周', 'Have a look at the weeks around it'],
  'week.cancelled': ['已停课', 'Cancelled'],
});
