import { DomainError } from '@kehou/shared/kernel/errors';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { getRun, StoredRun } from './run.repository.ts';
import { statementsOf } from './statement.repository.ts';

type List = typeof payoutRoutes.listPayouts;

/** Newest month first. One query. */
export function listPayouts({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>): Promise<ReplyOf<List>> =>
    table.query({ ...keys.payoutRuns(input.schoolId), limit: input.limit, cursor: input.cursor, newestFirst: true }, StoredRun);
}

type Get = typeof payoutRoutes.getPayout;

/** A run with its statements. Two round trips side by side. */
export function getPayout({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Get>): Promise<ReplyOf<Get>> => {
    const [run, statements] = await Promise.all([getRun(table, input.schoolId, input.month), statementsOf(table, input)]);
    if (!run) throw new DomainError('request.not_found');
    // Those of a refused run are on their way out.
    return { run, statements: run.status === 'refused' ? [] : statements.filter(({ version }) => version <= run.version) };
  };
}
