import { afterEach, expect, test } from '@jest/globals';
import { setLanguage } from '../texts/catalogue.ts';
import { gradesOf, hoursOf, whenOf, whomToAsk } from './when.ts';

const periods = new Map([
  [1, { startsAt: '16:30', endsAt: '17:20' }],
  [2, { startsAt: '17:30', endsAt: '18:20' }],
]);
afterEach(() => setLanguage('zh'));

test('days that share their hours are said together, in the order of the week', () => {
  const slots = [
    { weekday: 3, period: 1 },
    { weekday: 1, period: 1 },
    { weekday: 5, period: 2 },
  ];
  expect(whenOf(slots, periods)).toBe('周一、周三 16:30–17:20；周五 17:30–18:20');
  expect(whenOf(slots, periods, { brief: true })).toBe('周一、周三 16:30；周五 17:30');
  expect(whenOf(slots, new Map())).toBe('周一、周三 第1节；周五 第2节');
});

test('grades are a range where they are one', () => {
  expect([gradesOf([3]), gradesOf([5, 3, 4]), gradesOf([1, 3])]).toEqual(['3 年级', '3–5 年级', '1、3 年级']);
  setLanguage('en');
  expect(gradesOf([1, 3])).toBe('grades 1, 3');
});

test('one class is asked for each period that is not known, and none for those that are', () => {
  const slot = (weekday: number, period: number) => ({ weekday, period });
  const classes = [
    { offeringId: 'a', slots: [slot(1, 1)] },
    { offeringId: 'b', slots: [slot(2, 1), slot(2, 2)] },
    { offeringId: 'c', slots: [slot(3, 3)] },
  ];
  expect(whomToAsk(classes, new Map())).toEqual(['a', 'b', 'c']);
  expect(whomToAsk(classes, periods)).toEqual(['c']);
  const at = { period: 3, startsAt: '2026-11-23T10:30:00.000Z', endsAt: '2026-11-23T11:20:00.000Z' };
  expect(hoursOf([{ sessions: [at] as never }]).get(3)).toEqual({ startsAt: '18:30', endsAt: '19:20' });
});
