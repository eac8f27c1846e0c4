import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, chinaDate } from '@kehou/shared/kernel/time';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, remove, set, type Write } from '../platform/table.ts';
import { releaseRoomWrites, useKeys } from './claims.ts';
import { engageWrite, timetableOf } from './instructor-timetable.repository.ts';
import { StoredOffering, sessionsOf } from './offering.repository.ts';

type Routes = typeof offeringRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;
const TRANSACTION_ITEMS_MAX = 100;
/** Sessions that were taken away first, and the process died: dating the class anew brings them back after so long. */
const CHASED_MINUTES = 2;

/**
 * Takes away a class that nobody has seen: a draft that stands in no published selection. Its room and its instructor are free with the
 * same transaction. Again is the same: what is not there is removed. Four round trips. Throws `offering.not_removable`.
 */
export function removeOffering(deps: Deps) {
  return async (input: ParsedOf<Routes['removeOffering']>, actor: Actor): Promise<ReplyOf<Routes['removeOffering']>> => {
    const { offeringId, schoolId } = input;
    for (let attempt = 1; ; attempt++) {
      const offering = await deps.table.get(keys.offering(offeringId), StoredOffering);
      if (!offering) return { offeringId };
      if (offering.schoolId !== schoolId) throw new DomainError('request.not_found');
      if (offering.status !== 'draft' || offering.windowId !== undefined) {
        throw new DomainError('offering.not_removable', { status: offering.status });
      }
      try {
        await removeDraft(deps, offering, actor);
        return { offeringId };
      } catch (error) {
        // Published, changed, or its instructor engaged elsewhere meanwhile: look again.
        if (!(error instanceof ConditionFailed)) throw error;
        if (attempt >= TRIES_MAX) throw new DomainError('request.busy');
      }
    }
  };
}

async function removeDraft({ table, clock }: Deps, offering: StoredOffering, actor: Actor): Promise<void> {
  const { offeringId, schoolId, instructorId, version } = offering;
  const now = clock.now();
  const [timetable, sessions] = await Promise.all([timetableOf(table, instructorId), sessionsOf(table, offeringId)]);
  const isEngaged = timetable.engagements.some((each) => each.offeringId === offeringId);
  const stillDraft = {
    expression: '#version = :version AND #status = :draft AND attribute_not_exists(#windowId)',
    values: { version, draft: 'draft' },
  };
  const was = (value: unknown) => ({ before: value });
  const main: Write[] = [
    remove(keys.offering(offeringId), { condition: stillDraft }),
    ...releaseRoomWrites(offering),
    ...(isEngaged ? [engageWrite(instructorId, timetable, offeringId, [], chinaDate(now))] : []),
    ...useKeys(offering).map((key) => remove(key)),
    remove(keys.ending(offeringId)),
    auditWrite({
      organisationId: schoolId,
      at: now,
      actor,
      action: 'offering.offering-removed',
      subject: offeringId,
      details: {
        courseId: was(offering.courseId),
        instructorId: was(instructorId),
        roomId: was(offering.roomId),
        capacity: was(offering.capacity),
        feePerSessionFen: was(offering.feePerSessionFen),
      },
    }),
  ];
  const gone = sessions.map(({ sessionId }) => remove(keys.session(offeringId, sessionId)));
  const first = gone.slice(TRANSACTION_ITEMS_MAX - main.length);
  for (let start = 0; start < first.length; start += TRANSACTION_ITEMS_MAX - 1) {
    const due = set(keys.offering(offeringId), keys.due(offeringId, addMinutes(now, CHASED_MINUTES)), { condition: stillDraft });
    await table.write([due, ...first.slice(start, start + TRANSACTION_ITEMS_MAX - 1)]);
  }
  await table.write([...main, ...gone.slice(0, TRANSACTION_ITEMS_MAX - main.length)]);
}
