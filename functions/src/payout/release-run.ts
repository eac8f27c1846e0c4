/** A run that was refused gives everything back: its sessions may be on another statement, what it carried is owed as before. */
import { keys } from '../platform/keys.ts';
import { remove, set, type Table, update, type Write } from '../platform/table.ts';
import type { StoredRun } from './run.repository.ts';
import { type StoredStatement, statementKey, statementsOf } from './statement.repository.ts';

/** Claims that are given back at a time. */
const AT_ONCE = 8;

/**
 * Gives back the statements that this run's versions up to `version` have written. Only what no money has moved for:
 * counting and frozen ones; a version that got further is the one that counts. Idempotent.
 */
export async function releaseStatements(table: Table, run: StoredRun, version: number): Promise<void> {
  for (const statement of await statementsOf(table, run)) {
    if (statement.version <= version && (statement.status === 'counting' || statement.status === 'frozen')) await release(table, statement);
  }
}

async function release(table: Table, statement: StoredStatement): Promise<void> {
  const itself = {
    expression: '#statementId = :itself AND #status IN (:counting, :frozen)',
    values: { itself: statement.statementId, counting: 'counting', frozen: 'frozen' },
  };
  const key = statementKey(statement);
  // A condition that does not hold says that there was nothing (more) to do. First no claim can be made for it any more; then its claims go; it goes last, so that a crash leaves it to be found.
  if (await table.tryWrite([set(key, { releasing: true }, { condition: itself })])) return;
  const back: Write[] = [
    ...statement.lines.map(({ sessionId }) =>
      remove(keys.paidSession(sessionId), { condition: { expression: '#statementId = :mine', values: { mine: statement.statementId } } }),
    ),
    ...statement.carries.map((carried) => {
      const listed = keys.rejectedStatements(statement.schoolId, carried.month, statement.instructorId);
      return update(
        keys.statement(statement.schoolId, carried.month, statement.instructorId),
        'SET #GSI2PK = :pk, #GSI2SK = :sk REMOVE #carriedTo',
        {
          values: { pk: listed.GSI2PK, sk: listed.GSI2SK },
          condition: { expression: '#carriedTo = :mine', values: { mine: statement.statementId } },
        },
      );
    }),
  ];
  for (let start = 0; start < back.length; start += AT_ONCE) {
    await Promise.all(back.slice(start, start + AT_ONCE).map((write) => table.tryWrite([write])));
  }
  await table.tryWrite([remove(key, { condition: itself })]);
}
