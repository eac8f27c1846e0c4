/**
 * Catches a school's figures up from the table: for what the stream did not keep long enough (24 hours), and for a school
 * that was there before its figures were. Works out every share anew; right ones change nothing, so it may run at any time.
 */
import { Id } from '@kehou/shared/kernel/id';
import { addDays, addMonths, chinaDate, chinaMonth } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { StoredRecord } from '../attendance/record.repository.ts';
import { ledgerOfMonth } from '../billing/ledger.repository.ts';
import { OfferingLink } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Page } from '../platform/table.ts';
import { termsOf } from '../school/term.repository.ts';
import type { Task } from '../use-cases.ts';
import { keepLedger, keepOffering, keepPupil, keepSession } from './shares.ts';

const Payload = z.object({ schoolId: Id('organisation') });
const PupilLink = z.object({ pupilId: Id('pupil') });
const A_PAGE = 100;
/** A year and a month back: older ones were counted when they happened, and no stream is that late. */
const DAYS_BACK = 400;
const MONTHS_BACK = 13;
const AT_ONCE = 8;

/** Task `supervision.recount` {schoolId}. Answers how many things it looked at. */
export function recount({ table, clock }: Pick<Platform, 'table' | 'clock'>): Task {
  return async (payload) => {
    const { schoolId } = Payload.parse(payload);
    const today = chinaDate(clock.now());
    let looked = 0;
    const each = async <T>(read: (cursor: string | undefined) => Promise<Page<T>>, keep: (item: T) => Promise<void>) => {
      let cursor: string | undefined;
      do {
        const page = await read(cursor);
        for (let start = 0; start < page.items.length; start += AT_ONCE) {
          await Promise.all(page.items.slice(start, start + AT_ONCE).map(keep));
        }
        looked += page.items.length;
        cursor = page.cursor;
      } while (cursor);
    };
    await each(
      (cursor) => table.query({ index: 'GSI1', pk: keys.pupilsOfSchool(schoolId, 1, '', '').GSI1PK, limit: A_PAGE, cursor }, PupilLink),
      ({ pupilId }) => keepPupil(table, pupilId),
    );
    for (const { termId } of await termsOf(table, schoolId)) {
      await each(
        (cursor) =>
          table.query({ index: 'GSI1', pk: keys.offeringsOfTerm(schoolId, termId, '').GSI1PK, limit: A_PAGE, cursor }, OfferingLink),
        ({ offeringId }) => keepOffering(table, offeringId),
      );
    }
    await each(
      (cursor) =>
        table.query({ ...keys.recordsOfSchool(schoolId, addDays(today, -DAYS_BACK), today), limit: A_PAGE, cursor }, StoredRecord),
      ({ offeringId, sessionId }) => keepSession(table, offeringId, sessionId),
    );
    for (let back = 0; back <= MONTHS_BACK; back++) {
      const month = addMonths(chinaMonth(clock.now()), -back);
      await each(
        (cursor) => ledgerOfMonth(table, schoolId, month, { limit: A_PAGE, cursor }),
        (transaction) => keepLedger(table, transaction),
      );
    }
    return { looked };
  };
}
