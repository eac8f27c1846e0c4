import type { Refund } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { absent, ConditionFailed, check, put, type Write } from '../platform/table.ts';
import { leavingWrite } from '../selection/enrolment.repository.ts';
import { partsOf } from './confirm-move.ts';
import { isTokenOf, type QuoteDeps, type Quoted, quoteOf, type SignedQuoteDeps } from './quote-refund.ts';
import {
  getRefund,
  moved,
  newRefundWrites,
  noLiveRefund,
  piecesOf,
  RefundGuard,
  refundAudit,
  type StoredRefund,
} from './refund.repository.ts';

type Route = (typeof billingRoutes)['requestRefund'];
type Input = ParsedOf<Route>;
const TRIES_MAX = 3;

/**
 * Asks for the refund that was quoted. The sum is fixed from here on; the seat stays the child's until it is approved.
 * One transaction: the refund, the guard that there is one live refund an enrolment, the word that the child leaves, while the seat
 * is confirmed, and a check that the pack is not handed out. Its state machine is started by the stream. Nine calls of the table.
 */
export function requestRefund(deps: SignedQuoteDeps) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Route>> =>
    askRefund(deps, input, {
      cause: 'parent',
      actor,
      accept: ({ quote }) => {
        if (!isTokenOf(deps, input.pupilId, quote, input.quoteToken))
          throw new DomainError('refund.quote_changed', { totalFen: quote.totalFen });
      },
    });
}

interface Asking {
  readonly cause: Extract<Refund['cause'], 'parent' | 'left-school'>;
  /** Who asks; the system itself when absent: then nobody is kept from approving it. */
  readonly actor?: Actor;
  /** Throws when the sum is not the one that was agreed to. */
  accept?(quoted: Quoted): void;
}

/** The same for whoever asks. Throws `refund.already_asked`, `refund.not_confirmed`. */
export async function askRefund(
  deps: QuoteDeps,
  input: Pick<Input, 'refundId' | 'pupilId' | 'enrolmentId'>,
  asking: Asking,
): Promise<StoredRefund> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const known = await getRefund(deps.table, input.refundId);
    if (known) return sameRefund(known, input);
    const guard = await deps.table.get(keys.refundOfEnrolment(input.pupilId, input.enrolmentId), RefundGuard);
    if (guard?.live) throw new DomainError('refund.already_asked', { refundId: guard.refundId });
    const quoted = await quoteOf(deps, input.pupilId, input.enrolmentId);
    asking.accept?.(quoted);
    const now = deps.clock.now();
    const refund = await draft(deps, input, asking, quoted, now);
    try {
      await deps.table.write(requestWrites(refund, asking.actor, now));
      return refund;
    } catch (error) {
      // The other guardian was quicker, the seat was cancelled, the pack handed out, or it is our own lost reply.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  throw new DomainError('request.changed');
}

function sameRefund(known: StoredRefund, input: Pick<Input, 'pupilId' | 'enrolmentId'>): StoredRefund {
  if (known.pupilId !== input.pupilId || known.enrolmentId !== input.enrolmentId) throw new DomainError('request.id_reused');
  return known;
}

async function draft(
  deps: QuoteDeps,
  input: Pick<Input, 'refundId' | 'pupilId' | 'enrolmentId'>,
  { cause, actor }: Asking,
  quoted: Quoted,
  now: Instant,
): Promise<StoredRefund> {
  const { quote, enrolment, receipt } = quoted;
  const [piece, ...rest] = piecesOf(await partsOf(deps.table, receipt), input.refundId, quote);
  const requested: StoredRefund = {
    refundId: input.refundId,
    enrolmentId: input.enrolmentId,
    orderId: piece.orderId,
    paymentId: piece.paymentId,
    schoolId: enrolment.schoolId,
    pupilId: input.pupilId,
    pupilName: receipt.pupilName,
    courseName: receipt.courseName,
    amountFen: piece.amountFen,
    feeFen: piece.feeFen,
    materialFen: piece.materialFen,
    sessionsLeft: quote.sessionsLeft,
    cause,
    status: 'requested',
    chain: [...quote.approvers],
    approvals: [],
    timeline: [{ status: 'requested', at: now, by: actor ? 'parent' : 'system' }],
    requestedAt: now,
    paidFen: piece.paidFen,
    ...(rest.length > 0 ? { rest, togetherFen: quote.totalFen } : {}),
    version: 1,
    revision: 0,
    requestedBy: actor?.personId as Id<'person'> | undefined,
    timeLimitHours: quoted.settings.refundApproval.timeLimitHours,
    reminders: 0,
    checks: 0,
    attempt: 1,
  };
  return requested.chain.length > 0 ? moved(requested, 'approving', { at: now, by: 'system' }) : requested;
}

function requestWrites(refund: StoredRefund, actor: Actor | undefined, now: Instant): Write[] {
  const { pupilId, enrolmentId, refundId } = refund;
  const givesPack = refund.materialFen > 0 || refund.rest?.some((piece) => piece.materialFen > 0);
  return [
    ...newRefundWrites(refund, now),
    put(keys.refundOfEnrolment(pupilId, enrolmentId), { refundId, live: true } satisfies RefundGuard, { condition: noLiveRefund }),
    leavingWrite(refund, true),
    ...(givesPack ? [check(keys.material(pupilId, enrolmentId), absent)] : []),
    refundAudit(refund, now, 'billing.refund-requested', actor),
  ];
}
