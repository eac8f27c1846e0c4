import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays, type ChinaDate } from '@kehou/shared/kernel/time';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { CalendarDay, CalendarYear } from '@kehou/shared/school/school';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetOrganisation, mustGetSchool, schoolsUnder } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, remove } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { calendarAt, ownDays } from './calendar.repository.ts';
import { changeFrame, type FrameDeps } from './frame.ts';
import { nationalYear } from './national-calendar.ts';
import { redatingWrite } from './redating.ts';

type Routes = typeof schoolRoutes;

const DAYS_READ_MAX = 400;

/** No round trip. Throws `calendar.year_unpublished` for a year that no published data knows. */
export function proposeCalendarYear() {
  return async (input: ParsedOf<Routes['proposeCalendarYear']>): Promise<ReplyOf<Routes['proposeCalendarYear']>> => {
    const proposal = nationalYear(input.year);
    if (!proposal) throw new DomainError('calendar.year_unpublished', { years: [input.year] });
    return proposal;
  };
}

/**
 * Publishes a year for every school under a bureau; a nearer bureau's own year stands above it. What is dated already
 * follows from the stream. Three round trips. Throws `calendar.wrong_days`.
 */
export function putCalendarYear({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['putCalendarYear']>, actor: Actor): Promise<ReplyOf<Routes['putCalendarYear']>> => {
    const { bureauId } = input;
    const year: CalendarYear = { ...CalendarYear.parse(input), days: [...input.days].sort((a, b) => (a.date < b.date ? -1 : 1)) };
    const dates = new Set(year.days.map(({ date }) => date));
    if (dates.size < year.days.length || year.days.some(({ date }) => !date.startsWith(`${year.year}-`))) {
      throw new DomainError('calendar.wrong_days', { year: year.year });
    }
    const bureau = await mustGetOrganisation(table, bureauId);
    if (bureau.kind === 'school' || bureau.kind === 'operator') throw new DomainError('request.not_found');
    const key = keys.calendarYear(bureauId, year.year);
    const before = await table.get(key, CalendarYear);
    if (JSON.stringify(before) === JSON.stringify(year)) return year;
    await table.write([
      put(key, { ...year, bureauId }),
      auditWrite({
        organisationId: bureauId,
        at: clock.now(),
        actor,
        action: 'school.calendar-published',
        subject: `${bureauId}@${year.year}`,
        details: { days: year.days.length, source: year.source },
      }),
    ]);
    return year;
  };
}

/** From the stream: a year that a bureau has published or changed moves what its schools have dated. */
export function followCalendars({ table, clock }: Pick<Platform, 'table' | 'clock'>): Follower {
  return async ({ keys: { PK, SK }, after }) => {
    if (!PK.startsWith('ORG#') || !SK.startsWith('CALENDAR#') || !after) return;
    let cursor: string | undefined;
    do {
      const page = await schoolsUnder(table, PK.slice('ORG#'.length), { limit: 100, cursor });
      for (const school of page.items) await table.write([redatingWrite(school.organisationId, clock.now())]);
      cursor = page.cursor;
    } while (cursor);
  };
}

/** Three round trips. Throws `calendar.year_unpublished`: an unknown year must not look like one without holidays. */
export function showCalendar({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getCalendar']>): Promise<ReplyOf<Routes['getCalendar']>> => {
    const { schoolId, from, to } = input;
    checkRange(from, to);
    const [calendar, own] = [await calendarAt(table, schoolId, from, to), await ownDays(table, schoolId, from, to)];
    const corrected = new Set(own.map(({ date }) => date));
    const days = [...calendar.values()].filter(({ date }) => from <= date && date <= to).sort((a, b) => (a.date < b.date ? -1 : 1));
    return { days: days.map((day) => ({ ...day, own: corrected.has(day.date) })) };
  };
}

/**
 * A school corrects one day (or takes its correction back); sessions follow, unless one would then be held when its instructor is
 * elsewhere, or before its selection is settled. What moves paid sessions stands on the trail. Five round trips, and one for each room,
 * instructor and class; the same again writes nothing. Answers that year's corrections. Throws `school.classes_clash`.
 */
export function putSchoolDay(deps: FrameDeps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['putSchoolDay']>, actor: Actor): Promise<ReplyOf<Routes['putSchoolDay']>> => {
    const { schoolId, date } = input;
    await mustGetSchool(table, schoolId);
    const key = keys.schoolDay(schoolId, date);
    const day = input.day ? CalendarDay.parse({ ...input.day, date }) : null;
    await changeFrame(deps, { schoolId, day: { date, day } }, async () => {
      const before = (await table.get(key, CalendarDay)) ?? null;
      if (JSON.stringify(before) === JSON.stringify(day)) return undefined;
      const audit = auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'school.day-changed',
        subject: `${schoolId}@${date}`,
        details: { date, before: toldOf(before), after: toldOf(day) },
      });
      return { writes: [day ? put(key, day) : remove(key), audit] };
    });
    const year = date.slice(0, 4);
    return { days: await ownDays(table, schoolId, `${year}-01-01` as ChinaDate, `${year}-12-31` as ChinaDate) };
  };
}

/** `{}`: the school does not correct it. */
function toldOf(day: CalendarDay | null) {
  return day ? { dayKind: day.kind, ...(day.follows ? { follows: day.follows } : {}), dayName: day.name } : {};
}

function checkRange(from: ChinaDate, to: ChinaDate): void {
  if (to < from || to > addDays(from, DAYS_READ_MAX)) {
    throw new DomainError('request.invalid', { fields: [{ path: 'to', message: `日期范围最多 ${DAYS_READ_MAX} 天` }] });
  }
}
