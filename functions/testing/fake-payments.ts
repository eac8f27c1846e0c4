/**
 * A payment provider in memory, for tests: it keeps WeChat Pay's rules (a number has one content, a closed order cannot
 * be paid, a refund is known by its number) and fails when told. The real protocol is tried elsewhere.
 */
import { fen } from '@kehou/shared/kernel/fen';
import { type ChinaDate, chinaDate, type Instant, ms } from '@kehou/shared/kernel/time';
import type { Clock } from '../src/platform/clock.ts';
import type { Bill, FundFlowLine, PaymentBills, TradeBillLine } from '../src/platform/payment-bills.ts';
import {
  ForgedCallback,
  type PaymentProvider,
  type PaymentState,
  type PayParameters,
  type PrepayInput,
  type ProviderNotice,
  ProviderRefused,
  ProviderUnavailable,
  type RawCallback,
  type RefundInput,
  type RefundState,
} from '../src/platform/payment-provider.ts';

interface FakeOrder {
  readonly input: PrepayInput;
  state: 'not-paid' | 'paid' | 'closed' | 'refunded';
  paidFen?: number;
  paidAt?: Instant;
}
interface FakeRefund {
  readonly input: RefundInput;
  state: RefundState;
  at: Instant;
}

export class FakePayments implements PaymentProvider, PaymentBills {
  readonly #clock: Clock;
  readonly orders = new Map<string, FakeOrder>();
  readonly refunds = new Map<string, FakeRefund>();
  /** Methods that do not answer: nothing happens there. */
  readonly down = new Set<'prepay' | 'queryPayment' | 'closePayment' | 'refund' | 'queryRefund'>();
  /** Methods that do their work and whose answer is lost. */
  readonly deaf = new Set<'prepay' | 'closePayment' | 'refund'>();
  /** How refunds go from now on. */
  refundMode: 'succeed' | 'process' | 'abnormal' | 'closed' | 'not-enough-balance' = 'succeed';
  /** Every call that reached it. */
  readonly calls: string[] = [];
  billsReady = true;
  /** What it keeps of each payment, in the bills. */
  chargeFen = 0;
  /** What the fund flow says that it kept, where that is something else. */
  chargedFen: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The payer pays in the cashier. `force`: a success that was on its way when the order was closed. */
  pay(paymentId: string, options: { amountFen?: number; force?: boolean } = {}): PaymentState {
    const order = this.orders.get(paymentId);
    if (!order) throw new Error(`no order ${paymentId} at the provider`);
    const barred = order.state !== 'not-paid' || ms(order.input.expiresAt) <= ms(this.#clock.now());
    if (barred && !options.force) throw new Error(`${paymentId} cannot be paid: ${order.state}`);
    Object.assign(order, { state: 'paid', paidFen: options.amountFen ?? order.input.amountFen, paidAt: this.#clock.now() });
    return this.#stateOf(order);
  }

  /** A refund that was processing comes to its end; or a person has ended an abnormal one on the merchant's platform. */
  finishRefund(refundId: string, state: 'succeeded' | 'abnormal' | 'closed' = 'succeeded'): RefundState {
    const refund = this.refunds.get(refundId);
    if (!refund) throw new Error(`no refund ${refundId} at the provider`);
    if (refund.state.state === 'closed') throw new Error(`${refundId} is closed for good`);
    refund.state = state === 'succeeded' ? this.#succeeded(refund.input) : this.#ended(state);
    refund.at = this.#clock.now();
    return refund.state;
  }

  /** What went back of a payment, in the provider's own books. */
  refundedOf(paymentId: string): number {
    return [...this.refunds.values()]
      .filter(({ input, state }) => input.paymentId === paymentId && state.state === 'succeeded')
      .reduce((sum, { input }) => sum + input.refundFen, 0);
  }

  async prepay(input: PrepayInput): Promise<PayParameters> {
    this.#reached('prepay', input.paymentId);
    const known = this.orders.get(input.paymentId);
    if (known?.state === 'paid') throw new ProviderRefused('already-paid', 'ORDERPAID', 'paid');
    if (known?.state === 'closed') throw new ProviderRefused('closed', 'ORDER_CLOSED', 'closed');
    if (known && JSON.stringify(known.input) !== JSON.stringify(input)) {
      throw new ProviderRefused('other-content', 'OUT_TRADE_NO_USED', 'other content');
    }
    if (!known) this.orders.set(input.paymentId, { input, state: 'not-paid' });
    this.#answered('prepay');
    return { timeStamp: '1', nonceStr: 'n', package: `prepay_id=${input.paymentId}`, signType: 'RSA', paySign: 's' };
  }

  async queryPayment(paymentId: string): Promise<PaymentState> {
    this.#reached('queryPayment', paymentId);
    const order = this.orders.get(paymentId);
    return order ? this.#stateOf(order) : { state: 'unknown' };
  }

  async closePayment(paymentId: string): Promise<PaymentState> {
    this.#reached('closePayment', paymentId);
    const order = this.orders.get(paymentId);
    if (!order) return { state: 'unknown' };
    if (order.state === 'not-paid') order.state = 'closed';
    this.#answered('closePayment');
    return this.#stateOf(order);
  }

  async refund(input: RefundInput): Promise<RefundState> {
    this.#reached('refund', input.refundId);
    const order = this.orders.get(input.paymentId);
    if (order?.paidFen === undefined) throw new ProviderRefused('refused', 'RESOURCE_NOT_EXISTS', 'nothing to refund');
    const known = this.refunds.get(input.refundId);
    if (known && (known.input.refundFen !== input.refundFen || known.input.paymentId !== input.paymentId)) {
      throw new ProviderRefused('other-content', 'REFUND_DIFFERS', 'other content');
    }
    if (!known) {
      if (this.refundMode === 'not-enough-balance') return { state: 'not-enough-balance' };
      const live = [...this.refunds.values()].filter(({ state }) => state.state !== 'closed');
      const before = live.filter((refund) => refund.input.paymentId === input.paymentId);
      const asked = before.reduce((sum, refund) => sum + refund.input.refundFen, 0) + input.refundFen;
      if (asked > order.paidFen || input.paidFen !== order.paidFen) throw new ProviderRefused('refused', 'PARAM_ERROR', 'too much');
      this.refunds.set(input.refundId, { input, state: this.#firstState(input), at: this.#clock.now() });
      order.state = 'refunded';
    }
    this.#answered('refund');
    return this.refunds.get(input.refundId)?.state ?? { state: 'unknown' };
  }

  async queryRefund(refundId: string): Promise<RefundState> {
    this.#reached('queryRefund', refundId);
    return this.refunds.get(refundId)?.state ?? { state: 'unknown' };
  }

  /** Takes a notice as JSON in the body, signed with the word `genuine`. */
  async readNotice(callback: RawCallback): Promise<ProviderNotice> {
    if (callback.headers.signature !== 'genuine') throw new ForgedCallback('wrong signature');
    return JSON.parse(callback.body) as ProviderNotice;
  }

  async tradeBill(day: ChinaDate): Promise<Bill<TradeBillLine>> {
    if (!this.billsReady) return { state: 'not-ready' };
    const paid = [...this.orders.values()].flatMap((order): TradeBillLine[] =>
      order.paidAt && chinaDate(order.paidAt) === day
        ? [
            {
              kind: 'payment',
              paidAt: order.paidAt,
              paymentId: order.input.paymentId,
              providerTransactionId: `wx-${order.input.paymentId}`,
              amountFen: fen(order.paidFen ?? 0),
              chargeFen: fen(this.chargeFen),
            },
          ]
        : [],
    );
    const back = [...this.refunds.values()].flatMap(({ input, state, at }): TradeBillLine[] =>
      state.state === 'succeeded' && chinaDate(at) === day
        ? [
            {
              kind: 'refund',
              refundedAt: at,
              paymentId: input.paymentId,
              providerTransactionId: `wx-${input.paymentId}`,
              refundId: input.refundId,
              providerRefundId: state.providerRefundId,
              amountFen: input.refundFen,
              status: 'succeeded',
            },
          ]
        : [],
    );
    return paid.length + back.length > 0 ? { state: 'ready', lines: [...paid, ...back] } : { state: 'empty' };
  }

  async fundFlow(day: ChinaDate): Promise<Bill<FundFlowLine>> {
    const trade = await this.tradeBill(day);
    if (trade.state !== 'ready') return trade;
    const charges = trade.lines.flatMap((line): FundFlowLine[] =>
      line.kind === 'payment' && line.chargeFen > 0
        ? [
            {
              at: line.paidAt,
              flowId: `charge-${line.paymentId}`,
              kind: 'charge',
              direction: 'out',
              amountFen: fen(this.chargedFen ?? line.chargeFen),
              balanceFen: fen(0),
              providerId: line.providerTransactionId,
            },
          ]
        : [],
    );
    const movements = trade.lines.map(
      (line): FundFlowLine => ({
        at: line.kind === 'payment' ? line.paidAt : line.refundedAt,
        flowId: `flow-${line.kind === 'payment' ? line.paymentId : line.refundId}`,
        kind: line.kind,
        direction: line.kind === 'payment' ? 'in' : 'out',
        amountFen: line.amountFen,
        balanceFen: fen(0),
        providerId: line.kind === 'payment' ? line.providerTransactionId : line.providerRefundId,
      }),
    );
    return { state: 'ready', lines: [...movements, ...charges] };
  }

  #reached(method: 'prepay' | 'queryPayment' | 'closePayment' | 'refund' | 'queryRefund', id: string): void {
    if (this.down.has(method)) throw new ProviderUnavailable(`${method}: down`);
    this.calls.push(`${method} ${id}`);
  }

  #answered(method: 'prepay' | 'closePayment' | 'refund'): void {
    if (this.deaf.has(method)) throw new ProviderUnavailable(`${method}: answer lost`);
  }

  #stateOf(order: FakeOrder): PaymentState {
    if (order.state === 'not-paid' || order.state === 'closed') return { state: order.state };
    return {
      state: order.state,
      providerTransactionId: `wx-${order.input.paymentId}`,
      amountFen: fen(order.paidFen ?? 0),
      paidAt: order.paidAt ?? this.#clock.now(),
    };
  }

  #firstState(input: RefundInput): RefundState {
    if (this.refundMode === 'process') return { state: 'processing' };
    if (this.refundMode === 'abnormal' || this.refundMode === 'closed') return this.#ended(this.refundMode);
    return this.#succeeded(input);
  }

  #ended(state: 'abnormal' | 'closed'): RefundState {
    return state === 'closed' ? { state } : { state, reason: '账户异常' };
  }

  #succeeded(input: RefundInput): RefundState {
    return { state: 'succeeded', providerRefundId: `wx-${input.refundId}`, refundedAt: this.#clock.now(), amountFen: input.refundFen };
  }
}
