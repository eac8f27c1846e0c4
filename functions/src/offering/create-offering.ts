import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import { Offering, reservedText } from '@kehou/shared/offering/offering';
import { planSessions } from '@kehou/shared/offering/plan-sessions';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, create, put } from '../platform/table.ts';
import { enterFrameWrite } from '../school/frame.ts';
import { claimRoomWrites, OfferingClaim, roomClash, stillAdmittedWrites, useKeys } from './claims.ts';
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
import { redateOffering } from './date-sessions.ts';
import { endingWrite, lastDayOf } from './ending.ts';
import { engageWrite } from './instructor-timetable.repository.ts';
import { StoredOffering, sessionIdOf } from './offering.repository.ts';

type Routes = typeof offeringRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;

/**
 * Creates a class and dates its sessions. Only from the school's library and while both admissions hold, within the scale,
 * in a room and with an instructor that are free: each checked again by the transaction that commits it. The same id and
 * content again answers the first result. Four round trips, and one for each further hundred sessions.
 * Throws `offering.*`, `library.not_usable`, `calendar.year_unpublished`, `request.id_reused`.
 */
export function createOffering(deps: Deps) {
  return async (input: ParsedOf<Routes['createOffering']>, actor: Actor): Promise<ReplyOf<Routes['createOffering']>> => {
    for (let attempt = 1; ; attempt++) {
      const named = await readNamed(deps.table, input);
      if (named.offering) return Offering.parse(await finish(deps, input, named.offering));
      const created = await tryCreate(deps, input, named, actor);
      if (created) return Offering.parse(created);
      if (attempt >= TRIES_MAX) throw new DomainError('request.busy');
    }
  };
}

/** `undefined`: someone else engaged the instructor, or created this very class, meanwhile: look again. */
async function tryCreate({ table, clock }: Deps, input: ClassInput, named: Named, actor: Actor): Promise<StoredOffering | undefined> {
  const now = clock.now();
  const today = chinaDate(now);
  const firstDay = firstDayOf(input, named.term, now);
  judgeInput(input, named);
  judgeAdmissions(named, today);
  const engagements = engagementsOf(input, named, firstDay);
  const [, dates, timetable] = await Promise.all([
    judgeScale(table, input, named, firstDay),
    datesFor(table, input.schoolId, input.slots, firstDay, named.term),
    freeTimetable(table, named.instructor, engagements),
  ]);
  const { offeringId, schoolId } = input;
  const draft = { ...namesOf(named), offeringId, schoolId, instructorId: input.instructorId, status: 'draft' as const, sessionCount: 0 };
  const plan = planSessions({
    offering: draft,
    dates,
    periods: named.settings.periods,
    existing: [],
    now,
    sessionIdOf: ({ date, period }) => sessionIdOf(offeringId, date, period),
  });
  const sessionCount = plan.sessions.length;
  if (sessionCount === 0) throw new DomainError('offering.no_sessions');
  const offering = StoredOffering.parse({
    ...input,
    ...draft,
    firstDay,
    courseKind: named.course.kind,
    introduction: named.course.introduction,
    sessionCount,
    feeFen: feeOf(input.feePerSessionFen, sessionCount),
    firstSessionDate: plan.sessions[0]?.date,
    lastSessionDate: plan.sessions.at(-1)?.date,
    updatedAt: now,
    version: 1,
    fingerprint: fingerprintOf(input),
    lastDay: named.term.serviceLastDay,
  });
  const claims = claimRoomWrites(offering);
  try {
    await commitWithSessions(table, offeringId, now, sessionWrites(plan), (due) => [
      create(keys.offering(offeringId), { ...offering, ...keys.offeringsOfTerm(schoolId, input.termId, offeringId), ...due }),
      ...claims,
      enterFrameWrite(schoolId, named.frame),
      engageWrite(input.instructorId, timetable, offeringId, engagements, today),
      ...stillAdmittedWrites(offering, today),
      ...useKeys(offering).map((key) => put(key, { offeringId })),
      endingWrite(offeringId, lastDayOf(offering)),
      auditWrite({
        organisationId: schoolId,
        at: now,
        actor,
        action: 'offering.offering-created',
        subject: offeringId,
        details: {
          feePerSessionFen: offering.feePerSessionFen,
          payPerSessionFen: offering.payPerSessionFen,
          capacity: offering.capacity,
          ...(offering.reserved ? { reserved: reservedText(offering.reserved) } : {}),
        },
      }),
    ]);
    return offering;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const clash = error.failed.find((index) => index >= 1 && index <= claims.length);
    if (!error.failed.includes(0) && clash !== undefined) {
      throw roomClash(named.room, offering.slots[clash - 1], OfferingClaim.safeParse(error.items.get(clash)).data);
    }
    return undefined;
  }
}

/** The same request again. What its first run left undone, a process that died between two writes, is done now. */
async function finish(deps: Deps, input: ClassInput, known: StoredOffering): Promise<StoredOffering> {
  if (known.schoolId !== input.schoolId || known.fingerprint !== fingerprintOf(input)) throw new DomainError('request.id_reused');
  await redateOffering(deps, known.offeringId);
  return known;
}

export function namesOf({ course, instructor, room }: Pick<Named, 'course' | 'instructor' | 'room'>) {
  return { courseName: course.name, instructorName: instructor.name, instructorKind: instructor.kind, roomName: room.name };
}
