/** The simulator judged by others than our own adapter: another implementation of the protocol, and requests written by hand. */
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { LocalClock } from '../clock.ts';
import { createWeChatSimulator } from './index.ts';
import { loadKeys, saveKeys } from './keys.ts';
import { ManualTimers } from './manual-timers.ts';
import { orderOf, paidOrder, startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

/** A request signed here and now, without the product's code; `change` spoils it. */
async function request(
  method: string,
  target: string,
  body = '',
  change: {
    text?: (timestamp: number, merchantId: string) => string;
    authorization?: (header: string) => string;
    headers?: Record<string, string>;
    seconds?: number;
  } = {},
) {
  const { merchantId, merchantSerial, merchantPrivateKey } = world.simulator.credentials();
  const timestamp = Math.floor(ms(world.timers.now()) / 1000) + (change.seconds ?? 0);
  const text = change.text?.(timestamp, merchantId) ?? `${method}\n${target}\n${timestamp}\nNONCE\n${body}\n`;
  const signature = createSign('RSA-SHA256').update(text).sign(merchantPrivateKey, 'base64');
  const header = `WECHATPAY2-SHA256-RSA2048 mchid="${merchantId}",nonce_str="NONCE",timestamp="${timestamp}",serial_no="${merchantSerial}",signature="${signature}"`;
  const response = await fetch(world.baseUrl + target, {
    method,
    headers: {
      ...{ authorization: change.authorization?.(header) ?? header, accept: 'application/json', 'user-agent': 'test' },
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      ...change.headers,
    },
    ...(body === '' ? {} : { body }),
  });
  const reply = await response.text();
  return { status: response.status, headers: response.headers, body: reply === '' ? undefined : JSON.parse(reply) };
}

describe('how strictly requests are judged', () => {
  const target = '/v3/pay/transactions/out-trade-no/pay_unknown?mchid=';

  test('a request that is right in all is answered, signed by certificate unless the public key is named', async () => {
    const { merchantId, publicKeyId, platformCertificates } = world.simulator.credentials();
    const plain = await request('GET', target + merchantId);
    expect(plain).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_EXIST' } });
    expect(plain.headers.get('wechatpay-serial')).toBe(Object.keys(platformCertificates)[0]);
    const named = await request('GET', target + merchantId, '', { headers: { 'wechatpay-serial': publicKeyId } });
    expect(named.headers.get('wechatpay-serial')).toBe(publicKeyId);
    expect(await request('GET', target + merchantId, '', { headers: { 'wechatpay-serial': 'PUB_KEY_ID_1' } })).toMatchObject({
      status: 400,
    });
  });

  test.each<[string, Parameters<typeof request>[3]]>([
    ['a text without the query', { text: (at) => `GET\n/v3/pay/transactions/out-trade-no/pay_unknown\n${at}\nNONCE\n\n` }],
    ['a text without the last line feed', { text: (at, mchid) => `GET\n${target}${mchid}\n${at}\nNONCE\n` }],
    ['no header', { authorization: () => '' }],
    ['another scheme', { authorization: (header) => header.replace('WECHATPAY2-SHA256-RSA2048', 'Bearer') }],
    ['a field left out', { authorization: (header) => header.replace('nonce_str="NONCE",', '') }],
    ['a field twice', { authorization: (header) => `${header},nonce_str="NONCE"` }],
    ['spaces after the commas', { authorization: (header) => header.replaceAll('",', '", ') }],
    ['single quotes', { authorization: (header) => header.replaceAll('"', "'") }],
    ['another merchant', { authorization: (header) => header.replace(/mchid="\d+"/, 'mchid="1900000001"') }],
    ['another serial', { authorization: (header) => header.replace(/serial_no="\w+"/, 'serial_no="00"') }],
    ['a time six minutes ago', { seconds: -360 }],
    ['a time six minutes ahead', { seconds: 360 }],
  ])('%s is 401 SIGN_ERROR, and that reply is not signed', async (_, change) => {
    const reply = await request('GET', target + world.simulator.credentials().merchantId, '', change);
    expect(reply).toMatchObject({ status: 401, body: { code: 'SIGN_ERROR' } });
    expect(reply.headers.get('wechatpay-signature')).toBeNull();
  });

  test("an order is found by WeChat's own number as well, and only by the merchant it belongs to", async () => {
    const { input } = await paidOrder(world);
    const { merchantId } = world.simulator.credentials();
    const path = `/v3/pay/transactions/id/${world.simulator.control.order(input.paymentId)?.transactionId}?mchid=`;
    expect(await request('GET', path + merchantId)).toMatchObject({ status: 200, body: { out_trade_no: input.paymentId } });
    expect(await request('GET', `${path}1900000001`)).toMatchObject({ status: 400 });
    expect(await request('GET', `/v3/pay/transactions/id/4200?mchid=${merchantId}`)).toMatchObject({ status: 404 });
  });

  test('a body other than the signed one, no user agent, no JSON, a path that does not exist', async () => {
    const { merchantId } = world.simulator.credentials();
    const close = '/v3/pay/transactions/out-trade-no/pay_unknown/close';
    const signedOther = (at: number) => `POST\n${close}\n${at}\nNONCE\n{"mchid":"1"}\n`;
    expect(await request('POST', close, JSON.stringify({ mchid: merchantId }), { text: signedOther })).toMatchObject({ status: 401 });
    expect(await request('POST', close, '{"mchid"')).toMatchObject({ status: 400, body: { code: 'PARAM_ERROR' } });
    expect(await request('POST', close, '{"mchid":"1900000001"}')).toMatchObject({ status: 400, body: { code: 'PARAM_ERROR' } });
    expect(await request('GET', target + merchantId, '', { headers: { 'user-agent': '' } })).toMatchObject({ status: 400 });
    expect(await request('GET', '/v3/pay/nothing')).toMatchObject({ status: 404 });
  });

  test('orders with a field that WeChat would refuse are refused', async () => {
    const { appId, merchantId } = world.simulator.credentials();
    const { payer } = orderOf(world);
    const order = {
      ...{
        appid: appId,
        mchid: merchantId,
        description: '课后',
        out_trade_no: 'pay_0000000001',
        notify_url: 'https://example.invalid/notify',
      },
      ...{ amount: { total: 1, currency: 'CNY' }, payer: { openid: payer } },
    };
    const send = (change: object) => request('POST', '/v3/pay/transactions/jsapi', JSON.stringify({ ...order, ...change }));
    expect(await send({})).toMatchObject({ status: 200, body: { prepay_id: expect.stringMatching(/^wx\w{34}$/) } });
    const bad = [
      { amount: { total: 0, currency: 'CNY' } },
      { amount: { total: 1.5, currency: 'CNY' } },
      { amount: { total: 1, currency: 'USD' } },
      { out_trade_no: 'short' },
      { out_trade_no: `pay_${'0'.repeat(29)}` },
      { out_trade_no: 'pay 00000001' },
      { description: '' },
      { description: '字'.repeat(128) },
      { description: '蛋糕🎂' },
      { notify_url: 'https://example.invalid/notify?a=b' },
      { appid: 'wx0000000000000000' },
      { mchid: '1900000001' },
      { payer: { openid: 'nobody' } },
      { time_expire: 'tomorrow' },
    ];
    for (const change of bad) expect((await send(change)).status).toBe(400);
  });
});

describe('another implementation', () => {
  interface Plugin {
    readonly Wechatpay: new (
      config: object,
    ) => {
      v3: Record<string, never> & {
        pay: { transactions: { jsapi: { post(body: object): Promise<{ data: { prepay_id: string } }> } } };
        certificates: { get(): Promise<{ data: { data: { encrypt_certificate: { ciphertext: string; nonce: string } }[] } }> };
      };
      client: { request(path: string, method: string, data?: object, config?: object): Promise<{ status: number; data: unknown }> };
    };
    readonly Rsa: { verify(message: string, signature: string, key: string): boolean; sign(message: string, key: string): string };
    readonly Aes: { AesGcm: { decrypt(ciphertext: string, key: string, nonce: string, aad: string): string } };
    readonly Formatter: { response(timestamp: string, nonce: string, body: string): string };
  }
  const plugin = createRequire(import.meta.url)('wechatpay-axios-plugin') as Plugin;

  test('wechatpay-axios-plugin orders, queries and closes, believes the replies, and opens certificates and callbacks', async () => {
    const { merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey, platformCertificates } =
      world.simulator.credentials();
    // The plugin takes the time from the machine: so does the simulator, for once.
    const timers = new ManualTimers(instant(Date.now()));
    const dataDir = mkdtempSync(join(tmpdir(), 'kehou-wechat-'));
    saveKeys(dataDir, loadKeys(world.dataDir));
    const simulator = createWeChatSimulator({ dataDir, timers, callbackFetch: async (_, init) => deliver(init) });
    const seen: { headers: Record<string, string>; body: string }[] = [];
    const deliver = (init: { headers: Record<string, string>; body: string }) => {
      seen.push(init);
      return { status: 200 };
    };
    const server = createServer((incoming, response) => simulator.requestListener(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const other = new plugin.Wechatpay({
      baseURL: `http://127.0.0.1:${port}/`,
      mchid: merchantId,
      serial: merchantSerial,
      privateKey: merchantPrivateKey,
      certs: { ...platformCertificates, [publicKeyId]: publicKey },
      proxy: false,
    });
    try {
      const { openId } = simulator.control.addPerson({ phone: '13800138000', nickname: '王' });
      const number = `pay_${randomUUID().replaceAll('-', '').slice(0, 26)}`;
      const { appId } = simulator.credentials();
      const { data } = await other.v3.pay.transactions.jsapi.post({
        ...{ appid: appId, mchid: merchantId, description: '课后服务', out_trade_no: number, notify_url: 'http://127.0.0.1/callback' },
        ...{ amount: { total: 100, currency: 'CNY' }, payer: { openid: openId } },
      });
      // The phone's signature, by the plugin; the cashier accepts it.
      const parts = { timeStamp: '1', nonceStr: 'n', package: `prepay_id=${data.prepay_id}`, signType: 'RSA' as const };
      const paySign = plugin.Rsa.sign(`${appId}\n1\nn\n${parts.package}\n`, merchantPrivateKey);
      simulator.control.pay(openId, { ...parts, paySign });
      await timers.settle();
      const path = { params: { mchid: merchantId }, out_trade_no: number };
      const query = await other.client.request('v3/pay/transactions/out-trade-no/{out_trade_no}', 'get', undefined, path);
      expect(query).toMatchObject({ status: 200, data: { trade_state: 'SUCCESS' } });
      const close = other.client.request(`v3/pay/transactions/out-trade-no/${number}/close`, 'post', { mchid: merchantId });
      await expect(close).rejects.toMatchObject({ response: { status: 400, data: { code: 'ORDERPAID' } } });
      const [callback] = seen;
      if (!callback) throw new Error('no callback');
      const text = plugin.Formatter.response(
        callback.headers['Wechatpay-Timestamp'] ?? '',
        callback.headers['Wechatpay-Nonce'] ?? '',
        callback.body,
      );
      expect(plugin.Rsa.verify(text, callback.headers['Wechatpay-Signature'] ?? '', publicKey)).toBe(true);
      const { resource } = JSON.parse(callback.body);
      const opened = plugin.Aes.AesGcm.decrypt(resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data);
      expect(JSON.parse(opened)).toMatchObject({ out_trade_no: number, trade_state: 'SUCCESS', amount: { total: 100 } });

      const certificates = await other.v3.certificates.get();
      const sealed = certificates.data.data[0]?.encrypt_certificate;
      const pem = plugin.Aes.AesGcm.decrypt(sealed?.ciphertext ?? '', apiV3Key, sealed?.nonce ?? '', 'certificate');
      expect(pem).toBe(Object.values(platformCertificates)[0]);
    } finally {
      simulator.close();
      server.closeAllConnections();
      server.close();
      rmSync(dataDir, { recursive: true });
    }
  });
});

test('its certificates are certificates: self-signed, of the serial they say, valid now', () => {
  const { platformCertificates } = world.simulator.credentials();
  for (const pem of [...Object.values(platformCertificates), loadKeys(world.dataDir).merchantCertificate]) {
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.validFromDate.getTime()).toBeLessThan(ms(world.timers.now()));
    expect(certificate.validToDate.getTime()).toBeGreaterThan(ms(world.timers.now()));
  }
  expect(Object.entries(platformCertificates).every(([serial, pem]) => new X509Certificate(pem).serialNumber === serial)).toBe(true);
});

test('a restart forgets nothing: people, orders, balance, switches, keys', async () => {
  const { input } = await paidOrder(world);
  world.simulator.control.setSwitch({ kind: 'refund.silent', times: 'always' });
  const before = { credentials: world.simulator.credentials(), summary: world.simulator.control.summary() };
  await world.restart();
  expect({ credentials: world.simulator.credentials(), summary: world.simulator.control.summary() }).toEqual(before);
  expect(await world.pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
  expect(world.simulator.control.balanceFen()).toBe(12_000);
  expect(world.simulator.control.person(input.payer)?.nickname).toBe('王奶奶');
});

test('damaged keys are one clear sentence', () => {
  writeFileSync(join(world.dataDir, 'wechat-keys.json'), '{');
  expect(() => createWeChatSimulator({ dataDir: world.dataDir, timers: world.timers })).toThrow('remove the data folder to start anew');
});

describe('the control API', () => {
  interface Reply {
    readonly openId: string;
    readonly code: string;
    readonly switchId: string;
    readonly settings: object;
  }
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${world.baseUrl}/simulator/wechat${path}`, {
      method,
      ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body ?? {}) }),
    });
    return { status: response.status, body: (await response.json()) as Reply };
  };

  test('a page can play a whole payment over JSON: person, code, cashier, pay, refund, account', async () => {
    const { body: person } = await call('POST', '/people', { phone: '13711112222', nickname: '陈老师' });
    const { body: login } = await call('POST', '/login-codes', { openId: person.openId });
    expect(await world.wechat.session(login.code)).toMatchObject({ openId: person.openId });
    const { body: phone } = await call('POST', '/phone-codes', { openId: person.openId });
    expect(await world.wechat.phoneNumber(phone.code)).toBe('13711112222');
    const input = { ...orderOf(world), payer: person.openId };
    const payment = await world.pay.prepay(input);
    const open = await call('POST', '/cashier', { openId: person.openId, payment });
    expect(open).toMatchObject({ status: 200, body: { outTradeNo: input.paymentId, amountFen: 12_000, merchantName: '课后服务专用账户' } });
    const spoiled = { ...payment, paySign: payment.paySign.replace(/^./, '+') };
    expect(await call('POST', '/cashier', { openId: person.openId, payment: spoiled })).toMatchObject({
      status: 422,
      body: { code: 'SIGN_ERROR' },
    });
    expect(await call('POST', '/cashier/payments', { openId: person.openId, payment })).toMatchObject({ status: 200 });
    expect(await call('POST', '/cashier/payments', { openId: person.openId, payment })).toMatchObject({ body: { code: 'ORDERPAID' } });
    await world.timers.settle();
    expect((await call('GET', `/callbacks?subject=${input.paymentId}`)).body).toMatchObject([{ state: 'delivered' }]);
    expect((await call('GET', `/orders/${input.paymentId}`)).body).toMatchObject({ state: 'SUCCESS' });
    expect((await call('PUT', '/balance', { balanceFen: 100 })).body).toEqual({ balanceFen: 100 });
    expect((await call('GET', '/flows')).body).toMatchObject([{ name: '提现', balanceFen: 100 }, { name: '交易' }]);
    expect((await call('GET', '')).body).toMatchObject({ settings: { balanceFen: 100 } });
  });

  test('switches and settings can be set, listed and taken away', async () => {
    const { body: one } = await call('POST', '/switches', { kind: 'callback.late', minutes: 5, times: 'always' });
    expect((await call('GET', '/switches')).body).toEqual([one]);
    expect((await call('DELETE', `/switches/${one.switchId}`)).body).toEqual({ removed: true });
    await call('PUT', '/settings', { refundSeconds: 5 });
    await call('PUT', '/settings', { signatureMode: 'certificate', balanceFen: 999 });
    expect((await call('GET', '')).body.settings).toMatchObject({ refundSeconds: 5, signatureMode: 'certificate', balanceFen: 0 });
  });

  test('what makes no sense is refused with a reason; a form of another site cannot reach it', async () => {
    expect(await call('POST', '/switches', { kind: 'callback.eaten' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/people', { phone: 'x', nickname: '' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/login-codes', { openId: 'nobody' })).toMatchObject({ status: 404 });
    expect(await call('GET', '/orders/nothing')).toMatchObject({ status: 404 });
    expect(await call('GET', '/nothing')).toMatchObject({ status: 404 });
    expect(await call('POST', '/withdrawals', { amountFen: 1 })).toMatchObject({ status: 422 });
    expect(await call('POST', '/people', { phone: '13700000000', nickname: '甲' }, { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    const broken = await fetch(`${world.baseUrl}/simulator/wechat/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
  });
});

test("on the system's own clock a callback goes out at once, and a jump plays the refund to its end", async () => {
  const clock = new LocalClock();
  const dataDir = mkdtempSync(join(tmpdir(), 'kehou-wechat-'));
  saveKeys(dataDir, loadKeys(world.dataDir));
  const urls: string[] = [];
  const callbackFetch = async (url: string) => {
    urls.push(new URL(url).pathname);
    return { status: 204 };
  };
  const simulator = createWeChatSimulator({ dataDir, timers: clock, callbackFetch });
  const server = createServer((incoming, response) => simulator.requestListener(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    const pay = world.adapter({ baseUrl: `http://127.0.0.1:${port}` }, clock);
    const { openId } = simulator.control.addPerson({ phone: '13800138000', nickname: '王' });
    const input = { ...orderOf(world), payer: openId, expiresAt: addMinutes(clock.now(), 15) };
    simulator.control.pay(openId, await pay.prepay(input));
    await clock.jumpTo(clock.now());
    expect(urls).toEqual(['/payments']);
    const refund = { refundId: newId('refund'), paymentId: input.paymentId, refundFen: fen(1), paidFen: input.amountFen, reason: '退' };
    expect(await pay.refund(refund)).toEqual({ state: 'processing' });
    const jump = await clock.jumpToNext();
    expect(jump?.fired.map(({ name }) => name)).toEqual([
      `WeChat refund ${refund.refundId}`,
      `WeChat callback REFUND.SUCCESS ${refund.refundId}`,
    ]);
    expect(urls).toEqual(['/payments', '/refunds']);
    expect(await pay.queryRefund(refund.refundId)).toMatchObject({ state: 'succeeded' });
  } finally {
    clock.stop();
    simulator.close();
    server.closeAllConnections();
    server.close();
    rmSync(dataDir, { recursive: true });
  }
});

test('other paths are left to others', async () => {
  expect((await fetch(`${world.baseUrl}/api/classes`)).status).toBe(404);
  expect((await fetch(`${world.baseUrl}/simulator/clock`)).status).toBe(404);
});
