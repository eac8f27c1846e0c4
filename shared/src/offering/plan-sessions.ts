import type { Id } from '../kernel/id.ts';
import { chinaInstant, type Instant } from '../kernel/time.ts';
import type { Period } from '../school/school.ts';
import type { DatedSlot } from './dates.ts';
import type { Offering, Session } from './offering.ts';

/** Why a session was cancelled that no calendar has a day for any more; should the day come back, so does the session. */
export const CALENDAR_REASON = '校历调整';

export interface SessionPlanInput {
  readonly offering: Pick<
    Offering,
    'offeringId' | 'schoolId' | 'courseName' | 'roomName' | 'instructorId' | 'instructorName' | 'status' | 'sessionCount'
  >;
  /** The days that the calendar gives it, all of them: what was, too. */
  readonly dates: readonly DatedSlot[];
  readonly periods: readonly Period[];
  readonly existing: readonly Session[];
  readonly now: Instant;
  readonly sessionIdOf: (slot: DatedSlot) => Id<'session'>;
}

export interface SessionPlan {
  /** All sessions as they should be, in order. */
  readonly sessions: readonly Session[];
  /** What to write: new, or other than it was. */
  readonly changed: readonly Session[];
  /** What to take away: only a draft forgets sessions; afterwards they are cancelled. */
  readonly removed: readonly Session[];
}

/**
 * The sessions of a class by its days. What has begun is never touched. A draft has exactly its days. Once published, what
 * was sold is kept to: a day that is lost cancels its session, and a day that is won becomes a session only in place of a
 * cancelled one. What the school itself has cancelled stays cancelled.
 */
export function planSessions(input: SessionPlanInput): SessionPlan {
  const { offering, existing, now } = input;
  const known = new Map(existing.map((session) => [session.sessionId, session]));
  const wanted = new Map(input.dates.map((slot) => [input.sessionIdOf(slot), slot]));
  const isOver = offering.status === 'cancelled' || offering.status === 'ended';
  const planned: Session[] = [];
  const removed: Session[] = [];
  for (const session of existing) {
    const slot = wanted.get(session.sessionId);
    if (isOver || session.startsAt <= now) planned.push(session);
    else if (session.status === 'cancelled' && session.cancelReason !== CALENDAR_REASON) planned.push(session);
    else if (slot && session.status === 'scheduled') planned.push(dated(input, slot, session));
    else if (!slot && offering.status === 'draft') removed.push(session);
    else if (!slot) planned.push({ ...session, status: 'cancelled', cancelReason: CALENDAR_REASON });
  }
  // Days without a session yet, and days that have come back: all for a draft, else as many as the sold ones lack.
  const settled = new Set(planned.map((session) => session.sessionId));
  let room = offering.status === 'draft' ? Number.POSITIVE_INFINITY : isOver ? 0 : offering.sessionCount - countScheduled(planned);
  for (const [sessionId, slot] of wanted) {
    if (settled.has(sessionId)) continue;
    const session = dated(input, slot, known.get(sessionId));
    if (room > 0 && session.startsAt > now) {
      room -= 1;
      planned.push(session);
    } else {
      const cancelled = known.get(sessionId);
      if (cancelled) planned.push(cancelled);
    }
  }
  const sessions = [...planned]
    .sort((a, b) => (a.startsAt === b.startsAt ? (a.sessionId < b.sessionId ? -1 : 1) : a.startsAt < b.startsAt ? -1 : 1))
    .map((session, index) => (session.number === index + 1 ? session : { ...session, number: index + 1 }));
  return { sessions, changed: sessions.filter((session) => !sameSession(session, known.get(session.sessionId))), removed };
}

export function countScheduled(sessions: readonly Session[]): number {
  return sessions.filter((session) => session.status === 'scheduled').length;
}

function dated({ offering, periods, sessionIdOf }: SessionPlanInput, slot: DatedSlot, before?: Session): Session {
  const period = periods.find((each) => each.period === slot.period);
  // A period that the school has done away with keeps its hours for the classes that are in it.
  const startsAt = period ? chinaInstant(slot.date, period.startsAt) : before?.startsAt;
  const endsAt = period ? chinaInstant(slot.date, period.endsAt) : before?.endsAt;
  if (!startsAt || !endsAt) throw new RangeError(`no hours for period ${slot.period}`);
  return {
    sessionId: sessionIdOf(slot),
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    number: before?.number ?? 0,
    date: slot.date,
    period: slot.period,
    startsAt,
    endsAt,
    courseName: offering.courseName,
    roomName: offering.roomName,
    instructorId: offering.instructorId,
    instructorName: offering.instructorName,
    status: 'scheduled',
  };
}

function sameSession(a: Session, b: Session | undefined): boolean {
  if (!b) return false;
  const told = (session: Session) => [
    session.number,
    session.date,
    session.period,
    session.startsAt,
    session.endsAt,
    session.courseName,
    session.roomName,
    session.instructorId,
    session.instructorName,
    session.status,
    session.cancelReason,
  ];
  return JSON.stringify(told(a)) === JSON.stringify(told(b));
}
