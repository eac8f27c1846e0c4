/** How many people one phone signs in: a family shares one, a seller of places has dozens of accounts on it. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { type Table, update } from '../platform/table.ts';

/** Different people an hour; the same person again is always let in. */
export const PEOPLE_AN_HOUR_MAX = 5;
const HOUR_SECONDS = 3600;
/** `2026-11-23T12`. */
const HOUR_CHARACTERS = 13;

/** Counts this person on that device in this hour (by the clock), or throws `session.device_crowded`. One conditional update. */
export async function countDevice(table: Table, deviceId: string, personId: string, now: Instant): Promise<void> {
  const refused = await table.tryWrite([
    update(keys.attempts('device', deviceId, now.slice(0, HOUR_CHARACTERS)), 'ADD #people :added SET #ttl = :ttl', {
      values: { added: new Set([personId]), ttl: Math.floor(ms(now) / 1000) + 2 * HOUR_SECONDS },
      condition: {
        expression: 'attribute_not_exists(#people) OR contains(#people, :personId) OR size(#people) < :most',
        values: { personId, most: PEOPLE_AN_HOUR_MAX },
      },
    }),
  ]);
  if (refused) throw new DomainError('session.device_crowded', { peopleMax: PEOPLE_AN_HOUR_MAX });
}
