/**
 * The money's way back: approved → sending (on record first, then the provider is asked, always with the number that follows
 * from the refund) → succeeded, or attention where a person looks (`retry-refund.ts`). A callback, a query and the reply to the request itself all go through
 * {@link applyRefund}, which books once.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { ProviderRefused, type RefundState } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, type Table, update, type Write } from '../platform/table.ts';
import { freeSeat, getEnrolment } from '../selection/enrolment.repository.ts';
import { ledgerWrites } from './ledger.repository.ts';
import { readOrder } from './order.repository.ts';
import {
  changedRefundWrite,
  getRefund,
  moved,
  providerNumber,
  refundAudit,
  refundOfNumber,
  type StoredRefund,
} from './refund.repository.ts';

export type SendDeps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;

const TRIES_MAX = 4;
/** Minutes until the provider is asked (again): closely at first, since most refunds take seconds; three days in all. */
const CHECK_MINUTES = [1, 3, 10, 30, 60, 120, 240, 480, 720, 1440, 1440];
/** What the queue says when the merchant's balance cannot cover it; such a refund is also sent again by itself. */
export const NOT_ENOUGH = '商户余额不足，补足后会自动重试';
/** The provider closed the number: a person's retry goes under the next one. */
export const CLOSED = '支付渠道关闭了这笔退款';
export const SILENT = '支付渠道一直没有给出结果';

/** When the provider is asked next; `undefined`: often enough, a person looks. */
export function nextCheck(checks: number, now: Instant): Instant | undefined {
  const minutes = CHECK_MINUTES[checks];
  return minutes === undefined ? undefined : addMinutes(now, minutes);
}

/** Stands with the provider, as far as is known: it asks again at `checkAt`, or there is nothing more to do for a machine. */
export type Sent = { readonly refund: StoredRefund; readonly checkAt: Instant | undefined };

/**
 * Frees the seat of an approved refund (a crash may have come between), puts `sending` on record and asks the provider.
 * Idempotent: the provider knows the refund by its id. Throws `ProviderUnavailable`.
 */
export async function sendRefund(deps: SendDeps, refundId: string): Promise<Sent | undefined> {
  const refund = await getRefund(deps.table, refundId);
  if (!refund) return undefined;
  if (refund.status !== 'approved' && refund.status !== 'sending') return { refund, checkAt: undefined };
  await freeCancelledSeat(deps, refund);
  if (refund.amountFen === 0) return { refund: await nothingToSend(deps, refund), checkAt: undefined };
  const sending = refund.status === 'sending' ? refund : await step(deps, refund, moved(refund, 'sending', stepOf(deps)));
  if (sending?.status !== 'sending') return sendRefund(deps, refundId);
  return ask(deps, sending);
}

/** Asks how a refund stands that was sent, and sends it again where the provider knows nothing of it or had no money. */
export async function checkRefund(deps: SendDeps, refundId: string): Promise<Sent | undefined> {
  const refund = await getRefund(deps.table, refundId);
  if (!refund) return undefined;
  const again = refund.status === 'attention' && refund.attentionReason === NOT_ENOUGH;
  if (refund.status !== 'sending' && !again) return { refund, checkAt: undefined };
  const state = await deps.payments.queryRefund(providerNumber(refund));
  if (state.state !== 'unknown' && state.state !== 'not-enough-balance') return settle(deps, refund, state);
  const sending = again ? await step(deps, refund, moved(refund, 'sending', stepOf(deps))) : refund;
  return sending?.status === 'sending' ? ask(deps, sending) : checkRefund(deps, refundId);
}

async function ask(deps: SendDeps, refund: StoredRefund): Promise<Sent> {
  let state: RefundState;
  try {
    state = await deps.payments.refund({
      refundId: providerNumber(refund),
      paymentId: refund.paymentId,
      refundFen: refund.amountFen,
      paidFen: refund.paidFen,
      reason: `${refund.courseName} 退费`,
    });
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error;
    deps.log.error('provider refused a refund', { refundId: refund.refundId, code: error.code });
    state = { state: 'abnormal', reason: `支付渠道没有受理：${error.code}` };
  }
  return settle(deps, refund, state);
}

async function settle(deps: SendDeps, refund: StoredRefund, state: RefundState): Promise<Sent> {
  await applyRefund(deps)(providerNumber(refund), state);
  const now = await getRefund(deps.table, refund.refundId);
  if (!now) throw new Error(`refund ${refund.refundId} is gone`);
  const goesOn = now.status === 'sending' || (now.status === 'attention' && now.attentionReason === NOT_ENOUGH);
  if (!goesOn) return { refund: now, checkAt: undefined };
  const checkAt = nextCheck(now.checks, deps.clock.now());
  if (!checkAt) return { refund: await toAttention(deps, now, now.status === 'sending' ? SILENT : NOT_ENOUGH), checkAt };
  const counted = await step(deps, now, { ...now, checks: now.checks + 1 }, checkAt);
  return { refund: counted ?? now, checkAt };
}

/**
 * What the provider says of a refund's number takes effect: by callback, by query, or as the reply to the request. Idempotent.
 * Of a number that was closed before, only that it succeeded after all is news.
 */
export function applyRefund(deps: Pick<SendDeps, 'table' | 'clock' | 'log'>) {
  return async (number: string, state: RefundState): Promise<'booked' | 'attention' | 'unchanged' | 'unknown'> => {
    const { refundId, attempt: told } = refundOfNumber(number) ?? {};
    if (refundId === undefined || told === undefined) return 'unknown';
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const refund = await getRefund(deps.table, refundId);
      if (!refund || told > refund.attempt) return 'unknown';
      const again = refund.status === 'succeeded' && (refund.paidByHand !== undefined || told !== refund.attempt);
      // The books know of one payment only: the day's bill makes a break of the other, and a person gets it back.
      if (again && state.state === 'succeeded') deps.log.error('refund was paid twice', { refundId, number });
      if (refund.status !== 'sending' && refund.status !== 'attention') return 'unchanged';
      if (told < refund.attempt && state.state !== 'succeeded') return 'unchanged';
      const problem = problemOf(refund, state);
      if (problem) {
        if (refund.status === 'attention' && refund.attentionReason === problem) return 'unchanged';
        await toAttention(deps, refund, problem);
        return 'attention';
      }
      if (state.state !== 'succeeded') return 'unchanged';
      try {
        await deps.table.write(await bookingWrites(deps, { ...refund, attempt: told }, state));
        deps.log.info('refund booked', { refundId });
        return 'booked';
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        if ((await getRefund(deps.table, refundId))?.revision === refund.revision) throw error;
      }
    }
    throw new DomainError('request.busy');
  };
}

function problemOf(refund: StoredRefund, state: RefundState): string | undefined {
  switch (state.state) {
    case 'abnormal':
      return state.reason;
    case 'closed':
      return CLOSED;
    case 'not-enough-balance':
      return NOT_ENOUGH;
    case 'succeeded':
      return state.amountFen === refund.amountFen ? undefined : `支付渠道退了 ${state.amountFen} 分，应退 ${refund.amountFen} 分`;
    default:
      return undefined;
  }
}

/** It went back: parents → transit, in the same transaction as the word that it did. */
async function bookingWrites(
  deps: Pick<SendDeps, 'table' | 'clock'>,
  refund: StoredRefund,
  { providerRefundId }: Extract<RefundState, { state: 'succeeded' }>,
): Promise<Write[]> {
  const now = deps.clock.now();
  const succeeded = { ...moved(refund, 'succeeded', { at: now, by: 'provider' }), refundedFen: refund.amountFen, providerRefundId };
  return [
    ...(await paidWrites(deps.table, { before: refund, succeeded, from: 'transit', now })),
    refundAudit(refund, now, 'billing.refund-succeeded', { personId: 'provider:wechat', requestId: providerRefundId }),
  ];
}

interface Paid {
  readonly before: StoredRefund;
  readonly succeeded: StoredRefund;
  /** Which of our accounts it was paid from. */
  readonly from: 'transit' | 'bank';
  readonly now: Instant;
}

/** The refund is succeeded, its payment and order know, and the books no longer owe it: once, whoever paid it. At most 6 items. */
export async function paidWrites(table: Table, { before, succeeded, from, now }: Paid): Promise<Write[]> {
  const refund = before;
  const { orderId, paymentId, amountFen } = refund;
  const order = (await readOrder(table, orderId))?.order;
  // An order that was paid twice shows what went back of the payment that pays it, not of the other; nor of one of a wrong sum.
  const ofOrder = order !== undefined && refund.cause !== 'wrong-sum' && (order.paidBy === undefined || order.paidBy === paymentId);
  const add = { values: { amount: amountFen } };
  return [
    changedRefundWrite(refund, succeeded, now),
    update(keys.payment(orderId, paymentId), 'ADD #refundedFen :amount', {
      values: { amount: amountFen },
      condition: {
        expression: '#status = :paid AND (attribute_not_exists(#refundedFen) OR #refundedFen <= :most)',
        values: { paid: 'paid', most: refund.paidFen - amountFen },
      },
    }),
    ...(ofOrder ? [update(keys.order(orderId), 'ADD #refundedFen :amount', add)] : []),
    ...ledgerWrites({
      id: `refund-paid#${refund.refundId}`,
      schoolId: refund.schoolId,
      at: now,
      reason: 'refund-paid',
      subject: refund.refundId,
      entries: [
        { account: 'parents', amountFen },
        { account: from, amountFen: -amountFen },
      ],
    }),
  ];
}

/** Puts it where a person sees it. A repeat of the same reason only moves the line to `attention` again. */
export async function toAttention(
  deps: Pick<SendDeps, 'table' | 'clock' | 'log'>,
  refund: StoredRefund,
  reason: string,
): Promise<StoredRefund> {
  const now = deps.clock.now();
  deps.log.warn('refund needs attention', { refundId: refund.refundId });
  const base = refund.status === 'attention' ? refund : moved(refund, 'attention', { at: now, by: 'provider', note: reason });
  const parked = { ...base, attentionReason: reason };
  try {
    await deps.table.write([
      changedRefundWrite(refund, parked, now),
      refundAudit(parked, now, 'billing.refund-parked', undefined, { reason }),
    ]);
    return { ...parked, revision: refund.revision + 1 };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await getRefund(deps.table, refund.refundId)) ?? refund;
  }
}

/** A seat that was given up with nothing to give back for it. */
async function nothingToSend(deps: SendDeps, refund: StoredRefund): Promise<StoredRefund> {
  const sending = refund.status === 'sending' ? refund : moved(refund, 'sending', stepOf(deps));
  const succeeded = { ...moved(sending, 'succeeded', stepOf(deps)), refundedFen: refund.amountFen };
  return (await step(deps, refund, succeeded)) ?? refund;
}

async function freeCancelledSeat({ table }: SendDeps, refund: StoredRefund): Promise<void> {
  const enrolment = await getEnrolment(table, refund.pupilId, refund.enrolmentId);
  if (enrolment?.status === 'cancelled') await freeSeat(table, enrolment);
}

function stepOf({ clock }: Pick<SendDeps, 'clock'>) {
  return { at: clock.now(), by: 'system' };
}

/** One step on; answers the refund as somebody else left it when they were quicker. */
async function step(deps: SendDeps, before: StoredRefund, after: StoredRefund, nextStepAt?: Instant): Promise<StoredRefund | undefined> {
  try {
    await deps.table.write([changedRefundWrite(before, after, nextStepAt ?? deps.clock.now())]);
    return { ...after, revision: before.revision + 1 };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return getRefund(deps.table, before.refundId);
  }
}
