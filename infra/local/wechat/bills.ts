/** The daily bills, made from what happened: never of today, from 10:00 of the next day, for three months. */
import { randomBytes } from 'node:crypto';
import { addDays, ChinaDate, chinaDate, chinaInstant, type Instant, instant, ms, TimeOfDay } from '@kehou/shared/kernel/time';
import type { Keys } from './keys.ts';
import { Refused } from './merchant.ts';
import { sha1 } from './signing.ts';
import type { Flow, State, WeChatOrder, WeChatRefund } from './state.ts';
import { billTime, yuan } from './text.ts';
import type { Timers } from './timers.ts';

const DAYS_KEPT = 92;
const DOWNLOAD_MS = 5 * 60_000;

const TRADE_HEAD =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TRADE_FOOT = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';
const FLOW_HEAD =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号';
const FLOW_FOOT = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

export class Bills {
  readonly #state: State;
  readonly #keys: () => Keys;
  readonly #timers: Timers;

  constructor(state: State, keys: () => Keys, timers: Timers) {
    this.#state = state;
    this.#keys = keys;
    this.#timers = timers;
  }

  /** Where to download a day's bill from, with its hash; the address is good for five minutes. */
  ask(kind: 'trade' | 'flow', day: string | null, host: string): Record<string, unknown> {
    const date = this.#offered(day);
    const content = kind === 'trade' ? this.#trades(date) : this.#flows(date);
    if (content === undefined) throw new Refused(400, 'NO_STATEMENT_EXIST', '账单不存在');
    const token = randomBytes(32).toString('base64url');
    this.#state.downloads.put(token, { content, until: instant(ms(this.#timers.now()) + DOWNLOAD_MS) });
    const hash_value = sha1(Buffer.from(content, 'utf8'));
    return { hash_type: 'SHA1', hash_value, download_url: `http://${host}/v3/billdownload/file?token=${token}` };
  }

  file(token: string | null): Buffer {
    const download = token === null ? undefined : this.#state.downloads.get(token);
    if (!download || ms(this.#timers.now()) > ms(download.until)) throw new Refused(400, 'INVALID_REQUEST', '下载地址已失效');
    return Buffer.from(download.content, 'utf8');
  }

  #offered(day: string | null): ChinaDate {
    const date = ChinaDate.safeParse(day);
    const today = chinaDate(this.#timers.now());
    if (!date.success || date.data >= today || date.data < addDays(today, -DAYS_KEPT)) {
      throw new Refused(400, 'INVALID_REQUEST', '账单日期有误：仅支持三个月内且早于今日的账单');
    }
    if (ms(this.#timers.now()) < ms(this.#madeAt(date.data))) throw new Refused(400, 'STATEMENT_CREATING', '账单生成中');
    return date.data;
  }

  #madeAt(day: ChinaDate): Instant {
    return chinaInstant(addDays(day, 1), TimeOfDay.parse('10:00'));
  }

  #trades(day: ChinaDate): string | undefined {
    const paid = this.#state.orders.all().filter((order) => order.paidAt !== undefined && chinaDate(order.paidAt) === day);
    const refunds = this.#state.refunds.all().filter((refund) => chinaDate(refund.createdAt) === day);
    if (paid.length + refunds.length === 0) return undefined;
    const lines = [
      ...paid.map((order) => ({ at: order.paidAt ?? order.createdAt, cells: this.#payment(order) })),
      ...refunds.map((refund) => ({ at: refund.createdAt, cells: this.#refund(refund, this.#madeAt(day)) })),
    ].sort((a, b) => ms(a.at) - ms(b.at));
    const paidFen = paid.reduce((sum, order) => sum + order.amountFen, 0);
    const backFen = refunds.reduce((sum, refund) => sum + refund.amountFen, 0);
    const chargeFen = paid.reduce((sum, order) => sum + order.chargeFen, 0);
    const total = [String(lines.length), yuan(paidFen), yuan(backFen), '0.00', decimals5(chargeFen), yuan(paidFen), yuan(backFen)];
    return sheet(
      TRADE_HEAD,
      lines.map((line) => line.cells),
      TRADE_FOOT,
      total,
    );
  }

  #payment(order: WeChatOrder): string[] {
    const { appId, merchantId } = this.#keys();
    const amount = yuan(order.amountFen);
    const head = [billTime(order.paidAt ?? order.createdAt), appId, merchantId, '0', '', order.transactionId ?? '', order.outTradeNo];
    const trade = [order.payer, 'JSAPI', 'SUCCESS', 'OTHERS', 'CNY', amount, '0.00', '0', '0', '0.00', '0.00', '', ''];
    return [
      ...head,
      ...trade,
      escaped(order.description),
      escaped(order.attach ?? ''),
      decimals5(order.chargeFen),
      this.#rate(),
      amount,
      '0.00',
      '',
    ];
  }

  /** As the refund stood when the bill was made: it is never brought up to date. */
  #refund(refund: WeChatRefund, madeAt: Instant): string[] {
    const { appId, merchantId } = this.#keys();
    const order = this.#state.orders.get(refund.outTradeNo);
    const ended = refund.settledAt !== undefined && ms(refund.settledAt) <= ms(madeAt) ? refund.state : 'PROCESSING';
    const status = { SUCCESS: 'SUCCESS', PROCESSING: 'PROCESSING', ABNORMAL: 'CHANGE', CLOSED: 'FAIL' }[ended];
    const amount = yuan(refund.amountFen);
    const head = [billTime(refund.createdAt), appId, merchantId, '0', '', order?.transactionId ?? '', refund.outTradeNo];
    const trade = [order?.payer ?? '', 'JSAPI', 'REFUND', 'OTHERS', 'CNY', '0.00', '0.00', refund.refundId, refund.outRefundNo];
    const tail = [escaped(order?.description ?? ''), escaped(order?.attach ?? ''), '0.00000', this.#rate(), '0.00', amount, ''];
    return [...head, ...trade, amount, '0.00', 'ORIGINAL', status, ...tail];
  }

  #rate(): string {
    return `${yuan(this.#state.settings.get().chargeBasisPoints)}%`;
  }

  #flows(day: ChinaDate): string | undefined {
    const flows = this.#state.flows.all().filter((flow) => chinaDate(flow.at) === day);
    if (flows.length === 0) return undefined;
    const of = (direction: Flow['direction']) => flows.filter((flow) => flow.direction === direction);
    const sum = (some: readonly Flow[]) => yuan(some.reduce((total, flow) => total + flow.amountFen, 0));
    const [income, expense] = [of('in'), of('out')];
    const total = [String(flows.length), String(income.length), sum(income), String(expense.length), sum(expense)];
    const lines = flows.map((flow) => [
      billTime(flow.at),
      flow.businessId,
      flow.flowId,
      flow.name === '扣除交易手续费' ? '交易' : flow.name,
      flow.name,
      flow.direction === 'in' ? '收入' : '支出',
      yuan(flow.amountFen),
      yuan(flow.balanceFen),
      'system',
      escaped(flow.note),
      flow.voucher,
    ]);
    return sheet(FLOW_HEAD, lines, FLOW_FOOT, total);
  }
}

function sheet(head: string, lines: readonly (readonly string[])[], foot: string, total: readonly string[]): string {
  const row = (cells: readonly string[]) => cells.map((cell) => `\`${cell}`).join(',');
  return `\u{feff}${[head, ...lines.map(row), foot, row(total)].join('\r\n')}\r\n`;
}

/** Commas and line ends inside a value, as WeChat writes them. */
function escaped(text: string): string {
  return text.replaceAll(',', '\\ ').replaceAll('\n', '\\n');
}

function decimals5(fens: number): string {
  return `${yuan(fens)}000`;
}
