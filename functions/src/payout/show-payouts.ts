import { DomainError } from '@kehou/shared/kernel/errors';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import { runFor } from '@kehou/shared/payout/rules';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { getRun, StoredRun } from './run.repository.ts';
import { statementsOf } from './statement.repository.ts';

type List = typeof payoutRoutes.listPayouts;

/** Newest month first; whose turn it is, for the school as it is now. A query and a read, side by side. */
export function listPayouts({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<List>): Promise<ReplyOf<List>> => {
    const { schoolId, limit, cursor } = input;
    const [page, school] = await Promise.all([
      table.query({ ...keys.payoutRuns(schoolId), limit, cursor, newestFirst: true }, StoredRun),
      mustGetSchool(table, schoolId),
    ]);
    return { ...page, items: page.items.map((run) => runFor(run, school)) };
  };
}

type Get = typeof payoutRoutes.getPayout;

/** A run with its statements; whose turn it is, for the school as it is now. Three round trips side by side. */
export function getPayout({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Get>): Promise<ReplyOf<Get>> => {
    const [kept, statements, school] = await Promise.all([
      getRun(table, input.schoolId, input.month),
      statementsOf(table, input),
      mustGetSchool(table, input.schoolId),
    ]);
    if (!kept) throw new DomainError('request.not_found');
    const run = runFor(kept, school);
    // Those of a refused run are on their way out.
    return { run, statements: run.status === 'refused' ? [] : statements.filter(({ version }) => version <= run.version) };
  };
}
