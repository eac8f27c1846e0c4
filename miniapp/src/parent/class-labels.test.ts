import { afterEach, expect, test } from '@jest/globals';
import { setLanguage } from '../texts/catalogue.ts';
import { labelsOf } from './class-labels.ts';

afterEach(() => setLanguage('zh'));

const periods = new Map([
  [1, { startsAt: '16:30', endsAt: '17:20' }],
  [2, { startsAt: '17:30', endsAt: '18:20' }],
]);
const classOf = (number: number, courseName: string, weekday: number, period: number, instructorName = '王小明') => ({
  offeringId: `off_${number}` as never,
  courseName,
  slots: [{ weekday: weekday as 1, period }],
  instructorName,
});

test('a name that is the only one of its window stands alone; of two that are the same each says when', () => {
  const labels = labelsOf([classOf(1, '陶艺', 3, 1), classOf(2, '口琴', 3, 1), classOf(3, '口琴', 5, 2)], periods);
  expect([...labels.values()]).toEqual(['陶艺', '口琴（周三 16:30）', '口琴（周五 17:30）']);
  setLanguage('en');
  expect(labelsOf([classOf(2, '口琴', 3, 1), classOf(3, '口琴', 5, 2)], periods).get('off_2')).toBe('口琴 (Wed 16:30)');
});

test('of two at one hour each says whose it is, and a third at another hour need not', () => {
  const labels = labelsOf([classOf(1, '口琴', 3, 1, '陈思源'), classOf(2, '口琴', 3, 1, '李静'), classOf(3, '口琴', 4, 1)], periods);
  expect([...labels.values()]).toEqual(['口琴（周三 16:30，陈思源）', '口琴（周三 16:30，李静）', '口琴（周四 16:30）']);
});
