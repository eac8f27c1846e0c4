/** What follows a commit: executions start and are answered, and new cities join the monthly payout. */
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { executionName, StoredRun } from './run.repository.ts';
import { CityBureau, type PayoutDeps, summary } from './tasks.ts';

/** A run's new version starts its execution; a decision answers the execution that waits for it; a version that was overtaken is let go. */
export function followRun({ workflows }: Pick<PayoutDeps, 'workflows'>): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (!PK.startsWith('PAYOUT#') || !SK.startsWith('RUN#') || !after) return;
    const run = StoredRun.parse(after);
    const was = before === undefined ? undefined : StoredRun.parse(before);
    if (run.version !== was?.version) {
      const { schoolId, month, version } = run;
      await workflows.start('monthly-payout', executionName(run), { schoolId, month, version });
      if (was?.taskToken) await workflows.succeed(was.taskToken, { ...summary(undefined) });
      return;
    }
    const decided = run.status !== was.status || run.approvals.length !== was.approvals.length;
    if (decided && run.taskToken) await workflows.succeed(run.taskToken, { ...summary(run) });
  };
}

/** A new city bureau: its schools are paid from now on. */
export function followCity({ table }: Pick<PayoutDeps, 'table'>): Follower {
  return async ({ keys: { SK }, after }) => {
    if (SK !== 'ORG') return;
    const city = CityBureau.safeParse(after);
    if (city.success) await table.write([put(keys.city(city.data.organisationId), { organisationId: city.data.organisationId })]);
  };
}
