/** The payment provider of a rehearsal: it keeps orders, takes the made-up money, and pays back what it is asked to. */
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Clock } from '../platform/clock.ts';
import type { Bill, FundFlowLine, PaymentBills, TradeBillLine } from '../platform/payment-bills.ts';
import type {
  PaymentProvider,
  PaymentState,
  PayParameters,
  PrepayInput,
  ProviderNotice,
  RawCallback,
  RefundInput,
  RefundState,
} from '../platform/payment-provider.ts';

interface CashierOrder {
  readonly input: PrepayInput;
  closed: boolean;
  paidAt?: Instant;
}

export class Cashier implements PaymentProvider, PaymentBills {
  private readonly clock: Clock;
  private readonly orders = new Map<string, CashierOrder>();
  private readonly refunds = new Map<string, RefundState>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The parent pays. `late`: the money was on its way when the time ran out. `undefined`: it is not taken any more. */
  pay(paymentId: string, late: boolean): PaymentState | undefined {
    const order = this.orders.get(paymentId);
    if (!order || order.paidAt) return undefined;
    const isOver = order.closed || ms(order.input.expiresAt) <= ms(this.clock.now());
    if (isOver && !late) return undefined;
    order.paidAt = this.clock.now();
    return stateOf(paymentId, order);
  }

  async prepay(input: PrepayInput): Promise<PayParameters> {
    if (!this.orders.has(input.paymentId)) this.orders.set(input.paymentId, { input, closed: false });
    return { timeStamp: '0', nonceStr: '0', package: `prepay_id=${input.paymentId}`, signType: 'RSA', paySign: '0' };
  }

  async queryPayment(paymentId: string): Promise<PaymentState> {
    const order = this.orders.get(paymentId);
    return order ? stateOf(paymentId, order) : { state: 'unknown' };
  }

  async closePayment(paymentId: string): Promise<PaymentState> {
    const order = this.orders.get(paymentId);
    if (!order) return { state: 'unknown' };
    if (!order.paidAt) order.closed = true;
    return stateOf(paymentId, order);
  }

  async refund({ refundId, refundFen }: RefundInput): Promise<RefundState> {
    const known = this.refunds.get(refundId);
    if (known) return known;
    const made: RefundState = {
      state: 'succeeded',
      providerRefundId: `rehearsed-${refundId}`,
      refundedAt: this.clock.now(),
      amountFen: refundFen,
    };
    this.refunds.set(refundId, made);
    return made;
  }

  async queryRefund(refundId: string): Promise<RefundState> {
    return this.refunds.get(refundId) ?? { state: 'unknown' };
  }

  async readNotice({ body }: RawCallback): Promise<ProviderNotice> {
    return JSON.parse(body) as ProviderNotice;
  }

  async tradeBill(): Promise<Bill<TradeBillLine>> {
    return { state: 'not-ready' };
  }
  async fundFlow(): Promise<Bill<FundFlowLine>> {
    return { state: 'not-ready' };
  }
}

function stateOf(paymentId: string, { input, closed, paidAt }: CashierOrder): PaymentState {
  if (paidAt) return { state: 'paid', providerTransactionId: `rehearsed-${paymentId}`, amountFen: input.amountFen, paidAt };
  return { state: closed ? 'closed' : 'not-paid' };
}
