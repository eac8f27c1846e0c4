/**
 * WeChat Pay's daily bills: asked for, downloaded, checked against their hash and their own totals, and read.
 * Format (pay.weixin.qq.com/doc/v3/merchant 4013071246, 4013071249): UTF-8 lines, a back-tick before every value,
 * commas inside values escaped, amounts in yuan; columns are found by their names, since their order varies.
 */
import { createHash } from 'node:crypto';
import { type Fen, fen } from '@kehou/shared/kernel/fen';
import { ChinaDate, chinaInstant, type Instant, instant, ms, TimeOfDay } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Bill, FundFlowLine, TradeBillLine } from './payment-bills.ts';
import { ProviderRefused } from './payment-provider.ts';
import { unavailable, type WeChatPayClient } from './wechat-pay-client.ts';

const BILL_BYTES_MAX = 64 * 1024 * 1024;

const Ticket = z.object({ hash_type: z.literal('SHA1'), hash_value: z.string().regex(/^[0-9a-fA-F]{40}$/), download_url: z.url() });

export async function fetchBill<Line>(
  client: WeChatPayClient,
  target: string,
  parse: (text: string) => readonly Line[],
): Promise<Bill<Line>> {
  const answer = await client.ask('bill', 'GET', target);
  if ('refused' in answer) {
    const { code, status } = answer.refused;
    if (code === 'NO_STATEMENT_EXIST') return { state: 'empty' };
    if (code === 'STATEMENT_CREATING') return { state: 'not-ready' };
    if (status === 429) throw unavailable('bill', code);
    throw new ProviderRefused('refused', code, `wechat-pay bill: HTTP ${status} ${code}`);
  }
  const ticket = Ticket.safeParse(answer.body);
  if (!ticket.success) throw unavailable('bill', 'a reply that cannot be read');
  const bytes = await client.download('bill-download', ticket.data.download_url, BILL_BYTES_MAX);
  const hash = createHash('sha1').update(bytes).digest('hex');
  // The download itself is not signed; its hash came in a reply that was.
  if (hash !== ticket.data.hash_value.toLowerCase()) throw unavailable('bill-download', 'a file that is not the one announced');
  return { state: 'ready', lines: parse(bytes.toString('utf8')) };
}

type Row = (column: string) => string;
interface Sheet {
  readonly rows: readonly Row[];
  readonly total: Row;
}

/** Splits a bill in its lines and its totals. Throws on a file that is cut off or of another format. */
function sheet(text: string, firstTotal: string): Sheet {
  const cells = text
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.replace(/^`/, '').trim()));
  const foot = cells.findIndex((line) => line[0] === firstTotal);
  const [head] = cells;
  const [totalHead, totals] = [cells[foot], cells[foot + 1]];
  if (foot < 1 || !head || !totalHead || !totals) throw new RangeError('a bill without its totals');
  return { rows: cells.slice(1, foot).map((line) => row(head, line)), total: row(totalHead, totals) };
}

function row(head: readonly string[], line: readonly string[]): Row {
  // WeChat writes this column's brackets in both widths.
  const names = head.map((name) => name.replace('（', '(').replace('）', ')'));
  return (column) => {
    const value = line[names.indexOf(column)];
    if (value === undefined) throw new RangeError(`a bill without ${column}`);
    return value;
  };
}

/** Yuan with up to 5 decimals → fen, half up, without floats. */
function yuan(text: string): Fen {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,5}))?$/.exec(text);
  if (!match) throw new RangeError('not an amount in yuan');
  const [, minus, whole, decimals = ''] = match;
  const hundredThousandths = BigInt(`${whole}${decimals.padEnd(5, '0')}`);
  const amount = Number((hundredThousandths + 500n) / 1000n);
  return fen(minus && amount !== 0 ? -amount : amount);
}

/** `2026-09-01 16:30:05`, in China. */
function time(text: string): Instant {
  const match = /^(\S{10}) (\d\d:\d\d):([0-5]\d)$/.exec(text);
  if (!match) throw new RangeError('not a time');
  const minute = chinaInstant(ChinaDate.parse(match[1]), TimeOfDay.parse(match[2]));
  return instant(ms(minute) + Number(match[3]) * 1000);
}

function check(what: string, said: number, found: number): void {
  if (said !== found) throw new RangeError(`a bill whose ${what} do not add up`);
}

/** Type ALL. Throws a RangeError on a bill that is not whole. */
export function parseTradeBill(text: string): TradeBillLine[] {
  const { rows, total } = sheet(text, '总交易单数');
  const lines = rows.map(tradeLine);
  const sum = (kind: TradeBillLine['kind']) => lines.reduce((fens, line) => (line.kind === kind ? fens + line.amountFen : fens), 0);
  check('lines', Number(total('总交易单数')), lines.length);
  check('payments', yuan(total('订单总金额')), sum('payment'));
  check('refunds', yuan(total('退款总金额')), sum('refund'));
  return lines;
}

function tradeLine(cell: Row): TradeBillLine {
  const both = { paymentId: cell('商户订单号'), providerTransactionId: cell('微信订单号') };
  const state = cell('交易状态');
  if (state === 'SUCCESS') {
    return {
      kind: 'payment',
      ...both,
      paidAt: time(cell('交易时间')),
      amountFen: yuan(cell('订单金额')),
      chargeFen: yuan(cell('手续费')),
    };
  }
  if (state !== 'REFUND') throw new RangeError('a bill with a line of an unknown kind');
  const status = cell('退款状态');
  return {
    kind: 'refund',
    ...both,
    refundedAt: time(cell('交易时间')),
    refundId: cell('商户退款单号'),
    providerRefundId: cell('微信退款单号'),
    amountFen: yuan(cell('退款金额')),
    status: status === 'SUCCESS' ? 'succeeded' : status === 'PROCESSING' ? 'processing' : 'failed',
  };
}

const flowKinds: Readonly<Record<string, FundFlowLine['kind']>> = {
  交易: 'payment',
  退款: 'refund',
  扣除交易手续费: 'charge',
  提现: 'withdrawal',
};

/** Throws a RangeError on a bill that is not whole. */
export function parseFundFlow(text: string): FundFlowLine[] {
  const { rows, total } = sheet(text, '资金流水总笔数');
  const lines = rows.map(flowLine);
  const sum = (direction: FundFlowLine['direction']) =>
    lines.reduce((fens, line) => (line.direction === direction ? fens + line.amountFen : fens), 0);
  check('lines', Number(total('资金流水总笔数')), lines.length);
  check('income', yuan(total('收入金额')), sum('in'));
  check('expenses', yuan(total('支出金额')), sum('out'));
  return lines;
}

function flowLine(cell: Row): FundFlowLine {
  const direction = cell('收支类型');
  if (direction !== '收入' && direction !== '支出') throw new RangeError('a bill with a movement in no direction');
  return {
    at: time(cell('记账时间')),
    flowId: cell('资金流水单号'),
    kind: flowKinds[cell('业务类型')] ?? 'other',
    direction: direction === '收入' ? 'in' : 'out',
    amountFen: yuan(cell('收支金额(元)')),
    balanceFen: yuan(cell('账户结余(元)')),
    providerId: cell('微信支付业务单号'),
  };
}
