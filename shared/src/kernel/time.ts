import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';
import * as z from 'zod';

dayjs.extend(utc);

/** An instant: UTC, ISO 8601 with milliseconds, so that text order is time order. */
export const Instant = z.iso.datetime({ precision: 3 }).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;

/** A calendar day in China (UTC+8, no daylight saving): `YYYY-MM-DD`. */
export const ChinaDate = z.iso.date().brand<'ChinaDate'>();
export type ChinaDate = z.infer<typeof ChinaDate>;

/** A calendar month in China: `YYYY-MM`. */
export const ChinaMonth = z
  .string()
  .regex(/^20\d\d-(0[1-9]|1[0-2])$/)
  .brand<'ChinaMonth'>();
export type ChinaMonth = z.infer<typeof ChinaMonth>;

/** A time of day in China: `HH:mm`. */
export const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .brand<'TimeOfDay'>();
export type TimeOfDay = z.infer<typeof TimeOfDay>;

/** 1 Monday … 7 Sunday (ISO 8601). */
export const Weekday = z.int().min(1).max(7);
export type Weekday = z.infer<typeof Weekday>;

const CHINA_OFFSET_HOURS = 8;

/** Milliseconds since the epoch → instant. */
export function instant(ms: number): Instant {
  return new Date(ms).toISOString() as Instant;
}

/** Instant → milliseconds since the epoch. */
export function ms(at: Instant): number {
  return Date.parse(at);
}

export function addMinutes(at: Instant, minutes: number): Instant {
  return instant(ms(at) + minutes * 60_000);
}

function inChina(at: Instant) {
  return dayjs.utc(at).utcOffset(CHINA_OFFSET_HOURS);
}

/** The calendar day in China at this instant. */
export function chinaDate(at: Instant): ChinaDate {
  return inChina(at).format('YYYY-MM-DD') as ChinaDate;
}

/** The calendar month in China at this instant. */
export function chinaMonth(at: Instant): ChinaMonth {
  return inChina(at).format('YYYY-MM') as ChinaMonth;
}

/** The time of day in China at this instant. */
export function timeOfDay(at: Instant): TimeOfDay {
  return inChina(at).format('HH:mm') as TimeOfDay;
}

/** The instant at which the clock in China shows this day and time. */
export function chinaInstant(date: ChinaDate, time: TimeOfDay): Instant {
  return new Date(`${date}T${time}:00.000+08:00`).toISOString() as Instant;
}

export function addDays(date: ChinaDate, days: number): ChinaDate {
  return dayjs.utc(date).add(days, 'day').format('YYYY-MM-DD') as ChinaDate;
}

/** 1 Monday … 7 Sunday. */
export function weekdayOf(date: ChinaDate): Weekday {
  return dayjs.utc(date).day() || 7;
}

/** Every day from `first` to `last`, both included; at most 400 days. */
export function* daysBetween(first: ChinaDate, last: ChinaDate): Generator<ChinaDate> {
  let date = first;
  for (let count = 0; date <= last; count++) {
    if (count >= 400) throw new RangeError('daysBetween: more than 400 days');
    yield date;
    date = addDays(date, 1);
  }
}

/** First and last day of a month. */
export function monthDays(month: ChinaMonth): { first: ChinaDate; last: ChinaDate } {
  const first = dayjs.utc(`${month}-01`);
  return { first: first.format('YYYY-MM-DD') as ChinaDate, last: first.endOf('month').format('YYYY-MM-DD') as ChinaDate };
}

/** `by` months after `month` (negative: before). */
export function addMonths(month: ChinaMonth, by: number): ChinaMonth {
  return dayjs.utc(`${month}-01`).add(by, 'month').format('YYYY-MM') as ChinaMonth;
}
