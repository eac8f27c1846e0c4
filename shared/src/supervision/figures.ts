/**
 * A school's figures are the sum of shares: each pupil, class, session and ledger transaction adds what it adds, and
 * nothing else does. A share follows from the thing as it is now, so working it out again changes nothing.
 */
import * as z from 'zod';
import type { LedgerTransaction } from '../billing/ledger.ts';
import type { Offering } from '../offering/offering.ts';
import type { Enrolment } from '../selection/enrolment.ts';

/** What belongs to one term: a school's pupils begin anew in each. */
export const TermTally = z.object({
  /** Pupils with at least one confirmed enrolment. */
  taking: z.int().default(0),
  enrolments: z.int().default(0),
});
export type TermTally = z.infer<typeof TermTally>;

const counts = {
  pupils: z.int().default(0),
  /** Classes that are published or running, and those of them that are science. */
  offerings: z.int().default(0),
  science: z.int().default(0),
  sessionsHeld: z.int().default(0),
  paidFen: z.int().default(0),
  refundedFen: z.int().default(0),
};
export const Tally = z.object({ ...counts, terms: z.record(z.string(), TermTally).default({}) });
export type Tally = z.infer<typeof Tally>;

export const nothing: Tally = Tally.parse({});

const fields = Object.keys(counts) as (keyof typeof counts)[];
const termFields = Object.keys(TermTally.shape) as (keyof TermTally)[];

/** A tally as one row of numbers, `enrolments_<termId>` among them: so it is added up, and so it is stored. Zeros are left out. */
export function flat(tally: Tally): Readonly<Record<string, number>> {
  const all = [
    ...fields.map((field) => [field, tally[field]] as const),
    ...Object.entries(tally.terms).flatMap(([termId, term]) => termFields.map((field) => [`${field}_${termId}`, term[field]] as const)),
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== 0));
}

/** Back from {@link flat}; what is no number of a tally is ignored. */
export function unflat(row: Readonly<Record<string, unknown>>): Tally {
  const terms: Record<string, TermTally> = {};
  for (const [name, value] of Object.entries(row)) {
    const field = termFields.find((each) => name.startsWith(`${each}_`));
    if (!field || typeof value !== 'number') continue;
    const termId = name.slice(field.length + 1);
    terms[termId] = { ...(terms[termId] ?? { taking: 0, enrolments: 0 }), [field]: value };
  }
  return Tally.parse({ ...Object.fromEntries(fields.map((field) => [field, row[field]])), terms });
}

/** One pupil, with the enrolments they have had, term by term. */
export function pupilShare(enrolments: Iterable<Pick<Enrolment, 'status' | 'termId'>>): Tally {
  const terms: Record<string, TermTally> = {};
  for (const { status, termId } of enrolments) {
    if (status === 'confirmed') terms[termId] = { taking: 1, enrolments: (terms[termId]?.enrolments ?? 0) + 1 };
  }
  return { ...nothing, pupils: 1, terms };
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
  // By way of the provider, or by hand from the bank.
  const moved = entries.filter(({ account }) => account === 'transit' || account === 'bank');
  const movedFen = Math.abs(moved.reduce((sum, { amountFen }) => sum + amountFen, 0));
  return { ...nothing, [reason === 'payment' ? 'paidFen' : 'refundedFen']: movedFen };
}

export function plus(a: Tally, b: Tally): Tally {
  return combined(a, b, (x, y) => x + y);
}

export function minus(a: Tally, b: Tally): Tally {
  return combined(a, b, (x, y) => x - y);
}

export function isNothing(tally: Tally): boolean {
  return Object.keys(flat(tally)).length === 0;
}

function combined(a: Tally, b: Tally, of: (x: number, y: number) => number): Tally {
  const [one, other] = [flat(a), flat(b)];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const sums = [...names].map((name) => [name, of(one[name] ?? 0, other[name] ?? 0)] as const);
  return unflat(Object.fromEntries(sums.filter(([, value]) => value !== 0)));
}
