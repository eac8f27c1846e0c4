/**
 * Counts a school's month and freezes it into statements. Every step may run twice, or at once in two executions:
 *
 * 1. A statement is written in `counting` with everything it means to hold. Whoever comes second finds it and goes by it.
 * 2. It claims its sessions, each by a guard that is another statement's if it is there already (see {@link claim}).
 * 3. It is frozen with what it could claim. Frozen, it never changes its lines again.
 */
import { sumFen } from '@kehou/shared/kernel/fen';
import { Offering, Session } from '@kehou/shared/offering/offering';
import type { StatementLine } from '@kehou/shared/payout/payout';
import { daysCounted, isPayable, LINES_MAX, linesFen, runSums } from '@kehou/shared/payout/rules';
import { StoredRecord } from '../attendance/record.repository.ts';
import { StoredInstructor } from '../library/instructor.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { create, put, remove, set, type Table } from '../platform/table.ts';
import { releaseStatements } from './release-run.ts';
import { getRun, runWrite, type StoredRun } from './run.repository.ts';
import {
  claim,
  PaidSession,
  rejectedOf,
  StoredStatement,
  statementIdOf,
  statementIs,
  statementItem,
  statementKey,
  statementsOf,
} from './statement.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;
/** Records that are read at a time; a school of 80 classes has some 5,000 in three months. */
const RECORDS_A_PAGE = 500;
const LANES = 16;

/** Counts and freezes a run in `counting`, which is then `approving`, or `done` when there is nobody to pay. Idempotent. */
export async function countRun({ table, clock }: Deps, run: StoredRun): Promise<void> {
  await releaseStatements(table, run, run.version - 1);
  const meant = await meantStatements(table, run);
  const there = new Map((await statementsOf(table, run)).map((statement) => [statement.statementId as string, statement]));
  for (const statement of meant) {
    if (!there.has(statement.statementId)) there.set(statement.statementId, await begin(table, statement));
  }
  for (const statement of there.values()) await freeze(table, statement);

  const statements = await statementsOf(table, run);
  const fields = statements.length > 0 ? { status: 'approving', next: run.chain[0] } : { status: 'done' };
  // Refused: another execution was quicker: it froze the same statements.
  await table.tryWrite([runWrite(run, { ...runSums(statements), ...fields, progressAt: clock.now(), stuckAt: undefined })]);
}

/** Instructor by instructor, what is payable and on no statement yet, and what an earlier statement still owes. */
async function meantStatements(table: Table, run: StoredRun): Promise<StoredStatement[]> {
  const lines = await payableLines(table, run);
  const rejected = await rejectedOf(table, run.schoolId);
  const instructorIds = [...new Set([...lines.keys(), ...rejected.map(({ instructorId }) => instructorId)])];
  const instructors = await getAll(
    table,
    instructorIds.map((instructorId) => keys.instructor(instructorId)),
    StoredInstructor,
  );
  return instructorIds.map((instructorId, index) => {
    const owed = rejected.filter((statement) => statement.instructorId === instructorId && statement.month < run.month);
    const own = (lines.get(instructorId) ?? []).sort((a, b) => (a.date < b.date ? -1 : 1)).slice(0, LINES_MAX);
    const instructor = instructors[index];
    const carriedFen = sumFen(owed.map(({ totalFen }) => totalFen));
    return StoredStatement.parse({
      statementId: statementIdOf(run, instructorId),
      payoutRunId: run.payoutRunId,
      version: run.version,
      schoolId: run.schoolId,
      schoolName: run.schoolName,
      instructorId,
      instructorName: instructor?.name ?? owed[0]?.instructorName ?? '—',
      month: run.month,
      lines: own,
      carriedFen,
      carriedFrom: owed.map(({ statementId }) => statementId),
      carries: owed.map(({ statementId, month, totalFen }) => ({ statementId, month, totalFen })),
      totalFen: sumFen([linesFen(own), carriedFen]),
      status: 'counting',
      accountEnding: instructor?.account?.number.slice(-4),
    });
  });
}

async function payableLines(table: Table, run: StoredRun): Promise<Map<StoredStatement['instructorId'], StatementLine[]>> {
  const { first, last } = daysCounted(run.month);
  const { GSI2PK } = keys.recordsUnpaid(run.schoolId, last, '');
  const found = new Map<StoredStatement['instructorId'], StatementLine[]>();
  const offerings = new Map<string, Offering | undefined>();
  const seen = new Set<string>();
  // What is signed in to and not owed yet, whatever its day is: runs may have been refused, or a sign-in granted, until long after. The
  // look-back finds records from before they were listed so, and those that the index is late with.
  for (const source of [
    keys.recordsOfSchool(run.schoolId, first, last),
    { index: 'GSI2' as const, pk: GSI2PK, between: ['0', `${last}#~`] as const },
  ]) {
    let cursor: string | undefined;
    do {
      const records = await table.query({ ...source, limit: RECORDS_A_PAGE, cursor }, StoredRecord);
      cursor = records.cursor;
      const open = (await unpaid(table, records.items)).filter(({ sessionId }) => !seen.has(sessionId));
      await readOfferings(table, open, offerings);
      for (const { sessionId, offeringId, instructorId, date } of open) {
        const offering = offerings.get(offeringId);
        if (!offering) continue;
        seen.add(sessionId);
        const line = { sessionId, offeringId, date, courseName: offering.courseName, payFen: offering.payPerSessionFen };
        found.set(instructorId, [...(found.get(instructorId) ?? []), line]);
      }
    } while (cursor);
  }
  return found;
}

/** Adds the classes of these records to those that are known. */
async function readOfferings(table: Table, records: readonly StoredRecord[], known: Map<string, Offering | undefined>): Promise<void> {
  const unknown = [...new Set(records.map(({ offeringId }) => offeringId))].filter((id) => !known.has(id));
  const read = await getAll(
    table,
    unknown.map((id) => keys.offering(id)),
    Offering,
  );
  for (const [index, id] of unknown.entries()) known.set(id, read[index]);
}

/** Those of the records that are payable and on no statement. */
export async function unpaid(table: Table, records: readonly StoredRecord[]): Promise<StoredRecord[]> {
  const taught = records.filter((record) => record.signedIn && record.rollCalledAt);
  const guards = await getAll(
    table,
    taught.map(({ sessionId }) => keys.paidSession(sessionId)),
    PaidSession,
  );
  const open = taught.filter((_, index) => !guards[index]);
  const sessions = await getAll(
    table,
    open.map(({ offeringId, sessionId }) => keys.session(offeringId, sessionId)),
    Session,
  );
  return open.filter((record, index) => isPayable(record, sessions[index]));
}

/** The statement as whoever came first has written it. */
async function begin(table: Table, statement: StoredStatement): Promise<StoredStatement> {
  if (!(await table.tryWrite([create(statementKey(statement), statementItem(statement))]))) return statement;
  return table.mustGet(statementKey(statement), StoredStatement);
}

/** counting → frozen, with what could be claimed; gone if that is nothing. */
async function freeze(table: Table, statement: StoredStatement): Promise<void> {
  if (statement.status !== 'counting') return;
  const claimed = await claim(table, statement);
  if (!claimed) return;
  const lines = statement.lines.filter(({ sessionId }) => claimed.sessionIds.has(sessionId));
  const carries = statement.carries.filter(({ statementId }) => claimed.statementIds.has(statementId));
  const carriedFen = sumFen(carries.map(({ totalFen }) => totalFen));
  const frozen = StoredStatement.parse({
    ...statement,
    lines,
    carries,
    carriedFen,
    carriedFrom: carries.map(({ statementId }) => statementId),
    totalFen: sumFen([linesFen(lines), carriedFen]),
    status: 'frozen',
  });
  const condition = statementIs(statement, 'counting');
  const empty = lines.length === 0 && carries.length === 0;
  // Refused: frozen by the other execution, from the same claims.
  await table.tryWrite([
    empty ? remove(statementKey(statement), { condition }) : put(statementKey(statement), statementItem(frozen), { condition }),
  ]);
}

/** The run as it is now, if `version` is still the one that counts. */
export async function currentRun(table: Table, input: Pick<StoredRun, 'schoolId' | 'month' | 'version'>): Promise<StoredRun | undefined> {
  const run = await getRun(table, input.schoolId, input.month);
  return run?.version === input.version ? run : undefined;
}

/**
 * What this run owes by now waits no longer among the sessions to be paid. Nothing depends on it: one that stays is on a
 * statement, and no run counts it again. Repeatable. two reads a page and a write each.
 */
export async function settleUnpaid(table: Table, run: Pick<StoredRun, 'schoolId' | 'month' | 'payoutRunId'>): Promise<void> {
  const { last } = daysCounted(run.month);
  const { GSI2PK } = keys.recordsUnpaid(run.schoolId, last, '');
  let cursor: string | undefined;
  do {
    const page = await table.query({ index: 'GSI2', pk: GSI2PK, between: ['0', `${last}#~`], limit: RECORDS_A_PAGE, cursor }, StoredRecord);
    cursor = page.cursor;
    const guards = await getAll(
      table,
      page.items.map(({ sessionId }) => keys.paidSession(sessionId)),
      PaidSession,
    );
    const owed = page.items.filter((_, index) => guards[index]?.payoutRunId === run.payoutRunId);
    await inLanes(owed, LANES, ({ offeringId, sessionId }) =>
      table.write([set(keys.sessionRecord(offeringId, sessionId), { GSI2PK: undefined, GSI2SK: undefined })]),
    );
  } while (cursor);
}
