/**
 * Lets the money go, once the last approval is in: owed, sent, paid or rejected, a statement at a time, each step with its
 * ledger transaction in one DynamoDB transaction. A statement's own state decides what is left to do, so every step may
 * be repeated, and two executions at once do each thing once.
 */
import { chinaDate } from '@kehou/shared/kernel/time';
import type { AuditAction } from '@kehou/shared/organisation/audit';
import { blockOf, isSettled, linesFen, runSums } from '@kehou/shared/payout/rules';
import { balancesOf, countedLedgerWrites, ledgerWrites, noBalances } from '../billing/ledger.repository.ts';
import { StoredInstructor } from '../library/instructor.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { type BankLine, BankUnavailable } from '../platform/bank.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table, Write } from '../platform/table.ts';
import { batchFile } from './batch-file.ts';
import { clearRun } from './clear-run.ts';
import { settleUnpaid } from './count-run.ts';
import { runWrite, type StoredRun, workflowActor } from './run.repository.ts';
import { moveWrite, rejectWrite, StoredStatement, statementKey, statementsOf } from './statement.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'bank' | 'objects' | 'log'>;

/** Shown to the instructor and the school, like the bank's own reasons. */
const NO_ACCOUNT = '没有登记收款账户';

/** Other money of the school moves at the same moment: so often is looked again. */
const TRIES_MAX = 8;

/**
 * frozen → approved: from here on the sum is owed to the instructor. What it carries was owed before. `false`: the money is
 * not there for one of them; those before it are owed.
 */
export async function approveStatements(deps: Pick<Deps, 'table' | 'clock'>, run: StoredRun): Promise<boolean> {
  for (const statement of await statementsOf(deps.table, run)) {
    if (statement.status === 'frozen' && !(await approveStatement(deps, run, statement))) return false;
  }
  await settleUnpaid(deps.table, run);
  return true;
}

async function approveStatement(
  { table, clock }: Pick<Deps, 'table' | 'clock'>,
  run: StoredRun,
  statement: StoredStatement,
): Promise<boolean> {
  const owedFen = linesFen(statement.lines);
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const [balances = noBalances] = await balancesOf(table, [run.schoolId]);
    if (owedFen > 0 && blockOf({ breaks: 0, balances, toOweFen: owedFen })) return false;
    const at = clock.now();
    const owing = {
      schoolId: run.schoolId,
      at,
      reason: 'pay-owed' as const,
      subject: statement.statementId,
      id: `pay-owed#${statement.statementId}`,
      entries: [
        { account: 'fund' as const, amountFen: owedFen },
        { account: 'payees' as const, amountFen: -owedFen },
      ],
    };
    // As covered as it was when it was looked at, or better: another payout of the school cannot have spent it meanwhile.
    // Nothing was ever owed to payees: then there is no such balance.
    const covered = {
      expression: '#fund <= :fundMost AND #bank >= :bankLeast AND (attribute_not_exists(#payees) OR #payees >= :payeesLeast)',
      values: { fundMost: -owedFen - balances.fees, bankLeast: balances.bank, payeesLeast: balances.payees },
    };
    const refusal = await table.tryWrite([
      moveWrite(statement, 'frozen', { status: 'approved' }),
      ...countedLedgerWrites(owing, covered),
      audited(run, statement, at, 'payout.statement-approved'),
    ]);
    if (!refusal) return true;
    // No longer frozen: done before, by an earlier try or by another execution. Else the balances moved: look again.
    if (refusal.failed.includes(0)) return true;
  }
  throw new Error(`the balances of ${run.schoolId} keep changing`);
}

/**
 * approved → sent, each with its line of the batch and the account as it is now; then the file goes to the bank. Lines are
 * numbered by what is in the table: a statement that was given its line before keeps it. When all have theirs, the bank may
 * have the file: {@link checkBatch} asks it. `false`: blocked, and nothing was sent.
 */
export async function sendBatch(deps: Deps, run: StoredRun): Promise<boolean> {
  const { table, clock } = deps;
  const statements = await statementsOf(table, run);
  if (!statements.some(({ status }) => status === 'approved')) return true;
  if (!(await clearRun(deps, run))) return false;
  let line = 1;
  for (const statement of statements) {
    const now = statement.status === 'approved' ? await settleOrSend(table, run, statement, line, clock.now()) : statement;
    if (now.batchLine !== undefined) line = now.batchLine + 1;
  }
  return submit(deps, run, await statementsOf(table, run));
}

async function settleOrSend(
  table: Table,
  run: StoredRun,
  statement: StoredStatement,
  line: number,
  at: StoredRun['progressAt'],
): Promise<StoredStatement> {
  const payee = (await table.get(keys.instructor(statement.instructorId), StoredInstructor))?.account;
  const audit = (action: AuditAction) => audited(run, statement, at, action);
  // Refused where it was done before, by an earlier try or by another execution.
  if (statement.totalFen === 0) await table.tryWrite([moveWrite(statement, 'approved', { status: 'paid', paidAt: at })]);
  else if (!payee) await table.tryWrite([rejectWrite(statement, 'approved', NO_ACCOUNT), audit('payout.statement-rejected')]);
  else {
    const sent = { status: 'sent' as const, batchLine: line, payee, accountEnding: payee.number.slice(-4) };
    await table.tryWrite([moveWrite(statement, 'approved', sent), audit('payout.statement-sent')]);
  }
  // Whoever was quicker decided: go by what is there.
  return table.mustGet(statementKey(statement), StoredStatement);
}

/**
 * The bank takes the same batch once, however often it is handed in. One that does not answer is asked again later.
 * `false`: blocked since, and the file was not made.
 */
async function submit(deps: Deps, run: StoredRun, statements: readonly StoredStatement[]): Promise<boolean> {
  const { bank, objects, log } = deps;
  if (!statements.some(({ batchLine }) => batchLine !== undefined)) return true;
  if (!(await clearRun(deps, run))) return false;
  const file = batchFile(run.payoutRunId, statements);
  await objects.put(`payouts/${run.schoolId}/${run.month}/${run.payoutRunId}.csv`, file, 'text/csv; charset=utf-8');
  try {
    await bank.submitBatch(run.payoutRunId, file);
  } catch (error) {
    if (!(error instanceof BankUnavailable)) throw error;
    log.warn('bank unavailable', { payoutRunId: run.payoutRunId });
  }
  return true;
}

/**
 * Asks the bank and books what it has decided. `done`: every statement has come to its end, and so has the run. `blocked`:
 * the file never arrived, and may not be handed in now.
 */
export async function checkBatch(deps: Deps, run: StoredRun): Promise<'done' | 'waiting' | 'blocked'> {
  const { table, clock } = deps;
  const statements = await statementsOf(table, run);
  if (statements.some(({ status }) => status === 'sent') && !(await bookResults(deps, run, statements))) return 'blocked';
  const settled = await statementsOf(table, run);
  const done = isSettled(settled);
  await table.tryWrite([
    runWrite(run, { ...runSums(settled), ...(done ? { status: 'done' } : {}), progressAt: clock.now(), stuckAt: undefined }),
  ]);
  return done ? 'done' : 'waiting';
}

async function bookResults(deps: Deps, run: StoredRun, statements: readonly StoredStatement[]): Promise<boolean> {
  let results: readonly BankLine[] | undefined;
  try {
    results = await deps.bank.queryBatch(run.payoutRunId);
  } catch (error) {
    if (!(error instanceof BankUnavailable)) throw error;
    deps.log.warn('bank unavailable', { payoutRunId: run.payoutRunId });
    return true;
  }
  // The file never arrived: the same one once more.
  if (!results) return submit(deps, run, statements);
  const byLine = new Map(results.map((result) => [result.line, result]));
  for (const statement of statements) {
    const result = statement.status === 'sent' ? byLine.get(statement.batchLine ?? 0) : undefined;
    if (result?.state === 'paid') await bookPaid(deps, run, statement, result);
    if (result?.state === 'rejected') await bookRejected(deps, run, statement, result);
  }
  return true;
}

async function bookPaid({ table, clock }: Deps, run: StoredRun, statement: StoredStatement, result: BankLine): Promise<void> {
  const at = clock.now();
  await table.tryWrite([
    moveWrite(statement, 'sent', { status: 'paid', paidAt: result.at ?? at }),
    ...ledgerWrites({
      schoolId: run.schoolId,
      at,
      reason: 'pay-paid',
      subject: statement.statementId,
      id: `pay-paid#${statement.statementId}`,
      entries: [
        { account: 'payees', amountFen: statement.totalFen },
        { account: 'bank', amountFen: -statement.totalFen },
      ],
    }),
    audited(run, statement, at, 'payout.statement-paid'),
  ]);
}

/** The money never left: it is owed as before, and a later month's statement carries it. Nothing moves on the ledger. */
async function bookRejected({ table, clock }: Deps, run: StoredRun, statement: StoredStatement, result: BankLine): Promise<void> {
  const at = clock.now();
  const reason = result.reason ?? `银行退回（${chinaDate(at)}）`;
  await table.tryWrite([rejectWrite(statement, 'sent', reason), audited(run, statement, at, 'payout.statement-rejected')]);
}

function audited(run: StoredRun, statement: StoredStatement, at: StoredRun['progressAt'], action: AuditAction): Write {
  return auditWrite({
    organisationId: run.schoolId,
    at,
    actor: workflowActor(run),
    action,
    subject: statement.statementId,
    details: { month: run.month, instructorId: statement.instructorId, totalFen: statement.totalFen },
  });
}
