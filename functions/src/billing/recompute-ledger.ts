/** The whole sum anew: from the entries themselves, not from the balances that follow them (H2). */
import { addBalances, type Balances, balancesOfTransactions, type LedgerTransaction, ledgerHolds } from '@kehou/shared/billing/ledger';
import { addMonths, type ChinaMonth } from '@kehou/shared/kernel/time';
import type { Table } from '../platform/table.ts';
import { balancesInMonth, balancesOf, countTransaction, ledgerOfMonth, uncounted } from './ledger.repository.ts';

const PAGE = 500;
const MONTHS_MAX = 240;

export interface Recomputed {
  readonly transactions: number;
  /** What the entries add up to. */
  readonly balances: Balances;
  /** What the balances show that screens read. */
  readonly shown: Balances;
  /** Transactions that do not sum to zero: their ids. */
  readonly unbalanced: readonly string[];
  /** Were not counted in the balances yet, and are now. */
  readonly repaired: number;
  /** H2's sum holds, every transaction sums to zero, and the screens show the same. */
  readonly holds: boolean;
}

/**
 * Adds a school's entries up, month by month, and compares. With `repair`, counts what the stream's follower has missed
 * (after more than its 24 hours away): counting is idempotent, so repairing beside a running follower does no harm.
 */
export async function recomputeLedger(
  table: Table,
  schoolId: string,
  months: { from: ChinaMonth; to: ChinaMonth },
  options: { repair?: boolean } = {},
): Promise<Recomputed> {
  let transactions = 0;
  let repaired = 0;
  let balances = addBalances([]);
  const unbalanced: string[] = [];
  for (const month of monthsBetween(months.from, months.to)) {
    for await (const page of pagesOf(table, schoolId, month)) {
      transactions += page.length;
      balances = addBalances([balances, balancesOfTransactions(page)]);
      for (const one of page) {
        if (one.entries.reduce((sum, entry) => sum + entry.amountFen, 0) !== 0) unbalanced.push(one.ledgerTransactionId);
        if (options.repair && (await countTransaction(table, one))) repaired += 1;
      }
    }
  }
  const [shown = addBalances([])] = await balancesOf(table, [schoolId]);
  const same = JSON.stringify(addBalances([shown])) === JSON.stringify(balances);
  return { transactions, balances, shown, unbalanced, repaired, holds: same && unbalanced.length === 0 && ledgerHolds(balances) };
}

/**
 * Makes the balances tell what is booked: counts what the stream has not come to yet. Of these months only what they lack:
 * where a month's entries add up to what its balances say, it is one query and one read, a query more every 500 entries.
 */
export async function countMissed(table: Table, schoolId: string, months: { from: ChinaMonth; to: ChinaMonth }): Promise<void> {
  for (const month of monthsBetween(months.from, months.to)) {
    let balances = addBalances([]);
    for await (const page of pagesOf(table, schoolId, month)) balances = addBalances([balances, balancesOfTransactions(page)]);
    const counted = addBalances([await balancesInMonth(table, schoolId, month)]);
    if (JSON.stringify(counted) === JSON.stringify(balances)) continue;
    for await (const page of pagesOf(table, schoolId, month)) {
      for (const one of await uncounted(table, page)) await countTransaction(table, one);
    }
  }
}

async function* pagesOf(table: Table, schoolId: string, month: ChinaMonth): AsyncGenerator<LedgerTransaction[]> {
  let cursor: string | undefined;
  do {
    const page = await ledgerOfMonth(table, schoolId, month, { limit: PAGE, cursor, consistent: true });
    if (page.items.length > 0) yield page.items;
    cursor = page.cursor;
  } while (cursor);
}

function* monthsBetween(from: ChinaMonth, to: ChinaMonth): Generator<ChinaMonth> {
  let month = from;
  for (let count = 0; month <= to; count++) {
    if (count >= MONTHS_MAX) throw new RangeError(`more than ${MONTHS_MAX} months`);
    yield month;
    month = addMonths(month, 1);
  }
}
