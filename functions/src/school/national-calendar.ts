import { type ChinaDate, instant, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import { CalendarDay, CalendarYear } from '@kehou/shared/school/school';
import chineseDays from 'chinese-days';

/**
 * The national holidays and make-up days of a year as the State Council publishes them each November; `undefined` for a
 * year that the data does not know: it calls every weekday of such a year a working day, 1 January too. Each make-up
 * day is proposed to follow the weekday that was given off for it, in order; the bureau may say otherwise.
 */
export function nationalYear(year: number): CalendarYear | undefined {
  const special: { date: ChinaDate; work: boolean; name: string }[] = [];
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000) {
    const date = instant(at).slice(0, 10) as ChinaDate;
    const detail = chineseDays.getDayDetail(date);
    // A named day reads `National Day,国庆节,3`; an ordinary one has its weekday's name.
    const [, name] = detail.name.split(',');
    if (name) special.push({ date, work: detail.work, name });
  }
  if (special.length === 0) return undefined;
  const givenOff = new Map<string, Weekday[]>();
  for (const { date, name } of special) {
    if (chineseDays.isInLieu(date)) givenOff.set(name, [...(givenOff.get(name) ?? []), weekdayOf(date)]);
  }
  const days = special.map(({ date, work, name }) => {
    if (!work) return CalendarDay.parse({ date, kind: 'off', name });
    const follows = givenOff.get(name)?.shift();
    return CalendarDay.parse({ date, kind: 'school', name: `${name}调课`, ...(follows ? { follows } : {}) });
  });
  return CalendarYear.parse({ year, days, source: `国务院办公厅关于${year}年部分节假日安排的通知` });
}
