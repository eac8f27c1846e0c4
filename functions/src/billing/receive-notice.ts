import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ForgedCallback, type ProviderNotice } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { applyPayment } from './apply-payment.ts';
import { applyRefund } from './send-refund.ts';

type Route = (typeof billingRoutes)['wechatPayNotice'];

/**
 * A provider's callback: verified, then applied by the same use cases as our own queries. Answered with success only when
 * it has taken effect, or can take none; anything else makes the provider call again. Forged ones are refused and change
 * nothing.
 */
export function wechatPayNotice(deps: Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    let notice: ProviderNotice;
    try {
      notice = await deps.payments.readNotice(input);
    } catch (error) {
      if (!(error instanceof ForgedCallback)) throw error;
      deps.log.warn('forged callback refused', { requestId: actor.requestId, why: error.message });
      throw new DomainError('payment.forged_notice');
    }
    const effect =
      notice.kind === 'payment'
        ? await applyPayment(deps)(notice.paymentId, notice.payment)
        : await applyRefund(deps)(notice.refundId, notice.refund);
    deps.log.info('callback applied', { requestId: actor.requestId, kind: notice.kind, effect });
    return { code: 'SUCCESS', message: '成功' };
  };
}
