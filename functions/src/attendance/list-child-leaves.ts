import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { StoredLeave } from './leave.repository.ts';

type List = typeof attendanceRoutes.listChildLeaves;

/** Newest first. One query. */
export function listChildLeaves({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>): Promise<ReplyOf<List>> =>
    table.query({ ...keys.leaves(input.pupilId), limit: input.limit, cursor: input.cursor, newestFirst: true }, StoredLeave);
}
