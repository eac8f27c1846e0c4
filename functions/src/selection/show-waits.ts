/** Waiting lists as families and schools see them. */

import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Offering } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { keys } from '../platform/keys.ts';
import type { WaitDeps } from './join-waiting-list.ts';
import { countAhead, Queued, StoredWait } from './wait.repository.ts';

type Routes = typeof selectionRoutes;
/** Bounded by the classes that a child ever waited for. */
const WAITS_KEPT_MAX = 500;

/** One query, and one for each list that the child is on (ten at most). */
export function listChildWaits({ table }: WaitDeps) {
  return async ({ pupilId }: ParsedOf<Routes['listChildWaits']>, _actor: Actor): Promise<ReplyOf<Routes['listChildWaits']>> => {
    const waits = await table.queryAll({ ...keys.waits(pupilId), consistent: true, most: WAITS_KEPT_MAX }, StoredWait);
    const waiting = waits.filter(({ status }) => status === 'waiting');
    return { items: await Promise.all(waiting.map(async (wait) => ({ ...wait, ahead: await countAhead(table, wait) }))) };
  };
}

/** One read of the class, one query, one batch read of the pupils. */
export function listWaits({ table }: WaitDeps) {
  return async (input: ParsedOf<Routes['listWaits']>, _actor: Actor): Promise<ReplyOf<Routes['listWaits']>> => {
    const offering = await table.mustGet(keys.offering(input.offeringId), Offering);
    if (offering.schoolId !== input.schoolId) throw new DomainError('request.not_found');
    const queue = await table.query(
      { ...keys.queue(input.offeringId), limit: input.limit, cursor: input.cursor, consistent: true },
      Queued,
    );
    const pupils = await table.getMany(
      queue.items.map(({ pupilId }) => keys.pupil(pupilId)),
      Pupil,
    );
    return {
      cursor: queue.cursor,
      items: queue.items.flatMap(({ waitId, joinedAt }, index) => {
        const pupil = pupils[index];
        return pupil ? [{ waitId: waitId as StoredWait['waitId'], joinedAt, pupil }] : [];
      }),
    };
  };
}
