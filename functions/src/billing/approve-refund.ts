/** A refund is approved: the seat is free, and the sum is owed to the parents. Or refused: the seat stays the child's. */
import type { Refund } from '@kehou/shared/billing/refund';
import { nextApprover, refundFor } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { type Organisation, reaches } from '@kehou/shared/organisation/organisation';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, set, type Write } from '../platform/table.ts';
import { cancelWrites, freeSeat, getEnrolment, leavingWrite, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import { changedRefundWrite, getRefund, moved, owedWrites, refundAudit, restWrites, type StoredRefund } from './refund.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'log'>;
type Route = (typeof billingRoutes)['decideRefund'];
const TRIES_MAX = 3;

/**
 * Everything that approval changes, for one transaction: the refund, the seat's enrolment, what is owed. `enrolment` is
 * the seat to cancel: at most 12 items with a class of five slots a week.
 */
export function approvalWrites(
  before: StoredRefund,
  approved: StoredRefund,
  enrolment: StoredEnrolment,
  now: Instant,
  actor?: { personId: string; requestId: string },
): Write[] {
  return [
    changedRefundWrite(before, approved, now),
    ...cancelWrites(enrolment, approved.cause),
    ...owedWrites(approved, now),
    ...restWrites(approved, now),
    refundAudit(approved, now, 'billing.refund-approved', actor, { before: before.status }),
  ];
}

/** Approves a refund that nobody has to be asked for. Idempotent. */
export async function approveRefund(deps: Deps, refundId: string): Promise<StoredRefund | undefined> {
  const refund = await getRefund(deps.table, refundId);
  if (refund?.status !== 'requested') return refund;
  const enrolment = await getEnrolment(deps.table, refund.pupilId, refund.enrolmentId);
  if (!enrolment) throw new Error(`the enrolment behind ${refundId} is gone`);
  const now = deps.clock.now();
  const approved = moved(refund, 'approved', { at: now, by: 'system' });
  try {
    await deps.table.write(approvalWrites(refund, approved, enrolment, now));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const again = await getRefund(deps.table, refundId);
    // Anything else than a step taken meanwhile would repeat for ever: a bug that a person has to see.
    if (again?.revision === refund.revision) throw error;
    return again;
  }
  await freeSeat(deps.table, enrolment);
  return getRefund(deps.table, refundId);
}

/**
 * Approves or refuses as the next in the chain; the last approval frees the seat and makes the sum owed in the same
 * transaction. Whose turn it is goes by the school as it is now: the bureau's where an operator is asked for that the school
 * has not. A refusal says why: the family is told. Never the same person twice, and never who asked for it. A repeat of what one has done answers how the
 * refund stands. About five round trips.
 */
export function decideRefund(deps: Deps) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    if (!input.approve && !input.note)
      throw new DomainError('request.invalid', { fields: [{ path: 'note', message: '请写明不同意的原因' }] });
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const kept = await getRefund(deps.table, input.refundId);
      if (!kept || kept.schoolId !== input.schoolId) throw new DomainError('request.not_found');
      if (kept.status !== 'approving') return alreadyDecided(kept, input, actor);
      const school = await mustGetSchool(deps.table, kept.schoolId);
      const refund = refundFor(kept, school);
      const role = roleFor(refund, school, actor);
      const step = { at: deps.clock.now(), by: role, note: input.note };
      try {
        return input.approve ? await approve(deps, refund, role, step, actor) : await refuse(deps, refund, step, actor);
      } catch (error) {
        // Another approver, a reminder, or our own lost reply: look again.
        if (!(error instanceof ConditionFailed)) throw error;
        if ((await getRefund(deps.table, input.refundId))?.revision === refund.revision) throw error;
      }
    }
    throw new DomainError('request.changed');
  };
}

/** My own word once more is no error; somebody else's has to be looked at. */
function alreadyDecided(refund: StoredRefund, input: ParsedOf<Route>, actor: Actor): StoredRefund {
  const approvedByMe = refund.approvals.some((approval) => approval.personId === actor.personId);
  const mine = input.approve ? approvedByMe && refund.status !== 'refused' : refund.refusedBy === actor.personId;
  if (!mine) throw new DomainError('refund.not_approving', { status: refund.status });
  return refund;
}

function roleFor(refund: StoredRefund, school: Organisation, actor: Actor): Refund['chain'][number] {
  if (refund.approvals.some((approval) => approval.personId === actor.personId)) throw new DomainError('refund.approved_by_you');
  if (refund.requestedBy === actor.personId) throw new DomainError('refund.own_request');
  const role = nextApprover(refund);
  const mayNow = actor.memberships.some((membership) => membership.role === role && reaches(membership, school));
  if (!role || !mayNow) throw new DomainError('refund.not_your_turn', { turn: role });
  return role;
}

interface Step {
  readonly at: Instant;
  readonly by: string;
  readonly note: string | undefined;
}

async function approve(deps: Deps, before: StoredRefund, role: Refund['chain'][number], step: Step, actor: Actor): Promise<StoredRefund> {
  const approvals = [...before.approvals, { role, personId: actor.personId as Id<'person'>, at: step.at }];
  const noted = { ...before, approvals };
  if (nextApprover(noted)) {
    const waiting: StoredRefund = { ...noted, timeline: [...before.timeline, { status: 'approving', ...step }] };
    await deps.table.write([
      changedRefundWrite(before, waiting, step.at),
      refundAudit(waiting, step.at, 'billing.refund-step-approved', actor, { role }),
    ]);
    return waiting;
  }
  const enrolment = await getEnrolment(deps.table, before.pupilId, before.enrolmentId);
  if (!enrolment) throw new Error(`the enrolment behind ${before.refundId} is gone`);
  const approved = moved(noted, 'approved', step);
  await deps.table.write(approvalWrites(before, approved, enrolment, step.at, actor));
  await freeSeat(deps.table, enrolment);
  return approved;
}

async function refuse(deps: Deps, before: StoredRefund, step: Step, actor: Actor): Promise<StoredRefund> {
  const refused = { ...moved(before, 'refused', step), refusedBy: actor.personId as Id<'person'> };
  await deps.table.write([
    changedRefundWrite(before, refused, step.at),
    set(
      keys.refundOfEnrolment(before.pupilId, before.enrolmentId),
      { live: false },
      { condition: { expression: '#refundId = :mine', values: { mine: before.refundId } } },
    ),
    leavingWrite(before, false),
    refundAudit(refused, step.at, 'billing.refund-refused', actor),
  ]);
  return refused;
}
