/**
 * A school's sessions are to be dated anew: its calendar, a term, its periods or a room has changed. The request is an item
 * of its own, written with the change; the offering area follows it and takes it away when every class is done. It is due
 * as well, so that a follower that died is made up for.
 */
import { randomUUID } from 'node:crypto';
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { put, remove, type Write } from '../platform/table.ts';

export const Redating = z.object({
  schoolId: Id('organisation'),
  requestedAt: Instant,
  token: z.string(),
  /** The sweeper's alone: what it is for is still being written. */
  isLater: z.boolean().optional(),
});
export type Redating = z.infer<typeof Redating>;

/** Minutes after which the sweeper looks at a request that is still there. */
const CHASED_MINUTES = 2;

/** One item; a request on top of another replaces it. `afterMinutes`: not at once, only when no other request has come by then. */
export function redatingWrite(schoolId: Id<'organisation'>, now: Instant, { afterMinutes }: { afterMinutes?: number } = {}): Write {
  const redating: Redating = { schoolId, requestedAt: now, token: randomUUID(), ...(afterMinutes === undefined ? {} : { isLater: true }) };
  const due = addMinutes(now, afterMinutes ?? CHASED_MINUTES);
  return put(keys.redating(schoolId), { ...redating, ...keys.due(`redating-${schoolId}`, due) });
}

/** Done, unless another request has come meanwhile. */
export function redatedWrite(redating: Redating): Write {
  return remove(keys.redating(redating.schoolId), {
    condition: { expression: '#token = :token', values: { token: redating.token } },
  });
}
