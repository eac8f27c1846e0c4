/** Breaks between the provider's bills and the books: the one that a person closes, and those that are open. */
import { concerns, SettlementBreak } from '@kehou/shared/billing/break';
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { type Item, type Page, set, type Table, type Write } from '../platform/table.ts';

/** 404 where there is none. One read. */
export function mustGetBreak(table: Table, date: ChinaDate, breakId: Id<'settlementBreak'>): Promise<SettlementBreak> {
  return table.mustGet(keys.settlementBreak(date, breakId), SettlementBreak);
}

/** Open ones of every school, oldest bill first. One query of the index, which may be a moment behind. */
export function openBreaks(table: Table, page: { limit: number; cursor?: string | undefined }): Promise<Page<SettlementBreak>> {
  return table.query({ index: 'GSI2', pk: keys.openBreaksPartition(), ...page }, SettlementBreak);
}

/** Closes one that is open, and takes it out of the list. Fails when it is closed. */
export function closeBreakWrite(found: SettlementBreak, closing: Item): Write {
  return set(
    keys.settlementBreak(found.date, found.breakId),
    { ...closing, status: 'closed', GSI2PK: undefined, GSI2SK: undefined },
    { condition: { expression: '#status = :open', values: { open: 'open' } } },
  );
}

const PAGE = 500;

/**
 * How many open breaks a school's payout must wait for: counted as far as the first page that has any, since one is
 * enough. One query, as long as not hundreds of other schools' are open.
 */
export async function breaksConcerning(table: Table, schoolId: Id<'organisation'>): Promise<number> {
  let cursor: string | undefined;
  do {
    const page = await openBreaks(table, { limit: PAGE, cursor });
    const found = page.items.filter((each) => concerns(each, schoolId)).length;
    if (found > 0) return found;
    cursor = page.cursor;
  } while (cursor);
  return 0;
}
