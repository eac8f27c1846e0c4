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

/** What the entries of these transactions add up to, by account. */
export function balancesOfTransactions(transactions: Iterable<Pick<LedgerTransaction, 'entries'>>): Balances {
  const sums: Record<Account, number> = { bank: 0, transit: 0, parents: 0, payees: 0, fund: 0 };
  for (const { entries } of transactions) for (const { account, amountFen } of entries) sums[account] += amountFen;
  return Balances.parse(sums);
}

/** Balances of several schools together. */
export function addBalances(all: Iterable<Balances>): Balances {
  const sums: Record<Account, number> = { bank: 0, transit: 0, parents: 0, payees: 0, fund: 0 };
  for (const balances of all) for (const account of Account.options) sums[account] += balances[account];
  return Balances.parse(sums);
}

/**
 * H2: bank + transit = owed to parents + owed to payees + earmarked fund. Debits are positive, so the five sum to zero; and
 * what is owed is never less than nothing: a debit balance there means that more left than was owed.
 */
export function ledgerHolds(balances: Balances): boolean {
  const { bank, transit, parents, payees, fund } = balances;
  return bank + transit + parents + payees + fund === 0 && parents <= 0 && payees <= 0;
}
