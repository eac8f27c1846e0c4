import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Admission, Course, canChangeAdmission } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { type Key, type Table, update } from '../platform/table.ts';
import { mustGetCourse } from './course.repository.ts';
import { mustGetInstructor, shownInstructor } from './instructor.repository.ts';

type Routes = typeof libraryRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Suspends, restores or withdraws a course. From the commit on no class can be built on what is not admitted; running ones
 * are flagged from the stream (B5). The same status again changes nothing. Two round trips. Throws `library.withdrawn`.
 */
export function changeCourseAdmission(deps: Deps) {
  return async (input: ParsedOf<Routes['changeCourseAdmission']>, actor: Actor): Promise<ReplyOf<Routes['changeCourseAdmission']>> => {
    const course = await mustGetCourse(deps.table, input.courseId);
    const admission = await change(
      deps,
      { ...input, what: 'course', key: keys.course(input.courseId), subject: input.courseId, known: course },
      actor,
    );
    return Course.parse({ ...course, admission });
  };
}

/** The same for an instructor. Two round trips. Throws `library.withdrawn`. */
export function changeInstructorAdmission(deps: Deps) {
  return async (
    input: ParsedOf<Routes['changeInstructorAdmission']>,
    actor: Actor,
  ): Promise<ReplyOf<Routes['changeInstructorAdmission']>> => {
    const instructor = await mustGetInstructor(deps.table, input.instructorId);
    const admission = await change(
      deps,
      { ...input, what: 'instructor', key: keys.instructor(input.instructorId), subject: input.instructorId, known: instructor },
      actor,
    );
    return shownInstructor({ ...instructor, admission });
  };
}

interface Wanted {
  readonly bureauId: string;
  readonly status: Admission['status'];
  readonly reason: string;
  readonly what: 'course' | 'instructor';
  readonly key: Key;
  readonly subject: string;
  readonly known: { readonly admission: Admission; readonly version: number };
}

async function change({ table, clock }: Deps, wanted: Wanted, actor: Actor): Promise<Admission> {
  const { admission, version } = wanted.known;
  // Only the bureau that decided may decide otherwise; another's library is not its to touch.
  if (admission.bureauId !== wanted.bureauId) throw new DomainError('request.not_found');
  if (admission.status === wanted.status) return admission;
  if (!canChangeAdmission(admission.status, wanted.status)) throw new DomainError('library.withdrawn');
  await write(table, [
    update(wanted.key, 'SET #admission.#status = :status, #version = :next', {
      values: { status: wanted.status, next: version + 1 },
      condition: { expression: '#version = :version', values: { version } },
    }),
    auditWrite({
      organisationId: wanted.bureauId,
      at: clock.now(),
      actor,
      action: `library.${wanted.what}-${pastOf[wanted.status]}`,
      subject: wanted.subject,
      details: { before: admission.status, reason: wanted.reason },
    }),
  ]);
  return { ...admission, status: wanted.status };
}

const pastOf = {
  admitted: 'restored',
  suspended: 'suspended',
  withdrawn: 'withdrawn',
} as const satisfies Record<Admission['status'], string>;

async function write(table: Table, writes: Parameters<Table['write']>[0]): Promise<void> {
  if (await table.tryWrite(writes)) throw new DomainError('request.changed');
}
