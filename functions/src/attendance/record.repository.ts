/** What happened in a session: one item, made by whatever happens first, be it a sign-in, a roll or an exception. */
import { SessionRecord, type SignMark } from '@kehou/shared/attendance/attendance';
import type { Session } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { type Condition, type Item, update, type Write } from '../platform/table.ts';

/** `rollRevision` rises with every write to the roll: two teachers at one roll meet here, and counts are never of two rolls. */
export const StoredRecord = SessionRecord.extend({ rollRevision: z.int() });
export type StoredRecord = z.infer<typeof StoredRecord>;

export function emptyRecord(session: Session): StoredRecord {
  const { sessionId, offeringId, schoolId, instructorId, date } = session;
  return { sessionId, offeringId, schoolId, instructorId, date, due: 0, present: 0, absent: 0, onLeave: 0, rollRevision: 0 };
}

/** Sets fields of a record, which it makes when there is none. `keep`: fields that are set only if they are not there yet. */
export function recordWrite(session: Session, change: { set?: Item; keep?: Item; condition?: Condition }): Write {
  const set = change.set ?? {};
  const base: Item = {
    ...emptyRecord(session),
    ...keys.recordsOfInstructor(session.schoolId, session.instructorId, session.date, session.sessionId),
    ...change.keep,
  };
  const sets = [
    ...Object.keys(set).map((field) => `#${field} = :${field}`),
    ...Object.keys(base)
      .filter((field) => !(field in set))
      .map((field) => `#${field} = if_not_exists(#${field}, :${field})`),
  ];
  return update(keys.sessionRecord(session.offeringId, session.sessionId), `SET ${sets.join(', ')}`, {
    values: { ...base, ...set },
    ...(change.condition ? { condition: change.condition } : {}),
  });
}

export type MarkField = 'signedIn' | 'signedOut';

/**
 * Signs in or out, once. Fails when that mark is there. Whoever signs in taught it, whatever was planned when the record began; from
 * then on it waits to be paid, however many payouts are refused meanwhile.
 */
export function signWrite(session: Session, field: MarkField, mark: SignMark): Write {
  const { schoolId, instructorId, date, sessionId } = session;
  const taught =
    field === 'signedIn'
      ? {
          instructorId,
          ...keys.recordsOfInstructor(schoolId, instructorId, date, sessionId),
          ...keys.recordsUnpaid(schoolId, date, sessionId),
        }
      : {};
  return recordWrite(session, { set: { ...taught, [field]: mark }, condition: { expression: `attribute_not_exists(#${field})` } });
}
