/**
 * A class is over when its last session is, or its term's service when it has none left. Judged anew from the table whenever
 * it is due, so that an entry which is early, late or there twice does nothing wrong.
 */
import { Id } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaDate } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, remove, set, type Write } from '../platform/table.ts';
import { laterThan } from './date-sessions.ts';
import { endingWrite } from './ending.ts';
import { StoredOffering, sessionsOf } from './offering.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const Ending = z.object({ offeringId: Id('offering') });
const TRIES_MAX = 5;

/** The sweeper found a class whose last day is over. Three reads at most, one transaction. */
export function endOffering(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { offeringId } = Ending.parse(item);
    for (let attempt = 1; ; attempt++) {
      try {
        await deps.table.write(await endingWrites(deps, offeringId));
        return;
      } catch (error) {
        // The class has changed while we looked: look again.
        if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
      }
    }
  };
}

async function endingWrites({ table, clock }: Deps, offeringId: Id<'offering'>): Promise<Write[]> {
  const done = remove(keys.ending(offeringId));
  const offering = await table.get(keys.offering(offeringId), StoredOffering);
  if (!offering || offering.status === 'cancelled' || offering.status === 'ended') return [done];
  const now = clock.now();
  const today = chinaDate(now);
  const last = (await sessionsOf(table, offeringId)).filter(({ status }) => status === 'scheduled').at(-1);
  const over = last ? last.endsAt <= now : offering.lastDay < today;
  // Moved since the entry was written, or another was added.
  if (!over) return [endingWrite(offeringId, later(last?.date ?? offering.lastDay, today))];
  if (offering.status === 'running') {
    return [
      set(
        keys.offering(offeringId),
        { status: 'ended', version: offering.version + 1, updatedAt: laterThan(offering, now) },
        {
          condition: {
            expression: '#version = :version AND #status = :running',
            values: { version: offering.version, running: 'running' },
          },
        },
      ),
      done,
    ];
  }
  // Its window has still to be settled; a draft that nobody used in its term never runs.
  return offering.status === 'draft' && offering.lastDay < today ? [done] : [endingWrite(offeringId, today)];
}

const later = (one: ChinaDate, other: ChinaDate): ChinaDate => (one > other ? one : other);
