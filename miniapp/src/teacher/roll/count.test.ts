import type { Presence, RollEntry } from '@kehou/shared/attendance/attendance';
import { newId } from '@kehou/shared/kernel/id';
import { countsOf, draftWithout, leftOf, nextPresence, rowsOf, seenWith } from './count.ts';

const entry = (presence: Presence): RollEntry => ({
  pupilId: newId('pupil'),
  name: '王一诺',
  className: '2班',
  presence,
  commented: false,
  corrections: [],
});

test('everyone counts as the server has them until a tap says otherwise', () => {
  const entries = [entry('present'), entry('present'), entry('leave')];
  expect(countsOf(rowsOf(entries, {}))).toEqual({ due: 3, present: 2, absent: 0, leave: 1 });
});

test('a tap changes the counts and marks the row, and tapping back to what it was unmarks it', () => {
  const one = entry('present');
  const tapped = rowsOf([one, entry('present')], { [one.pupilId]: 'absent' });
  expect(countsOf(tapped)).toEqual({ due: 2, present: 1, absent: 1, leave: 0 });
  expect(tapped.map((row) => row.changed)).toEqual([true, false]);
  expect(rowsOf([one], { [one.pupilId]: 'present' })[0]?.changed).toBe(false);
});

test('who left the class since the list was opened is named, whoever came meanwhile is not, and the marks of the others stay', () => {
  const [one, two, late] = [entry('present'), entry('present'), entry('present')];
  const seen = seenWith([], [one, two]);
  expect(leftOf(seen, [one, two])).toEqual([]);
  expect(seenWith(seen, [two, one])).toBe(seen);
  expect(leftOf(seenWith(seen, [two, late]), [two, late])).toEqual([one]);
  expect(draftWithout({ [one.pupilId]: 'absent', [two.pupilId]: 'leave' }, [one])).toEqual({ [two.pupilId]: 'leave' });
});

test('one tap makes present absent, a pupil on leave is one tap from present, and three taps come round', () => {
  expect(nextPresence('present')).toBe('absent');
  expect(nextPresence('leave')).toBe('present');
  expect(nextPresence(nextPresence(nextPresence('present')))).toBe('present');
});
