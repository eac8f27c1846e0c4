import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Course } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import * as z from 'zod';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Key, Page, QueryInput, Table } from '../platform/table.ts';
import { StoredCourse } from './course.repository.ts';
import { StoredInstructor, shownInstructor } from './instructor.repository.ts';

type Routes = typeof libraryRoutes;
type Deps = Pick<Platform, 'table'>;

const PickedCourse = z.object({ courseId: Id('course'), kind: z.string() });
const PickedInstructor = z.object({ instructorId: Id('instructor') });

/** One query. */
export function listBureauCourses({ table }: Deps) {
  return async (input: ParsedOf<Routes['listBureauCourses']>): Promise<ReplyOf<Routes['listBureauCourses']>> => {
    const { items, cursor } = await table.query({ ...coursesOf(input.bureauId, input.kind), ...pageOf(input) }, StoredCourse);
    return { items: items.map((course) => Course.parse(course)), cursor };
  };
}

/** One query. */
export function listBureauInstructors({ table }: Deps) {
  return async (input: ParsedOf<Routes['listBureauInstructors']>): Promise<ReplyOf<Routes['listBureauInstructors']>> => {
    const { items, cursor } = await table.query({ ...instructorsOf(input.bureauId), ...pageOf(input) }, StoredInstructor);
    return { items: items.map(shownInstructor), cursor };
  };
}

/** What a school may pick from, or what it has picked. Three round trips. */
export function listCourses({ table }: Deps) {
  return async (input: ParsedOf<Routes['listCourses']>): Promise<ReplyOf<Routes['listCourses']>> => {
    const { schoolId, kind } = input;
    const keyOf = (course: { courseId: string }) => keys.pickedCourse(schoolId, course.courseId);
    if (input.pickedOnly) {
      const picked = await table.query({ ...keys.picked(schoolId), beginsWith: 'COURSE#', ...pageOf(input) }, PickedCourse);
      const wanted = picked.items.filter((item) => kind === undefined || item.kind === kind);
      const courses = await getAll(
        table,
        wanted.map((item) => keys.course(item.courseId)),
        StoredCourse,
      );
      return { items: courses.flatMap((course) => (course ? [{ ...Course.parse(course), picked: true }] : [])), cursor: picked.cursor };
    }
    const page = await ofBureausAbove(table, schoolId, input, (bureauId) => coursesOf(bureauId, kind), StoredCourse);
    const marked = await markPicked(table, page.items, keyOf);
    return { items: marked.map(({ item, picked }) => ({ ...Course.parse(item), picked })), cursor: page.cursor };
  };
}

/** The same for instructors. Three round trips. */
export function listInstructors({ table }: Deps) {
  return async (input: ParsedOf<Routes['listInstructors']>): Promise<ReplyOf<Routes['listInstructors']>> => {
    const { schoolId } = input;
    if (input.pickedOnly) {
      const picked = await table.query({ ...keys.picked(schoolId), beginsWith: 'INSTRUCTOR#', ...pageOf(input) }, PickedInstructor);
      const instructors = await getAll(
        table,
        picked.items.map((item) => keys.instructor(item.instructorId)),
        StoredInstructor,
      );
      return {
        items: instructors.flatMap((instructor) => (instructor ? [{ ...shownInstructor(instructor), picked: true }] : [])),
        cursor: picked.cursor,
      };
    }
    const page = await ofBureausAbove(table, schoolId, input, instructorsOf, StoredInstructor);
    const marked = await markPicked(table, page.items, (instructor) => keys.pickedInstructor(schoolId, instructor.instructorId));
    return { items: marked.map(({ item, picked }) => ({ ...shownInstructor(item), picked })), cursor: page.cursor };
  };
}

type Partition = Pick<QueryInput, 'index' | 'pk' | 'beginsWith'>;

function coursesOf(bureauId: string, kind?: string): Partition {
  const { GSI1PK } = keys.coursesOfBureau(bureauId, '', '');
  return { index: 'GSI1', pk: GSI1PK, ...(kind ? { beginsWith: `${kind}#` } : {}) };
}

function instructorsOf(bureauId: string): Partition {
  return { index: 'GSI1', pk: keys.instructorsOfBureau(bureauId, '').GSI1PK };
}

function pageOf(input: { limit: number; cursor?: string | undefined }) {
  return { limit: input.limit, cursor: input.cursor };
}

/**
 * One list over the libraries of every bureau above a school, the nearest first. Its cursor is a bureau's place in that
 * row and the cursor inside of that bureau's list.
 */
async function ofBureausAbove<T>(
  table: Table,
  schoolId: string,
  input: { limit: number; cursor?: string | undefined },
  partitionOf: (bureauId: string) => Partition,
  schema: z.ZodType<T>,
): Promise<Page<T>> {
  const bureaus = [...(await mustGetSchool(table, schoolId)).ancestorIds].reverse();
  let { at, inner } = placeOf(input.cursor);
  const items: T[] = [];
  for (; at < bureaus.length; at++) {
    const bureauId = bureaus[at] as string;
    const page = await table.query({ ...partitionOf(bureauId), limit: input.limit - items.length, cursor: inner }, schema);
    items.push(...page.items);
    inner = page.cursor;
    if (inner) return { items, cursor: `${at}.${inner}` };
    if (items.length >= input.limit) return { items, cursor: at + 1 < bureaus.length ? `${at + 1}.` : undefined };
  }
  return { items };
}

function placeOf(cursor: string | undefined): { at: number; inner: string | undefined } {
  if (cursor === undefined) return { at: 0, inner: undefined };
  const match = /^(\d)\.([\w-]*)$/.exec(cursor);
  if (!match) throw new DomainError('request.invalid', { fields: [{ path: 'cursor', message: 'not a cursor of this list' }] });
  return { at: Number(match[1]), inner: match[2] || undefined };
}

async function markPicked<T>(table: Table, items: readonly T[], keyOf: (item: T) => Key): Promise<{ item: T; picked: boolean }[]> {
  const found = await getAll(table, items.map(keyOf), z.unknown());
  return items.map((item, index) => ({ item, picked: found[index] !== undefined }));
}
