import { type ChinaDate, daysBetween } from '../kernel/time.ts';
import { type Calendar, taughtWeekday } from '../school/calendar.ts';
import type { Slot } from './offering.ts';

export interface DatedSlot {
  readonly date: ChinaDate;
  readonly period: number;
}

/**
 * The days on which a class with these weekly slots meets, in order: over holidays, and on make-up days by the timetable
 * that they follow. Both days included; a slot given twice counts once.
 */
export function datesOf(slots: readonly Slot[], firstDay: ChinaDate, lastDay: ChinaDate, calendar: Calendar): DatedSlot[] {
  const dated: DatedSlot[] = [];
  for (const date of daysBetween(firstDay, lastDay)) {
    const weekday = taughtWeekday(date, calendar);
    const periods = new Set(slots.filter((slot) => slot.weekday === weekday).map((slot) => slot.period));
    for (const period of [...periods].sort((a, b) => a - b)) dated.push({ date, period });
  }
  return dated;
}
