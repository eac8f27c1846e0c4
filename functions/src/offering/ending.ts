import { addDays, type ChinaDate, chinaInstant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { put, type Write } from '../platform/table.ts';
import type { StoredOffering } from './offering.repository.ts';

const MIDNIGHT = '00:00' as TimeOfDay;

/**
 * Has the sweeper look, on the day after `on`, whether the class is over. An entry of its own beside the class (whose own
 * due entry is for sessions that are outstanding), written with whatever changes its days.
 */
export function endingWrite(offeringId: string, on: ChinaDate): Write {
  return put(keys.ending(offeringId), { offeringId, ...keys.due(`ending-${offeringId}`, chinaInstant(addDays(on, 1), MIDNIGHT)) });
}

/** Its last session as planned; the service's last day while there is none. */
export function lastDayOf({ lastSessionDate, lastDay }: Pick<StoredOffering, 'lastSessionDate' | 'lastDay'>): ChinaDate {
  return lastSessionDate ?? lastDay;
}
