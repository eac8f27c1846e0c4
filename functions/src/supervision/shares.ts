/** What each kind of thing adds to its school's figures, worked out from the table as it is now. */
import type { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { Offering } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import { ledgerShare, offeringShare, pupilShare, sessionShare } from '@kehou/shared/supervision/figures';
import { StoredRecord } from '../attendance/record.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { keepShare } from './figures.repository.ts';

/** Every try for a place that a pupil ever made. */
const ENROLMENTS_MAX = 2000;

export async function keepPupil(table: Table, pupilId: string): Promise<void> {
  await keepShare(table, pupilId, async () => {
    const pupil = await table.get(keys.pupil(pupilId), Pupil);
    if (!pupil) return undefined;
    const enrolments = await table.queryAll({ ...keys.enrolments(pupilId), consistent: true, most: ENROLMENTS_MAX }, Enrolment);
    const tally = pupilShare(enrolments.filter(({ schoolId }) => schoolId === pupil.schoolId));
    // Who has left is no pupil of the school; the terms that they took classes in stay as they were.
    return { schoolId: pupil.schoolId, tally: pupil.leftOn ? { ...tally, pupils: 0 } : tally };
  });
}

export async function keepOffering(table: Table, offeringId: string): Promise<void> {
  await keepShare(table, offeringId, async () => {
    const offering = await table.get(keys.offering(offeringId), Offering);
    return offering && { schoolId: offering.schoolId, tally: offeringShare(offering) };
  });
}

export async function keepSession(table: Table, offeringId: string, sessionId: string): Promise<void> {
  await keepShare(table, sessionId, async () => {
    const record = await table.get(keys.sessionRecord(offeringId, sessionId), StoredRecord);
    return record && { schoolId: record.schoolId, tally: sessionShare(record) };
  });
}

/** A ledger transaction never changes: what the stream tells is what the table holds. */
export async function keepLedger(table: Table, transaction: LedgerTransaction): Promise<void> {
  const share = { schoolId: transaction.schoolId, tally: ledgerShare(transaction) };
  await keepShare(table, transaction.ledgerTransactionId, async () => share);
}
