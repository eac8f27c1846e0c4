/** Which classes would clash, and on which days, were a school's periods, term or calendar changed. */
import type { Id } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaDate, chinaInstant, type Instant, timeOfDay, weekdayOf } from '@kehou/shared/kernel/time';
import { type Engagement, engagementsClash } from '@kehou/shared/offering/engagement';
import { Session } from '@kehou/shared/offering/offering';
import type { SessionPlan } from '@kehou/shared/offering/plan-sessions';
import type { SchoolSettings } from '@kehou/shared/school/school';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import type { InstructorTimetable } from './instructor-timetable.repository.ts';
import type { StoredOffering } from './offering.repository.ts';

/** A class that is not over, with what it has and what it would have. */
export interface Standing {
  readonly offering: StoredOffering;
  readonly settings: SchoolSettings;
  readonly plan: SessionPlan;
  readonly before: readonly Engagement[];
  readonly wanted: readonly Engagement[];
}

export interface ClassClash {
  /** The instructor would be elsewhere; the room would be another's; it would begin before its selection is settled. */
  readonly why: 'instructor' | 'room' | 'begins-earlier';
  readonly offeringId: Id<'offering'>;
  readonly courseName: string;
  readonly instructorName?: string;
  readonly with?: { readonly schoolName?: string; readonly courseName: string };
  readonly startsAt: string;
  readonly endsAt: string;
  readonly dates: readonly ChinaDate[];
}

export const CLASHES_TOLD_MAX = 20;
const DATES_TOLD_MAX = 5;
const LANES = 8;
/** What an instructor teaches at all schools in a term. */
const TAUGHT_MAX = 2000;

export function classesByInstructor(standing: readonly Standing[]): ReadonlyMap<Id<'instructor'>, readonly Standing[]> {
  const found = new Map<Id<'instructor'>, Standing[]>();
  for (const each of standing) found.set(each.offering.instructorId, [...(found.get(each.offering.instructorId) ?? []), each]);
  return found;
}

type Timetables = ReadonlyMap<Id<'instructor'>, InstructorTimetable>;

export async function clashesAmong(
  table: Table,
  standing: readonly Standing[],
  timetables: Timetables,
  now: Instant,
): Promise<ClassClash[]> {
  const clashes = standing.flatMap((each) => [
    ...roomClashes(each, now),
    ...beginning(each),
    ...engagementClashes(each, standing, timetables, now),
  ]);
  const told = new Set(clashes.map(({ offeringId, why }) => `${offeringId}#${why}`));
  // Days on which another weekday's timetable is taught are in no weekly engagement.
  const dated = (await datedClashes(table, standing, timetables, now)).filter(({ offeringId, why }) => !told.has(`${offeringId}#${why}`));
  return [...clashes, ...dated];
}

/** Its period is done away with while it still meets in it, and another takes the hours: a room is claimed by the period alone. */
function roomClashes({ offering, settings, plan, before }: Standing, now: Instant): ClassClash[] {
  const kept = new Map(before.map((each) => [each.period, each]));
  return [...kept.values()].flatMap(({ period, startsAt, endsAt }) => {
    if (settings.periods.some((each) => each.period === period)) return [];
    const taken = settings.periods.some((each) => each.startsAt < endsAt && startsAt < each.endsAt);
    const sessions = plan.sessions.filter((session) => session.period === period && isToCome(session, now));
    return taken && sessions.length > 0 ? [clashOf('room', offering, startsAt, endsAt, sessions)] : [];
  });
}

/** It is on sale, and whether it runs is settled before its first session: that may not come nearer. */
function beginning({ offering, plan }: Standing): ClassClash[] {
  const first = plan.sessions.find(({ status }) => status === 'scheduled');
  if (offering.status !== 'published' || !first || !offering.firstSessionDate || first.date >= offering.firstSessionDate) return [];
  return [clashOf('begins-earlier', offering, timeOfDay(first.startsAt), timeOfDay(first.endsAt), [first])];
}

/** Its weekly hours would be hours for which its instructor is engaged elsewhere, as they were not before. */
function engagementClashes(
  { offering, plan, before, wanted }: Standing,
  standing: readonly Standing[],
  timetables: Timetables,
  now: Instant,
): ClassClash[] {
  const moving = new Map(standing.map((each) => [each.offering.offeringId, each]));
  const engaged = timetables.get(offering.instructorId)?.engagements ?? [];
  const others = engaged.filter(({ offeringId, lastDay }) => offeringId !== offering.offeringId && lastDay >= chinaDate(now));
  const news = wanted.filter((one) => !before.some((had) => JSON.stringify(had) === JSON.stringify(one)));
  for (const one of news) {
    const had = before.find(({ weekday, period }) => weekday === one.weekday && period === one.period);
    for (const other of others) {
      const becomes = moving.get(other.offeringId)?.wanted.find(({ weekday, period }) => isSlot(other, weekday, period)) ?? other;
      if (!engagementsClash(one, becomes) || (had && engagementsClash(had, other))) continue;
      const sessions = plan.sessions.filter(
        (session) =>
          session.period === one.period &&
          weekdayOf(session.date) === one.weekday &&
          isToCome(session, now) &&
          other.firstDay <= session.date &&
          session.date <= becomes.lastDay,
      );
      const { schoolName, courseName } = other;
      return [{ ...clashOf('instructor', offering, one.startsAt, one.endsAt, sessions), with: { schoolName, courseName } }];
    }
  }
  return [];
}

const isSlot = (engagement: Engagement, weekday: number, period: number) => engagement.weekday === weekday && engagement.period === period;

/**
 * Sessions that get a day or an hour at which their instructor has another: what is dated already, at all schools. Two that both meet on
 * their own weekday are judged by the weekly engagements alone, which are never behind.
 */
async function datedClashes(table: Table, standing: readonly Standing[], timetables: Timetables, now: Instant): Promise<ClassClash[]> {
  const planned = new Map(standing.flatMap(({ plan }) => plan.sessions.map((session) => [session.sessionId, session] as const)));
  const mine = new Set<string>(standing.map(({ offering }) => offering.offeringId));
  const byInstructor = classesByInstructor(standing);
  const clashes: ClassClash[] = [];
  await inLanes([...byInstructor], LANES, async ([instructorId, classes]) => {
    const fresh = classes.flatMap(({ plan }) => plan.changed.filter((session) => isToCome(session, now)));
    const dates = fresh.map(({ date }) => date).sort();
    const [first, last] = [dates[0], dates.at(-1)];
    if (!first || !last) return;
    const taught = await table.queryAll({ ...keys.sessionsOfInstructorBetween(instructorId, first, last), most: TAUGHT_MAX }, Session);
    const known = new Map(taught.map((session) => [session.sessionId, session]));
    const engaged = timetables.get(instructorId)?.engagements ?? [];
    const isWeekly = ({ offeringId, date, period }: Session) =>
      engaged.some((each) => each.offeringId === offeringId && isSlot(each, weekdayOf(date), period));
    // The other school's sessions may not be dated by its new hours yet: its engagement knows them.
    const elsewhere = taught.filter(({ offeringId }) => !mine.has(offeringId)).map((session) => atHours(session, engaged));
    const here = classes.flatMap(({ plan }) => plan.sessions);
    for (const { offering, plan } of classes) {
      for (const other of [...elsewhere, ...here]) {
        if (other.offeringId === offering.offeringId || other.status !== 'scheduled') continue;
        const others = plan.changed.filter((session) => {
          const had = known.get(session.sessionId);
          const otherHad = known.get(other.sessionId) ?? other;
          if (isWeekly(session) && isWeekly(other)) return false;
          return isToCome(session, now) && overlap(session, other) && !(had?.status === 'scheduled' && overlap(had, otherHad));
        });
        if (others.length === 0) continue;
        const { startsAt, endsAt } = planned.get(other.sessionId) ?? other;
        const clash = clashOf('instructor', offering, timeOfDay(startsAt), timeOfDay(endsAt), others);
        clashes.push({ ...clash, with: { courseName: other.courseName } });
        break;
      }
    }
  });
  return clashes.sort((a, b) => (a.offeringId < b.offeringId ? -1 : 1));
}

function atHours(session: Session, engaged: readonly Engagement[]): Session {
  const hours = engaged.find(({ offeringId, period }) => offeringId === session.offeringId && period === session.period);
  if (!hours) return session;
  return { ...session, startsAt: chinaInstant(session.date, hours.startsAt), endsAt: chinaInstant(session.date, hours.endsAt) };
}

const isToCome = ({ status, startsAt }: Session, now: Instant) => status === 'scheduled' && startsAt > now;
const overlap = (a: Session, b: Session) => a.startsAt < b.endsAt && b.startsAt < a.endsAt;

function clashOf(
  why: ClassClash['why'],
  { offeringId, courseName, instructorName }: Standing['offering'],
  startsAt: string,
  endsAt: string,
  sessions: readonly Session[],
): ClassClash {
  const dates = [...new Set(sessions.map(({ date }) => date))].slice(0, DATES_TOLD_MAX);
  return { why, offeringId, courseName, startsAt, endsAt, dates, ...(why === 'instructor' ? { instructorName } : {}) };
}
