import { Id } from '@kehou/shared/kernel/id';
import { ChinaDate, Instant } from '@kehou/shared/kernel/time';
import { Offering, Session } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { Item, Page, Table } from '../platform/table.ts';
import { MovedSessions } from './moved-sessions.ts';

/**
 * An offering as kept. `version` rises with every change that this area makes; selection sets `status` and `windowId`
 * beside it, so this area sets single fields and never puts the whole item again.
 */
export const StoredOffering = Offering.extend({
  version: z.int().min(1),
  /** Of what was asked for when it was created: a retry is told from another request with the same id. */
  fingerprint: z.string(),
  /** The service's last day in its term: until then it counts as built on its course and instructor. */
  lastDay: ChinaDate,
  /** The last time that sessions of it got other days or hours. */
  moved: MovedSessions.optional(),
  /** When its school called it off, though it ran. */
  calledOffAt: Instant.optional(),
});
export type StoredOffering = z.infer<typeof StoredOffering>;

/** Five slots a week over 200 days, and those that were cancelled. */
export const SESSIONS_MAX = 400;
export const OFFERINGS_OF_TERM_MAX = 500;

export async function mustGetOffering(table: Table, offeringId: Id<'offering'>): Promise<StoredOffering> {
  return table.mustGet(keys.offering(offeringId), StoredOffering);
}

/** One page of a term's offerings, in the order in which they were made. */
export async function offeringsOfTerm(
  table: Table,
  schoolId: Id<'organisation'>,
  termId: Id<'term'>,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<StoredOffering>> {
  const { GSI1PK } = keys.offeringsOfTerm(schoolId, termId, '');
  return table.query({ index: 'GSI1', pk: GSI1PK, ...page }, StoredOffering);
}

/** The same session every time it is dated: it follows from the class, the day and the period. */
export function sessionIdOf(offeringId: Id<'offering'>, date: string, period: number): Id<'session'> {
  return derivedId('session', offeringId, date, String(period));
}

/** Every session of an offering, cancelled ones too, in the order of time. One query (strongly consistent unless told otherwise). */
export async function sessionsOf(table: Table, offeringId: Id<'offering'>, options: { consistent?: boolean } = {}): Promise<Session[]> {
  const sessions = await table.queryAll(
    { ...keys.sessions(offeringId), consistent: options.consistent ?? true, most: SESSIONS_MAX },
    Session,
  );
  return sessions.sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
}

/** The whole item of a session: listed by its school and by its instructor. */
export function sessionItem(session: Session): Item {
  return {
    ...session,
    ...keys.sessionsOfSchool(session.schoolId, session.date, session.startsAt, session.sessionId),
    ...keys.sessionsOfInstructor(session.instructorId, session.date, session.startsAt, session.sessionId),
  };
}

/** A class by its id, in someone else's item. */
export const OfferingLink = z.object({ offeringId: Id('offering') });
