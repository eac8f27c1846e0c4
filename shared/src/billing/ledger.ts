/**
 * The double-entry ledger. Amounts are signed fen: debit positive, credit negative; a transaction sums to zero.
 * H2: bank + transit (assets, debit) = parents + payees + fund (owed, credit).
 */
import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/**
 * - `bank`: the supervised account. `transit`: at the payment provider, not yet in the bank.
 * - `parents`: refunds owed to parents. `payees`: approved pay owed to instructors. `fund`: the school's earmarked fund.
 */
export const Account = z.enum(['bank', 'transit', 'parents', 'payees', 'fund']);
export type Account = z.infer<typeof Account>;

export const LedgerReason = z.enum(['payment', 'refund-owed', 'refund-paid', 'settlement', 'pay-owed', 'pay-paid', 'pay-rejected']);

export const LedgerEntry = z.object({ account: Account, amountFen: Fen });
export const LedgerTransaction = z
  .object({
    ledgerTransactionId: z.string().max(80),
    schoolId: Id('organisation'),
    at: Instant,
    reason: LedgerReason,
    /** The id of what it explains: order, refund, statement. */
    subject: z.string(),
    entries: z.array(LedgerEntry).min(2).max(10),
  })
  .refine((transaction) => transaction.entries.reduce((sum, entry) => sum + entry.amountFen, 0) === 0, {
    message: 'entries must sum to zero',
  });
export type LedgerTransaction = z.infer<typeof LedgerTransaction>;

export const Balances = z.record(Account, Fen);
export type Balances = z.infer<typeof Balances>;
