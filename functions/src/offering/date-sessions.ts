/**
 * Dating anew: what a class's sessions should be by the calendar, periods and names of now, written where it differs.
 * Always the same whoever calls it and how often: the school's follower, the sweeper, or a request that is sent again.
 */
import type { Id } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaDate, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { type DatedSlot, datesOf } from '@kehou/shared/offering/dates';
import type { Engagement } from '@kehou/shared/offering/engagement';
import type { Session } from '@kehou/shared/offering/offering';
import { countScheduled, planSessions, type SessionPlan } from '@kehou/shared/offering/plan-sessions';
import type { Calendar } from '@kehou/shared/school/calendar';
import { Room, SchoolSettings, Term } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { StoredInstructor } from '../library/instructor.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, set, type Table } from '../platform/table.ts';
import { calendarAt } from '../school/calendar.repository.ts';
import { Redating, redatedWrite } from '../school/redating.ts';
import { termsOf } from '../school/term.repository.ts';
import type { Follower } from '../use-cases.ts';
import { moveUseWrites } from './claims.ts';
import { feeOf } from './class-terms.ts';
import { commitWithSessions, notDueWrite, sessionWrites } from './commit-sessions.ts';
import { endingWrite, lastDayOf } from './ending.ts';
import { engageWrite, timetableOf } from './instructor-timetable.repository.ts';
import { movedSessions } from './moved-sessions.ts';
import { offeringsOfTerm, StoredOffering, sessionIdOf, sessionsOf } from './offering.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;
const PAGE = 100;

/** Brings one class's sessions in line. Six reads; writes only what differs. Nothing for a class that is not there. */
export async function redateOffering(deps: Deps, offeringId: Id<'offering'>, calendars = new Calendars(deps.table)): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await redateOnce(deps, offeringId, calendars);
      return;
    } catch (error) {
      // The class has changed while we looked: look again.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

async function redateOnce({ table, clock }: Deps, offeringId: Id<'offering'>, calendars: Calendars): Promise<void> {
  const found = await table.get(keys.offering(offeringId), DueOffering);
  if (!found) return;
  const { GSI2PK: due, ...offering } = found;
  const { schoolId } = offering;
  const [[room, settings, term, instructorName], existing] = await Promise.all([readPlace(table, offering), sessionsOf(table, offeringId)]);
  const now = clock.now();
  const isOver = offering.status === 'cancelled' || offering.status === 'ended';
  const plan = planIn(
    { ...offering, roomName: room.name, instructorName },
    existing,
    { settings, term, calendar: isOver ? new Map() : await calendars.of(schoolId, term) },
    now,
  );
  const scheduled = plan.sessions.filter((session) => session.status === 'scheduled');
  const sessionCount = offering.status === 'draft' ? countScheduled(plan.sessions) : offering.sessionCount;
  const shown = {
    roomName: room.name,
    instructorName,
    sessionCount,
    feeFen: feeOf(offering.feePerSessionFen, sessionCount),
    firstSessionDate: scheduled[0]?.date,
    lastSessionDate: scheduled.at(-1)?.date,
    lastDay: term.serviceLastDay,
  };
  const isSame = JSON.stringify(shown) === JSON.stringify(shownOf(offering));
  const engaging = isOver ? [] : await engagingWrites(table, offering, term, settings, chinaDate(now));
  if (isSame && plan.changed.length + plan.removed.length + engaging.length === 0) {
    if (due) await table.write([notDueWrite(offeringId)]);
    return;
  }
  const moved = movedSessions(offering, existing, plan, now);
  await commitWithSessions(table, offeringId, now, sessionWrites(plan), (outstanding) => [
    set(
      keys.offering(offeringId),
      {
        ...shown,
        ...(moved ? { moved } : {}),
        GSI2PK: undefined,
        GSI2SK: undefined,
        ...outstanding,
        version: offering.version + 1,
        updatedAt: laterThan(offering, now),
      },
      {
        condition: {
          expression: '#version = :version AND #status = :status',
          values: { version: offering.version, status: offering.status },
        },
      },
    ),
    ...engaging,
    ...moveUseWrites(offering, { ...offering, lastDay: shown.lastDay }),
    ...(isOver ? [] : [endingWrite(offeringId, lastDayOf(shown))]),
  ]);
}

/** A class's sessions as they should be within these periods, this term and this calendar. */
export function planIn(
  offering: StoredOffering,
  existing: readonly Session[],
  { settings, term, calendar }: { readonly settings: SchoolSettings; readonly term: Term; readonly calendar: Calendar },
  now: Instant,
): SessionPlan {
  const firstDay = offering.firstDay && offering.firstDay > term.serviceFirstDay ? offering.firstDay : term.serviceFirstDay;
  const isOver = offering.status === 'cancelled' || offering.status === 'ended';
  const dates = isOver || firstDay > term.serviceLastDay ? [] : datesOf(offering.slots, firstDay, term.serviceLastDay, calendar);
  return planSessions({
    offering,
    dates: knownPeriods(dates, settings, existing),
    periods: settings.periods,
    existing,
    now,
    sessionIdOf: ({ date, period }) => sessionIdOf(offering.offeringId, date, period),
  });
}

const DueOffering = StoredOffering.extend({ GSI2PK: z.string().optional() });

/** Never before what was there: whoever follows a class tells newer from older by it. */
export function laterThan(offering: Pick<StoredOffering, 'updatedAt'>, now: StoredOffering['updatedAt']): StoredOffering['updatedAt'] {
  return instant(Math.max(ms(now), ms(offering.updatedAt) + 1));
}

function shownOf({ roomName, instructorName, sessionCount, feeFen, firstSessionDate, lastSessionDate, lastDay }: StoredOffering) {
  return { roomName, instructorName, sessionCount, feeFen, firstSessionDate, lastSessionDate, lastDay };
}

async function readPlace(table: Table, offering: StoredOffering): Promise<[Room, SchoolSettings, Term, string]> {
  const { schoolId, roomId, termId, instructorId } = offering;
  const [room, settings, term, instructor] = await table.getMany(
    [keys.room(schoolId, roomId), keys.settings(schoolId), keys.term(schoolId, termId), keys.instructor(instructorId)],
    z.unknown(),
  );
  return [
    Room.parse(room),
    settings ? SchoolSettings.parse(settings) : defaultSettings,
    Term.parse(term),
    instructor ? StoredInstructor.parse(instructor).name : offering.instructorName,
  ];
}

/** A period that the school has done away with dates nothing new; what is in it stays. */
function knownPeriods(
  dates: readonly DatedSlot[],
  settings: SchoolSettings,
  existing: readonly { date: ChinaDate; period: number }[],
): DatedSlot[] {
  return dates.filter(
    (slot) =>
      settings.periods.some(({ period }) => period === slot.period) ||
      existing.some(({ date, period }) => date === slot.date && period === slot.period),
  );
}

/** The instructor's timetable shows the hours and days of now; none when it does already. */
async function engagingWrites(table: Table, offering: StoredOffering, term: Term, settings: SchoolSettings, today: ChinaDate) {
  const timetable = await timetableOf(table, offering.instructorId);
  const mine = timetable.engagements.filter((each) => each.offeringId === offering.offeringId);
  const wanted = engagedIn(mine, settings, term);
  if (JSON.stringify(wanted) === JSON.stringify(mine)) return [];
  return [engageWrite(offering.instructorId, timetable, offering.offeringId, wanted, today)];
}

/** A class's engagements within these periods and this term; hours that were claimed ahead of a change come to one again. */
export function engagedIn(mine: readonly Engagement[], settings: SchoolSettings, term: Term): Engagement[] {
  const wanted = new Map<string, Engagement>();
  for (const each of mine) {
    const period = settings.periods.find((one) => one.period === each.period);
    const hours = period ? { startsAt: period.startsAt, endsAt: period.endsAt } : {};
    wanted.set(`${each.weekday}#${each.period}`, { ...each, ...hours, lastDay: term.serviceLastDay });
  }
  return [...wanted.values()];
}

/** A school's calendars over its terms, each read once a run. */
export class Calendars {
  private readonly table: Table;
  private readonly known = new Map<string, Promise<Calendar>>();

  constructor(table: Table) {
    this.table = table;
  }

  of(schoolId: Id<'organisation'>, term: Term): Promise<Calendar> {
    const key = `${schoolId}#${term.serviceFirstDay}#${term.serviceLastDay}`;
    const known = this.known.get(key) ?? calendarAt(this.table, schoolId, term.serviceFirstDay, term.serviceLastDay);
    this.known.set(key, known);
    return known;
  }
}

/** Every class of a school whose term is not over. Idempotent, so it may stop anywhere and be begun again. */
export async function redateSchool(deps: Deps, redating: Redating): Promise<void> {
  const { table, clock } = deps;
  const calendars = new Calendars(table);
  const today = chinaDate(clock.now());
  for (const term of await termsOf(table, redating.schoolId)) {
    if (term.lastDay < today) continue;
    let cursor: string | undefined;
    do {
      const page = await offeringsOfTerm(table, redating.schoolId, term.termId, { limit: PAGE, cursor });
      for (const { offeringId } of page.items) await redateOffering(deps, offeringId, calendars);
      cursor = page.cursor;
    } while (cursor);
  }
  // Refused: asked for again meanwhile: that request is followed by itself.
  await table.tryWrite([redatedWrite(redating)]);
}

/** From the stream: a school asks for its sessions to be dated anew. */
export function followRedating(deps: Deps): Follower {
  return async ({ keys: { PK, SK }, after }) => {
    if (!PK.startsWith('SCHOOL#') || SK !== 'REDATING' || !after) return;
    const redating = Redating.safeParse(await deps.table.get({ PK, SK }, z.unknown()));
    // Done already, or by a later request.
    if (redating.success && redating.data.token === after.token && !redating.data.isLater) await redateSchool(deps, redating.data);
  };
}
