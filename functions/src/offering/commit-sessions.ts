import type { Id } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { SessionPlan } from '@kehou/shared/offering/plan-sessions';
import { keys } from '../platform/keys.ts';
import { type Item, present, put, remove, set, type Table, type Write } from '../platform/table.ts';
import { sessionItem } from './offering.repository.ts';

const TRANSACTION_ITEMS_MAX = 100;
/** A class whose sessions did not all fit into one transaction, and whose process died, is seen to after so long. */
const CHASED_MINUTES = 2;

export function sessionWrites(plan: Pick<SessionPlan, 'changed' | 'removed'>): Write[] {
  return [
    ...plan.changed.map((session) => put(keys.session(session.offeringId, session.sessionId), sessionItem(session))),
    ...plan.removed.map((session) => remove(keys.session(session.offeringId, session.sessionId))),
  ];
}

/**
 * Commits a class's change together with as many of its sessions as go into that transaction, then the others. `main` is
 * handed what the offering's own write must carry: while sessions are outstanding the class is due, and dating it anew
 * writes exactly those.
 */
export async function commitWithSessions(
  table: Table,
  offeringId: Id<'offering'>,
  now: Instant,
  sessions: readonly Write[],
  main: (due: Item) => readonly Write[],
): Promise<void> {
  const others = main({}).length;
  const fits = TRANSACTION_ITEMS_MAX - others;
  const rest = sessions.slice(fits);
  await table.write([...main(rest.length > 0 ? keys.due(offeringId, addMinutes(now, CHASED_MINUTES)) : {}), ...sessions.slice(0, fits)]);
  for (let start = 0; start < rest.length; start += TRANSACTION_ITEMS_MAX) {
    await table.write(rest.slice(start, start + TRANSACTION_ITEMS_MAX));
  }
  if (rest.length > 0) await table.write([notDueWrite(offeringId)]);
}

export function notDueWrite(offeringId: Id<'offering'>): Write {
  return set(keys.offering(offeringId), { GSI2PK: undefined, GSI2SK: undefined }, { condition: present });
}
