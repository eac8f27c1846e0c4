import { parseFundFlow, parseTradeBill } from './wechat-pay-bills.ts';

/** Lines in the form that WeChat Pay's own examples have: back-ticks, yuan, a charge of five decimals, totals at the end. */
const TRADE = [
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注',
  '`2021-01-28 17:07:11,`wx81be3101902f7cb2,`1601959334,`0,`,`4200000925202101284997714292,`S20210128170702357723,`ofyak5qR_1wYsC99CsWA6R9MJazA,`JSAPI,`SUCCESS,`OTHERS,`CNY,`1234.50,`0.00,`0,`0,`0.00,`0.00,`,`,`for testing\\ cipher,`,`7.40700,`0.60%,`1234.50,`0.00,`',
  '`2021-01-28 18:00:00,`wx81be3101902f7cb2,`1601959334,`0,`,`4200000925202101284997714292,`S20210128170702357723,`ofyak5qR_1wYsC99CsWA6R9MJazA,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50300806962021020105978994968,`R1,`0.01,`0.00,`ORIGINAL,`CHANGE,`for testing,`,`-0.00006,`0.60%,`0.00,`0.01,`',
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
  '`2,`1234.50,`0.01,`0.00,`7.41000,`1234.50,`0.01',
  '',
].join('\r\n');
const FLOW = [
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号',
  '`2021-02-01 00:00:01,`4200000920202101197964319284,`1000,`交易,`交易,`收入,`0.05,`0.25,`system,`,`S1',
  '`2021-02-01 13:54:01,`50300806962021020105978994968,`4200000920202101197964319284,`退款,`退款,`支出,`0.01,`0.24,`1601959334API,`退款总金额0.01元;含手续费0.00元,`S20210201135356381941',
  '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额',
  '`2,`1,`0.05,`1,`0.01',
].join('\n');

test('a trade bill is read by the names of its columns, in fen and UTC', () => {
  expect(parseTradeBill(TRADE)).toEqual([
    {
      kind: 'payment',
      paidAt: '2021-01-28T09:07:11.000Z',
      paymentId: 'S20210128170702357723',
      providerTransactionId: '4200000925202101284997714292',
      amountFen: 123_450,
      chargeFen: 741,
    },
    {
      kind: 'refund',
      refundedAt: '2021-01-28T10:00:00.000Z',
      paymentId: 'S20210128170702357723',
      providerTransactionId: '4200000925202101284997714292',
      refundId: 'R1',
      providerRefundId: '50300806962021020105978994968',
      amountFen: 1,
      status: 'failed',
    },
  ]);
  const lines = TRADE.split('\r\n').map((line) => line.split(','));
  const turned = lines.map((cells, index) => (index < 3 ? [...cells].reverse() : cells).join(',')).join('\r\n');
  expect(parseTradeBill(`\u{feff}${turned}`)).toEqual(parseTradeBill(TRADE));
});

test('a fund flow is read with either form of the brackets', () => {
  const lines = parseFundFlow(FLOW);
  expect(lines.map(({ kind, direction, amountFen, balanceFen }) => [kind, direction, amountFen, balanceFen])).toEqual([
    ['payment', 'in', 5, 25],
    ['refund', 'out', 1, 24],
  ]);
  expect(lines[0]?.at).toBe('2021-01-31T16:00:01.000Z');
  expect(parseFundFlow(FLOW.replaceAll('（', '(').replaceAll('）', ')'))).toEqual(lines);
});

test('a bill that is cut off, does not add up, or holds what nobody can read is refused, not half read', () => {
  const broken = [
    '',
    TRADE.slice(0, TRADE.indexOf('总交易单数')),
    TRADE.replace('`1234.50,`0.00,`0,`0', '`1234.51,`0.00,`0,`0').replace('0.60%,`1234.50', '0.60%,`1234.51'),
    TRADE.replace('`2,`1234.50', '`3,`1234.50'),
    TRADE.replace('0.60%,`1234.50', '0.60%,`1e3'),
    TRADE.replace('`SUCCESS', '`REVOKED'),
    TRADE.replace('2021-01-28 17:07:11', '2021-02-30 17:07:11'),
    TRADE.replace('商户订单号', '别的'),
  ];
  for (const text of broken) expect(() => parseTradeBill(text)).toThrow();
  expect(() => parseFundFlow(FLOW.replace('`收入,`0.05', '`收入,`0.06'))).toThrow('income');
  expect(() => parseFundFlow(FLOW.replace('`收入,', '`不变,'))).toThrow('no direction');
});
