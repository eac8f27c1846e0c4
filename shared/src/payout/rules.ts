/** What a payout counts, in which order its parts move, and what its sums are. */

import type { Balances } from '../billing/ledger.ts';
import { chainFor, nextApprover } from '../billing/refund.ts';
import { type Fen, fen, sumFen } from '../kernel/fen.ts';
import { addMonths, type ChinaDate, type ChinaMonth, chinaMonth, type Instant, monthDays, ms } from '../kernel/time.ts';
import type { Organisation } from '../organisation/organisation.ts';
import type { PayoutBlock, PayoutRun, Statement, StatementLine } from './payout.ts';

/** Sessions of so many months before are looked at too: signed for late, or by an exception granted after the month was counted. */
export const EARLIER_MONTHS = 2;
/** A statement holds so many sessions; the rest wait for the next month's. Three a day on every day is 93. */
export const LINES_MAX = 200;

/** The month that a payout started now by the calendar pays: the one before. */
export function monthDue(now: Instant): ChinaMonth {
  return addMonths(chinaMonth(now), -1);
}

/** First and last day that a month's payout looks at. */
export function daysCounted(month: ChinaMonth): { first: ChinaDate; last: ChinaDate } {
  return { first: monthDays(addMonths(month, -EARLIER_MONTHS)).first, last: monthDays(month).last };
}

/** A session is paid when its instructor signed in, the roll was called, and it was not cancelled. Signing out is not asked for (H4). */
export function isPayable(
  record: { readonly signedIn?: unknown; readonly rollCalledAt?: unknown },
  session: { readonly status: 'scheduled' | 'cancelled' } | undefined,
): boolean {
  return record.signedIn !== undefined && record.rollCalledAt !== undefined && session?.status === 'scheduled';
}

/** The run with its chain, and whose turn it is, for the school as it is now; one that nobody decides on any more as it was. */
export function runFor<T extends PayoutRun>(run: T, school: Pick<Organisation, 'operatorId'>): T {
  if (run.status !== 'counting' && run.status !== 'approving') return run;
  const chain = chainFor(run, school);
  return { ...run, chain, next: run.status === 'approving' ? nextApprover({ chain, approvals: run.approvals }) : run.next };
}

/** What the sessions of a statement come to, what it carries apart. */
export function linesFen(lines: Iterable<Pick<StatementLine, 'payFen'>>): Fen {
  return sumFen([...lines].map(({ payFen }) => payFen));
}

/** The sums of a run, from its statements alone. What was sent back is owed still; a later run carries it. */
export function runSums(
  statements: readonly Pick<Statement, 'status' | 'lines' | 'totalFen'>[],
): Pick<PayoutRun, 'statements' | 'sessions' | 'totalFen' | 'paidFen' | 'rejectedFen'> {
  const sum = (status?: Statement['status']) =>
    sumFen(statements.filter((statement) => status === undefined || statement.status === status).map(({ totalFen }) => totalFen));
  return {
    statements: statements.length,
    sessions: statements.reduce((count, { lines }) => count + lines.length, 0),
    totalFen: sum(),
    paidFen: sum('paid'),
    rejectedFen: sum('rejected'),
  };
}

/** Every statement has come to its end. */
export function isSettled(statements: readonly Pick<Statement, 'status'>[]): boolean {
  return statements.every(({ status }) => status === 'paid' || status === 'rejected');
}

/**
 * May the money go? `toOweFen`: what would be owed to payees on top of what is owed already. Refused while a break is open,
 * and unless the fund covers it and the supervised account holds all that payees are owed then: this run's, other months'
 * at the bank, and what was sent back. Since bank + in transit + fees = parents + payees + fund, a fund that is not overdrawn
 * leaves what is owed to parents untouched, once what the provider kept and the operator has not paid in yet is left out of it.
 */
export function blockOf(facts: {
  readonly breaks: number;
  readonly balances: Balances;
  readonly toOweFen: number;
}): PayoutBlock | undefined {
  const { breaks, balances, toOweFen } = facts;
  if (breaks > 0) return { reason: 'open-break', breaks };
  // Debit is positive: the fund and what payees are owed are the other way round.
  const fundFen = -balances.fund - balances.fees;
  if (fundFen < toOweFen) return { reason: 'fund-short', missingFen: fen(toOweFen - fundFen) };
  const owedFen = -balances.payees + toOweFen;
  return balances.bank < owedFen ? { reason: 'bank-short', missingFen: fen(owedFen - balances.bank) } : undefined;
}

/** A blocked run looks again by itself so often: the provider's bill of a day comes once, the next morning. */
export const BLOCKED_CHECK_MINUTES = 120;

/** Minutes until the bank is asked again: often at first, then four times a day. */
export function bankCheckMinutes(checks: number): number {
  return Math.min(360, 5 * 2 ** Math.min(checks, 7));
}

const HOUR_MS = 3_600_000;

/**
 * Nothing moves any more: the machinery behind it is gone, or a person has to look (a blocked run: tries again when told to). Then starting it once more takes it up
 * where it stands. That whoever is next was reminded is no progress: four days without a decision are too many.
 */
export function isStalled(run: Pick<PayoutRun, 'status' | 'stuckAt'> & { readonly progressAt: Instant }, now: Instant): boolean {
  if (run.status === 'done' || run.status === 'refused') return false;
  if (run.stuckAt !== undefined || run.status === 'blocked') return true;
  return ms(now) - ms(run.progressAt) >= (run.status === 'approving' ? 4 * 24 : 24) * HOUR_MS;
}
