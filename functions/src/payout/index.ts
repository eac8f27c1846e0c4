/** The monthly payout: counted from attendance, approved by the school and then the operator, paid through the bank. */
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { decidePayout } from './decide-payout.ts';
import { followRun } from './followers.ts';
import { listMyStatements } from './list-my-statements.ts';
import { getPayout, listPayouts } from './show-payouts.ts';
import { startPayout } from './start-payout.ts';
import { type PayoutDeps, payoutTasks } from './tasks.ts';

export function payout(platform: Pick<Platform, keyof PayoutDeps>): Area<typeof payoutRoutes> {
  return {
    useCases: {
      startPayout: startPayout(platform),
      listPayouts: listPayouts(platform),
      getPayout: getPayout(platform),
      decidePayout: decidePayout(platform),
      listMyStatements: listMyStatements(platform),
    },
    ...payoutBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function payoutBackground(platform: Pick<Platform, keyof PayoutDeps>): Background {
  return {
    tasks: payoutTasks(platform),
    followers: [followRun(platform)],
  };
}
