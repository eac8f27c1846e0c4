import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { StoredException } from './exception.repository.ts';

type List = typeof attendanceRoutes.listExceptions;

/** Open ones first, each part newest first. One query. */
export function listExceptions({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>): Promise<ReplyOf<List>> => {
    const { GSI1PK } = keys.exceptionsOfSchool(input.schoolId, true, '' as Instant, '');
    return table.query({ index: 'GSI1', pk: GSI1PK, limit: input.limit, cursor: input.cursor, newestFirst: true }, StoredException);
  };
}
