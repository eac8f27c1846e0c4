import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import { Offering, OfferingInput, onlyLetsGo, reservedText } from '@kehou/shared/offering/offering';
import { countScheduled, planSessions } from '@kehou/shared/offering/plan-sessions';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, set, type Write } from '../platform/table.ts';
import { enterFrameWrite } from '../school/frame.ts';
import { claimRoomWrites, moveUseWrites, OfferingClaim, releaseRoomWrites, roomClash, stillAdmittedWrites } from './claims.ts';
import {
  type ClassInput,
  datesFor,
  engagementsOf,
  feeOf,
  fingerprintOf,
  firstDayOf,
  freeTimetable,
  judgeAdmissions,
  judgeInput,
  judgeScale,
  type Named,
  readNamed,
} from './class-terms.ts';
import { commitWithSessions, sessionWrites } from './commit-sessions.ts';
import { namesOf } from './create-offering.ts';
import { laterThan } from './date-sessions.ts';
import { endingWrite, lastDayOf } from './ending.ts';
import { engageWrite, timetableOf } from './instructor-timetable.repository.ts';
import { movedSessions } from './moved-sessions.ts';
import { StoredOffering, sessionIdOf, sessionsOf } from './offering.repository.ts';

type Routes = typeof offeringRoutes;
type ChangeInput = ParsedOf<Routes['changeOffering']>;
type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;
/** What may still change once parents have seen a class. */
const LATE_FIELDS = new Set(['roomId', 'instructorId', 'capacity', 'firstDay', 'reserved']);

/**
 * Changes a class. A draft: everything. Published or running: room, instructor, a larger capacity, and fewer places kept for a purpose. What it held and
 * holds no more is given back in the same transaction as what it takes. Five round trips, and one for each further hundred
 * sessions. Throws as creating does, and `offering.not_editable`, `request.changed`, and
 * `school.changed_meanwhile` where it is not of the version that was read.
 */
export function changeOffering(deps: Deps) {
  return async (input: ChangeInput, actor: Actor): Promise<ReplyOf<Routes['changeOffering']>> => {
    for (let attempt = 1; ; attempt++) {
      const named = await readNamed(deps.table, input);
      const before = named.offering;
      if (!before || before.schoolId !== input.schoolId) throw new DomainError('request.not_found');
      if (before.fingerprint === fingerprintOf(input)) return Offering.parse(before);
      if (before.version !== input.version) throw new DomainError('school.changed_meanwhile', { version: before.version });
      judgeEditable(before, input);
      const changed = await tryChange(deps, input, named, before, actor);
      if (changed) return Offering.parse(changed);
      // Its instructor's timetable or its school's frame has changed meanwhile: look again.
      if (attempt >= TRIES_MAX) throw new DomainError('request.changed');
    }
  };
}

function judgeEditable(before: StoredOffering, input: ClassInput): void {
  if (before.status === 'draft') return;
  const [was, is] = [OfferingInput.parse(before), OfferingInput.parse(input)];
  const fields = OfferingInput.keyof().options;
  const touched = fields.filter((field) => !LATE_FIELDS.has(field) && JSON.stringify(was[field]) !== JSON.stringify(is[field]));
  const isOver = before.status === 'cancelled' || before.status === 'ended';
  const keepsMore = !onlyLetsGo(was.reserved, is.reserved);
  if (isOver || touched.length > 0 || keepsMore || input.capacity < before.capacity) {
    const fields = [...touched.map(String), ...(keepsMore ? ['reserved'] : [])];
    throw new DomainError('offering.not_editable', { status: before.status, fields });
  }
}

/** `undefined`: something that it stands on has changed meanwhile: look again. */
async function tryChange(
  { table, clock }: Deps,
  input: ClassInput,
  named: Named,
  before: StoredOffering,
  actor: Actor,
): Promise<StoredOffering | undefined> {
  const now = clock.now();
  const today = chinaDate(now);
  const isDraft = before.status === 'draft';
  // Of a published class the days stay, whatever day it is today.
  const firstDay = isDraft
    ? firstDayOf({ firstDay: input.firstDay ?? before.firstDay }, named.term, now)
    : (before.firstDay ?? named.term.serviceFirstDay);
  judgeInput(input, named);
  const isNewTeaching = before.courseId !== input.courseId || before.instructorId !== input.instructorId;
  if (isNewTeaching) judgeAdmissions(named, today);
  const engagements = engagementsOf(input, named, firstDay);
  const [, dates, timetable, existing] = await Promise.all([
    judgeScale(table, input, named, firstDay),
    datesFor(table, input.schoolId, input.slots, firstDay, named.term),
    freeTimetable(table, named.instructor, engagements),
    sessionsOf(table, input.offeringId),
  ]);
  const { offeringId, schoolId } = input;
  const plan = planSessions({
    offering: { ...before, ...namesOf(named), instructorId: input.instructorId },
    dates,
    periods: named.settings.periods,
    existing,
    now,
    sessionIdOf: ({ date, period }) => sessionIdOf(offeringId, date, period),
  });
  const sessionCount = isDraft ? countScheduled(plan.sessions) : before.sessionCount;
  if (sessionCount === 0) throw new DomainError('offering.no_sessions');
  const scheduled = plan.sessions.filter((session) => session.status === 'scheduled');
  const after = StoredOffering.parse({
    ...before,
    ...input,
    ...namesOf(named),
    // A pack that is left out is taken away.
    materialPack: input.materialPack,
    reserved: input.reserved,
    firstDay,
    courseKind: named.course.kind,
    introduction: named.course.introduction,
    flag: isNewTeaching ? undefined : before.flag,
    sessionCount,
    feeFen: feeOf(input.feePerSessionFen, sessionCount),
    firstSessionDate: scheduled[0]?.date,
    lastSessionDate: scheduled.at(-1)?.date,
    updatedAt: laterThan(before, now),
    version: before.version + 1,
    fingerprint: fingerprintOf(input),
    lastDay: named.term.serviceLastDay,
    moved: movedSessions(before, existing, plan, now) ?? before.moved,
  });
  const claims = claimRoomWrites(after);
  try {
    const leaving = await leavingWrites(table, before, after, today);
    await commitWithSessions(table, offeringId, now, sessionWrites(plan), (due) => [
      changeWrite(before, after, due),
      ...claims,
      enterFrameWrite(schoolId, named.frame),
      ...releaseRoomWrites(before, after),
      engageWrite(after.instructorId, timetable, offeringId, engagements, today),
      ...leaving,
      ...(isNewTeaching ? stillAdmittedWrites(after, today) : []),
      endingWrite(offeringId, lastDayOf(after)),
      auditWrite({
        organisationId: schoolId,
        at: now,
        actor,
        action: 'offering.offering-changed',
        subject: `${offeringId}@${after.version}`,
        details: differences(before, after),
      }),
    ]);
    return after;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const clash = error.failed.find((index) => index >= 1 && index <= claims.length);
    if (!error.failed.includes(0) && clash !== undefined) {
      throw roomClash(named.room, after.slots[clash - 1], OfferingClaim.safeParse(error.items.get(clash)).data);
    }
    return undefined;
  }
}

/** Only what this area owns: status and window are selection's, and may be set in the same moment. */
function changeWrite(before: StoredOffering, after: StoredOffering, due: Readonly<Record<string, unknown>>): Write {
  const { status: _status, windowId: _window, offeringId: _id, schoolId: _school, ...fields } = after;
  const cleared = { materialPack: undefined, reserved: undefined, flag: undefined, GSI2PK: undefined, GSI2SK: undefined };
  return set(
    keys.offering(after.offeringId),
    { ...cleared, ...fields, ...keys.offeringsOfTerm(after.schoolId, after.termId, after.offeringId), ...due },
    {
      condition: {
        expression: '#version = :version AND #status = :status',
        values: { version: before.version, status: before.status },
      },
    },
  );
}

/** The instructor who no longer teaches it is free again, and it is found under what it is built on now. */
async function leavingWrites(
  table: Deps['table'],
  before: StoredOffering,
  after: StoredOffering,
  today: StoredOffering['lastDay'],
): Promise<Write[]> {
  const moved = moveUseWrites(before, after);
  if (before.instructorId === after.instructorId) return moved;
  const former = await timetableOf(table, before.instructorId);
  return [...moved, engageWrite(before.instructorId, former, before.offeringId, [], today)];
}

function differences(before: StoredOffering, after: StoredOffering): Record<string, unknown> {
  const fields = [
    'courseId',
    'instructorId',
    'roomId',
    'capacity',
    'smallestSize',
    'feePerSessionFen',
    'payPerSessionFen',
    'sessionCount',
  ] as const;
  const changed: [string, unknown][] = fields
    .filter((field) => before[field] !== after[field])
    .map((field) => [field, { before: before[field], after: after[field] }]);
  const kept = [before, after].map(({ reserved }) => reservedText(reserved));
  return Object.fromEntries([...changed, ...(kept[0] === kept[1] ? [] : [['reserved', { before: kept[0], after: kept[1] }]])]);
}
