import { createHash } from 'node:crypto';
import { ProviderUnavailable } from '@kehou/functions/platform/payment-provider';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { ChinaDate, chinaInstant, TimeOfDay } from '@kehou/shared/kernel/time';
import { paidOrder, startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const day = ChinaDate.parse('2026-09-01');
const nextMorning = chinaInstant(ChinaDate.parse('2026-09-02'), TimeOfDay.parse('10:00'));

test("the next morning the day's payments and refunds are on the trade bill, and every movement on the fund flow", async () => {
  const { control } = world.simulator;
  control.changeSettings({ chargeBasisPoints: 60 });
  const first = await paidOrder(world, 12_345);
  await world.timers.advance({ minutes: 5 });
  const second = await paidOrder(world, 1);
  await world.timers.advance({ minutes: 5 });
  const done = {
    refundId: newId('refund'),
    paymentId: first.input.paymentId,
    refundFen: fen(345),
    paidFen: fen(12_345),
    reason: '退课,退费',
  };
  await world.pay.refund(done);
  await world.timers.advance({ minutes: 5 });
  control.setSwitch({ kind: 'refund.silent' });
  const open = { ...done, refundId: newId('refund'), refundFen: fen(1000) };
  await world.pay.refund(open);
  control.withdraw(5000);
  await world.timers.advanceTo(nextMorning);

  const trade = await world.pay.tradeBill(day);
  if (trade.state !== 'ready') throw new Error(trade.state);
  expect(trade.lines.map(({ kind, paymentId, amountFen }) => [kind, paymentId, amountFen])).toEqual([
    ['payment', first.input.paymentId, 12_345],
    ['payment', second.input.paymentId, 1],
    ['refund', first.input.paymentId, 345],
    ['refund', first.input.paymentId, 1000],
  ]);
  expect(trade.lines[0]).toMatchObject({ chargeFen: 74, paidAt: '2026-09-01T08:00:00.000Z' });
  expect(trade.lines[2]).toMatchObject({ refundId: done.refundId, status: 'succeeded' });
  expect(trade.lines[3]).toMatchObject({ refundId: open.refundId, status: 'processing' });

  const flow = await world.pay.fundFlow(day);
  if (flow.state !== 'ready') throw new Error(flow.state);
  expect(flow.lines.map(({ kind, direction, amountFen, balanceFen }) => [kind, direction, amountFen, balanceFen])).toEqual([
    ['payment', 'in', 12_345, 12_345],
    ['charge', 'out', 74, 12_271],
    ['payment', 'in', 1, 12_272],
    ['refund', 'out', 345, 11_927],
    ['refund', 'out', 1000, 10_927],
    ['withdrawal', 'out', 5000, 5927],
  ]);
  expect(flow.lines.at(-1)?.balanceFen).toBe(control.balanceFen());
  expect(flow.lines[0]?.providerId).toBe(control.order(first.input.paymentId)?.transactionId);
});

test('a bill is not there before ten, never for today, empty when nothing moved, and gone after three months', async () => {
  await paidOrder(world);
  await expect(world.pay.tradeBill(day)).rejects.toMatchObject({ name: 'ProviderRefused' });
  await world.timers.advanceTo(chinaInstant(ChinaDate.parse('2026-09-02'), TimeOfDay.parse('09:59')));
  expect(await world.pay.tradeBill(day)).toEqual({ state: 'not-ready' });
  await world.timers.advance({ minutes: 1 });
  expect(await world.pay.tradeBill(day)).toMatchObject({ state: 'ready' });
  expect(await world.pay.tradeBill(ChinaDate.parse('2026-08-31'))).toEqual({ state: 'empty' });
  expect(await world.pay.fundFlow(ChinaDate.parse('2026-08-31'))).toEqual({ state: 'empty' });
  await world.timers.advance({ days: 93 });
  await expect(world.pay.tradeBill(day)).rejects.toMatchObject({ name: 'ProviderRefused' });
});

test('a payment at 00:30 in China belongs to the day it was paid, not to the UTC day', async () => {
  await world.timers.advanceTo(chinaInstant(ChinaDate.parse('2026-09-02'), TimeOfDay.parse('00:30')));
  await paidOrder(world, 700);
  await world.timers.advance({ days: 2 });
  expect(await world.pay.tradeBill(day)).toEqual({ state: 'empty' });
  expect(await world.pay.tradeBill(ChinaDate.parse('2026-09-02'))).toMatchObject({ state: 'ready', lines: [{ amountFen: 700 }] });
});

test('a file that is not the one announced, or cut off, is not believed; a forged address gets no signature of ours', async () => {
  await paidOrder(world);
  await world.timers.advanceTo(nextMorning);
  const { WeChatPay } = await import('@kehou/functions/platform/wechat-pay');
  const { appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey } = world.simulator.credentials();
  const account = {
    ...{ baseUrl: world.baseUrl, appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key },
    publicKeys: { [publicKeyId]: publicKey },
  };
  const options = { account, paymentNotifyUrl: 'http://127.0.0.1/p', refundNotifyUrl: 'http://127.0.0.1/r' };
  const asked: string[] = [];
  const meddled = new WeChatPay(options, world.timers, async (url, init) => {
    asked.push(url.pathname);
    const reply = await fetch(url, init);
    if (!url.pathname.startsWith('/v3/billdownload')) return reply;
    return new Response((await reply.text()).replace('120.00', '121.00'));
  });
  await expect(meddled.tradeBill(day)).rejects.toThrow('not the one announced');
  expect(asked).toEqual(['/v3/bill/tradebill', '/v3/billdownload/file']);

  world.simulator.control.setSwitch({ kind: 'http.bad-signature', operation: 'bill' });
  await expect(world.pay.tradeBill(day)).rejects.toBeInstanceOf(ProviderUnavailable);
  world.simulator.control.setSwitch({ kind: 'http.error', operation: 'bill-download' });
  await expect(world.pay.tradeBill(day)).rejects.toBeInstanceOf(ProviderUnavailable);
});

test("the file's hash is the SHA-1 of its bytes, its address good for five minutes and only for the merchant", async () => {
  await paidOrder(world);
  await world.timers.advanceTo(nextMorning);
  const { WeChatPayClient } = await import('@kehou/functions/platform/wechat-pay-client');
  const { appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey } = world.simulator.credentials();
  const account = {
    ...{ baseUrl: world.baseUrl, appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key },
    publicKeys: { [publicKeyId]: publicKey },
  };
  const client = new WeChatPayClient(account, world.timers);
  const answer = await client.ask('bill', 'GET', `/v3/bill/tradebill?bill_date=${day}`);
  if (!('body' in answer)) throw new Error('refused');
  const { hash_value, download_url } = answer.body as { hash_value: string; download_url: string };
  const bytes = await client.download('bill-download', download_url, 1_000_000);
  expect(createHash('sha1').update(bytes).digest('hex')).toBe(hash_value);
  await expect(client.download('bill-download', download_url, 10)).rejects.toBeInstanceOf(ProviderUnavailable);
  expect((await fetch(download_url, { headers: { accept: '*/*', 'user-agent': 'x' } })).status).toBe(401);
  await expect(client.download('bill-download', 'http://evil.example/v3/billdownload/file?token=1', 10)).rejects.toThrow('not WeChat Pay');
  await world.timers.advance({ minutes: 5, seconds: 1 });
  await expect(client.download('bill-download', download_url, 1_000_000)).rejects.toThrow('HTTP 400');
});
