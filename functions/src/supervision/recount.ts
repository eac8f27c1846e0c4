/**
 * Catches a school's projections up from the table: for what the stream did not keep long enough (24 hours), and for a
 * school that was there before its figures were. Shares of the figures, the balances and money by day, and the cards of live
 * windows are worked out anew; what is right changes nothing, so it may run at any time, beside the followers too.
 */
import type { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { Id } from '@kehou/shared/kernel/id';
import { addDays, addMonths, chinaDate, chinaMonth } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { StoredRecord } from '../attendance/record.repository.ts';
import { countTransaction, ledgerOfMonth, uncounted } from '../billing/ledger.repository.ts';
import { OfferingLink } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Page, Table } from '../platform/table.ts';
import { termsOf } from '../school/term.repository.ts';
import { liveWindowsOf, refreshCards } from '../selection/window.repository.ts';
import type { Task } from '../use-cases.ts';
import { keepLedger, keepOffering, keepPupil, keepSession } from './shares.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const Payload = z.object({ schoolId: Id('organisation') });
const PupilLink = z.object({ pupilId: Id('pupil') });
const A_PAGE = 100;
/** A year and a month back: older ones were counted when they happened, and no stream is that late. */
const DAYS_BACK = 400;
const MONTHS_BACK = 13;
const AT_ONCE = 8;

/** How far a recount has come: the part by its name, and where in it. */
export interface Position {
  readonly part?: string | undefined;
  readonly cursor?: string | undefined;
}

/** One kind of thing, a page at a time. */
interface Part {
  readonly name: string;
  page(cursor: string | undefined): Promise<{ readonly looked: number; readonly cursor?: string | undefined }>;
}

/** Task `supervision.recount` {schoolId}: the whole school at once. Answers how many things it looked at. */
export function recount(deps: Deps): Task {
  return async (payload) => {
    const { schoolId } = Payload.parse(payload);
    let looked = 0;
    let position: Position | undefined = {};
    while (position) {
      const went = await recountPages(deps, schoolId, position, A_PAGE);
      looked += went.looked;
      position = went.next;
    }
    return { looked };
  };
}

/** Goes on from `position` for so many pages. `next`: where to go on; `undefined` when the school is done. */
export async function recountPages(
  deps: Deps,
  schoolId: Id<'organisation'>,
  position: Position,
  pagesMax: number,
): Promise<{ readonly looked: number; readonly next: Position | undefined }> {
  const parts = await partsOf(deps, schoolId);
  // A part that is not there any more (a month has passed): from the beginning, which does no harm.
  let index = Math.max(
    0,
    parts.findIndex(({ name }) => name === position.part),
  );
  let cursor = parts[index]?.name === position.part ? position.cursor : undefined;
  let looked = 0;
  for (let pages = 0; pages < pagesMax; pages++) {
    const part = parts[index];
    if (!part) return { looked, next: undefined };
    const page = await part.page(cursor);
    looked += page.looked;
    cursor = page.cursor;
    if (!cursor) index += 1;
  }
  const part = parts[index];
  return { looked, next: part && { part: part.name, cursor } };
}

async function partsOf({ table, clock }: Deps, schoolId: Id<'organisation'>): Promise<Part[]> {
  const today = chinaDate(clock.now());
  const terms = await termsOf(table, schoolId);
  const months = Array.from({ length: MONTHS_BACK + 1 }, (_, back) => addMonths(chinaMonth(clock.now()), -back));
  return [
    part(
      'pupils',
      (cursor) => table.query({ index: 'GSI1', pk: keys.pupilsOfSchool(schoolId, 1, '', '').GSI1PK, limit: A_PAGE, cursor }, PupilLink),
      ({ pupilId }) => keepPupil(table, pupilId),
    ),
    ...terms.map(({ termId }) =>
      part(
        `offerings ${termId}`,
        (cursor) =>
          table.query({ index: 'GSI1', pk: keys.offeringsOfTerm(schoolId, termId, '').GSI1PK, limit: A_PAGE, cursor }, OfferingLink),
        ({ offeringId }) => keepOffering(table, offeringId),
      ),
    ),
    part(
      'records',
      (cursor) =>
        table.query({ ...keys.recordsOfSchool(schoolId, addDays(today, -DAYS_BACK), today), limit: A_PAGE, cursor }, StoredRecord),
      ({ offeringId, sessionId }) => keepSession(table, offeringId, sessionId),
    ),
    ...months.map((month) => ({
      name: `ledger ${month}`,
      page: async (cursor: string | undefined) => {
        const page = await ledgerOfMonth(table, schoolId, month, { limit: A_PAGE, cursor, consistent: true });
        await keepTransactions(table, page.items);
        return { looked: page.items.length, cursor: page.cursor };
      },
    })),
    part(
      'windows',
      (cursor) => liveWindowsOf(table, schoolId, { limit: A_PAGE, cursor }),
      (window) => refreshCards(table, window),
    ),
  ];
}

function part<T>(name: string, read: (cursor: string | undefined) => Promise<Page<T>>, keep: (item: T) => Promise<void>): Part {
  return {
    name,
    page: async (cursor) => {
      const page = await read(cursor);
      await atOnce(page.items, keep);
      return { looked: page.items.length, cursor: page.cursor };
    },
  };
}

/** In the figures, and in the balances and money by day. */
async function keepTransactions(table: Table, transactions: readonly LedgerTransaction[]): Promise<void> {
  await atOnce(transactions, (transaction) => keepLedger(table, transaction));
  // One after the other: they all move the same balances.
  for (const transaction of await uncounted(table, transactions)) await countTransaction(table, transaction);
}

async function atOnce<T>(items: readonly T[], keep: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) await Promise.all(items.slice(start, start + AT_ONCE).map(keep));
}
