/** Dates, times and numbers as people say them, in the language of now. */
import { addDays, type ChinaDate, chinaDate, type Instant, timeOfDay, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import { serverNow } from '../clock.ts';
import { t } from '../texts/common.ts';

export const weekdayName = (weekday: Weekday): string => t(`week.${weekday as 1 | 2 | 3 | 4 | 5 | 6 | 7}`);

/** `12月2日`, with the year when it is not this one. */
export function day(date: ChinaDate): string {
  const [year = '', month = '', dayOfMonth = ''] = date.split('-');
  const parts = { month: Number(month), day: Number(dayOfMonth) };
  return year === chinaDate(serverNow()).slice(0, 4) ? t('date.day', parts) : t('date.year', { year, ...parts });
}

/** `周三 12月2日`. */
export const weekdayAndDay = (date: ChinaDate): string => `${weekdayName(weekdayOf(date))} ${day(date)}`;

/** `今天`, `明天`, `昨天`, else `周三 12月2日`. */
export function nearDay(date: ChinaDate): string {
  const today = chinaDate(serverNow());
  if (date === today) return t('date.today');
  if (date === addDays(today, 1)) return t('date.tomorrow');
  if (date === addDays(today, -1)) return t('date.yesterday');
  return weekdayAndDay(date);
}

/** `今天 16:30`, `周三 12月2日 16:30`. */
export const moment = (at: Instant): string => `${nearDay(chinaDate(at))} ${timeOfDay(at)}`;

/** `周三 12月2日 16:30`, whatever today is: for records. */
export const fullMoment = (at: Instant): string => `${weekdayAndDay(chinaDate(at))} ${timeOfDay(at)}`;

/** `今天 16:30–17:30`. */
export const span = (from: Instant, to: Instant): string => `${moment(from)}–${timeOfDay(to)}`;

/** `30 分钟`, `2 小时`. */
export const duration = (minutes: number): string =>
  minutes % 60 === 0 ? t('duration.hours', { count: minutes / 60 }) : t('duration.minutes', { count: minutes });

/** `2026年9月`. */
export function month(value: string): string {
  const [year = '', number = ''] = value.split('-');
  return t('date.month', { year, month: Number(number) });
}

const HASH_SHOWN = 16;
/** The beginning of a hash, in fours: as much of it as nobody can make another number fit, and eyes can compare. */
export const shortHash = (hash: string): string => (hash.slice(0, HASH_SHOWN).match(/.{1,4}/g) ?? []).join(' ');

/** `1,234`. */
export const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `96.4 %` of a share between 0 and 1. */
export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)}%`;
