/** Refunds, where they are listed, and the writes that make one owed. */
import { divideParts, Part } from '@kehou/shared/billing/move';
import type { OrderLine } from '@kehou/shared/billing/order';
import { Refund, type RefundStatus, refundMoves } from '@kehou/shared/billing/refund';
import { Fen, fen, PositiveFen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, Instant } from '@kehou/shared/kernel/time';
import type { AuditAction } from '@kehou/shared/organisation/audit';
import * as z from 'zod';
import { auditWrite } from '../organisation/audit.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { type Condition, create, type Item, put, type Table, update, type Write } from '../platform/table.ts';
import { ledgerWrites } from './ledger.repository.ts';
import type { Receipt, StoredPayment } from './order.repository.ts';

/** What goes back to another payment of the same place, and becomes a refund of its own once this one is approved. */
export const RefundPiece = Part.extend({ refundId: Id('refund'), feeFen: PositiveFen, materialFen: PositiveFen });
export type RefundPiece = z.infer<typeof RefundPiece>;

export const StoredRefund = Refund.extend({
  /** The other payments of a place that was moved to; absent for most. */
  rest: z.array(RefundPiece).optional(),
  /** What was paid by the payment it comes from: the provider wants to hear it with every part. */
  paidFen: Fen,
  /** Rises with every new execution of its state machine; an older one finds itself stale. */
  version: z.int().min(1),
  /** Rises with every write: what a change was based on. */
  revision: z.int(),
  /** Who asked; may not approve. The system itself when absent. */
  requestedBy: Id('person').optional(),
  refusedBy: Id('person').optional(),
  /** Hours that an approver has before they are reminded. */
  timeLimitHours: z.int(),
  /** Where the state machine waits for the approvers' word. */
  taskToken: z.string().optional(),
  /** How often the approvers were reminded, and when last. */
  reminders: z.int().default(0),
  remindedAt: Instant.optional(),
  /** How often the provider was asked since it was sent. */
  checks: z.int().default(0),
  providerRefundId: z.string().optional(),
  /** Which number it goes under at the provider: rises only when the provider has closed the one before. */
  attempt: z.int().min(1).default(1),
  /** Paid from the supervised account outside the provider, with the document that proves it. */
  paidByHand: z.object({ document: z.string(), personId: Id('person'), at: Instant }).optional(),
});
export type StoredRefund = z.infer<typeof StoredRefund>;

/** A refund's number at the provider. It follows from the refund and the attempt, so that whoever sends it sends the same. */
export function providerNumber({ refundId, attempt }: Pick<StoredRefund, 'refundId' | 'attempt'>): string {
  return attempt === 1 ? refundId : `${refundId}-${attempt}`;
}

/** Which refund and attempt a provider's number is; `undefined` for what is no number of ours. It comes from outside. */
export function refundOfNumber(number: string): { refundId: Id<'refund'>; attempt: number } | undefined {
  const [, id, attempt = '1'] = /^(rfd_[0-9A-Z]{26})(?:-([2-9]|[1-9]\d{1,3}))?$/.exec(number) ?? [];
  const refundId = Id('refund').safeParse(id);
  return refundId.success ? { refundId: refundId.data, attempt: Number(attempt) } : undefined;
}

/** The guard: one live refund an enrolment. */
export const RefundGuard = z.object({ refundId: Id('refund'), live: z.boolean() });
export type RefundGuard = z.infer<typeof RefundGuard>;
export const noLiveRefund: Condition = { expression: 'attribute_not_exists(PK) OR #live = :no', values: { no: false } };

/** Past this, the sweeper starts a refund's state machine anew: more than it ever waits between two steps by itself. */
const DUE_MARGIN_MINUTES = 20;

export async function getRefund(table: Table, refundId: string): Promise<StoredRefund | undefined> {
  return table.get(keys.refund(refundId), StoredRefund);
}

/**
 * The stored item: listed by school; in the queue where people work (approving, attention) or, while machines work, due
 * for the sweeper at `nextStepAt` and some.
 */
export function refundItem(refund: StoredRefund, nextStepAt: Instant): Item {
  const { schoolId, requestedAt, refundId, status } = refund;
  const final = refundMoves[status].length === 0;
  const second = final
    ? {}
    : status === 'approving' || status === 'attention'
      ? keys.refundQueue(schoolId, status, requestedAt, refundId)
      : keys.due(refundId, addMinutes(nextStepAt, DUE_MARGIN_MINUTES));
  return { ...refund, ...keys.refundsOfSchool(schoolId, requestedAt, refundId), ...second };
}

/** A new refund, with its entries in the child's and the order's list. */
export function newRefundWrites(refund: StoredRefund, now: Instant): Write[] {
  const { refundId, pupilId, orderId } = refund;
  return [
    create(keys.refund(refundId), refundItem(refund, now)),
    put(keys.refundOfPupil(pupilId, refundId), { refundId }),
    put(keys.refundOfOrder(orderId, refundId), { refundId }),
  ];
}

/** Replaces a refund as it was read. */
export function changedRefundWrite(before: StoredRefund, after: StoredRefund, nextStepAt: Instant): Write {
  return put(keys.refund(after.refundId), refundItem({ ...after, revision: before.revision + 1 }, nextStepAt), {
    condition: { expression: '#revision = :before', values: { before: before.revision } },
  });
}

/** Steps a refund's status on, with its line in the timeline. Throws on a move that the table of moves does not know. */
export function moved(
  refund: StoredRefund,
  status: RefundStatus,
  step: { at: Instant; by?: string | undefined; note?: string | undefined },
): StoredRefund {
  if (!refundMoves[refund.status].includes(status)) throw new Error(`refund ${refund.refundId}: ${refund.status} may not become ${status}`);
  return {
    ...refund,
    status,
    attentionReason: undefined,
    timeline: [...refund.timeline, { status, at: step.at, by: step.by, note: step.note }],
  };
}

/**
 * From approval on the sum is owed to the parents: fund → parents, on condition that all that is owed back of the
 * payment stays within what it brought. `lateLine`: the line of a late payment that this settles, once.
 */
export function owedWrites(refund: StoredRefund, now: Instant, lateLine?: string): Write[] {
  if (refund.amountFen === 0) return [];
  const within = '#status = :paid AND (attribute_not_exists(#owedFen) OR #owedFen <= :most)';
  return [
    update(keys.payment(refund.orderId, refund.paymentId), `${lateLine ? 'SET #outcomes.#line = :refund ' : ''}ADD #owedFen :amount`, {
      values: { amount: refund.amountFen, ...(lateLine ? { refund: 'refund' } : {}) },
      ...(lateLine ? { names: { '#line': lateLine } } : {}),
      condition: {
        expression: lateLine ? `${within} AND attribute_not_exists(#outcomes.#line)` : within,
        values: { paid: 'paid', most: refund.paidFen - refund.amountFen },
      },
    }),
    ...owedEntryWrites(refund, now),
  ];
}

/** fund → parents on the ledger, alone: for a payment whose own item the caller writes in the same transaction. */
export function owedEntryWrites(refund: StoredRefund, now: Instant): Write[] {
  return ledgerWrites({
    id: `refund-owed#${refund.refundId}`,
    schoolId: refund.schoolId,
    at: now,
    reason: 'refund-owed',
    subject: refund.refundId,
    entries: [
      { account: 'fund', amountFen: refund.amountFen },
      { account: 'parents', amountFen: -refund.amountFen },
    ],
  });
}

export interface ApprovedRefund {
  readonly refundId: Id<'refund'>;
  /** What it was paid for. */
  readonly line: Pick<OrderLine | Receipt, 'pupilId' | 'pupilName' | 'courseName' | 'feeFen' | 'materialFen'>;
  readonly enrolmentId: Id<'enrolment'>;
  readonly payment: Pick<StoredPayment, 'paymentId' | 'orderId' | 'schoolId' | 'amountFen'>;
  readonly cause: Refund['cause'];
  readonly sessionsLeft: number;
  readonly now: Instant;
  /** Set when it is one of several that go back for the same place. */
  readonly togetherFen?: Fen;
  /** Set when it settles a line of a late payment; see {@link owedWrites}. */
  readonly lateLine?: string;
}

/** A refund that nobody has to ask for or approve, owed from this moment. The caller adds its guard, and the seat's writes. */
export function approvedRefundWrites(input: ApprovedRefund): Write[] {
  const refund = approvedRefund(input);
  const { now } = input;
  return [...newRefundWrites(refund, now), ...owedWrites(refund, now, input.lateLine), refundAudit(refund, now, 'billing.refund-approved')];
}

/** The refund itself, as those writes begin it. */
export function approvedRefund(input: Omit<ApprovedRefund, 'lateLine'>): StoredRefund {
  const { line, payment, now } = input;
  const amountFen = fen(line.feeFen + line.materialFen);
  const requested: StoredRefund = {
    refundId: input.refundId,
    enrolmentId: input.enrolmentId,
    orderId: payment.orderId,
    paymentId: payment.paymentId,
    schoolId: payment.schoolId,
    pupilId: line.pupilId,
    pupilName: line.pupilName,
    courseName: line.courseName,
    amountFen,
    feeFen: line.feeFen,
    materialFen: line.materialFen,
    sessionsLeft: input.sessionsLeft,
    cause: input.cause,
    status: 'requested',
    chain: [],
    approvals: [],
    timeline: [{ status: 'requested', at: now, by: 'system' }],
    requestedAt: now,
    paidFen: payment.amountFen,
    version: 1,
    revision: 0,
    timeLimitHours: 24,
    reminders: 0,
    checks: 0,
    ...(input.togetherFen !== undefined && input.togetherFen !== amountFen ? { togetherFen: input.togetherFen } : {}),
    attempt: 1,
  };
  return moved(requested, 'approved', { at: now, by: 'system' });
}

/** What happened to a refund, on the audit trail. By the system unless told. */
export function refundAudit(
  refund: StoredRefund,
  now: Instant,
  action: AuditAction,
  actor: { personId: string; requestId: string } = { personId: 'workflow:refund', requestId: `${refund.refundId}-r${refund.revision}` },
  details: Item = {},
): Write {
  return auditWrite({
    organisationId: refund.schoolId,
    at: now,
    actor,
    action,
    subject: refund.refundId,
    details: { amountFen: refund.amountFen, cause: refund.cause, enrolmentId: refund.enrolmentId, ...details },
  });
}

/**
 * What is to go back for a place, by the payments that it came from, the newest first: one piece for most places. The first is the refund
 * that people see and approve; the others follow it, each under a number of its own that follows from it.
 */
export function piecesOf(
  parts: readonly Part[],
  refundId: Id<'refund'>,
  { feeFen, materialFen }: { feeFen: number; materialFen: number },
): [RefundPiece, ...RefundPiece[]] {
  const newestFirst = [...parts].reverse();
  const [newest] = newestFirst;
  if (!newest) throw new RangeError('a place is paid by at least one payment');
  let fee = feeFen;
  const [taken = []] = divideParts(newestFirst, [feeFen + materialFen]);
  const [first = { ...newest, amountFen: fen(0) }, ...others] = taken;
  const pieceOf = (part: Part, id: Id<'refund'>): RefundPiece => {
    const ofFee = Math.min(fee, part.amountFen);
    fee -= ofFee;
    return { ...part, refundId: id, feeFen: fen(ofFee), materialFen: fen(part.amountFen - ofFee) };
  };
  return [pieceOf(first, refundId), ...others.map((part) => pieceOf(part, derivedId('refund', refundId, part.paymentId)))];
}

/** The others of {@link piecesOf}, owed from the moment that the first is approved. Seven writes each; none for most. */
export function restWrites(approved: StoredRefund, now: Instant): Write[] {
  return (approved.rest ?? []).flatMap((piece) =>
    approvedRefundWrites({
      refundId: piece.refundId,
      line: { ...approved, feeFen: piece.feeFen, materialFen: piece.materialFen },
      enrolmentId: approved.enrolmentId,
      payment: { paymentId: piece.paymentId, orderId: piece.orderId, schoolId: approved.schoolId, amountFen: piece.paidFen },
      cause: approved.cause,
      sessionsLeft: approved.sessionsLeft,
      now,
      ...(approved.togetherFen === undefined ? {} : { togetherFen: approved.togetherFen }),
    }),
  );
}
