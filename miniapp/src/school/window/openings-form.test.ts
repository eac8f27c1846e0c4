import { expect, test } from '@jest/globals';
import { instant } from '@kehou/shared/kernel/time';
import { hoursOf } from './lottery-form.ts';
import { gradeOpeningsOf, openingProblems, openingsDraftOf } from './openings-form.ts';

const at = (text: string) => instant(Date.parse(text));
const hours = { opensAt: at('2026-09-01T12:00:00Z'), closesAt: at('2026-09-01T14:00:00Z') };
const given = [
  { grades: [3, 4], opensAt: at('2026-09-01T12:30:00Z') },
  { grades: [5], opensAt: hours.opensAt },
];

test('openings that are fine are read back as they were', () => {
  const drafts = openingsDraftOf({ gradeOpenings: given });
  expect(openingProblems(drafts, hours)).toEqual([{}, {}]);
  expect(gradeOpeningsOf(drafts)).toEqual(given);
  expect(gradeOpeningsOf([])).toBeUndefined();
});

test('each group says what is wrong with it', () => {
  const opens = hoursOf(hours.opensAt);
  expect(
    openingProblems(
      [
        { grades: [], opens },
        { grades: [1, 2], opens: { date: '', time: '20:00' } },
        { grades: [2], opens: hoursOf(hours.closesAt) },
        { grades: [6], opens: hoursOf(at('2026-09-01T11:59:00Z')) },
      ],
      hours,
    ),
  ).toEqual([{ grades: 'none' }, { opens: 'required' }, { grades: { twice: 2 }, opens: 'outside' }, { opens: 'outside' }]);
});
