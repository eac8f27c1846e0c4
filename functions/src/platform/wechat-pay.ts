/**
 * WeChat Pay v3 for mini-programs (JSAPI), as a {@link PaymentProvider}. The semantics follow
 * pay.weixin.qq.com/doc/v3/merchant: 4012791897 (order), 4012791900 (query), 4012791901 (close), 4012791903 and
 * 4012791904 (refund), 4012791902 and 4012791906 (callbacks).
 */
import { fen } from '@kehou/shared/kernel/fen';
import { type ChinaDate, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Clock } from './clock.ts';
import type { Bill, FundFlowLine, PaymentBills, TradeBillLine } from './payment-bills.ts';
import {
  ForgedCallback,
  type PaymentProvider,
  type PaymentState,
  type PayParameters,
  type PrepayInput,
  type ProviderNotice,
  ProviderRefused,
  type RawCallback,
  type RefundInput,
  type RefundState,
} from './payment-provider.ts';
import { fetchBill, parseFundFlow, parseTradeBill } from './wechat-pay-bills.ts';
import { type Answer, type Fetch, json, unavailable, WeChatPayAccount, WeChatPayClient } from './wechat-pay-client.ts';
import { payMessage } from './wechat-pay-signing.ts';

const CALLBACK_BYTES_MAX = 64 * 1024;

/** Where WeChat Pay calls back: complete addresses without a query. */
const CallbackUrl = z
  .url({ protocol: /^https?$/ })
  .max(255)
  .refine((url) => !url.includes('?') && !url.includes('#'), 'WeChat Pay refuses addresses with a query');
const CallbackUrls = z.object({ paymentNotifyUrl: CallbackUrl, refundNotifyUrl: CallbackUrl });
export const WeChatPayOptions = CallbackUrls.extend({ account: WeChatPayAccount });

const Time = z.iso.datetime({ offset: true }).transform((text): Instant => instant(Date.parse(text)));
const Yuan = z.literal('CNY');
const identity = { appid: z.string(), mchid: z.string(), out_trade_no: z.string() };
const settled = {
  ...identity,
  transaction_id: z.string().min(1).max(64),
  success_time: Time,
  amount: z.object({ total: z.int().min(1), currency: Yuan }),
};
/** An order as queries and callbacks tell it. Amounts are of the order: what coupons paid of it is not our concern. */
const Transaction = z.discriminatedUnion('trade_state', [
  z.object({ ...settled, trade_state: z.literal('SUCCESS') }),
  z.object({ ...settled, trade_state: z.literal('REFUND') }),
  z.object({ ...identity, trade_state: z.enum(['NOTPAY', 'USERPAYING', 'ACCEPT', 'PAYERROR']) }),
  z.object({ ...identity, trade_state: z.enum(['CLOSED', 'REVOKED']) }),
]);
const refundIdentity = {
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_id: z.string().min(1).max(64),
  amount: z.object({ total: z.int(), refund: z.int().min(1), currency: Yuan.optional() }),
};
const RefundReply = z.discriminatedUnion('status', [
  z.object({ ...refundIdentity, status: z.literal('SUCCESS'), success_time: Time }),
  z.object({ ...refundIdentity, status: z.enum(['PROCESSING', 'CLOSED', 'ABNORMAL']) }),
]);
const RefundNotice = z.discriminatedUnion('refund_status', [
  z.object({ ...refundIdentity, mchid: z.string(), refund_status: z.literal('SUCCESS'), success_time: Time }),
  z.object({ ...refundIdentity, mchid: z.string(), refund_status: z.enum(['PROCESSING', 'CLOSED', 'ABNORMAL']) }),
]);
const Callback = z.object({
  event_type: z.string(),
  resource: z.object({
    algorithm: z.literal('AEAD_AES_256_GCM'),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.string().optional(),
  }),
});
const Prepaid = z.object({ prepay_id: z.string().min(1).max(64) });

export class WeChatPay implements PaymentProvider, PaymentBills {
  readonly #client: WeChatPayClient;
  readonly #paymentNotifyUrl: string;
  readonly #refundNotifyUrl: string;

  constructor(options: z.input<typeof WeChatPayOptions>, clock: Clock, fetcher?: Fetch) {
    const { paymentNotifyUrl, refundNotifyUrl } = CallbackUrls.parse(options);
    this.#client = new WeChatPayClient(options.account, clock, fetcher);
    this.#paymentNotifyUrl = paymentNotifyUrl;
    this.#refundNotifyUrl = refundNotifyUrl;
  }

  async prepay(input: PrepayInput): Promise<PayParameters> {
    const answer = await this.#client.ask('prepay', 'POST', '/v3/pay/transactions/jsapi', {
      appid: this.#client.appId,
      mchid: this.#client.merchantId,
      description: description(input.description),
      out_trade_no: orderNumber(input.paymentId),
      time_expire: chinaTime(input.expiresAt),
      notify_url: this.#paymentNotifyUrl,
      amount: { total: input.amountFen, currency: 'CNY' },
      payer: { openid: input.payer },
    });
    if ('refused' in answer) throw refusal('prepay', answer);
    const { prepay_id } = read('prepay', Prepaid, answer.body);
    const timeStamp = this.#client.timestamp();
    const nonceStr = this.#client.nonce();
    const packed = `prepay_id=${prepay_id}`;
    const paySign = this.#client.sign(payMessage(this.#client.appId, timeStamp, nonceStr, packed));
    return { timeStamp, nonceStr, package: packed, signType: 'RSA', paySign };
  }

  async queryPayment(paymentId: string): Promise<PaymentState> {
    const { merchantId } = this.#client;
    const number = orderNumber(paymentId);
    const answer = await this.#client.ask('query', 'GET', `/v3/pay/transactions/out-trade-no/${number}?mchid=${merchantId}`);
    if ('refused' in answer) {
      if (answer.refused.status === 404 && missing(answer.refused.code)) return { state: 'unknown' };
      throw refusal('query', answer);
    }
    const transaction = read('query', Transaction, answer.body);
    // A signature says who speaks, not what was asked: a reply about another order, played back, must not pass.
    if (!this.#ours(transaction) || transaction.out_trade_no !== paymentId) throw unavailable('query', 'a reply about another order');
    return paymentState(transaction);
  }

  async closePayment(paymentId: string): Promise<PaymentState> {
    const path = `/v3/pay/transactions/out-trade-no/${orderNumber(paymentId)}/close`;
    const answer = await this.#client.ask('close', 'POST', path, { mchid: this.#client.merchantId });
    if (!('refused' in answer)) return { state: 'closed' };
    // Paid meanwhile, closed already, never made: the query tells which, whatever code this refusal carries.
    const state = await this.queryPayment(paymentId);
    if (state.state === 'not-paid') throw refusal('close', answer);
    return state;
  }

  async refund(input: RefundInput): Promise<RefundState> {
    const answer = await this.#client.ask('refund', 'POST', '/v3/refund/domestic/refunds', {
      out_trade_no: orderNumber(input.paymentId),
      out_refund_no: refundNumber(input.refundId),
      reason: atMostBytes(withoutOddCharacters(input.reason), 80),
      notify_url: this.#refundNotifyUrl,
      amount: { refund: input.refundFen, total: input.paidFen, currency: 'CNY' },
    });
    if (!('refused' in answer)) return this.#refundState('refund', answer.body, input);
    const { code } = answer.refused;
    if (code === 'NOT_ENOUGH') return { state: 'not-enough-balance' };
    if (code === 'USER_ACCOUNT_ABNORMAL') return { state: 'abnormal', reason: '用户账户异常，微信无法原路退回' };
    // An earlier try may have got through (its answer lost, or asked again within the minute): then that one counts.
    const earlier = await this.#queryRefund(input.refundId, input);
    if (earlier.state === 'unknown') throw refusal('refund', answer);
    return earlier;
  }

  async queryRefund(refundId: string): Promise<RefundState> {
    return this.#queryRefund(refundId, { refundId });
  }

  async readNotice(callback: RawCallback): Promise<ProviderNotice> {
    const header = headerReader(callback);
    if (Buffer.byteLength(callback.body) > CALLBACK_BYTES_MAX) throw new ForgedCallback('too large');
    const trust = await this.#client.trust({
      timestamp: header('wechatpay-timestamp'),
      nonce: header('wechatpay-nonce'),
      signature: header('wechatpay-signature'),
      serial: header('wechatpay-serial'),
      body: callback.body,
    });
    if (trust !== 'genuine') throw new ForgedCallback(trust);
    const envelope = Callback.safeParse(json(callback.body));
    if (!envelope.success) throw new ForgedCallback('not a callback');
    return this.#notice(envelope.data.event_type, this.#opened(envelope.data.resource));
  }

  #opened(resource: z.output<typeof Callback>['resource']): unknown {
    try {
      return json(this.#client.open(resource));
    } catch {
      throw new ForgedCallback('not sealed with our APIv3 key');
    }
  }

  #notice(event: string, content: unknown): ProviderNotice {
    if (event === 'TRANSACTION.SUCCESS') {
      const transaction = Transaction.safeParse(content);
      if (!transaction.success) throw new ForgedCallback('not a payment, or not in CNY');
      if (!this.#ours(transaction.data)) throw new ForgedCallback('for another merchant or app');
      return { kind: 'payment', paymentId: transaction.data.out_trade_no, payment: paymentState(transaction.data) };
    }
    if (event === 'REFUND.SUCCESS' || event === 'REFUND.ABNORMAL' || event === 'REFUND.CLOSED') {
      const refund = RefundNotice.safeParse(content);
      if (!refund.success) throw new ForgedCallback('not a refund');
      // A refund's callback names no app.
      if (refund.data.mchid !== this.#client.merchantId) throw new ForgedCallback('for another merchant');
      const { out_refund_no, out_trade_no } = refund.data;
      return {
        kind: 'refund',
        refundId: out_refund_no,
        paymentId: out_trade_no,
        refund: refundState(refund.data, refund.data.refund_status),
      };
    }
    throw new ForgedCallback('of a kind that we never asked for');
  }

  async tradeBill(day: ChinaDate): Promise<Bill<TradeBillLine>> {
    return fetchBill(this.#client, `/v3/bill/tradebill?bill_date=${day}&bill_type=ALL`, parseTradeBill);
  }

  async fundFlow(day: ChinaDate): Promise<Bill<FundFlowLine>> {
    return fetchBill(this.#client, `/v3/bill/fundflowbill?bill_date=${day}&account_type=BASIC`, parseFundFlow);
  }

  async #queryRefund(refundId: string, expected: Partial<RefundInput>): Promise<RefundState> {
    const answer = await this.#client.ask('query-refund', 'GET', `/v3/refund/domestic/refunds/${refundNumber(refundId)}`);
    if (!('refused' in answer)) return this.#refundState('query-refund', answer.body, expected);
    if (answer.refused.status === 404 && missing(answer.refused.code)) return { state: 'unknown' };
    throw refusal('query-refund', answer);
  }

  #refundState(operation: string, body: unknown, expected: Partial<RefundInput>): RefundState {
    const refund = read(operation, RefundReply, body);
    if (refund.out_refund_no !== expected.refundId) throw unavailable(operation, 'a reply about another refund');
    const differs =
      (expected.paymentId !== undefined && refund.out_trade_no !== expected.paymentId) ||
      (expected.refundFen !== undefined && refund.amount.refund !== expected.refundFen);
    if (differs)
      throw new ProviderRefused('other-content', 'REFUND_DIFFERS', `wechat-pay ${operation}: this number refunds something else`);
    return refundState(refund, refund.status);
  }

  #ours(transaction: { appid: string; mchid: string }): boolean {
    return transaction.appid === this.#client.appId && transaction.mchid === this.#client.merchantId;
  }
}

function paymentState(transaction: z.output<typeof Transaction>): PaymentState {
  switch (transaction.trade_state) {
    case 'SUCCESS':
    case 'REFUND':
      return {
        state: transaction.trade_state === 'SUCCESS' ? 'paid' : 'refunded',
        providerTransactionId: transaction.transaction_id,
        amountFen: fen(transaction.amount.total),
        paidAt: transaction.success_time,
      };
    case 'CLOSED':
    case 'REVOKED':
      return { state: 'closed' };
    default:
      return { state: 'not-paid' };
  }
}

function refundState(
  refund: { refund_id: string; amount: { refund: number }; success_time?: Instant },
  status: 'SUCCESS' | 'PROCESSING' | 'CLOSED' | 'ABNORMAL',
): RefundState {
  if (status === 'PROCESSING') return { state: 'processing' };
  if (status === 'CLOSED') return { state: 'closed' };
  if (status === 'ABNORMAL' || refund.success_time === undefined) {
    return { state: 'abnormal', reason: '原路退回失败：收款账户可能已注销或冻结，请在微信支付商户平台处理' };
  }
  return {
    state: 'succeeded',
    providerRefundId: refund.refund_id,
    refundedAt: refund.success_time,
    amountFen: fen(refund.amount.refund),
  };
}

function read<S extends z.ZodType>(operation: string, schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw unavailable(operation, 'a reply that cannot be read');
  return parsed.data;
}

function missing(code: string): boolean {
  return code === 'ORDER_NOT_EXIST' || code === 'RESOURCE_NOT_EXISTS';
}

const refusals: Readonly<Record<string, ProviderRefused['reason']>> = {
  ORDERPAID: 'already-paid',
  ORDER_PAID: 'already-paid',
  ORDER_CLOSED: 'closed',
  OUT_TRADE_NO_USED: 'other-content',
};

function refusal(operation: string, { refused }: Extract<Answer, { refused: unknown }>): Error {
  // Too often is not no.
  if (refused.status === 429) return unavailable(operation, refused.code);
  const message = `wechat-pay ${operation}: HTTP ${refused.status} ${refused.code}`;
  return new ProviderRefused(refusals[refused.code] ?? 'refused', refused.code, message);
}

/** A number that WeChat would not take is our bug: ids are made to fit. */
function orderNumber(paymentId: string): string {
  if (!/^[0-9A-Za-z_-]{6,32}$/.test(paymentId)) throw new TypeError('not an out_trade_no');
  return paymentId;
}

function refundNumber(refundId: string): string {
  if (!/^[0-9A-Za-z_-]{1,64}$/.test(refundId)) throw new TypeError('not an out_refund_no');
  return refundId;
}

/** Whole seconds at +08:00. The limit is set by the first call for a number and cannot be moved by a later one. */
function chinaTime(at: Instant): string {
  return `${new Date(ms(at) + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}

/** WeChat takes characters of at most 3 UTF-8 bytes; controls would be refused as well. */
function withoutOddCharacters(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/gu, ' ').trim();
}

function description(text: string): string {
  return [...withoutOddCharacters(text)].slice(0, 127).join('') || '课后服务';
}

function atMostBytes(text: string, bytes: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > bytes) cut = cut.slice(0, -1);
  return cut;
}

/** Header names come in any case, from a gateway or from Node. */
function headerReader({ headers }: RawCallback): (name: string) => string | undefined {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => lower.get(name);
}
