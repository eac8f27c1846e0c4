/** What a class that is called off leaves behind: its room and its instructor are free, and its sessions to come are cancelled. */
import type { Id } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, put, remove, type Write } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { releaseRoomWrites, useKeys } from './claims.ts';
import { engageWrite, timetableOf } from './instructor-timetable.repository.ts';
import { mustGetOffering, sessionItem, sessionsOf } from './offering.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const TRANSACTION_ITEMS_MAX = 100;
const TRIES_MAX = 5;
/** Why the sessions of a class that is called off are cancelled. */
export const CLASS_CANCELLED_REASON = '本班不开';

/** From the stream: a class has been called off, by the school or by the settlement of its window. */
export function followCancelledOfferings(deps: Deps): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (!PK.startsWith('OFFERING#') || SK !== 'OFFERING' || after?.status !== 'cancelled' || before?.status === 'cancelled') return;
    for (let attempt = 1; ; attempt++) {
      try {
        await close(deps, PK.slice('OFFERING#'.length) as Id<'offering'>);
        return;
      } catch (error) {
        // The instructor's timetable has changed while we looked.
        if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
      }
    }
  };
}

async function close({ table, clock }: Deps, offeringId: Id<'offering'>): Promise<void> {
  const offering = await mustGetOffering(table, offeringId);
  if (offering.status !== 'cancelled') return;
  const now = clock.now();
  const [timetable, sessions] = await Promise.all([timetableOf(table, offering.instructorId), sessionsOf(table, offeringId)]);
  const isEngaged = timetable.engagements.some((each) => each.offeringId === offeringId);
  const writes: Write[] = [
    ...releaseRoomWrites(offering),
    ...useKeys(offering).map((key) => remove(key)),
    ...(isEngaged ? [engageWrite(offering.instructorId, timetable, offeringId, [], chinaDate(now))] : []),
    ...sessions
      // From the instant on from which nothing is paid for: a session that began while this was late is not held.
      .filter((session) => session.status === 'scheduled' && session.startsAt > (offering.calledOffAt ?? now))
      .map((session) =>
        put(
          keys.session(offeringId, session.sessionId),
          sessionItem({ ...session, status: 'cancelled', cancelReason: CLASS_CANCELLED_REASON }),
        ),
      ),
  ];
  for (let start = 0; start < writes.length; start += TRANSACTION_ITEMS_MAX) {
    await table.write(writes.slice(start, start + TRANSACTION_ITEMS_MAX));
  }
}
