import { nextApprover } from '@kehou/shared/billing/refund';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Organisation, reaches } from '@kehou/shared/organisation/organisation';
import type { PayoutRun } from '@kehou/shared/payout/payout';
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import { runFor } from '@kehou/shared/payout/rules';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, type Item } from '../platform/table.ts';
import { getRun, runWrite, type StoredRun } from './run.repository.ts';

type Decide = typeof payoutRoutes.decidePayout;
type Input = ParsedOf<Decide>;

/**
 * Approves or refuses as the next in the chain; the last approval lets the money go, a refusal gives the sessions back.
 * Whose turn it is goes by the school as it is now: the bureau's where an operator is asked for that the school has no more.
 * Never the same person twice, whatever roles they hold, and only what they have seen: this version, this total. A repeat of one's own decision answers how the run stands.
 * Three round trips. The waiting execution is answered by the stream.
 */
export function decidePayout({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Decide>> => {
    const kept = await getRun(table, input.schoolId, input.month);
    if (!kept) throw new DomainError('request.not_found');
    const mine = ownDecision(kept, input, actor);
    const school = kept.status === 'approving' ? await mustGetSchool(table, kept.schoolId) : undefined;
    const run = school ? runFor(kept, school) : kept;
    const role = school && roleOf(run, school, actor);
    if (!role) {
      if (mine) return run;
      throw new DomainError(run.status === 'approving' ? 'payout.not_your_turn' : 'payout.not_approving', { next: run.next });
    }
    if (input.version !== run.version || input.totalFen !== run.totalFen) throw new DomainError('request.changed');
    if (run.approvals.some(({ personId }) => personId === actor.personId)) throw new DomainError('payout.approved_by_you');

    const now = clock.now();
    const approvals = [...run.approvals, { role, personId: actor.personId as Id<'person'>, at: now }];
    const next = nextApprover({ chain: run.chain, approvals });
    const changes: Item = input.approve
      ? { approvals, chain: run.chain, next, status: next ? 'approving' : 'paying' }
      : { status: 'refused', chain: run.chain, next: undefined, refusedNote: input.note, refusedBy: actor.personId };
    const audit = auditWrite({
      organisationId: run.schoolId,
      at: now,
      actor,
      action: input.approve ? (next ? 'payout.step-approved' : 'payout.approved') : 'payout.refused',
      subject: run.payoutRunId,
      details: { month: run.month, version: run.version, role, totalFen: run.totalFen, statements: run.statements },
    });
    try {
      const unchanged = { expression: 'size(#approvals) = :approvalsBefore', values: { approvalsBefore: run.approvals.length } };
      await table.write([runWrite(run, { ...changes, progressAt: now }, unchanged), audit]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const again = await getRun(table, input.schoolId, input.month);
      if (again && ownDecision(again, input, actor)) return again;
      throw new DomainError('request.changed');
    }
    return { ...run, ...changes };
  };
}

/** Have I decided this already, in the same way? */
function ownDecision(run: StoredRun, input: Input, actor: Actor): boolean {
  if (!input.approve) return run.status === 'refused' && run.refusedBy === actor.personId;
  return run.status !== 'refused' && run.approvals.some(({ personId }) => personId === actor.personId);
}

/** The role that the actor would decide in: whose turn it is, if the actor holds it over this school. */
function roleOf(run: StoredRun, school: Organisation, actor: Actor): PayoutRun['chain'][number] | undefined {
  return actor.memberships.some((membership) => membership.role === run.next && reaches(membership, school)) ? run.next : undefined;
}
