import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { ConditionFailed } from '../platform/table.ts';
import type { WaitDeps } from './join-waiting-list.ts';
import { getWait, leaveWrites } from './wait.repository.ts';

const TRIES_MAX = 4;

type Leave = typeof selectionRoutes.leaveWaitingList;

/**
 * Leaves a waiting list. Asked again, or of a place that was offered meanwhile, answers how it stands: an offer is given up like any
 * held seat. One read, one transaction.
 */
export function leaveWaitingList({ table }: WaitDeps) {
  return async ({ pupilId, offeringId }: ParsedOf<Leave>, _actor: Actor): Promise<ReplyOf<Leave>> => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const wait = await getWait(table, pupilId, offeringId);
      if (!wait) throw new DomainError('request.not_found');
      if (wait.status !== 'waiting') return wait;
      try {
        await table.write(leaveWrites(wait, 'left'));
        return { ...wait, status: 'left' };
      } catch (error) {
        // Offered, or left by the other guardian, in this very moment: look again.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new DomainError('request.busy');
  };
}
