/** What a class's new dating moved, kept on the class with the change itself, so that it is told once whatever dies meanwhile. */
import { createHash } from 'node:crypto';
import { ChinaDate, Instant } from '@kehou/shared/kernel/time';
import type { Offering, Session } from '@kehou/shared/offering/offering';
import type { SessionPlan } from '@kehou/shared/offering/plan-sessions';
import * as z from 'zod';

const Moved = z.object({ date: ChinaDate, startsAt: Instant, endsAt: Instant });
/** The first few, and how many there are. */
const Some = z.object({ count: z.int(), first: z.array(Moved) });

export const MovedSessions = z.object({
  /** Of the class that they moved with. */
  version: z.int(),
  /** Of all sessions as they then were: the same dating, done again, is no news. */
  fingerprint: z.string(),
  /** Other hours on the same day. */
  hours: Some,
  /** Days that it did not have before. A day that is lost is a session cancelled, told by itself. */
  days: Some,
});
export type MovedSessions = z.infer<typeof MovedSessions>;

const TOLD_MAX = 3;

/** `undefined`: nothing that families or its instructor count on has moved. A draft has neither. */
export function movedSessions(
  offering: Pick<Offering, 'status'> & { readonly version: number; readonly moved?: MovedSessions | undefined },
  existing: readonly Session[],
  plan: SessionPlan,
  now: Instant,
): MovedSessions | undefined {
  if (offering.status !== 'published' && offering.status !== 'running') return undefined;
  const known = new Map(existing.filter(({ status }) => status === 'scheduled').map((session) => [session.sessionId, session]));
  const moved = plan.changed.filter((session) => {
    const had = known.get(session.sessionId);
    const isSame = had && had.startsAt === session.startsAt && had.endsAt === session.endsAt;
    return session.status === 'scheduled' && session.startsAt > now && !isSame;
  });
  if (moved.length === 0) return undefined;
  const scheduled = plan.sessions.filter(({ status }) => status === 'scheduled');
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(scheduled.map(({ sessionId, startsAt, endsAt }) => [sessionId, startsAt, endsAt])))
    .digest('base64url');
  if (offering.moved?.fingerprint === fingerprint) return undefined;
  return {
    version: offering.version + 1,
    fingerprint,
    hours: some(moved.filter(({ sessionId }) => known.has(sessionId))),
    days: some(moved.filter(({ sessionId }) => !known.has(sessionId))),
  };
}

function some(sessions: readonly Session[]): MovedSessions['hours'] {
  const first = sessions.slice(0, TOLD_MAX).map(({ date, startsAt, endsAt }) => ({ date, startsAt, endsAt }));
  return { count: sessions.length, first };
}
