/** What waits for the school: the numbers in its menu and the list on its overview, read once for both. */
import type { Id } from '@kehou/shared/kernel/id';
import { nextParty } from '../components/money/next-party.ts';
import { useCall } from '../queries.ts';

/** The menu's numbers may be this old; opening the page they belong to reads anew. */
const EVERY_MS = 60_000;
const LIMIT = 50;

export interface Waiting {
  readonly refunds: number;
  readonly attention: number;
  readonly exceptions: number;
  readonly links: number;
  readonly payouts: number;
}

export function useWaiting(schoolId: Id<'organisation'> | undefined): Waiting {
  const enabled = schoolId !== undefined;
  const options = { enabled, everyMs: EVERY_MS, staleMs: EVERY_MS };
  // Not asked before the school is known.
  const school = { schoolId: schoolId as Id<'organisation'> };
  const approving = useCall('billing', 'listRefunds', { ...school, queue: 'approving', limit: LIMIT }, options);
  const attention = useCall('billing', 'listRefunds', { ...school, queue: 'attention', limit: LIMIT }, options);
  const exceptions = useCall('attendance', 'listExceptions', { ...school, limit: LIMIT }, options);
  const links = useCall('identity', 'listSchoolLinkRequests', { ...school, limit: LIMIT }, options);
  const payouts = useCall('payout', 'listPayouts', { ...school, limit: 12 }, options);
  return {
    refunds: (approving.data?.items ?? []).filter((one) => nextParty(one) === 'school').length,
    attention: attention.data?.items.length ?? 0,
    exceptions: (exceptions.data?.items ?? []).filter((one) => one.status === 'asked').length,
    links: (links.data?.items ?? []).filter((one) => one.status === 'pending').length,
    payouts: (payouts.data?.items ?? []).filter((one) => one.status === 'approving' && one.next === 'school').length,
  };
}
