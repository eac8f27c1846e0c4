import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import { type Admission, Course, isUsable } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { promiseRoleWrites } from '../identity/role.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, check, put, type Table, type Write } from '../platform/table.ts';
import { mustGetCourse } from './course.repository.ts';
import { mustGetInstructor, shownInstructor } from './instructor.repository.ts';

type Routes = typeof libraryRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Takes a course into a school's library: only what a bureau above it has admitted and what is usable today (B4, B5).
 * Again is the same. Three round trips. Throws `library.not_usable`; 404 for another county's course.
 */
export function pickCourse({ table, clock }: Deps) {
  return async (input: ParsedOf<Routes['pickCourse']>): Promise<ReplyOf<Routes['pickCourse']>> => {
    const { schoolId, courseId } = input;
    const [school, course] = await Promise.all([mustGetSchool(table, schoolId), mustGetCourse(table, courseId)]);
    judge({ clock }, school, course.admission);
    await pick(table, [
      put(
        keys.pickedCourse(schoolId, courseId),
        { courseId, kind: course.kind, pickedAt: clock.now(), ...keys.pickedBy(courseId, schoolId) },
        { condition: absent },
      ),
      stillAdmitted(keys.course(courseId)),
    ]);
    return { ...Course.parse(course), picked: true };
  };
}

/**
 * Takes an instructor into a school's library and gives them the teacher's role there, by the phone number under which they
 * were admitted. Again is the same. Three round trips. Throws `library.not_usable`; 404 for another county's instructor.
 */
export function pickInstructor({ table, clock }: Deps) {
  return async (input: ParsedOf<Routes['pickInstructor']>, actor: Actor): Promise<ReplyOf<Routes['pickInstructor']>> => {
    const { schoolId, instructorId } = input;
    const [school, instructor] = await Promise.all([mustGetSchool(table, schoolId), mustGetInstructor(table, instructorId)]);
    judge({ clock }, school, instructor.admission);
    await pick(table, [
      put(
        keys.pickedInstructor(schoolId, instructorId),
        { instructorId, pickedAt: clock.now(), ...keys.pickedBy(instructorId, schoolId) },
        { condition: absent },
      ),
      // And still under this number: the role goes to it.
      check(keys.instructor(instructorId), {
        expression: '#admission.#status = :admitted AND #phone = :phone',
        values: { admitted: 'admitted', phone: instructor.phone },
      }),
      ...promiseRoleWrites({
        phone: instructor.phone,
        organisationId: schoolId,
        organisationName: school.name,
        role: 'teacher',
        name: instructor.name,
      }),
      auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'identity.role-granted',
        subject: `teacher@${schoolId}#${instructorId}`,
        details: { instructorId },
      }),
    ]);
    return { ...shownInstructor(instructor), picked: true };
  };
}

function judge({ clock }: Pick<Deps, 'clock'>, school: Organisation, admission: Admission): void {
  if (!school.ancestorIds.includes(admission.bureauId)) throw new DomainError('request.not_found');
  if (!isUsable(admission, chinaDate(clock.now()))) throw new DomainError('library.not_usable', { status: admission.status });
}

function stillAdmitted(key: Parameters<typeof check>[0]): Write {
  return check(key, { expression: '#admission.#status = :admitted', values: { admitted: 'admitted' } });
}

/** The first write is the pick itself: there already is as good as done; anything else that fails was suspended this moment. */
async function pick(table: Table, writes: readonly Write[]): Promise<void> {
  const refusal = await table.tryWrite(writes);
  if (refusal) {
    if (!refusal.failed.includes(0)) throw new DomainError('library.not_usable');
  }
}
