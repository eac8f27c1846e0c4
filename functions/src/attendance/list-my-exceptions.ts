import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { instructorOfPerson } from '../library/instructor.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { StoredException } from './exception.repository.ts';

type List = typeof attendanceRoutes.listMyExceptions;

/** What I asked for, at every school, newest first, with what became of it. Two round trips. */
export function listMyExceptions({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>, actor: Actor): Promise<ReplyOf<List>> => {
    const instructorId = await instructorOfPerson(table, actor.personId);
    if (!instructorId) return { items: [] };
    const { GSI2PK } = keys.exceptionsOfInstructor(instructorId, '' as Instant, '');
    return table.query({ index: 'GSI2', pk: GSI2PK, limit: input.limit, cursor: input.cursor, newestFirst: true }, StoredException);
  };
}
