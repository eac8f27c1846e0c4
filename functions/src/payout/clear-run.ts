/**
 * The gate before the money (H2, H6): an approved run pays only while the books agree and the money is there. Asked in one
 * place, {@link clearRun}, at three moments: when the last approval is in and the sums are about to be owed, when they are
 * about to be given their lines of the batch, and right before the file goes to a bank that does not have it.
 *
 * No two payouts spend the same fen: what a statement owes is booked on condition of the balances, and counted into them in
 * that same transaction (see `approveStatements`), so that at every moment fund ≥ 0 and bank ≥ all that payees are owed,
 * what other months have at the bank included. Sending moves nothing, so it needs no condition: a payment that the bank
 * makes lowers both sides alike.
 *
 * Refunds are the one thing that may take from the fund in the same instant: parents are never refused for want of funds,
 * so one that commits just after the gate has the same effect as one a second later. The index of open breaks may be a
 * moment behind for the same reason without harm: the bill that found the break could have come a moment later too, and the
 * gate is asked again before the file.
 */
import { sumFen } from '@kehou/shared/kernel/fen';
import { addMonths, chinaMonth } from '@kehou/shared/kernel/time';
import type { PayoutBlock } from '@kehou/shared/payout/payout';
import { blockOf, linesFen } from '@kehou/shared/payout/rules';
import { breaksConcerning } from '../billing/break.repository.ts';
import { balancesOf, noBalances } from '../billing/ledger.repository.ts';
import { countMissed } from '../billing/recompute-ledger.ts';
import { auditWrite } from '../organisation/audit.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { runWrite, type StoredRun, workflowActor } from './run.repository.ts';
import { type StoredStatement, statementsOf } from './statement.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * The run in `paying`, if it may pay. `undefined`: it waits in `blocked`, with the reason, or another execution has moved
 * it. Idempotent; a run that was blocked and may pay is `paying` again. About five round trips.
 */
export async function clearRun({ table, clock }: Deps, run: StoredRun): Promise<StoredRun | undefined> {
  const now = clock.now();
  const block = await whatBlocks(table, run, now);
  const fields: Partial<StoredRun> = block
    ? { status: 'blocked', block, blockedAt: run.blockedAt ?? now, progressAt: now, stuckAt: undefined }
    : { status: 'paying', block: undefined, blockedAt: undefined, progressAt: now };
  if (!block && run.status === 'paying') return run;
  const audit = auditWrite({
    organisationId: run.schoolId,
    at: now,
    actor: workflowActor(run),
    action: block ? 'payout.blocked' : 'payout.unblocked',
    subject: run.payoutRunId,
    details: { month: run.month, version: run.version, ...(block ?? run.block) },
  });
  // Refused: another execution has moved it, or this one has and the answer was lost: who asks looks at what is there.
  if (await table.tryWrite([runWrite(run, fields), ...(fields.status === run.status ? [] : [audit])])) {
    return undefined;
  }
  return block ? undefined : { ...run, ...fields };
}

/** Nothing leaves for a run whose statements come to nothing: volunteers' alone, or all settled. */
async function whatBlocks(table: Table, run: StoredRun, now: StoredRun['progressAt']): Promise<PayoutBlock | undefined> {
  const statements = await statementsOf(table, run);
  if (sumFen(statements.filter(isUnsettled).map(({ totalFen }) => totalFen)) === 0) return undefined;
  const breaks = await breaksConcerning(table, run.schoolId);
  // Fees that came in, and refunds that were granted, a moment ago count too. What is older the stream has counted long since.
  const month = chinaMonth(now);
  await countMissed(table, run.schoolId, { from: addMonths(month, -1), to: month });
  const [balances = noBalances] = await balancesOf(table, [run.schoolId]);
  const frozen = statements.filter(({ status }) => status === 'frozen');
  return blockOf({ breaks, balances, toOweFen: sumFen(frozen.map(({ lines }) => linesFen(lines))) });
}

function isUnsettled({ status }: StoredStatement): boolean {
  return status === 'frozen' || status === 'approved' || status === 'sent';
}
