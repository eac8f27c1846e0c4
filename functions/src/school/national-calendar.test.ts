import { nationalYear } from './national-calendar.ts';

test('the autumn of 2026 has its holidays, and each make-up day follows the day that was given off for it', () => {
  const autumn = nationalYear(2026)?.days.filter(({ date }) => date >= '2026-09-01');
  expect(autumn).toEqual([
    { date: '2026-09-20', kind: 'school', follows: 2, name: '国庆节调课' },
    { date: '2026-09-25', kind: 'off', name: '中秋' },
    { date: '2026-09-26', kind: 'off', name: '中秋' },
    { date: '2026-09-27', kind: 'off', name: '中秋' },
    ...['01', '02', '03', '04', '05', '06', '07'].map((day) => ({ date: `2026-10-${day}`, kind: 'off', name: '国庆节' })),
    { date: '2026-10-10', kind: 'school', follows: 3, name: '国庆节调课' },
  ]);
});

test('a year that nobody has published is no year, rather than one without holidays', () => {
  expect(nationalYear(2027)).toBeUndefined();
});
