import { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { refundMoves } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background, Change } from '../use-cases.ts';
import { continueLatePayment } from './apply-payment.ts';
import { decideRefund } from './approve-refund.ts';
import { callOff, continueCallOff, followCallOffs, quoteCallOff } from './call-off.ts';
import { clearLeaver, followLeavers } from './clear-leaver.ts';
import { closeBreak } from './close-break.ts';
import { enrolmentIsDue, giveUpSeat, orderIsDue } from './close-order.ts';
import { exportMoney } from './export-money.ts';
import { handOutMaterial } from './hand-out-material.ts';
import { countTransaction } from './ledger.repository.ts';
import { listBreaks } from './list-breaks.ts';
import { listMoves } from './list-moves.ts';
import { listParkedPayments } from './list-parked-payments.ts';
import { followMerges } from './merge-class.ts';
import { placeOrder } from './place-order.ts';
import { quoteRefund } from './quote-refund.ts';
import { wechatPayNotice } from './receive-notice.ts';
import { recordFeesRepaid } from './record-fees-repaid.ts';
import { StoredRefund } from './refund.repository.ts';
import { requestRefund } from './request-refund.ts';
import { recordRefundPaid, retryRefund } from './retry-refund.ts';
import { returnPayment } from './return-payment.ts';
import { settlementIsDue } from './settle.ts';
import { listLedger, listPayments, moneyByDay, proveLedger } from './show-money.ts';
import { getOrder, listChildOrders } from './show-orders.ts';
import { listChildRefunds, listRefunds, showRefund } from './show-refunds.ts';
import { startMove } from './start-move.ts';
import { startPayment } from './start-payment.ts';
import { billingTasks, refundIsDue } from './tasks.ts';

type BackgroundPlatform = Pick<Platform, 'table' | 'clock' | 'log' | 'payments' | 'workflows' | 'objects'>;
export type BillingPlatform = BackgroundPlatform & Pick<Platform, 'secrets'>;

export function billing(platform: BillingPlatform): Area<typeof billingRoutes> {
  return {
    useCases: {
      placeOrder: placeOrder(platform),
      startPayment: startPayment(platform),
      giveUpSeat: giveUpSeat(platform),
      getOrder: getOrder(platform),
      listChildOrders: listChildOrders(platform),
      quoteRefund: quoteRefund(platform),
      listMoves: listMoves(platform),
      startMove: startMove(platform),
      requestRefund: requestRefund(platform),
      listChildRefunds: listChildRefunds(platform),
      getRefund: showRefund(platform),
      listRefunds: listRefunds(platform),
      decideRefund: decideRefund(platform),
      retryRefund: retryRefund(platform),
      quoteCallOff: quoteCallOff(platform),
      callOff: callOff(platform),
      recordRefundPaid: recordRefundPaid(platform),
      handOutMaterial: handOutMaterial(platform),
      listPayments: listPayments(platform),
      exportMoney: exportMoney(platform),
      listLedger: listLedger(platform),
      proveLedger: proveLedger(platform),
      listBreaks: listBreaks(platform),
      closeBreak: closeBreak(platform),
      recordFeesRepaid: recordFeesRepaid(platform),
      listParkedPayments: listParkedPayments(platform),
      returnPayment: returnPayment(platform),
      moneyByDay: moneyByDay(platform),
      wechatPayNotice: wechatPayNotice(platform),
    },
    ...billingBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. They have no key. */
export function billingBackground(platform: BackgroundPlatform): Background {
  return {
    tasks: billingTasks(platform),
    followers: [followLedger(platform), followRefunds(platform), followCallOffs(platform), followLeavers(platform), followMerges(platform)],
    due: {
      ENROLMENT: enrolmentIsDue(platform),
      LEAVING: clearLeaver(platform),
      ORDER: orderIsDue(platform),
      PAYMENT: continueLatePayment(platform),
      REFUND: refundIsDue(platform),
      SETTLEMENT: settlementIsDue(platform),
      CALLOFF: continueCallOff(platform),
    },
  };
}

/** Balances and the money by day: each ledger transaction is counted once. */
function followLedger({ table }: BackgroundPlatform) {
  return async ({ keys: { PK }, after }: Change): Promise<void> => {
    if (PK.startsWith('LEDGER#') && after) await countTransaction(table, LedgerTransaction.parse(after));
  };
}

/** A refund has a state machine: one execution a version. Where it waits for the approvers' word, it is told of it. */
function followRefunds({ workflows }: BackgroundPlatform) {
  return async ({ keys: { SK }, before, after }: Change): Promise<void> => {
    if (SK !== 'REFUND' || !after) return;
    const refund = StoredRefund.parse(after);
    const was = before && StoredRefund.parse(before);
    if (was?.version !== refund.version && refundMoves[refund.status].length > 0) {
      const { refundId, version } = refund;
      await workflows.start('refund', `${refundId}-v${version}`, { refundId, version });
    }
    if (was?.status === 'approving' && refund.status !== 'approving' && refund.taskToken) await workflows.succeed(refund.taskToken, {});
  };
}
