import { createHash } from 'node:crypto';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import { type Admission, AdmissionInput, Course, CourseInput, InstructorInput } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import { getPerson } from '../identity/person.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, put, type Write } from '../platform/table.ts';
import { courseItem, StoredCourse } from './course.repository.ts';
import { instructorItem, StoredInstructor, shownInstructor } from './instructor.repository.ts';

type Routes = typeof libraryRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Admits a course by a recorded decision. An id that was admitted before is not admitted again: what changes its admission
 * is another decision. Three round trips. Throws `library.wrong_dates`, `request.id_reused`.
 */
export function admitCourse(deps: Deps) {
  return async (input: ParsedOf<Routes['admitCourse']>, actor: Actor): Promise<ReplyOf<Routes['admitCourse']>> => {
    const { table } = deps;
    if (input.gradeTo < input.gradeFrom) {
      throw new DomainError('request.invalid', { fields: [{ path: 'gradeTo', message: '不能低于起始年级' }] });
    }
    const admission = await decide(deps, input.bureauId, input.admission, actor);
    const wanted = CourseInput.parse(input);
    const course = StoredCourse.parse({ ...wanted, admission, fingerprint: fingerprintOf(input.bureauId, wanted), version: 1 });
    const refusal = await table.tryWrite([
      put(keys.course(course.courseId), courseItem(course), { condition: absent }),
      admittedAudit(deps, actor, admission, 'course', course.courseId),
    ]);
    if (!refusal) return Course.parse(course);
    const known = StoredCourse.parse(refusal.items.get(0));
    if (known.fingerprint !== course.fingerprint) throw new DomainError('request.id_reused');
    return Course.parse(known);
  };
}

/**
 * Admits an instructor by a recorded decision. A phone number is one instructor's, whichever bureau admits them: otherwise
 * two schools could engage the same person for the same hour. Three round trips.
 * Throws `library.wrong_dates`, `library.phone_taken`, `request.id_reused`.
 */
export function admitInstructor(deps: Deps) {
  return async (input: ParsedOf<Routes['admitInstructor']>, actor: Actor): Promise<ReplyOf<Routes['admitInstructor']>> => {
    const { table } = deps;
    const admission = await decide(deps, input.bureauId, input.admission, actor);
    const wanted = InstructorInput.parse(input);
    const instructor = StoredInstructor.parse({ ...wanted, admission, fingerprint: fingerprintOf(input.bureauId, wanted), version: 1 });
    const { instructorId, phone } = instructor;
    const refusal = await table.tryWrite([
      put(keys.instructor(instructorId), instructorItem(instructor), { condition: absent }),
      put(
        keys.instructorPhone(phone),
        { instructorId },
        { condition: { expression: 'attribute_not_exists(PK) OR #instructorId = :mine', values: { mine: instructorId } } },
      ),
      admittedAudit(deps, actor, admission, 'instructor', instructorId),
    ]);
    if (!refusal) return shownInstructor(instructor);
    const item = refusal.items.get(0);
    if (!item) throw new DomainError('library.phone_taken');
    const known = StoredInstructor.parse(item);
    if (known.fingerprint !== instructor.fingerprint) throw new DomainError('request.id_reused');
    return shownInstructor(known);
  };
}

/** The decision as it is recorded. Two round trips side by side. Throws `library.wrong_dates`; 404 where no bureau is. */
export async function decide(deps: Deps, bureauId: Id<'organisation'>, given: AdmissionInput, actor: Actor): Promise<Admission> {
  const { table, clock } = deps;
  const [bureau, officer] = await Promise.all([mustGetOrganisation(table, bureauId), getPerson(table, actor.personId)]);
  if (bureau.kind === 'school' || bureau.kind === 'operator') throw new DomainError('request.not_found');
  const decision = AdmissionInput.parse(given);
  if (decision.validUntil < decision.decidedOn || decision.decidedOn > chinaDate(clock.now())) throw new DomainError('library.wrong_dates');
  return { ...decision, bureauId, status: 'admitted', recordedAt: clock.now(), recordedBy: officer?.name ?? bureau.name };
}

function admittedAudit({ clock }: Deps, actor: Actor, admission: Admission, what: 'course' | 'instructor', subject: string): Write {
  return auditWrite({
    organisationId: admission.bureauId,
    at: clock.now(),
    actor,
    action: `library.${what}-admitted`,
    subject,
    details: { admissionId: admission.admissionId, document: admission.document, validUntil: admission.validUntil },
  });
}

/** Of what was asked for, in the order of the schema. */
function fingerprintOf(bureauId: string, wanted: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([bureauId, wanted]))
    .digest('hex');
}
