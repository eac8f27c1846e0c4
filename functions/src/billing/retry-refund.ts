/**
 * What a person does with a refund that waits for one. Before anything else the provider is asked how its number stands, and
 * what it says decides: no second number goes out while the first may still be paid, and nothing is recorded as paid by hand
 * that the provider has paid or is paying.
 */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ProviderUnavailable, type RefundState } from '../platform/payment-provider.ts';
import { ConditionFailed } from '../platform/table.ts';
import { changedRefundWrite, getRefund, moved, providerNumber, refundAudit, type StoredRefund } from './refund.repository.ts';
import { applyRefund, paidWrites, type SendDeps, SILENT } from './send-refund.ts';

type Retry = (typeof billingRoutes)['retryRefund'];
type ByHand = (typeof billingRoutes)['recordRefundPaid'];
const TRIES_MAX = 4;

/**
 * A person has seen to it: the refund is on its way again. Under the same number, unless the provider has closed that one: then
 * under the next, which is counted up in the write that sends it, so that two people make one. What the provider has paid
 * meanwhile is booked instead; what it calls abnormal no number mends (`refund.abnormal`). The next version of its state
 * machine takes over (the stream starts it). Told again while it is on its way, answers that. About four round trips and a
 * call of the provider.
 */
export function retryRefund(deps: SendDeps) {
  return async (input: ParsedOf<Retry>, actor: Actor): Promise<ReplyOf<Retry>> => {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const refund = await mustGetOf(deps, input);
      if (refund.status === 'sending' && refund.version > 1) return refund;
      if (refund.status !== 'attention') throw new DomainError('refund.not_retryable', { status: refund.status });
      const state = await ask(deps, refund);
      if (state.state === 'succeeded') {
        await applyRefund(deps)(providerNumber(refund), state);
        const now = await mustGetOf(deps, input);
        if (now.status === 'succeeded') return now;
        // Of another sum: the reason says so, and no retry can mend it.
        throw new DomainError('refund.not_retryable', { status: now.status });
      }
      if (state.state === 'abnormal') throw new DomainError('refund.abnormal');
      const now = deps.clock.now();
      const number = refund.attempt + (state.state === 'closed' ? 1 : 0);
      const sending = {
        ...moved(refund, 'sending', { at: now, by: 'school' }),
        version: refund.version + 1,
        checks: 0,
        attempt: number,
      };
      const details = { number: providerNumber(sending), stood: state.state };
      try {
        await deps.table.write([
          changedRefundWrite(refund, sending, now),
          refundAudit(refund, now, 'billing.refund-retried', actor, details),
        ]);
        return sending;
      } catch (error) {
        // A colleague was quicker, a callback came, or it is our own lost reply.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new DomainError('request.changed');
  };
}

/**
 * The sum was paid from the supervised account, outside the provider: parents → bank, with the document that proves it. Only
 * while the provider pays nothing: its number is abnormal or closed, or it never took it. Should it pay all the same one day,
 * the bill shows that as a break. A repeat in the same words answers the same. About six round trips and a call of the provider.
 */
export function recordRefundPaid(deps: SendDeps) {
  return async (input: ParsedOf<ByHand>, actor: Actor): Promise<ReplyOf<ByHand>> => {
    const { document } = input;
    const personId = actor.personId as Id<'person'>;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const refund = await mustGetOf(deps, input);
      const { paidByHand } = refund;
      if (paidByHand?.document === document && paidByHand.personId === personId) return refund;
      if (refund.status !== 'attention') throw new DomainError('refund.not_retryable', { status: refund.status });
      const state = await ask(deps, refund);
      if (state.state === 'succeeded') {
        await applyRefund(deps)(providerNumber(refund), state);
        throw new DomainError('refund.not_by_hand');
      }
      // A request that got no answer may yet arrive: that one is sent again first, and ends one way or the other.
      const mayArrive = state.state === 'unknown' && refund.attentionReason === SILENT;
      if (state.state === 'processing' || mayArrive) throw new DomainError('refund.not_by_hand');
      const at = deps.clock.now();
      const succeeded = {
        ...moved(refund, 'succeeded', { at, by: 'school', note: document }),
        refundedFen: refund.amountFen,
        paidByHand: { document, personId, at },
      };
      try {
        await deps.table.write([
          ...(await paidWrites(deps.table, { before: refund, succeeded, from: 'bank', now: at })),
          refundAudit(refund, at, 'billing.refund-paid-by-hand', actor, { document, stood: state.state }),
        ]);
        return succeeded;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new DomainError('request.changed');
  };
}

async function mustGetOf({ table }: SendDeps, input: { readonly refundId: string; readonly schoolId: string }): Promise<StoredRefund> {
  const refund = await getRefund(table, input.refundId);
  if (!refund || refund.schoolId !== input.schoolId) throw new DomainError('request.not_found');
  return refund;
}

async function ask({ payments }: SendDeps, refund: StoredRefund): Promise<RefundState> {
  try {
    return await payments.queryRefund(providerNumber(refund));
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw new DomainError('provider.no_answer');
    throw error;
  }
}
