import * as z from 'zod';
import { Fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, ChinaMonth, Instant } from '../kernel/time.ts';

/** One session on a statement: signed in and with a roll call, or carried over from a rejected line. */
export const StatementLine = z.object({
  sessionId: Id('session'),
  offeringId: Id('offering'),
  date: ChinaDate,
  courseName: z.string(),
  payFen: PositiveFen,
});
export type StatementLine = z.infer<typeof StatementLine>;

/**
 * counting → frozen → approved → sent → paid, or rejected by the bank (what it owes is paid with the next month's).
 * `counting`: the month as it stands, or a statement that is being written: its sum may still change.
 */
export const StatementStatus = z.enum(['counting', 'frozen', 'approved', 'sent', 'paid', 'rejected']);
export type StatementStatus = z.infer<typeof StatementStatus>;
export const statementMoves: Readonly<Record<StatementStatus, readonly StatementStatus[]>> = {
  counting: ['frozen'],
  frozen: ['approved'],
  // Without a bank account it is rejected before it is sent; with nothing to pay (a volunteer's) it is settled at once.
  approved: ['sent', 'paid', 'rejected'],
  sent: ['paid', 'rejected'],
  paid: [],
  rejected: [],
};

export const Statement = z.object({
  statementId: Id('statement'),
  /** Absent from the running month, which no run has counted yet. */
  payoutRunId: Id('payoutRun').optional(),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  instructorId: Id('instructor'),
  instructorName: z.string(),
  month: ChinaMonth,
  lines: z.array(StatementLine).max(200),
  /** From statements that the bank rejected in earlier months. */
  carriedFen: PositiveFen,
  carriedFrom: z.array(Id('statement')),
  totalFen: PositiveFen,
  status: StatementStatus,
  rejectReason: z.string().optional(),
  paidAt: Instant.optional(),
  accountEnding: z.string().optional(),
});
export type Statement = z.infer<typeof Statement>;

/**
 * A school's payout of a month: counting → approving → paying → done. One a school and month, whoever starts it, however
 * often. Refused by an approver, it gives its sessions back and may be started anew, which counts them afresh. Approved, it
 * is `blocked` while the books do not agree or the money is not there: nothing more leaves until it is `paying` again.
 */
export const PayoutStatus = z.enum(['counting', 'approving', 'paying', 'blocked', 'done', 'refused']);
export type PayoutStatus = z.infer<typeof PayoutStatus>;
export const payoutMoves: Readonly<Record<PayoutStatus, readonly PayoutStatus[]>> = {
  // Nobody to pay: done at once.
  counting: ['approving', 'done'],
  approving: ['paying', 'refused'],
  paying: ['blocked', 'done'],
  // By itself every other hour, or when a person tries again.
  blocked: ['paying'],
  refused: ['counting'],
  done: [],
};

/**
 * What keeps an approved payout from being paid.
 * - `open-break`: a line of the provider's bill does not match the books, and is of this school or of nobody known.
 * - `fund-short`: the earmarked fund does not cover what would be owed. `bank-short`: it does, but the supervised account does
 *   not hold so much yet; the rest is still in transit at the provider.
 */
export const PayoutBlock = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('open-break'), breaks: z.int().min(1) }),
  z.object({ reason: z.enum(['fund-short', 'bank-short']), missingFen: Fen }),
]);
export type PayoutBlock = z.infer<typeof PayoutBlock>;

export const PayoutRun = z.object({
  payoutRunId: Id('payoutRun'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  month: ChinaMonth,
  /** Rises when the run is started anew: a decision names the one that it is of. */
  version: z.int().min(1),
  status: PayoutStatus,
  statements: z.int(),
  sessions: z.int(),
  totalFen: Fen,
  paidFen: Fen,
  rejectedFen: Fen,
  chain: z.array(z.enum(['school', 'operator', 'bureau'])),
  approvals: z.array(z.object({ role: z.enum(['school', 'operator', 'bureau']), personId: Id('person'), at: Instant })),
  /** Whose turn it is. */
  next: z.enum(['school', 'operator', 'bureau']).optional(),
  startedAt: Instant,
  /** Why it was refused, in the words of whoever did. */
  refusedNote: z.string().optional(),
  /** Why it is blocked, and since when. */
  block: PayoutBlock.optional(),
  blockedAt: Instant.optional(),
  /** Since when a step of it fails whatever is tried, so that a person has to look; starting it again takes it up where it stands. */
  stuckAt: Instant.optional(),
});
export type PayoutRun = z.infer<typeof PayoutRun>;
