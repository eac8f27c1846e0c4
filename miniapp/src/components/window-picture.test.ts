import type { Instant } from '@kehou/shared/kernel/time';
import { countdownWords } from './window-picture.ts';

const at = (china: string) => new Date(`${china}:00+08:00`).toISOString() as Instant;
const window = {
  schoolName: '青湖第一小学',
  name: '秋季选课',
  opensAt: at('2026-09-02T20:00'),
  closesAt: at('2026-09-04T12:00'),
  lottery: undefined,
};

test.each([
  ['2026-08-30T23:59', '3 天后 20:00 开始'],
  ['2026-09-01T00:01', '明晚 20:00 开始'],
  ['2026-09-02T00:00', '今晚 20:00 开始'],
  ['2026-09-02T20:00', '2 天后 12:00 截止'],
  ['2026-09-03T23:30', '明天 12:00 截止'],
  ['2026-09-04T11:59', '今天 12:00 截止'],
  ['2026-09-04T12:00', '已经结束'],
])('at %s the card says %s', (now, words) => {
  expect(countdownWords(window, at(now))).toBe(words);
});

test('after a lottery it is the hours for what is left', () => {
  const lottery = { firstCome: { opensAt: at('2026-09-06T20:00'), closesAt: at('2026-09-07T20:00') } } as never;
  expect(countdownWords({ ...window, lottery }, at('2026-09-06T10:00'))).toBe('今晚 20:00 开始');
});
