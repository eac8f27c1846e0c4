/**
 * The double-entry ledger. Amounts are signed fen: debit positive, credit negative; a transaction sums to zero.
 * H2: bank + transit + fees (assets, debit) = parents + payees + fund (owed, credit).
 */
import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/**
 * - `bank`: the supervised account. `transit`: at the payment provider, not yet in the bank.
 * - `fees`: what the provider kept as its fee out of the school's money. It is the operator's to bear: a claim on the operator until
 *   that is paid in, so a fee never makes the fund smaller, and never hides that there is less money.
 * - `parents`: refunds owed to parents. `payees`: approved pay owed to instructors. `fund`: the school's earmarked fund.
 */
export const Account = z.enum(['bank', 'transit', 'fees', 'parents', 'payees', 'fund']);
export type Account = z.infer<typeof Account>;

export const LedgerReason = z.enum([
  'payment',
  'refund-owed',
  'refund-paid',
  'settlement',
  'provider-fee',
  'fees-repaid',
  'pay-owed',
  'pay-paid',
  'pay-rejected',
]);

/** Names the slip by which fees were paid in; it is part of the event's own id. */
export const FEES_DOCUMENT_LENGTH_MAX = 30;

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
  const sums: Record<Account, number> = { bank: 0, transit: 0, fees: 0, parents: 0, payees: 0, fund: 0 };
  for (const { entries } of transactions) for (const { account, amountFen } of entries) sums[account] += amountFen;
  return Balances.parse(sums);
}

/** Balances of several schools together. */
export function addBalances(all: Iterable<Balances>): Balances {
  const sums: Record<Account, number> = { bank: 0, transit: 0, fees: 0, parents: 0, payees: 0, fund: 0 };
  for (const balances of all) for (const account of Account.options) sums[account] += balances[account];
  return Balances.parse(sums);
}

/**
 * H2: bank + transit + fees that the operator owes = owed to parents + owed to payees + earmarked fund. Debits are positive, so the
 * six sum to zero; and what is owed is never less than nothing: a debit balance there means that more left than was owed. Nor
 * does the operator owe less than nothing.
 */
export function ledgerHolds(balances: Balances): boolean {
  const { bank, transit, fees, parents, payees, fund } = balances;
  return bank + transit + fees + parents + payees + fund === 0 && fees >= 0 && parents <= 0 && payees <= 0;
}
