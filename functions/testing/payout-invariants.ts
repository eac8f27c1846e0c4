/** What must hold of payouts whatever happened, read from the whole table: tests only. See invariants.ts for the rest of the money. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { linesFen } from '@kehou/shared/payout/rules';
import { PaidSession, StoredStatement } from '../src/payout/statement.repository.ts';
import type { Table } from '../src/platform/table.ts';

type Row = Record<string, unknown> & { PK: string; SK: string };
/** Statements whose sum is owed or gone. */
const OWED: ReadonlySet<string> = new Set(['approved', 'sent', 'paid', 'rejected']);

/** Throws with everything that does not hold. `atRest`: nothing may be half done. */
export async function expectPayoutInvariants(table: Table, options: { atRest?: boolean } = {}): Promise<void> {
  const rows: Row[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: from as never }),
    );
    for (const item of page.Items ?? []) rows.push(unmarshall(item) as Row);
    from = page.LastEvaluatedKey;
  } while (from);
  const statements = rows.filter(({ SK }) => SK.startsWith('STATEMENT#')).map((row) => StoredStatement.parse(row));
  const guards = new Map(
    rows
      .filter(({ PK }) => PK.startsWith('PAIDSESSION#'))
      .map((row) => [row.PK.slice('PAIDSESSION#'.length), PaidSession.parse(row).statementId as string]),
  );
  const ledger = rows.filter(({ PK }) => PK.startsWith('LEDGER#')).map((row) => LedgerTransaction.parse(row));
  const broken = [
    ...sessionsOnce(statements, guards, options.atRest ?? false),
    ...sumsAgree(statements),
    ...ledgerAgrees(statements, ledger),
  ];
  if (broken.length > 0) throw new Error(`broken:\n${broken.join('\n')}`);
}

/** A session is on one statement, which is the one its guard names; at rest no guard is without its line. */
function* sessionsOnce(statements: readonly StoredStatement[], guards: ReadonlyMap<string, string>, atRest: boolean): Generator<string> {
  const seen = new Map<string, string>();
  for (const { statementId, status, lines } of statements) {
    if (status === 'counting') {
      if (atRest) yield `${statementId} is left counting`;
      continue;
    }
    for (const { sessionId } of lines) {
      if (seen.has(sessionId)) yield `${sessionId} is on ${seen.get(sessionId)} and ${statementId}`;
      seen.set(sessionId, statementId);
      if (guards.get(sessionId) !== statementId) yield `${sessionId} is on ${statementId} and claimed by ${guards.get(sessionId)}`;
    }
  }
  if (atRest)
    for (const [sessionId, statementId] of guards)
      if (seen.get(sessionId) !== statementId) yield `${sessionId} is claimed and on no statement: it will never be paid`;
}

/** A statement's total is its lines and what it carries, and each rejected one is carried by one other at most. */
function* sumsAgree(statements: readonly StoredStatement[]): Generator<string> {
  const byId = new Map(statements.map((statement) => [statement.statementId as string, statement]));
  const carriedBy = new Map<string, string>();
  for (const statement of statements.filter(({ status }) => status !== 'counting')) {
    if (statement.totalFen !== linesFen(statement.lines) + statement.carriedFen)
      yield `${statement.statementId}: total is not lines + carried`;
    let carriedFen = 0;
    for (const id of statement.carriedFrom) {
      const carried = byId.get(id);
      carriedFen += carried?.totalFen ?? 0;
      if (carried?.status !== 'rejected' || carried.carriedTo !== statement.statementId)
        yield `${statement.statementId} carries ${id}, which is ${carried?.status}`;
      if (carriedBy.has(id)) yield `${id} is carried by ${carriedBy.get(id)} and ${statement.statementId}`;
      carriedBy.set(id, statement.statementId);
    }
    if (carriedFen !== statement.carriedFen) yield `${statement.statementId}: carries ${statement.carriedFen}, should be ${carriedFen}`;
  }
}

/** Owed once, when approved, for its lines; paid once, when paid, in full. */
function* ledgerAgrees(statements: readonly StoredStatement[], ledger: readonly LedgerTransaction[]): Generator<string> {
  const moved = (reason: string, subject: string, account: string) =>
    ledger
      .filter((transaction) => transaction.reason === reason && transaction.subject === subject)
      .flatMap(({ entries }) => entries)
      .filter((entry) => entry.account === account)
      .reduce((sum, entry) => sum + entry.amountFen, 0);
  for (const statement of statements) {
    const owed = -moved('pay-owed', statement.statementId, 'payees');
    const expectedOwed = OWED.has(statement.status) ? linesFen(statement.lines) : 0;
    if (owed !== expectedOwed)
      yield `${statement.statementId} (${statement.status}): ${owed} owed on the ledger, should be ${expectedOwed}`;
    const paid = -moved('pay-paid', statement.statementId, 'bank');
    const expectedPaid = statement.status === 'paid' ? statement.totalFen : 0;
    if (paid !== expectedPaid)
      yield `${statement.statementId} (${statement.status}): ${paid} paid on the ledger, should be ${expectedPaid}`;
  }
  const subjects = new Set(statements.map(({ statementId }) => statementId as string));
  for (const { reason, subject } of ledger)
    if (reason.startsWith('pay-') && !subjects.has(subject)) yield `${subject} is on the ledger and no statement`;
}
