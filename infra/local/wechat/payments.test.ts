import { ForgedCallback, ProviderRefused, ProviderUnavailable } from '@kehou/functions/platform/payment-provider';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { orderOf, paidOrder, startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

describe('ordering and paying', () => {
  test('an order is paid by its payer through the cashier, and the callback says so', async () => {
    const input = orderOf(world);
    const parameters = await world.pay.prepay(input);
    expect(await world.pay.queryPayment(input.paymentId)).toEqual({ state: 'not-paid' });

    const { control } = world.simulator;
    expect(control.openCashier(input.payer, parameters)).toMatchObject({ amountFen: 12_000, description: input.description });
    const { transactionId, paidAt } = control.pay(input.payer, parameters);
    await world.timers.settle();

    const paid = { state: 'paid', providerTransactionId: transactionId, amountFen: 12_000, paidAt };
    expect(world.callbacks.map((one) => one.notice)).toEqual([{ kind: 'payment', paymentId: input.paymentId, payment: paid }]);
    expect(await world.pay.queryPayment(input.paymentId)).toEqual(paid);
    expect(control.balanceFen()).toBe(12_000);
  });

  test('asked again with the same content an order is made anew, with other content it is refused', async () => {
    const input = orderOf(world);
    const first = await world.pay.prepay(input);
    const second = await world.pay.prepay(input);
    expect(second.package).not.toBe(first.package);
    world.simulator.control.pay(input.payer, first);
    await expect(world.pay.prepay(input)).rejects.toMatchObject({ name: 'ProviderRefused', reason: 'already-paid' });

    const other = orderOf(world);
    await world.pay.prepay(other);
    const changed = world.pay.prepay({ ...other, amountFen: fen(1) });
    await expect(changed).rejects.toMatchObject({ reason: 'other-content', code: 'OUT_TRADE_NO_USED' });
    await expect(world.pay.prepay({ ...other, expiresAt: addMinutes(other.expiresAt, 1) })).rejects.toBeInstanceOf(ProviderRefused);
  });

  test('somebody else cannot pay the order, nor anybody with parameters that the merchant did not sign', async () => {
    const input = orderOf(world);
    const parameters = await world.pay.prepay(input);
    const { control } = world.simulator;
    const stranger = control.addPerson({ phone: '13900139000', nickname: '路人' });
    expect(() => control.openCashier(stranger.openId, parameters)).toThrow('下单账号与支付账号不一致');
    const other = await world.pay.prepay(orderOf(world));
    expect(() => control.pay(input.payer, { ...parameters, package: other.package })).toThrow('支付验证签名失败');
    expect(() => control.pay(input.payer, { ...parameters, timeStamp: '1' })).toThrow('支付验证签名失败');
    expect(await world.pay.queryPayment(input.paymentId)).toEqual({ state: 'not-paid' });
  });

  test('nobody pays twice, after the limit, or with a prepay id of more than two hours', async () => {
    const { input, parameters } = await paidOrder(world);
    const { control } = world.simulator;
    expect(() => control.pay(input.payer, parameters)).toThrow('该订单已支付');

    const late = orderOf(world);
    const lateParameters = await world.pay.prepay(late);
    await world.timers.advance({ minutes: 15, seconds: 1 });
    expect(() => control.pay(late.payer, lateParameters)).toThrow('已过支付截止时间');
    // Barred is not closed.
    expect(await world.pay.queryPayment(late.paymentId)).toEqual({ state: 'not-paid' });

    const long = { ...orderOf(world), expiresAt: addMinutes(world.timers.now(), 600) };
    const longParameters = await world.pay.prepay(long);
    await world.timers.advance({ hours: 2, seconds: 1 });
    expect(() => control.pay(long.payer, longParameters)).toThrow('prepay_id无效或已过期');
    control.pay(long.payer, await world.pay.prepay(long));
    expect(await world.pay.queryPayment(long.paymentId)).toMatchObject({ state: 'paid' });
  });

  test('closing an unpaid order bars paying; closing it again is no error; a paid one stays paid', async () => {
    const input = orderOf(world);
    const parameters = await world.pay.prepay(input);
    expect(await world.pay.closePayment(input.paymentId)).toEqual({ state: 'closed' });
    expect(await world.pay.closePayment(input.paymentId)).toEqual({ state: 'closed' });
    expect(await world.pay.queryPayment(input.paymentId)).toEqual({ state: 'closed' });
    expect(() => world.simulator.control.pay(input.payer, parameters)).toThrow('该订单已关闭');
    await expect(world.pay.prepay(input)).rejects.toMatchObject({ reason: 'closed' });

    const { input: paid } = await paidOrder(world);
    expect(await world.pay.closePayment(paid.paymentId)).toMatchObject({ state: 'paid', amountFen: 12_000 });
  });

  test('an order that was never made is unknown, to a query and to a close', async () => {
    expect(await world.pay.queryPayment(newId('payment'))).toEqual({ state: 'unknown' });
    expect(await world.pay.closePayment(newId('payment'))).toEqual({ state: 'unknown' });
  });

  test('what nobody pays in seven days is closed by WeChat itself', async () => {
    const input = orderOf(world);
    await world.pay.prepay(input);
    await world.timers.advance({ days: 7, minutes: 1 });
    expect(await world.pay.queryPayment(input.paymentId)).toEqual({ state: 'closed' });
  });

  test('an unknown payer, an emoji in the text and a long description are dealt with before WeChat refuses them', async () => {
    const input = orderOf(world);
    await expect(world.pay.prepay({ ...input, payer: 'nobody' })).rejects.toMatchObject({ reason: 'refused', code: 'PARAM_ERROR' });
    await world.pay.prepay({ ...input, description: `烘焙 🎂 ${'很'.repeat(300)}` });
    expect([...(world.simulator.control.order(input.paymentId)?.description ?? '')]).toHaveLength(127);
  });
});

describe('replies that cannot be trusted', () => {
  test.each(['http.unsigned', 'http.bad-signature', 'http.stale-signature'] as const)('%s: the answer is not believed', async (kind) => {
    const { input } = await paidOrder(world);
    world.simulator.control.setSwitch({ kind, operation: 'query' });
    await expect(world.pay.queryPayment(input.paymentId)).rejects.toBeInstanceOf(ProviderUnavailable);
    expect(await world.pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
  });

  test('no answer in time, a lost reply and a 5xx all leave the outcome open; the same ids settle it', async () => {
    const { control } = world.simulator;
    const input = orderOf(world);
    for (const kind of ['http.timeout', 'http.error', 'http.lost-reply'] as const) {
      control.setSwitch({ kind, operation: 'prepay' });
      const pay = kind === 'http.timeout' ? world.adapter({ timeoutMs: 200 }) : world.pay;
      await expect(pay.prepay(input)).rejects.toBeInstanceOf(ProviderUnavailable);
      // Only the lost reply comes after the deed.
      expect(control.order(input.paymentId) !== undefined).toBe(kind === 'http.lost-reply');
    }
    control.pay(input.payer, await world.pay.prepay(input));

    control.setSwitch({ kind: 'http.error', operation: 'close', status: 503 });
    await expect(world.pay.closePayment(input.paymentId)).rejects.toBeInstanceOf(ProviderUnavailable);
    expect(await world.pay.closePayment(input.paymentId)).toMatchObject({ state: 'paid' });
  });

  test('a genuine reply about another order, played back, is not taken for the one that was asked about', async () => {
    const { input: paid } = await paidOrder(world);
    const unpaid = orderOf(world);
    await world.pay.prepay(unpaid);
    // A proxy in the middle that answers every query with what it saw for the paid order.
    const { WeChatPay } = await import('@kehou/functions/platform/wechat-pay');
    const { appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey } = world.simulator.credentials();
    const account = {
      ...{ baseUrl: world.baseUrl, appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key },
      publicKeys: { [publicKeyId]: publicKey },
    };
    let seen: { body: string; headers: Headers } | undefined;
    const options = { account, paymentNotifyUrl: 'http://127.0.0.1/p', refundNotifyUrl: 'http://127.0.0.1/r' };
    const deceived = new WeChatPay(options, world.timers, async (url, init) => {
      if (seen) return new Response(seen.body, { headers: seen.headers });
      const reply = await fetch(url, init);
      seen = { body: await reply.text(), headers: reply.headers };
      return new Response(seen.body, { headers: seen.headers });
    });
    expect(await deceived.queryPayment(paid.paymentId)).toMatchObject({ state: 'paid' });
    await expect(deceived.queryPayment(unpaid.paymentId)).rejects.toThrow('another order');
  });

  test('a merchant with the wrong key, serial or clock is told 401, and says nothing of its key', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const account of [{ merchantPrivateKey: other }, { merchantSerial: 'ABCDEF0123456789' }, { merchantId: '1900000001' }]) {
      const failure = await world
        .adapter(account)
        .queryPayment(newId('payment'))
        .catch((error: Error) => error);
      expect(failure).toBeInstanceOf(ProviderUnavailable);
      expect(String(failure)).toContain('401 SIGN_ERROR');
      expect(JSON.stringify(failure) + String(failure) + (failure as Error).stack).not.toMatch(/PRIVATE KEY|signature="/);
    }
    const { WeChatPay } = await import('@kehou/functions/platform/wechat-pay');
    const { appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey } = world.simulator.credentials();
    const account = {
      ...{ baseUrl: world.baseUrl, appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key },
      publicKeys: { [publicKeyId]: publicKey },
    };
    const slow = { now: () => instant(ms(world.timers.now()) - 301_000) };
    const adapter = new WeChatPay({ account, paymentNotifyUrl: 'http://127.0.0.1/p', refundNotifyUrl: 'http://127.0.0.1/r' }, slow);
    await expect(adapter.queryPayment(newId('payment'))).rejects.toThrow('401 SIGN_ERROR');
  });
});

describe('platform certificates', () => {
  const certificates = { publicKeys: {}, downloadCertificates: true };

  test('without a public key, the certificate is fetched when it is first needed, and again when WeChat changes it', async () => {
    const { input } = await paidOrder(world);
    const pay = world.adapter(certificates);
    expect(await pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
    world.simulator.control.rotateCertificate();
    // At most once a minute: before that the new one is not believed.
    await expect(pay.queryPayment(input.paymentId)).rejects.toThrow('unknown key');
    await world.timers.advance({ minutes: 1 });
    expect(await pay.queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
  });

  test('certificates that are handed over need no download', async () => {
    const { input } = await paidOrder(world);
    const pems = Object.values(world.simulator.credentials().platformCertificates);
    world.simulator.control.setSwitch({ kind: 'http.error', operation: 'certificates', times: 'always' });
    expect(await world.adapter({ publicKeys: {}, certificates: pems }).queryPayment(input.paymentId)).toMatchObject({ state: 'paid' });
    await expect(world.adapter(certificates).queryPayment(input.paymentId)).rejects.toBeInstanceOf(ProviderUnavailable);
  });

  test('a certificate list that another APIv3 key sealed is not believed', async () => {
    const { input } = await paidOrder(world);
    const stranger = world.adapter({ ...certificates, apiV3Key: 'x'.repeat(32) });
    await expect(stranger.queryPayment(input.paymentId)).rejects.toThrow('does not open');
  });

  test('callbacks signed by certificate are verified in certificate mode and refused by a merchant that trusts public keys alone', async () => {
    world.simulator.control.changeSettings({ signatureMode: 'certificate' });
    await paidOrder(world);
    await world.timers.settle();
    const [callback] = world.callbacks;
    expect(callback?.error).toBeInstanceOf(ForgedCallback);
    if (!callback) throw new Error('no callback');
    expect(await world.adapter(certificates).readNotice(callback.raw)).toMatchObject({ kind: 'payment', payment: { state: 'paid' } });
    // While a merchant changes over, both are right.
    expect(await world.adapter({ downloadCertificates: true }).readNotice(callback.raw)).toMatchObject({ kind: 'payment' });
  });
});
