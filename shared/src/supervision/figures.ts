/**
 * A school's figures are the sum of shares: each pupil, class, session and ledger transaction adds what it adds, and
 * nothing else does. A share follows from the thing as it is now, so working it out again changes nothing.
 */
import * as z from 'zod';
import type { LedgerTransaction } from '../billing/ledger.ts';
import type { Offering } from '../offering/offering.ts';
import type { Enrolment } from '../selection/enrolment.ts';

export const Tally = z.object({
  pupils: z.int().default(0),
  /** Pupils with at least one confirmed enrolment. */
  taking: z.int().default(0),
  enrolments: z.int().default(0),
  /** Classes that are published or running, and those of them that are science. */
  offerings: z.int().default(0),
  science: z.int().default(0),
  sessionsHeld: z.int().default(0),
  paidFen: z.int().default(0),
  refundedFen: z.int().default(0),
});
export type Tally = z.infer<typeof Tally>;
export const tallyFields = Object.keys(Tally.shape) as (keyof Tally)[];

export const nothing: Tally = Tally.parse({});

/** One pupil, with the enrolments they have had. */
export function pupilShare(enrolments: Iterable<Pick<Enrolment, 'status'>>): Tally {
  let confirmed = 0;
  for (const { status } of enrolments) if (status === 'confirmed') confirmed += 1;
  return { ...nothing, pupils: 1, enrolments: confirmed, taking: confirmed > 0 ? 1 : 0 };
}

export function offeringShare({ status, courseKind }: Pick<Offering, 'status' | 'courseKind'>): Tally {
  const offerings = status === 'published' || status === 'running' ? 1 : 0;
  return { ...nothing, offerings, science: courseKind === 'science' ? offerings : 0 };
}

/** A session is held when its instructor signed in and the roll was called: what a payout counts too. */
export function sessionShare(record: { readonly signedIn?: unknown; readonly rollCalledAt?: unknown }): Tally {
  return { ...nothing, sessionsHeld: record.signedIn !== undefined && record.rollCalledAt !== undefined ? 1 : 0 };
}

/** What came in from parents, and what went back to them. */
export function ledgerShare({ reason, entries }: Pick<LedgerTransaction, 'reason' | 'entries'>): Tally {
  if (reason !== 'payment' && reason !== 'refund-paid') return nothing;
  const movedFen = Math.abs(entries.filter(({ account }) => account === 'transit').reduce((sum, { amountFen }) => sum + amountFen, 0));
  return { ...nothing, [reason === 'payment' ? 'paidFen' : 'refundedFen']: movedFen };
}

export function plus(a: Tally, b: Tally): Tally {
  return combined(a, b, (x, y) => x + y);
}

export function minus(a: Tally, b: Tally): Tally {
  return combined(a, b, (x, y) => x - y);
}

export function isNothing(tally: Tally): boolean {
  return tallyFields.every((field) => tally[field] === 0);
}

function combined(a: Tally, b: Tally, of: (x: number, y: number) => number): Tally {
  return Object.fromEntries(tallyFields.map((field) => [field, of(a[field], b[field])])) as Tally;
}
