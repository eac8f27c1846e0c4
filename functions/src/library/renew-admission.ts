import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import { type Admission, type AdmissionInput, Course } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { type Key, set } from '../platform/table.ts';
import { decide } from './admit.ts';
import { admissionEndsAt, formerOf, mustGetCourse, type StoredCourse } from './course.repository.ts';
import { mustGetInstructor, type StoredInstructor, shownInstructor } from './instructor.repository.ts';

type Routes = typeof libraryRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Another recorded decision takes the place of the one before, which stays on the audit trail. Valid again from the commit
 * on; flags of running classes go from the stream. What is suspended stays so. The same decision again changes nothing.
 * Four round trips. Throws `library.withdrawn`, `library.wrong_dates`, `library.over_already`, `request.id_reused`.
 */
export function renewCourse(deps: Deps) {
  return async (input: ParsedOf<Routes['renewCourse']>, actor: Actor): Promise<ReplyOf<Routes['renewCourse']>> => {
    const { courseId } = input;
    const find = () => mustGetCourse(deps.table, courseId);
    return Course.parse(await renew(deps, { ...input, what: 'course', key: keys.course(courseId), subject: courseId, find }, actor));
  };
}

/** The same for an instructor. */
export function renewInstructor(deps: Deps) {
  return async (input: ParsedOf<Routes['renewInstructor']>, actor: Actor): Promise<ReplyOf<Routes['renewInstructor']>> => {
    const { instructorId } = input;
    const find = () => mustGetInstructor(deps.table, instructorId);
    return shownInstructor(
      await renew(deps, { ...input, what: 'instructor', key: keys.instructor(instructorId), subject: instructorId, find }, actor),
    );
  };
}

interface Wanted<T> {
  readonly bureauId: Id<'organisation'>;
  readonly admission: AdmissionInput;
  readonly what: 'course' | 'instructor';
  readonly key: Key;
  readonly subject: string;
  find(): Promise<T>;
}

async function renew<T extends StoredCourse | StoredInstructor>(deps: Deps, wanted: Wanted<T>, actor: Actor): Promise<T> {
  const { table, clock } = deps;
  const known = await wanted.find();
  // Only the bureau that decided may decide otherwise; another's library is not its to touch.
  if (known.admission.bureauId !== wanted.bureauId) throw new DomainError('request.not_found');
  if (isRecorded(known, wanted.admission)) return known;
  if (known.admission.status === 'withdrawn') throw new DomainError('library.withdrawn');
  const decision = await decide(deps, wanted.bureauId, wanted.admission, actor);
  if (decision.validUntil < chinaDate(clock.now())) throw new DomainError('library.over_already');
  const admission: Admission = { ...decision, status: known.admission.status };
  const changes = { admission, former: formerOf(known), version: known.version + 1 };
  if (
    await table.tryWrite([
      set(
        wanted.key,
        { ...changes, ...keys.due(wanted.subject, admissionEndsAt(admission)) },
        { condition: { expression: '#version = :before', values: { before: known.version } } },
      ),
      auditWrite({
        organisationId: wanted.bureauId,
        at: clock.now(),
        actor,
        action: `library.${wanted.what}-renewed`,
        subject: wanted.subject,
        details: { ...toldOf(admission), before: toldOf(known.admission) },
      }),
    ])
  ) {
    const theirs = await wanted.find();
    if (isRecorded(theirs, wanted.admission)) return theirs;
    throw new DomainError('request.changed');
  }
  return { ...known, ...changes };
}

/** Is this decision on record already, as the one that holds or as one before it? */
function isRecorded(known: StoredCourse | StoredInstructor, wanted: AdmissionInput): boolean {
  const { admissionId, document, decidedOn, validUntil } = known.admission;
  if (admissionId !== wanted.admissionId) return known.former.includes(wanted.admissionId);
  if (document !== wanted.document || decidedOn !== wanted.decidedOn || validUntil !== wanted.validUntil) {
    throw new DomainError('request.id_reused');
  }
  return true;
}

function toldOf({ admissionId, document, decidedOn, validUntil, status, recordedAt }: Admission) {
  return { admissionId, document, decidedOn, validUntil, status, recordedAt };
}
