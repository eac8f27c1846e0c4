/** WeChat Pay's side of orders, payments, refunds and the merchant's balance: what the requests and the cashier act on. */
import { randomBytes, randomInt } from 'node:crypto';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Deliveries } from './deliveries.ts';
import type { Keys } from './keys.ts';
import { paySignHolds } from './signing.ts';
import type { Flow, State, WeChatOrder, WeChatRefund } from './state.ts';
import { strike } from './switches.ts';
import { rfc3339 } from './text.ts';
import type { Timers } from './timers.ts';

const PREPAY_MS = 2 * 3_600_000;
const ORDER_LIFE_MS = 7 * 86_400_000;
const REFUNDABLE_MS = 365 * 86_400_000;
const REFUNDS_MAX = 50;
const EXPIRE_MS_MIN = 60_000;

/** WeChat Pay's no, as it goes over the wire. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No character of more than three bytes, no controls: WeChat refuses them. */
const Text = z.string().regex(/^[^\p{Cc}\u{10000}-\u{10ffff}]*$/u);
const OutTradeNo = z.string().regex(/^[0-9A-Za-z_\-|*]{6,32}$/);
const NotifyUrl = z
  .url({ protocol: /^https?$/ })
  .max(255)
  .refine((url) => !url.includes('?'));
const Time = z.iso.datetime({ offset: true });
export const PrepayRequest = z.object({
  appid: z.string(),
  mchid: z.string(),
  description: Text.min(1).max(127),
  out_trade_no: OutTradeNo,
  time_expire: Time.optional(),
  attach: Text.max(128).optional(),
  notify_url: NotifyUrl,
  amount: z.object({ total: z.int().min(1).max(1_000_000_000), currency: z.literal('CNY').default('CNY') }),
  payer: z.object({ openid: z.string().min(1).max(128) }),
});
export const RefundRequest = z.object({
  transaction_id: z.string().max(32).optional(),
  out_trade_no: OutTradeNo.optional(),
  out_refund_no: z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/),
  reason: Text.refine((text) => Buffer.byteLength(text) <= 80).optional(),
  notify_url: NotifyUrl.optional(),
  amount: z.object({ refund: z.int().min(1), total: z.int().min(1), currency: z.literal('CNY') }),
});

/** What the phone hands to `wx.requestPayment`. */
export const PhonePayment = z.object({
  timeStamp: z.string().max(16),
  nonceStr: z.string().min(1).max(32),
  package: z.string().max(128),
  signType: z.literal('RSA'),
  paySign: z.string().max(1024),
});
export type PhonePayment = z.infer<typeof PhonePayment>;

/** What the cashier shows before a person pays. */
export interface CashierView {
  readonly outTradeNo: string;
  readonly description: string;
  readonly amountFen: number;
  readonly merchantName: string;
  readonly expiresAt?: Instant | undefined;
}

export class Merchant {
  readonly #state: State;
  readonly #keys: () => Keys;
  readonly #timers: Timers;
  readonly #deliveries: Deliveries;
  readonly #cancels = new Map<string, () => void>();

  constructor(state: State, keys: () => Keys, timers: Timers, deliveries: Deliveries) {
    this.#state = state;
    this.#keys = keys;
    this.#timers = timers;
    this.#deliveries = deliveries;
    for (const refund of state.refunds.all()) this.#schedule(refund);
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  // --- orders -------------------------------------------------------------------------------------------------------

  /** Makes an order, or, unpaid and the same, a new prepay id for it. */
  prepay(request: z.output<typeof PrepayRequest>): { prepay_id: string } {
    const keys = this.#keys();
    if (request.mchid !== keys.merchantId) throw new Refused(400, 'PARAM_ERROR', 'http header中的mchid与post payload中的mchid不匹配');
    if (request.appid !== keys.appId) throw new Refused(400, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配，请检查后再试');
    if (!this.#state.people.get(request.payer.openid)) throw new Refused(400, 'PARAM_ERROR', '无效的openid');
    const known = this.order(request.out_trade_no);
    if (known) this.#mayPrepayAgain(known, request);
    const order = known ?? this.#newOrder(request);
    const prepayId = `wx${rfc3339(this.#timers.now()).replace(/\D/g, '').slice(0, 14)}${randomBytes(10).toString('hex')}`;
    this.#state.store.atomically(() => {
      if (!known) this.#state.orders.put(order.outTradeNo, order);
      this.#state.prepaid.put(prepayId, { outTradeNo: order.outTradeNo, madeAt: this.#timers.now() });
    });
    return { prepay_id: prepayId };
  }

  #mayPrepayAgain(known: WeChatOrder, request: z.output<typeof PrepayRequest>): void {
    if (known.state === 'SUCCESS') throw new Refused(400, 'ORDERPAID', '该订单已支付');
    if (known.state === 'CLOSED') throw new Refused(400, 'ORDER_CLOSED', '该订单已关闭，请重新下单');
    const same =
      known.amountFen === request.amount.total && known.description === request.description && known.payer === request.payer.openid;
    if (!same) throw new Refused(403, 'OUT_TRADE_NO_USED', '商户订单号重复');
    // Set by the first request only; another value is an error.
    if (request.time_expire !== known.timeExpire) throw new Refused(400, 'INVALID_REQUEST', 'time_expire不允许修改');
    if (this.#expired(known)) throw new Refused(400, 'INVALID_REQUEST', '订单已过支付截止时间，请使用新的商户订单号下单');
  }

  #newOrder(request: z.output<typeof PrepayRequest>): WeChatOrder {
    const nowMs = ms(this.#timers.now());
    // Nearer than a minute: WeChat moves it to a minute from now.
    const expiresMs = request.time_expire === undefined ? undefined : Math.max(Date.parse(request.time_expire), nowMs + EXPIRE_MS_MIN);
    return {
      outTradeNo: request.out_trade_no,
      description: request.description,
      amountFen: request.amount.total,
      payer: request.payer.openid,
      notifyUrl: request.notify_url,
      attach: request.attach,
      createdAt: this.#timers.now(),
      timeExpire: request.time_expire,
      expiresAt: expiresMs === undefined ? undefined : instant(expiresMs),
      state: 'NOTPAY',
      chargeFen: 0,
      refunds: [],
    };
  }

  /** As it stands now: what nobody paid in seven days is closed. */
  order(outTradeNo: string): WeChatOrder | undefined {
    const order = this.#state.orders.get(outTradeNo);
    const lapsed = order?.state === 'NOTPAY' && ms(this.#timers.now()) - ms(order.createdAt) > ORDER_LIFE_MS;
    return order && lapsed ? { ...order, state: 'CLOSED' } : order;
  }

  orderByTransaction(transactionId: string): WeChatOrder | undefined {
    const found = this.#state.transactions.get(transactionId);
    return found && this.order(found.outTradeNo);
  }

  /** Closed already is no error (the call may be repeated); paid is. */
  closeOrder(outTradeNo: string): void {
    const order = this.order(outTradeNo);
    if (!order) throw new Refused(404, 'ORDER_NOT_EXIST', '订单不存在');
    if (order.state === 'SUCCESS') throw new Refused(400, 'ORDERPAID', '该订单已支付');
    this.#state.orders.put(outTradeNo, { ...order, state: 'CLOSED' });
  }

  /** An order as queries and callbacks tell it. */
  describe(order: WeChatOrder): Record<string, unknown> {
    const { appId, merchantId } = this.#keys();
    const common = { appid: appId, mchid: merchantId, out_trade_no: order.outTradeNo, ...(order.attach ? { attach: order.attach } : {}) };
    if (order.state !== 'SUCCESS' || order.paidAt === undefined) {
      const closed = order.state === 'CLOSED';
      return {
        ...common,
        trade_state: order.state,
        trade_state_desc: closed ? '订单已关闭' : '订单未支付',
        payer: { openid: order.payer },
      };
    }
    const refunded = order.refunds.length > 0;
    return {
      ...common,
      transaction_id: order.transactionId,
      trade_type: 'JSAPI',
      trade_state: refunded ? 'REFUND' : 'SUCCESS',
      trade_state_desc: refunded ? '订单发生过退款' : '支付成功',
      bank_type: 'OTHERS',
      success_time: rfc3339(order.paidAt),
      payer: { openid: order.payer },
      amount: { total: order.amountFen, payer_total: order.amountFen, currency: 'CNY', payer_currency: 'CNY' },
    };
  }

  #expired(order: WeChatOrder): boolean {
    return order.expiresAt !== undefined && ms(this.#timers.now()) > ms(order.expiresAt);
  }

  // --- the cashier --------------------------------------------------------------------------------------------------

  /** What the phone does before it shows the cashier. Refuses what a phone would refuse, the signature first. */
  cashier(openId: string, payment: PhonePayment): CashierView {
    const order = this.#payable(openId, payment);
    const { outTradeNo, description, amountFen, expiresAt } = order;
    return { outTradeNo, description, amountFen, expiresAt, merchantName: this.#keys().merchantName };
  }

  /** The person confirms: the money moves, the callback starts. */
  pay(openId: string, payment: PhonePayment): { transactionId: string; paidAt: Instant } {
    const order = this.#payable(openId, payment);
    const paidAt = this.#timers.now();
    const transactionId = `4200${String(randomInt(10 ** 6)).padStart(6, '0')}${rfc3339(paidAt).replace(/\D/g, '').slice(0, 8)}${digits(10)}`;
    const { chargeBasisPoints } = this.#state.settings.get();
    const chargeFen = Math.round((order.amountFen * chargeBasisPoints) / 10_000);
    const paid: WeChatOrder = { ...order, state: 'SUCCESS', transactionId, paidAt, chargeFen };
    const deliveries = this.#state.store.atomically(() => {
      this.#state.orders.put(paid.outTradeNo, paid);
      this.#state.transactions.put(transactionId, { outTradeNo: paid.outTradeNo });
      this.#move('交易', 'in', paid.amountFen, transactionId, paid.outTradeNo, paid.description);
      if (chargeFen > 0) this.#move('扣除交易手续费', 'out', chargeFen, transactionId, paid.outTradeNo, '手续费');
      return this.#deliveries.announce(this.paymentEvent(paid));
    });
    this.#deliveries.started(deliveries);
    return { transactionId, paidAt };
  }

  paymentEvent(order: WeChatOrder) {
    return { eventType: 'TRANSACTION.SUCCESS', subject: order.outTradeNo, url: order.notifyUrl, content: this.describe(order) } as const;
  }

  #payable(openId: string, payment: PhonePayment): WeChatOrder {
    if (!paySignHolds(this.#keys(), payment)) throw new Refused(422, 'SIGN_ERROR', '支付验证签名失败');
    const prepayId = /^prepay_id=(\w+)$/.exec(payment.package)?.[1];
    const prepaid = prepayId === undefined ? undefined : this.#state.prepaid.get(prepayId);
    const lapsed = prepaid && ms(this.#timers.now()) - ms(prepaid.madeAt) > PREPAY_MS;
    if (!prepaid || lapsed) throw new Refused(422, 'PREPAY_INVALID', 'prepay_id无效或已过期，请重新下单');
    const order = this.order(prepaid.outTradeNo);
    if (!order || order.state === 'CLOSED') throw new Refused(422, 'ORDER_CLOSED', '该订单已关闭');
    if (order.payer !== openId) throw new Refused(422, 'PAYER_MISMATCH', '下单账号与支付账号不一致，请核实后再支付');
    if (order.state === 'SUCCESS') throw new Refused(422, 'ORDERPAID', '该订单已支付');
    if (this.#expired(order)) throw new Refused(422, 'ORDER_EXPIRED', '已过支付截止时间');
    return order;
  }

  // --- refunds ------------------------------------------------------------------------------------------------------

  /** Accepts a refund, or answers how the one with this number stands; a number whose refund was closed is refused. */
  refund(request: z.output<typeof RefundRequest>): WeChatRefund {
    const order =
      request.transaction_id === undefined ? this.order(request.out_trade_no ?? '') : this.orderByTransaction(request.transaction_id);
    if (order?.state !== 'SUCCESS') throw new Refused(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
    const known = this.#state.refunds.get(request.out_refund_no);
    const differs =
      request.amount.total !== order.amountFen ||
      (known !== undefined && (known.outTradeNo !== order.outTradeNo || known.amountFen !== request.amount.refund));
    if (differs) throw new Refused(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试');
    // For good: the money goes back under another number, or not at all.
    if (known?.state === 'CLOSED') throw new Refused(400, 'INVALID_REQUEST', '退款单已关闭，请更换商户退款单号重新发起退款');
    this.#notTooOften(order, known);
    if (known) {
      const asked = { ...known, askedAt: this.#timers.now() };
      this.#state.refunds.put(known.outRefundNo, asked);
      return asked;
    }
    this.#state.orders.put(order.outTradeNo, { ...order, refundAskedAt: this.#timers.now() });
    this.#refundable(order, request.amount.refund);
    return this.#accept({ ...order, refundAskedAt: this.#timers.now() }, request);
  }

  #notTooOften(order: WeChatOrder, known: WeChatRefund | undefined): void {
    const last = known ? known.askedAt : order.refundAskedAt;
    const { refundIntervalSeconds } = this.#state.settings.get();
    if (last !== undefined && ms(this.#timers.now()) - ms(last) < refundIntervalSeconds * 1000) {
      throw new Refused(429, 'FREQUENCY_LIMITED', '该笔退款未受理，请降低频率后重试');
    }
  }

  #refundable(order: WeChatOrder, amountFen: number): void {
    if (order.paidAt && ms(this.#timers.now()) - ms(order.paidAt) > REFUNDABLE_MS) {
      throw new Refused(400, 'INVALID_REQUEST', '订单已超过可退款的最大期限(支付后一年内可退款)');
    }
    const earlier = order.refunds.flatMap((number) => this.#state.refunds.get(number) ?? []).filter((one) => one.state !== 'CLOSED');
    const back = earlier.reduce((sum, one) => sum + one.amountFen, 0);
    if (back + amountFen > order.amountFen) throw new Refused(400, 'INVALID_REQUEST', '申请退款金额大于可退金额');
    if (order.refunds.length >= REFUNDS_MAX) throw new Refused(400, 'INVALID_REQUEST', '部分退款次数超过限制');
    if (this.#state.settings.get().balanceFen < amountFen) throw new Refused(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起');
  }

  #accept(order: WeChatOrder, request: z.output<typeof RefundRequest>): WeChatRefund {
    const now = this.#timers.now();
    const subject = request.out_refund_no;
    const fits = (one: { subject?: string | undefined }) => (one.subject ?? subject) === subject || one.subject === order.outTradeNo;
    const [fate] = strike(this.#state.switches, 'refund', fits);
    const settlesAt = instant(ms(now) + this.#state.settings.get().refundSeconds * 1000);
    const ends = fate?.kind === 'refund.abnormal' ? 'ABNORMAL' : fate?.kind === 'refund.closed' ? 'CLOSED' : 'SUCCESS';
    const refund: WeChatRefund = {
      outRefundNo: subject,
      refundId: `5030${String(randomInt(10 ** 6)).padStart(6, '0')}${rfc3339(now).replace(/\D/g, '').slice(0, 8)}${digits(11)}`,
      outTradeNo: order.outTradeNo,
      amountFen: request.amount.refund,
      notifyUrl: request.notify_url,
      reason: request.reason,
      createdAt: now,
      askedAt: now,
      state: 'PROCESSING',
      ...(fate?.kind === 'refund.silent' ? {} : { settlesAt, settlesAs: ends }),
    };
    this.#state.store.atomically(() => {
      this.#state.refunds.put(subject, refund);
      this.#state.orders.put(order.outTradeNo, { ...order, refunds: [...order.refunds, subject] });
      // The money leaves when the refund is accepted.
      this.#move('退款', 'out', refund.amountFen, refund.refundId, subject, refund.reason ?? '退款');
    });
    this.#schedule(refund);
    return refund;
  }

  refundOf(outRefundNo: string): WeChatRefund | undefined {
    return this.#state.refunds.get(outRefundNo);
  }

  #schedule(refund: WeChatRefund): void {
    const { outRefundNo, settlesAt, settlesAs } = refund;
    if (refund.state !== 'PROCESSING' || settlesAt === undefined || settlesAs === undefined) return;
    const fire = () => {
      this.#cancels.delete(outRefundNo);
      this.settleRefund(outRefundNo, settlesAs);
    };
    this.#cancels.set(outRefundNo, this.#timers.at(settlesAt, `WeChat refund ${outRefundNo}`, fire));
  }

  /** The end of a refund: by itself, or because a person ends a silent or abnormal one (as the merchant's portal can). */
  settleRefund(outRefundNo: string, as: 'SUCCESS' | 'ABNORMAL' | 'CLOSED'): WeChatRefund {
    const refund = this.#state.refunds.get(outRefundNo);
    if (!refund) throw new Refused(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
    const settled = refund.state === 'SUCCESS' || refund.state === 'CLOSED' || refund.state === as;
    if (settled) return refund;
    // What was sent back to the merchant when the refund went wrong is sent off again.
    const wasBack = refund.state === 'ABNORMAL';
    const goesBack = as !== 'SUCCESS';
    this.#cancels.get(outRefundNo)?.();
    this.#cancels.delete(outRefundNo);
    const ended: WeChatRefund = { ...refund, state: as, settledAt: this.#timers.now() };
    const deliveries = this.#state.store.atomically(() => {
      this.#state.refunds.put(outRefundNo, ended);
      if (goesBack && !wasBack) this.#move('退款退回', 'in', refund.amountFen, refund.refundId, outRefundNo, '退款失败退回');
      if (!goesBack && wasBack) this.#move('退款', 'out', refund.amountFen, refund.refundId, outRefundNo, '异常退款处理');
      return refund.notifyUrl === undefined ? [] : this.#deliveries.announce(this.refundEvent(ended, refund.notifyUrl));
    });
    this.#deliveries.started(deliveries);
    return ended;
  }

  refundEvent(refund: WeChatRefund, url: string) {
    const kind = refund.state === 'PROCESSING' ? 'SUCCESS' : refund.state;
    return {
      eventType: `REFUND.${kind}`,
      subject: refund.outRefundNo,
      url,
      content: {
        mchid: this.#keys().merchantId,
        out_trade_no: refund.outTradeNo,
        transaction_id: this.#state.orders.get(refund.outTradeNo)?.transactionId,
        out_refund_no: refund.outRefundNo,
        refund_id: refund.refundId,
        refund_status: kind,
        ...(kind === 'SUCCESS' ? { success_time: rfc3339(refund.settledAt ?? this.#timers.now()) } : {}),
        user_received_account: '支付用户零钱',
        amount: this.#amount(refund),
      },
    } as const;
  }

  /** A refund as requests and queries are answered. */
  describeRefund(refund: WeChatRefund): Record<string, unknown> {
    return {
      refund_id: refund.refundId,
      out_refund_no: refund.outRefundNo,
      transaction_id: this.#state.orders.get(refund.outTradeNo)?.transactionId,
      out_trade_no: refund.outTradeNo,
      channel: 'ORIGINAL',
      user_received_account: '支付用户零钱',
      create_time: rfc3339(refund.createdAt),
      ...(refund.state === 'SUCCESS' && refund.settledAt ? { success_time: rfc3339(refund.settledAt) } : {}),
      status: refund.state,
      funds_account: 'AVAILABLE',
      amount: { ...this.#amount(refund), settlement_refund: refund.amountFen, discount_refund: 0, currency: 'CNY' },
    };
  }

  #amount(refund: WeChatRefund) {
    const total = this.#state.orders.get(refund.outTradeNo)?.amountFen ?? 0;
    return { total, refund: refund.amountFen, payer_total: total, payer_refund: refund.amountFen };
  }

  // --- the account --------------------------------------------------------------------------------------------------

  /** Sets the balance as a merchant does: by paying in or withdrawing the difference. */
  setBalance(balanceFen: number): void {
    const difference = balanceFen - this.#state.settings.get().balanceFen;
    if (difference > 0) this.#state.store.atomically(() => this.#move('充值', 'in', difference, `1${digits(27)}`, '', '商户充值'));
    if (difference < 0) this.withdraw(-difference);
  }

  /** To the merchant's bank account. Refuses more than there is. */
  withdraw(amountFen: number): Flow {
    if (amountFen > this.#state.settings.get().balanceFen) throw new Refused(422, 'NOT_ENOUGH', '余额不足');
    return this.#state.store.atomically(() => this.#move('提现', 'out', amountFen, `2${digits(27)}`, '', '提现至结算银行账户'));
  }

  #move(name: Flow['name'], direction: Flow['direction'], amountFen: number, businessId: string, voucher: string, note: string): Flow {
    const { balanceFen } = this.#state.settings.get();
    const after = balanceFen + (direction === 'in' ? amountFen : -amountFen);
    this.#state.settings.change({ balanceFen: after });
    const flowId = `${String(this.#state.flows.count() + 1).padStart(12, '0')}${digits(8)}`;
    const flow: Flow = { flowId, at: this.#timers.now(), name, direction, amountFen, balanceFen: after, businessId, voucher, note };
    this.#state.flows.put(flowId, flow);
    return flow;
  }
}

function digits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('');
}
