import { createCipheriv, createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForgedCallback, type RawCallback } from '@kehou/functions/platform/payment-provider';
import { addMinutes, ms } from '@kehou/shared/kernel/time';
import { RETRY_SECONDS } from './deliveries.ts';
import { createWeChatSimulator } from './index.ts';
import { loadKeys, saveKeys } from './keys.ts';
import { ManualTimers } from './manual-timers.ts';
import { orderOf, paidOrder, START, startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

/** What came in: accepted payments and refunds by their state, refusals by their reason. */
function outcomes(): string[] {
  return world.callbacks.map(({ notice, error }) => {
    if (!notice) return `${error instanceof ForgedCallback ? 'forged' : 'error'}: ${(error as Error).message}`;
    return notice.kind === 'payment' ? notice.payment.state : `refund ${notice.refund.state}`;
  });
}

describe('the schedule', () => {
  test('a merchant that never answers well gets the callback sixteen times over 24 hours and 4 minutes, at the published times', async () => {
    world.answer = () => 500;
    const { input } = await paidOrder(world);
    const paidAtMs = ms(world.timers.now());
    await world.timers.advance({ hours: 30 });
    const [delivery] = world.simulator.control.listDeliveries(input.paymentId);
    const seconds = delivery?.attempts.map(({ at }) => (ms(at) - paidAtMs) / 1000) ?? [];
    expect(seconds).toHaveLength(16);
    expect(seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))).toEqual([...RETRY_SECONDS]);
    expect(seconds.at(-1)).toBe((24 * 60 + 4) * 60);
    expect(delivery?.state).toBe('given-up');
    expect(new Set(world.callbacks.map(({ raw }) => JSON.parse(raw.body).id)).size).toBe(1);
  });

  test('it stops as soon as the merchant answers 200 or 204', async () => {
    let tries = 0;
    world.answer = () => (++tries < 3 ? 503 : 200);
    await paidOrder(world);
    await world.timers.advance({ hours: 30 });
    expect(outcomes()).toEqual(['paid', 'paid', 'paid']);
  });

  test('a merchant that cannot be reached, or takes longer than 5 seconds, is tried again', async () => {
    let tries = 0;
    const timers = new ManualTimers(START);
    const dataDir = mkdtempSync(join(tmpdir(), 'kehou-wechat-'));
    saveKeys(dataDir, loadKeys(world.dataDir));
    const callbackFetch = async () => {
      tries++;
      if (tries === 1) throw new TypeError('fetch failed');
      if (tries === 2) throw Object.assign(new Error('aborted'), { name: 'TimeoutError' });
      return { status: 204 };
    };
    const simulator = createWeChatSimulator({ dataDir, timers, callbackFetch });
    const server = createServer((request, response) => simulator.requestListener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pay = world.adapter({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const { openId } = simulator.control.addPerson({ phone: '13800138000', nickname: '王' });
    const input = { ...orderOf(world), payer: openId };
    simulator.control.pay(openId, await pay.prepay(input));
    await timers.advance({ minutes: 1 });
    const [delivery] = simulator.control.listDeliveries(input.paymentId);
    expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual(['no connection', 'no answer in 5 s', '204']);
    simulator.close();
    server.closeAllConnections();
    server.close();
    rmSync(dataDir, { recursive: true });
  });
});

describe('switches', () => {
  test('duplicates: the same event arrives several times', async () => {
    world.simulator.control.setSwitch({ kind: 'callback.duplicate', copies: 3 });
    await paidOrder(world);
    await world.timers.settle();
    expect(outcomes()).toEqual(['paid', 'paid', 'paid', 'paid']);
    expect(new Set(world.callbacks.map(({ raw }) => JSON.parse(raw.body).id)).size).toBe(1);
  });

  test('late: it arrives when the minutes are over', async () => {
    world.simulator.control.setSwitch({ kind: 'callback.late', minutes: 20 });
    await paidOrder(world);
    await world.timers.advance({ minutes: 19 });
    expect(outcomes()).toEqual([]);
    await world.timers.advance({ minutes: 1 });
    expect(outcomes()).toEqual(['paid']);
  });

  test('lost: it never arrives; a query knows', async () => {
    world.simulator.control.setSwitch({ kind: 'callback.lost' });
    const { input } = await paidOrder(world);
    await world.timers.advance({ days: 2 });
    expect(outcomes()).toEqual([]);
    expect(await world.pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
  });

  test('forged, probing, tampered and played back: refused each, and the genuine one still counts', async () => {
    const kinds = ['callback.forged-signature', 'callback.probe', 'callback.tampered', 'callback.stale'] as const;
    for (const kind of kinds) world.simulator.control.setSwitch({ kind });
    await paidOrder(world);
    await world.timers.advance({ hours: 1 });
    const refusals = ['forged: bad signature', 'forged: bad signature', 'forged: bad signature', 'forged: stale'];
    expect(outcomes()).toEqual([...refusals, 'paid']);
  });

  test('with the genuine one lost as well, only refusals remain', async () => {
    for (const kind of ['callback.forged-signature', 'callback.lost'] as const) world.simulator.control.setSwitch({ kind });
    await paidOrder(world);
    await world.timers.advance({ days: 2 });
    expect(outcomes()).toEqual(['forged: bad signature']);
  });

  test('a wrong amount that WeChat itself signed is passed on as it is, for billing to see; the query tells the right one', async () => {
    world.simulator.control.setSwitch({ kind: 'callback.wrong-content', amountFen: 1 });
    const { input } = await paidOrder(world, 5000);
    await world.timers.settle();
    expect(world.callbacks[0]?.notice).toMatchObject({ payment: { state: 'paid', amountFen: 1 } });
    expect(await world.pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid', amountFen: 5000 });
  });

  test.each([
    ['currency', { currency: 'USD' }, 'forged: not a payment, or not in CNY'],
    ['merchant', { merchantId: '1900000109' }, 'forged: for another merchant or app'],
    ['app', { appId: 'wx0000000000000000' }, 'forged: for another merchant or app'],
  ])('another %s is refused however well it is signed', async (_, content, outcome) => {
    world.simulator.control.setSwitch({ kind: 'callback.wrong-content', ...content });
    await paidOrder(world);
    await world.timers.settle();
    expect(outcomes()).toEqual([outcome]);
  });

  test('a switch strikes as often as it says, only its subject and kind, and a sticky one until it is removed', async () => {
    const { control } = world.simulator;
    const first = orderOf(world);
    control.setSwitch({ kind: 'callback.lost', subject: first.paymentId, times: 2 });
    control.setSwitch({ kind: 'callback.lost', of: 'refund' });
    await paidOrder(world);
    await world.timers.settle();
    expect(outcomes()).toEqual(['paid']);
    control.pay(first.payer, await world.pay.prepay(first));
    await world.timers.settle();
    expect(outcomes()).toEqual(['paid']);
    expect(control.listSwitches().map(({ times }) => times)).toEqual([1, 1]);

    control.clearSwitches();
    const sticky = control.setSwitch({ kind: 'callback.lost', times: 'always' });
    await paidOrder(world);
    await paidOrder(world);
    control.removeSwitch(sticky.switchId);
    await paidOrder(world);
    await world.timers.settle();
    expect(outcomes()).toEqual(['paid', 'paid']);
  });
});

describe('attacks', () => {
  test('a forged "paid" for an order that nobody paid is refused, however it is made', async () => {
    const input = orderOf(world);
    await world.pay.prepay(input);
    for (const disguise of ['forged-signature', 'probe', 'tampered', 'stale'] as const) {
      world.simulator.control.forgePayment(input.paymentId, disguise);
    }
    await world.timers.settle();
    expect(outcomes()).toHaveLength(4);
    expect(outcomes().every((outcome) => outcome.startsWith('forged'))).toBe(true);
    expect(await world.pay.queryPayment(input.paymentId)).toEqual({ state: 'not-paid' });
  });

  test('a callback played back after five minutes is refused; within them it is the same payment again', async () => {
    await paidOrder(world);
    await world.timers.settle();
    const { raw } = world.callbacks[0] as { raw: RawCallback };
    await world.timers.advance({ minutes: 5 });
    expect(await world.pay.readNotice(raw)).toMatchObject({ kind: 'payment' });
    await world.timers.advance({ seconds: 1 });
    await expect(world.pay.readNotice(raw)).rejects.toThrow('stale');
  });

  test('one byte of body or header changed, a missing header, an unknown serial: refused', async () => {
    await paidOrder(world);
    await world.timers.settle();
    const { raw } = world.callbacks[0] as { raw: RawCallback };
    const changed: RawCallback[] = [
      { ...raw, body: raw.body.replace('支付成功', '支付成功 ') },
      { ...raw, body: JSON.stringify(JSON.parse(raw.body), undefined, 1) },
      { ...raw, body: '' },
      { ...raw, headers: {} },
      ...['wechatpay-nonce', 'wechatpay-timestamp', 'wechatpay-signature', 'wechatpay-serial'].flatMap((name) => [
        { ...raw, headers: { ...raw.headers, [name]: undefined } },
        { ...raw, headers: { ...raw.headers, [name]: `${raw.headers[name]}0` } },
        { ...raw, headers: { ...raw.headers, [name]: '' } },
      ]),
      { ...raw, headers: { ...raw.headers, 'wechatpay-serial': 'PUB_KEY_ID_0000000000000000000000000000000000' } },
      { ...raw, headers: { ...raw.headers, 'wechatpay-serial': '__proto__' } },
      { ...raw, body: `${raw.body}${' '.repeat(70_000)}` },
    ];
    for (const one of changed) await expect(world.pay.readNotice(one)).rejects.toBeInstanceOf(ForgedCallback);
    // Any case of the names will do: gateways lower them, Node's own keeps them.
    const upper = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name.toUpperCase(), value]));
    expect(await world.pay.readNotice({ ...raw, headers: upper })).toMatchObject({ kind: 'payment' });
  });

  test('signed by WeChat but sealed with another key, of another event, or not a callback at all: refused', async () => {
    const keys = loadKeys(world.dataDir);
    const signed = (body: string): RawCallback => {
      const timestamp = String(Math.floor(ms(world.timers.now()) / 1000));
      const signature = createSign('RSA-SHA256').update(`${timestamp}\nN\n${body}\n`).sign(keys.publicKeyPrivate, 'base64');
      const names = { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': 'N', 'wechatpay-signature': signature };
      return { headers: { ...names, 'wechatpay-serial': keys.publicKeyId }, body };
    };
    const sealed = (event: string, content: unknown, key = keys.apiV3Key, algorithm = 'AEAD_AES_256_GCM') => {
      const cipher = createCipheriv('aes-256-gcm', key, 'abcdefghijkl');
      const bytes = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()]);
      const resource = { algorithm, ciphertext: bytes.toString('base64'), nonce: 'abcdefghijkl', associated_data: '' };
      return signed(JSON.stringify({ id: 'EV-1', event_type: event, resource }));
    };
    const payment = {
      ...{ appid: keys.appId, mchid: keys.merchantId, out_trade_no: 'pay_1', transaction_id: '42', trade_state: 'SUCCESS' },
      ...{ success_time: '2026-09-01T16:00:00+08:00', amount: { total: 100, currency: 'CNY' } },
    };
    expect(await world.pay.readNotice(sealed('TRANSACTION.SUCCESS', payment))).toMatchObject({ paymentId: 'pay_1' });
    const wrong: [RawCallback, string][] = [
      [sealed('TRANSACTION.SUCCESS', payment, 'x'.repeat(32)), 'APIv3 key'],
      [sealed('COUPON.USE', payment), 'never asked'],
      [sealed('TRANSACTION.SUCCESS', { ...payment, amount: { total: 1.5, currency: 'CNY' } }), 'not a payment'],
      [sealed('TRANSACTION.SUCCESS', { ...payment, transaction_id: undefined }), 'not a payment'],
      [sealed('REFUND.SUCCESS', payment), 'not a refund'],
      [sealed('TRANSACTION.SUCCESS', payment, undefined, 'NONE'), 'not a callback'],
      [signed('{"id":1}'), 'not a callback'],
      [signed('nonsense'), 'not a callback'],
    ];
    for (const [raw, why] of wrong) {
      const failure = await world.pay.readNotice(raw).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ForgedCallback);
      expect((failure as Error).message).toContain(why);
    }
  });

  test('a stranger with keys of their own cannot speak for WeChat by naming its serial', async () => {
    await paidOrder(world);
    await world.timers.settle();
    const { raw } = world.callbacks[0] as { raw: RawCallback };
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const text = `${raw.headers['wechatpay-timestamp']}\n${raw.headers['wechatpay-nonce']}\n${raw.body}\n`;
    const signature = createSign('RSA-SHA256').update(text).sign(privateKey, 'base64');
    await expect(world.pay.readNotice({ ...raw, headers: { ...raw.headers, 'wechatpay-signature': signature } })).rejects.toThrow('bad');
  });
});

test('callbacks under way survive a restart of WeChat', async () => {
  world.simulator.control.setSwitch({ kind: 'callback.late', minutes: 30 });
  const { input } = await paidOrder(world);
  await world.restart();
  expect(world.timers.pending()).toHaveLength(1);
  expect(world.timers.pending()[0]?.at).toBe(addMinutes(world.timers.now(), 30));
  await world.timers.advance({ minutes: 30 });
  expect(world.callbacks[0]?.notice).toMatchObject({ kind: 'payment', paymentId: input.paymentId });
});
