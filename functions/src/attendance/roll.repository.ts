/** A session's roll: an entry a pupil, in one partition with the leaves asked for this session. */
import { type Presence, RollEntry, Stars } from '@kehou/shared/attendance/attendance';
import { Id } from '@kehou/shared/kernel/id';
import { ChinaDate, ms } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { Enrolment, hasSessions, isTheirs } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { type Item, set, type Table, type Write } from '../platform/table.ts';
import { ExceptionGuard } from './exception.repository.ts';

/** With what parents and messages want to know without another read, and the comment that teaching puts beside it. */
export const StoredRollEntry = RollEntry.extend({
  sessionId: Id('session'),
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  date: ChinaDate,
  courseName: z.string(),
  stars: Stars.optional(),
  comment: z.string().optional(),
});
export type StoredRollEntry = z.infer<typeof StoredRollEntry>;

/** A live leave as it stands at {@link keys.leaveOfSession}. */
export const LeaveMark = z.object({ leaveId: Id('leave'), pupilId: Id('pupil'), reason: z.string() });
export type LeaveMark = z.infer<typeof LeaveMark>;

const RollRow = z.union([StoredRollEntry, LeaveMark, ExceptionGuard]);

/** A class has 500 places at most; each may have an entry and a leave. */
const ROLL_ROWS_MAX = 1100;
/** Everyone who ever tried for the class, lapsed and cancelled included. */
const ENROLMENTS_MAX = 5000;

export interface Roll {
  readonly entries: readonly StoredRollEntry[];
  readonly leaves: ReadonlyMap<string, LeaveMark>;
}

/** One query, strongly consistent. */
export async function readRoll(table: Table, sessionId: Id<'session'>): Promise<Roll> {
  const rows = await table.queryAll({ ...keys.roll(sessionId), consistent: true, most: ROLL_ROWS_MAX }, RollRow);
  return {
    entries: rows.filter((row): row is StoredRollEntry => 'presence' in row),
    leaves: new Map(rows.filter((row): row is LeaveMark => 'leaveId' in row).map((leave) => [leave.pupilId, leave])),
  };
}

/**
 * Who is due: pupils with a confirmed place, taken before the session ended; of one that was moved, to the class whose session it is. One query and a read a hundred pupils. The
 * answer is written down as the roll when it is first called, and does not change with enrolments after that.
 */
export async function pupilsDue(table: Table, session: Session): Promise<Pupil[]> {
  const { GSI1PK } = keys.enrolmentsOfOffering(session.offeringId, session.startsAt, '');
  const enrolments = await table.queryAll({ index: 'GSI1', pk: GSI1PK, most: ENROLMENTS_MAX }, Enrolment);
  const due = enrolments.filter(
    (enrolment) => hasSessions(enrolment) && isTheirs(enrolment, session) && ms(enrolment.takenAt) < ms(session.endsAt),
  );
  const pupilIds = [...new Set(due.map(({ pupilId }) => pupilId))];
  const pupils = await getAll(
    table,
    pupilIds.map((pupilId) => keys.pupil(pupilId)),
    Pupil,
  );
  // Who left the school before that day is not called, whatever becomes of the refund.
  return pupils.filter((pupil) => pupil !== undefined).filter(({ leftOn }) => !leftOn || leftOn > session.date);
}

/** What is said of a pupil of whom nothing was said: here, unless the parents asked for leave. */
export function newEntry(session: Session, pupil: Pupil, leave: LeaveMark | undefined, presence?: Presence): StoredRollEntry {
  return {
    pupilId: pupil.pupilId,
    name: pupil.name,
    className: pupil.className,
    presence: presence ?? (leave ? 'leave' : 'present'),
    commented: false,
    leaveReason: leave?.reason,
    corrections: [],
    sessionId: session.sessionId,
    offeringId: session.offeringId,
    schoolId: session.schoolId,
    date: session.date,
    courseName: session.courseName,
  };
}

export function entryItem(entry: StoredRollEntry): Item {
  return { ...entry, ...keys.rollOfPupil(entry.pupilId, entry.date, entry.sessionId) };
}

/** By class and name, as a teacher calls them. */
export function inOrder<T extends Pick<RollEntry, 'className' | 'name'>>(entries: Iterable<T>): T[] {
  return [...entries].sort(
    (a, b) => a.className.localeCompare(b.className, 'zh-CN', { numeric: true }) || a.name.localeCompare(b.name, 'zh-CN'),
  );
}

/** For teaching's transaction: this pupil is on the roll (else it fails) and has been commented on. */
export function commentedWrite(
  sessionId: Id<'session'>,
  pupilId: Id<'pupil'>,
  { stars, comment }: Required<Pick<StoredRollEntry, 'stars' | 'comment'>>,
): Write {
  return set(
    keys.rollEntry(sessionId, pupilId),
    { commented: true, stars, comment },
    { condition: { expression: 'attribute_exists(PK)' } },
  );
}
