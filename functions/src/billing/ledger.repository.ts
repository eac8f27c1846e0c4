/**
 * The ledger's rows. A transaction is two items: the entry in its school's month, and a guard under the event's own id, so
 * that one event is booked once whatever the instant. Neither is ever changed; the guard alone learns, once, that the
 * balances have counted it: by way of the stream, or at once where a decision hangs on the balances.
 */

import { type Account, Balances, LedgerTransaction } from '@kehou/shared/billing/ledger';
import { Fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { type ChinaMonth, chinaDate, chinaMonth, Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import {
  absent,
  type Condition,
  ConditionFailed,
  create,
  type Page,
  present,
  put,
  type Table,
  update,
  type Write,
} from '../platform/table.ts';

export interface LedgerInput {
  readonly schoolId: Id<'organisation'>;
  /** When it is booked. */
  readonly at: Instant;
  readonly reason: LedgerTransaction['reason'];
  /** The id of what it explains: order, refund, statement. */
  readonly subject: string;
  /** Debit positive, credit negative; entries of zero are left out. */
  readonly entries: readonly { readonly account: Account; readonly amountFen: number }[];
  /** Names the event, never the try: `payment#pay_…`. The same id is booked once for ever. */
  readonly id: string;
}

/**
 * The two writes of one ledger transaction, for the DynamoDB transaction that changes what it explains. Both are
 * conditional: an event that is booked already fails that whole transaction, and its caller looks at what is there.
 * A movement of nothing writes nothing. Throws when the entries do not sum to zero.
 */
export function ledgerWrites(input: LedgerInput): Write[] {
  const entries = input.entries.filter((entry) => entry.amountFen !== 0);
  if (entries.length === 0) return [];
  const transaction = LedgerTransaction.parse({
    ledgerTransactionId: input.id,
    schoolId: input.schoolId,
    at: input.at,
    reason: input.reason,
    subject: input.subject,
    entries,
  });
  const { schoolId, at } = transaction;
  return [
    create(keys.ledgerOnce(input.id), { ledgerTransactionId: input.id, schoolId, at }),
    create(keys.ledger(schoolId, chinaMonth(at), at, input.id), transaction),
  ];
}

/**
 * As {@link ledgerWrites}, counted into the balances in the same DynamoDB transaction and on a condition of what they are:
 * for money that may only move while there is enough of it. The stream finds it counted. Five writes at most; where nothing
 * moves, none.
 */
export function countedLedgerWrites(input: LedgerInput, condition: Condition): Write[] {
  const [guard, entry] = ledgerWrites(input);
  if (guard?.op !== 'put' || entry?.op !== 'put') return [];
  const transaction = LedgerTransaction.parse(entry.item);
  return [put(guard.key, { ...guard.item, counted: true }, { condition: absent }), entry, ...balanceWrites(transaction, condition)];
}

/** When this event was booked; `undefined`: it is not. One read. */
export async function bookedAt(table: Table, id: string): Promise<Instant | undefined> {
  return (await table.get(keys.ledgerOnce(id), z.object({ at: Instant })))?.at;
}

/** One page of a month's transactions, oldest first. */
export async function ledgerOfMonth(
  table: Table,
  schoolId: string,
  month: ChinaMonth,
  page: { limit: number; cursor?: string | undefined; consistent?: boolean },
): Promise<Page<LedgerTransaction>> {
  return table.query({ ...keys.ledgerMonth(schoolId, month), ...page }, LedgerTransaction);
}

export const noBalances: Balances = Balances.parse({ bank: 0, transit: 0, fees: 0, parents: 0, payees: 0, fund: 0 });
const StoredBalances = z.object({
  bank: Fen.default(noBalances.bank),
  transit: Fen.default(noBalances.transit),
  fees: Fen.default(noBalances.fees),
  parents: Fen.default(noBalances.parents),
  payees: Fen.default(noBalances.payees),
  fund: Fen.default(noBalances.fund),
});

/**
 * Counts a transaction into the balances of its school and month, and into the day's money. Once: the guard is marked
 * `counted` in the same DynamoDB transaction and on condition that it is not yet, so a change that the stream tells
 * twice, or a catching up beside the stream, adds nothing. `false`: it was counted before.
 */
export async function countTransaction(table: Table, transaction: LedgerTransaction): Promise<boolean> {
  const writes = [
    update(keys.ledgerOnce(transaction.ledgerTransactionId), 'SET #counted = :yes', {
      values: { yes: true },
      condition: { expression: `${present.expression} AND attribute_not_exists(#counted)` },
    }),
    ...balanceWrites(transaction),
  ];
  try {
    await table.write(writes);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

function balanceWrites(transaction: LedgerTransaction, condition?: Condition): Write[] {
  const { schoolId, at, entries } = transaction;
  const sums = new Map<string, number>();
  for (const entry of entries) sums.set(entry.account, (sums.get(entry.account) ?? 0) + entry.amountFen);
  const expression = `ADD ${[...sums.keys()].map((account) => `#${account} :${account}`).join(', ')}`;
  const values = Object.fromEntries(sums);
  return [
    update(keys.balances(schoolId), expression, { values, ...(condition ? { condition } : {}) }),
    update(keys.balancesOfMonth(schoolId, chinaMonth(at)), expression, { values }),
    ...moneyOfDay(transaction),
  ];
}

function moneyOfDay({ schoolId, at, entries, reason }: LedgerTransaction): Write[] {
  const field = reason === 'payment' ? 'paidFen' : reason === 'refund-paid' ? 'refundedFen' : undefined;
  if (!field) return [];
  // By way of the provider, or by hand from the bank.
  const moved = Math.abs(entries.find(({ account }) => account === 'transit' || account === 'bank')?.amountFen ?? 0);
  const date = chinaDate(at);
  return [update(keys.moneyDay(schoolId, date), `SET #date = :date ADD #${field} :moved`, { values: { date, moved } })];
}

/** What the balances of one month say. One read. */
export async function balancesInMonth(table: Table, schoolId: string, month: ChinaMonth): Promise<Balances> {
  return (await table.get(keys.balancesOfMonth(schoolId, month), StoredBalances)) ?? noBalances;
}

const Guard = z.object({ counted: z.boolean().optional() });

/** Those of the transactions that no balance has counted yet. One read a hundred. */
export async function uncounted(table: Table, transactions: readonly LedgerTransaction[]): Promise<LedgerTransaction[]> {
  const guards = await getAll(
    table,
    transactions.map(({ ledgerTransactionId }) => keys.ledgerOnce(ledgerTransactionId)),
    Guard,
  );
  return transactions.filter((_, index) => !guards[index]?.counted);
}

/** Balances of many schools, in the order asked for; zeros where nothing was ever booked. One read a hundred schools. */
export async function balancesOf(table: Table, schoolIds: readonly string[]): Promise<Balances[]> {
  const found: Balances[] = [];
  for (let start = 0; start < schoolIds.length; start += 100) {
    const batch = schoolIds.slice(start, start + 100).map((schoolId) => keys.balances(schoolId));
    for (const balances of await table.getMany(batch, StoredBalances)) found.push(balances ?? noBalances);
  }
  return found;
}
