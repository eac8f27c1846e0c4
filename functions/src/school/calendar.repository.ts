import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { type Calendar, calendarOf, yearsBetween } from '@kehou/shared/school/calendar';
import { CalendarDay, CalendarYear } from '@kehou/shared/school/school';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

/** A school corrects at most so many days between two dates that are read at once. */
const OWN_DAYS_MAX = 400;

/**
 * The years as the nearest bureau above publishes them, in the order asked; `undefined` where none does. One read for
 * all of them.
 */
export async function publishedYears(
  table: Table,
  school: Pick<Organisation, 'ancestorIds'>,
  years: readonly number[],
): Promise<(CalendarYear | undefined)[]> {
  const nearestFirst = [...school.ancestorIds].reverse();
  const wanted = years.flatMap((year) => nearestFirst.map((bureauId) => keys.calendarYear(bureauId, year)));
  const found = await table.getMany(wanted, CalendarYear);
  return years.map((_, index) =>
    found.slice(index * nearestFirst.length, (index + 1) * nearestFirst.length).find((year) => year !== undefined),
  );
}

/** A school's own corrections between two days. */
export async function ownDays(table: Table, schoolId: Id<'organisation'>, from: ChinaDate, to: ChinaDate): Promise<CalendarDay[]> {
  return table.queryAll({ ...keys.schoolDays(schoolId, from, to), consistent: true, most: OWN_DAYS_MAX }, CalendarDay);
}

/**
 * The calendar that holds at a school between two days: 3 reads (the school, the years, its own days). `corrected`: as it would be
 * with this day corrected (`null`: not corrected any more).
 * @throws `calendar.year_unpublished` when a year in it has none.
 */
export async function calendarAt(
  table: Table,
  schoolId: Id<'organisation'>,
  from: ChinaDate,
  to: ChinaDate,
  corrected?: { readonly date: ChinaDate; readonly day: CalendarDay | null },
): Promise<Calendar> {
  const school = await table.mustGet(keys.organisation(schoolId), Organisation);
  const years = yearsBetween(from, to);
  const [published, own] = await Promise.all([publishedYears(table, school, years), ownDays(table, schoolId, from, to)]);
  const missing = years.filter((_, index) => !published[index]);
  if (missing.length > 0) throw new DomainError('calendar.year_unpublished', { years: missing });
  return calendarOf(
    published.flatMap((year) => year?.days ?? []),
    corrected ? [...own.filter(({ date }) => date !== corrected.date), ...(corrected.day ? [corrected.day] : [])] : own,
  );
}
