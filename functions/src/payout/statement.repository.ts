/** Statements, and the claims that put a session, or what an earlier statement still owes, on one statement ever. */
import { Id } from '@kehou/shared/kernel/id';
import { ChinaMonth } from '@kehou/shared/kernel/time';
import { BankAccount } from '@kehou/shared/library/library';
import { Statement, type StatementStatus } from '@kehou/shared/payout/payout';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { type Condition, ConditionFailed, check, type Item, put, set, type Table, update, type Write } from '../platform/table.ts';
import type { StoredRun } from './run.repository.ts';

/** An earlier statement that this one carries. */
const Carried = z.object({ statementId: Id('statement'), month: ChinaMonth, totalFen: z.int() });

export const StoredStatement = Statement.extend({
  payoutRunId: Id('payoutRun'),
  /** Of the run that wrote it. */
  version: z.int(),
  carries: z.array(Carried),
  /** Its run was refused: its sessions are being given back. */
  releasing: z.boolean().optional(),
  /** Rejected, and since then on this statement. */
  carriedTo: Id('statement').optional(),
  /** Its line in the bank's batch, and the account as it was when the batch was made: a retry sends the same file. */
  batchLine: z.int().optional(),
  payee: BankAccount.optional(),
});
export type StoredStatement = z.infer<typeof StoredStatement>;

/** Instructors of a school in a month. */
export const STATEMENTS_MAX = 2000;

export const PaidSession = z.object({ statementId: Id('statement'), payoutRunId: Id('payoutRun') });

/** The same for every execution of a run's version, so that two of them write one statement. */
export function statementIdOf(run: Pick<StoredRun, 'payoutRunId' | 'version'>, instructorId: string): Id<'statement'> {
  return derivedId('statement', run.payoutRunId, String(run.version), instructorId);
}

export function statementKey(statement: Pick<Statement, 'schoolId' | 'month' | 'instructorId'>) {
  return keys.statement(statement.schoolId, statement.month, statement.instructorId);
}

/** Every statement of a run, in the order of its instructors' ids. One query, strongly consistent. */
export async function statementsOf(table: Table, run: Pick<StoredRun, 'schoolId' | 'month'>): Promise<StoredStatement[]> {
  return table.queryAll({ ...keys.statements(run.schoolId, run.month), consistent: true, most: STATEMENTS_MAX }, StoredStatement);
}

export function statementItem(statement: StoredStatement): Item {
  return { ...statement, ...keys.statementsOfInstructor(statement.instructorId, statement.month, statement.schoolId) };
}

/** This very statement, in this state, and not being given back. */
export function statementIs(statement: Pick<StoredStatement, 'statementId'>, status: StatementStatus): Condition {
  return {
    expression: '#statementId = :itself AND #status = :inStatus AND attribute_not_exists(#releasing)',
    values: { itself: statement.statementId, inStatus: status },
  };
}

/** Moves a statement one state on. Fails when it is no longer in `from`. */
export function moveWrite(statement: StoredStatement, from: StatementStatus, fields: Item & { status: StatementStatus }): Write {
  return set(statementKey(statement), fields, { condition: statementIs(statement, from) });
}

/** Rejected: still owed, and in the list from which a later run takes what it carries. */
export function rejectWrite(statement: StoredStatement, from: StatementStatus, rejectReason: string): Write {
  const listed = keys.rejectedStatements(statement.schoolId, statement.month, statement.instructorId);
  return moveWrite(statement, from, { status: 'rejected', rejectReason, ...listed });
}

/** Statements of a school that were rejected and that no other carries. One query. */
export async function rejectedOf(table: Table, schoolId: Id<'organisation'>): Promise<StoredStatement[]> {
  const { GSI2PK } = keys.rejectedStatements(schoolId, '' as ChinaMonth, '');
  const { items } = await table.query({ index: 'GSI2', pk: GSI2PK, limit: 500 }, StoredStatement);
  return items.filter(({ status, carriedTo }) => status === 'rejected' && carriedTo === undefined);
}

const CLAIMS_A_TRANSACTION_MAX = 99;

export interface Claimed {
  readonly sessionIds: ReadonlySet<string>;
  readonly statementIds: ReadonlySet<string>;
}

/**
 * Claims what a statement in `counting` means to hold: its sessions and the statements that it carries. What another
 * statement has claimed before is left to that one. Each transaction also checks that the statement still is in
 * `counting`, so that no claim is ever made for one that is frozen or given back: a claim without its line would never
 * be paid. Repeatable. `undefined`: it is no longer in `counting`.
 */
export async function claim(table: Table, statement: StoredStatement): Promise<Claimed | undefined> {
  const { statementId, payoutRunId } = statement;
  const wanted = [
    ...statement.lines.map(({ sessionId }) => ({
      id: sessionId as string,
      write: put(
        keys.paidSession(sessionId),
        { statementId, payoutRunId },
        { condition: { expression: 'attribute_not_exists(PK) OR #statementId = :mine', values: { mine: statementId } } },
      ),
    })),
    ...statement.carries.map((carried) => ({
      id: carried.statementId as string,
      write: update(
        keys.statement(statement.schoolId, carried.month, statement.instructorId),
        'SET #carriedTo = :mine REMOVE #GSI2PK, #GSI2SK',
        {
          values: { mine: statementId },
          condition: {
            expression: '#statementId = :carried AND #status = :rejected AND (attribute_not_exists(#carriedTo) OR #carriedTo = :mine)',
            values: { carried: carried.statementId, rejected: 'rejected' },
          },
        },
      ),
    })),
  ];
  const claimed = new Set<string>();
  for (let start = 0; start < wanted.length; start += CLAIMS_A_TRANSACTION_MAX) {
    let left = wanted.slice(start, start + CLAIMS_A_TRANSACTION_MAX);
    while (left.length > 0) {
      try {
        await table.write([check(statementKey(statement), statementIs(statement, 'counting')), ...left.map(({ write }) => write)]);
        for (const { id } of left) claimed.add(id);
        break;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        if (error.failed.includes(0)) return undefined;
        left = left.filter((_, index) => !error.failed.includes(index + 1));
      }
    }
  }
  return {
    sessionIds: new Set(statement.lines.map(({ sessionId }) => sessionId as string).filter((id) => claimed.has(id))),
    statementIds: new Set(statement.carries.map((carried) => carried.statementId as string).filter((id) => claimed.has(id))),
  };
}
