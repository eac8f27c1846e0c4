/** What a payout counts, in which order its parts move, and what its sums are. */
import { type Fen, sumFen } from '../kernel/fen.ts';
import { addMonths, type ChinaDate, type ChinaMonth, chinaMonth, type Instant, monthDays, ms } from '../kernel/time.ts';
import type { PayoutRun, Statement, StatementLine } from './payout.ts';

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

/** Minutes until the bank is asked again: often at first, then four times a day. */
export function bankCheckMinutes(checks: number): number {
  return Math.min(360, 5 * 2 ** Math.min(checks, 7));
}

const HOUR_MS = 3_600_000;

/**
 * Nothing moves any more: the machinery behind it is gone, or a person has to look. Then starting it once more takes it up
 * where it stands. A run that waits for approval is reminded every three days, so four without a sign are too many.
 */
export function isStalled(run: Pick<PayoutRun, 'status' | 'attention'> & { readonly progressAt: Instant }, now: Instant): boolean {
  if (run.status === 'done' || run.status === 'refused') return false;
  if (run.attention !== undefined) return true;
  return ms(now) - ms(run.progressAt) >= (run.status === 'approving' ? 4 * 24 : 24) * HOUR_MS;
}
