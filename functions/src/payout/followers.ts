/** What follows a commit: executions start and are answered. */
import type { Follower } from '../use-cases.ts';
import { executionName, StoredRun } from './run.repository.ts';
import { type PayoutDeps, summary } from './tasks.ts';

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
