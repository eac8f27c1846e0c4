import fc from 'fast-check';
import { addDays, type ChinaDate, weekdayOf } from '../kernel/time.ts';
import { calendarOf, taughtWeekday } from '../school/calendar.ts';
import type { CalendarDay } from '../school/school.ts';
import { datesOf } from './dates.ts';

const day = (date: string) => date as ChinaDate;
const off = (date: string): CalendarDay => ({ date: day(date), kind: 'off', name: '放假' });
const autumn = calendarOf(
  [
    { date: day('2026-09-20'), kind: 'school', follows: 2, name: '国庆节调课' },
    ...['01', '02', '03', '04', '05', '06', '07'].map((date) => off(`2026-10-${date}`)),
    { date: day('2026-10-10'), kind: 'school', follows: 3, name: '国庆节调课' },
  ],
  [],
);

test('a class on Wednesdays is held on the make-up Saturday that follows Wednesday, and not in the holidays', () => {
  expect(datesOf([{ weekday: 3, period: 1 }], day('2026-09-28'), day('2026-10-21'), autumn)).toEqual(
    ['2026-09-30', '2026-10-10', '2026-10-14', '2026-10-21'].map((date) => ({ date, period: 1 })),
  );
});

test('a class on Saturdays gives way to a make-up Saturday', () => {
  expect(datesOf([{ weekday: 6, period: 3 }], day('2026-10-03'), day('2026-10-17'), autumn)).toEqual([{ date: '2026-10-17', period: 3 }]);
});

test("a school's own day stands above the bureau's, and a make-up day that follows no other is its own weekday", () => {
  const own = calendarOf([off('2026-10-07')], [{ date: day('2026-10-07'), kind: 'school', name: '正常上课' }]);
  expect(datesOf([{ weekday: 3, period: 2 }], day('2026-10-05'), day('2026-10-09'), own)).toEqual([{ date: '2026-10-07', period: 2 }]);
});

const weekday = fc.integer({ min: 1, max: 7 });
const someDay = fc.integer({ min: 0, max: 199 }).map((days) => addDays(day('2026-09-01'), days));
const someCalendar = fc
  .array(
    fc.record({
      date: someDay,
      kind: fc.constantFrom('off' as const, 'school' as const),
      follows: fc.option(weekday, { nil: undefined }),
      name: fc.constant(''),
    }),
    { maxLength: 30 },
  )
  .map((days) => calendarOf(days, []));
const someSlots = fc.array(fc.record({ weekday, period: fc.integer({ min: 1, max: 12 }) }), { minLength: 1, maxLength: 5 });

test('sessions lie inside the service, in order, once each, on days whose timetable has them; and none is missing', () => {
  fc.assert(
    fc.property(someSlots, someDay, fc.integer({ min: 0, max: 150 }), someCalendar, (slots, first, length, calendar) => {
      const last = addDays(first, length);
      const dates = datesOf(slots, first, last, calendar);
      const texts = dates.map(({ date, period }) => `${date} ${String(period).padStart(2, '0')}`);
      expect(texts).toEqual([...new Set(texts)].sort());
      for (const { date, period } of dates) {
        expect(date >= first && date <= last).toBe(true);
        expect(slots.some((slot) => slot.period === period && slot.weekday === taughtWeekday(date, calendar))).toBe(true);
      }
      for (let date = first; date <= last; date = addDays(date, 1)) {
        if (calendar.has(date)) continue;
        for (const slot of slots) {
          if (slot.weekday === weekdayOf(date)) expect(dates).toContainEqual({ date, period: slot.period });
        }
      }
    }),
  );
});

test('a day more in the calendar changes no other day', () => {
  fc.assert(
    fc.property(someSlots, someCalendar, someDay, (slots, calendar, changed) => {
      const [first, last] = [day('2026-09-01'), day('2027-01-22')];
      const before = datesOf(slots, first, last, calendar);
      const after = datesOf(slots, first, last, new Map([...calendar, [changed, off(changed)]]));
      expect(after).toEqual(before.filter(({ date }) => date !== changed));
    }),
  );
});
