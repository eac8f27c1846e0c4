/** The session that a teacher names, with what else is wanted about it in the same round trip. 404 when it is not theirs. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { Session } from '@kehou/shared/offering/offering';
import { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Key, Table } from '../platform/table.ts';
import { StoredRecord } from './record.repository.ts';

export interface SessionInput {
  readonly offeringId: Id<'offering'>;
  readonly sessionId: Id<'session'>;
}

export interface OwnSession {
  readonly session: Session;
  readonly record: StoredRecord | undefined;
  /** What stood at the other keys, unparsed, in their order. */
  readonly rows: readonly unknown[];
}

const Link = z.object({ instructorId: Id('instructor') });
const Row = z.record(z.string(), z.unknown());

/** One round trip. */
export async function ownSession(table: Table, input: SessionInput, actor: Actor, others: readonly Key[] = []): Promise<OwnSession> {
  const [link, session, record, ...rows] = await table.getMany(
    [
      keys.personInstructor(actor.personId),
      keys.session(input.offeringId, input.sessionId),
      keys.sessionRecord(input.offeringId, input.sessionId),
      ...others,
    ],
    Row,
  );
  if (!link || !session) throw new DomainError('request.not_found');
  const mine = Session.parse(session);
  if (mine.instructorId !== Link.parse(link).instructorId) throw new DomainError('request.not_found');
  return { session: mine, record: record && StoredRecord.parse(record), rows };
}

/** Settings as read, or the defaults where the school has changed nothing. */
export function settingsOf(row: unknown): SchoolSettings {
  return row === undefined ? defaultSettings : SchoolSettings.parse(row);
}
