/** What a payment provider says, the day after, that it took and gave back: the other side of reconciliation (H6). */
import type { Fen } from '@kehou/shared/kernel/fen';
import type { ChinaDate, Instant } from '@kehou/shared/kernel/time';

/** One payment, or one refund as it stood when the bill was made (a bill is never brought up to date). */
export type TradeBillLine =
  | {
      readonly kind: 'payment';
      readonly paidAt: Instant;
      readonly paymentId: string;
      readonly providerTransactionId: string;
      readonly amountFen: Fen;
      /** What the provider keeps of it; from a figure of five decimals, rounded to the fen. */
      readonly chargeFen: Fen;
    }
  | {
      readonly kind: 'refund';
      readonly refundedAt: Instant;
      readonly paymentId: string;
      readonly providerTransactionId: string;
      readonly refundId: string;
      readonly providerRefundId: string;
      readonly amountFen: Fen;
      readonly status: 'succeeded' | 'processing' | 'failed';
    };

/** One movement on the merchant's account with the provider. */
export interface FundFlowLine {
  readonly at: Instant;
  readonly flowId: string;
  readonly kind: 'payment' | 'refund' | 'charge' | 'withdrawal' | 'other';
  readonly direction: 'in' | 'out';
  readonly amountFen: Fen;
  /** What the account held after it. */
  readonly balanceFen: Fen;
  /** The provider's number of the payment or refund that moved the money. */
  readonly providerId: string;
}

export type Bill<Line> =
  | { readonly state: 'ready'; readonly lines: readonly Line[] }
  /** Nothing moved on that day. */
  | { readonly state: 'empty' }
  /** Ask again later: a day's bill is made the next morning. */
  | { readonly state: 'not-ready' };

/** Bills of a day in China, of the last three months, not of today. Throws as `PaymentProvider` does. */
export interface PaymentBills {
  tradeBill(day: ChinaDate): Promise<Bill<TradeBillLine>>;
  fundFlow(day: ChinaDate): Promise<Bill<FundFlowLine>>;
}
