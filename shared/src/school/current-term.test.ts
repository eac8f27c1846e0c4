import { newId } from '../kernel/id.ts';
import { currentTerm } from './current-term.ts';
import { Term } from './school.ts';

const term = (name: string, firstDay: string, lastDay: string) =>
  Term.parse({ termId: newId('term'), name, firstDay, lastDay, serviceFirstDay: firstDay, serviceLastDay: lastDay });
const spring = term('2026 春', '2026-02-23', '2026-07-03');
const autumn = term('2026 秋', '2026-09-01', '2027-01-22');

test('the running term is shown, in the holidays the next one, and after the last the newest', () => {
  expect(currentTerm([autumn, spring], '2026-10-10')).toBe(autumn);
  expect(currentTerm([autumn, spring], '2026-03-01')).toBe(spring);
  expect(currentTerm([autumn, spring], '2026-08-01')).toBe(autumn);
  expect(currentTerm([autumn, spring], '2027-02-01')).toBe(autumn);
  expect(currentTerm([], '2026-10-10')).toBeUndefined();
});
