/** Which weekday's timetable is taught on a day: the weekday's own, another's (a make-up day), or none (a holiday). */
import { type ChinaDate, type Weekday, weekdayOf } from '../kernel/time.ts';
import type { CalendarDay } from './school.ts';

/** The exceptions that hold at a school, a day at most once. */
export type Calendar = ReadonlyMap<ChinaDate, CalendarDay>;

/**
 * The weekday whose timetable is taught on `date`; `undefined`: no school. A make-up Saturday that follows Wednesday has
 * Wednesday's classes and none of its own.
 */
export function taughtWeekday(date: ChinaDate, calendar: Calendar): Weekday | undefined {
  const day = calendar.get(date);
  if (!day) return weekdayOf(date);
  return day.kind === 'off' ? undefined : (day.follows ?? weekdayOf(date));
}

/** A bureau's exceptions with a school's own corrections above them. */
export function calendarOf(published: Iterable<CalendarDay>, own: Iterable<CalendarDay>): Calendar {
  const days = new Map<ChinaDate, CalendarDay>();
  for (const day of published) days.set(day.date, day);
  for (const day of own) days.set(day.date, day);
  return days;
}

/** The calendar years that two days span, both included. */
export function yearsBetween(first: ChinaDate, last: ChinaDate): number[] {
  const years: number[] = [];
  for (let year = Number(first.slice(0, 4)); year <= Number(last.slice(0, 4)); year++) years.push(year);
  return years;
}
