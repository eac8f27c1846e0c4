/** What billing asks of a payment provider. One implementation a provider; billing never knows which. */
import type { Fen } from '@kehou/shared/kernel/fen';
import type { Instant } from '@kehou/shared/kernel/time';

export interface PrepayInput {
  /** Our payment's id: the provider's `out_trade_no`, at most 32 characters of [0-9A-Za-z_-|*]. */
  readonly paymentId: string;
  readonly description: string;
  readonly amountFen: Fen;
  /** The payer's id with the provider (WeChat: openid). */
  readonly payer: string;
  /** Bars paying after this instant; does not close the order at the provider. */
  readonly expiresAt: Instant;
}

/** What the mini-program hands to `wx.requestPayment`. */
export interface PayParameters {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: 'RSA';
  readonly paySign: string;
}

export type PaymentState =
  | { readonly state: 'not-paid' }
  | { readonly state: 'paid'; readonly providerTransactionId: string; readonly amountFen: Fen; readonly paidAt: Instant }
  | { readonly state: 'closed' }
  | { readonly state: 'refunded'; readonly providerTransactionId: string; readonly amountFen: Fen; readonly paidAt: Instant }
  /** The provider knows no such order. */
  | { readonly state: 'unknown' };

export interface RefundInput {
  /** The provider's `out_refund_no`: our refund's id, and where the provider has closed that one, the id with the attempt. The same on every retry. */
  readonly refundId: string;
  readonly paymentId: string;
  readonly refundFen: Fen;
  readonly paidFen: Fen;
  readonly reason: string;
}

export type RefundState =
  | { readonly state: 'processing' }
  | { readonly state: 'succeeded'; readonly providerRefundId: string; readonly refundedAt: Instant; readonly amountFen: Fen }
  /** The provider cannot send it back by itself (card cancelled, ...): a person must look. */
  | { readonly state: 'abnormal'; readonly reason: string }
  /** Nothing went back, and nothing will under this number: it takes another. */
  | { readonly state: 'closed' }
  /** The merchant's balance cannot cover it now: try again later with the same refund id. */
  | { readonly state: 'not-enough-balance' }
  | { readonly state: 'unknown' };

/** A callback whose signature held and whose content was decrypted. */
export type ProviderNotice =
  | { readonly kind: 'payment'; readonly paymentId: string; readonly payment: PaymentState }
  | { readonly kind: 'refund'; readonly refundId: string; readonly paymentId: string; readonly refund: RefundState };

export interface RawCallback {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as it came, byte for byte: the signature is over it. */
  readonly body: string;
}

/** The provider could not be asked: the outcome is not known. Ask again with the same ids; never assume either way. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}
/**
 * The provider answered, and the answer is no; asking the same again changes nothing.
 * `already-paid` and `closed`: the payment's number has run its course: ask `queryPayment` and go by that.
 * `other-content`: the number was used with another amount, payer or time limit. `refused`: `code` says why.
 */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
  readonly reason: 'already-paid' | 'closed' | 'other-content' | 'refused';
  /** The provider's own code. */
  readonly code: string;

  constructor(reason: ProviderRefused['reason'], code: string, message: string) {
    super(message);
    this.reason = reason;
    this.code = code;
  }
}
/** A callback that did not come from the provider, or was changed, or is older than 5 minutes. */
export class ForgedCallback extends Error {
  override readonly name = 'ForgedCallback';
}

/** Every method but `readNotice` throws {@link ProviderUnavailable} when the provider gave no answer that can be trusted. */
export interface PaymentProvider {
  /**
   * Makes (or makes again, same id and content) the provider's order and signs what the phone needs to pay it.
   * Throws {@link ProviderRefused}.
   */
  prepay(input: PrepayInput): Promise<PayParameters>;
  queryPayment(paymentId: string): Promise<PaymentState>;
  /** Closes an unpaid order. Answers what it was when it could no longer be closed (`paid`), else `closed`. */
  closePayment(paymentId: string): Promise<PaymentState>;
  /**
   * Asks for a refund; asked again with the same id it answers how that one stands. Throws {@link ProviderRefused} when
   * there is nothing to refund (no such payment, more than was paid, too old, too many parts).
   */
  refund(input: RefundInput): Promise<RefundState>;
  queryRefund(refundId: string): Promise<RefundState>;
  /** Verifies, decrypts and parses. Throws {@link ForgedCallback}. */
  readNotice(callback: RawCallback): Promise<ProviderNotice>;
}
