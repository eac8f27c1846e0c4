/** What leaves for WeChat Pay, and what never leaves. The conversation with WeChat itself is tested beside its simulator. */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { fen } from '@kehou/shared/kernel/fen';
import type { Instant } from '@kehou/shared/kernel/time';
import { ProviderUnavailable } from './payment-provider.ts';
import { WeChatPay } from './wechat-pay.ts';

const merchant = generateKeyPairSync('rsa', { modulusLength: 2048 });
const platform = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: typeof merchant.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const account = {
  baseUrl: 'http://wechat.invalid',
  appId: 'wx0123456789abcdef',
  merchantId: '1900000001',
  merchantSerial: '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
  merchantPrivateKey: pem(merchant.privateKey),
  apiV3Key: 'abcdefghijklmnopqrstuvwxyz012345',
  publicKeys: { PUB_KEY_ID_01: platform.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
};
const options = { account, paymentNotifyUrl: 'https://kehou.invalid/pay', refundNotifyUrl: 'https://kehou.invalid/refund' };
const clock = { now: () => '2026-09-01T08:00:00.500Z' as Instant };

/** Keeps what was sent and answers nothing. */
function listener() {
  const sent: { url: URL; init: RequestInit }[] = [];
  const pay = new WeChatPay(options, clock, async (url, init) => {
    sent.push({ url, init });
    throw new TypeError('fetch failed');
  });
  return { sent, pay };
}

test('a request is signed over what is sent, byte for byte, with the time of the injected clock', async () => {
  const { sent, pay } = listener();
  const asked = pay.prepay({
    paymentId: 'pay_01J8ABCDEFGHJKMNPQRSTVWXYZ',
    description: '  少儿编程\n🎂 ',
    amountFen: fen(12_000),
    payer: 'o-payer',
    expiresAt: '2026-09-01T08:15:00.999Z' as Instant,
  });
  await expect(asked).rejects.toBeInstanceOf(ProviderUnavailable);
  const { url, init } = sent[0] as { url: URL; init: RequestInit };
  expect(JSON.parse(String(init.body))).toEqual({
    appid: account.appId,
    mchid: account.merchantId,
    description: '少儿编程',
    out_trade_no: 'pay_01J8ABCDEFGHJKMNPQRSTVWXYZ',
    time_expire: '2026-09-01T16:15:00+08:00',
    notify_url: options.paymentNotifyUrl,
    amount: { total: 12_000, currency: 'CNY' },
    payer: { openid: 'o-payer' },
  });
  const headers = init.headers as Record<string, string>;
  const field = (name: string) => new RegExp(`${name}="([^"]+)"`).exec(headers.authorization ?? '')?.[1] ?? '';
  expect(field('timestamp')).toBe('1788249600');
  const text = `POST\n${url.pathname}\n${field('timestamp')}\n${field('nonce_str')}\n${init.body}\n`;
  expect(createVerify('RSA-SHA256').update(text).verify(merchant.publicKey, field('signature'), 'base64')).toBe(true);
  expect(headers['wechatpay-serial']).toBe('PUB_KEY_ID_01');
  expect(init.redirect).toBe('error');
});

test("a refund's reason is cut to 80 bytes without cutting a character", async () => {
  const { sent, pay } = listener();
  const input = { refundId: 'rfd_1', paymentId: 'pay_01J8', refundFen: fen(1), paidFen: fen(2), reason: '退'.repeat(50) };
  await expect(pay.refund(input)).rejects.toBeInstanceOf(ProviderUnavailable);
  const { reason } = JSON.parse(String(sent[0]?.init.body)) as { reason: string };
  expect(reason).toBe('退'.repeat(26));
});

test('numbers that WeChat Pay would not take never leave', async () => {
  const { sent, pay } = listener();
  for (const number of ['', 'short', `pay_${'0'.repeat(29)}`, '../../v3/x', 'pay 0001', 'pay_0001?x=1']) {
    await expect(pay.queryPayment(number)).rejects.toBeInstanceOf(TypeError);
    await expect(pay.closePayment(number)).rejects.toBeInstanceOf(TypeError);
  }
  await expect(pay.queryRefund('a/b')).rejects.toBeInstanceOf(TypeError);
  expect(sent).toEqual([]);
});

test('papers that are not in order are refused at once, without repeating them', () => {
  const wrong: [object, string][] = [
    [{ merchantPrivateKey: pem(merchant.privateKey).replace('MII', 'MIJ') }, 'a private key'],
    [{ merchantPrivateKey: 'sEcReT' }, 'a private key'],
    [{ apiV3Key: 'sEcReT' }, '32 characters'],
    [{ publicKeys: { PUB_KEY_ID_01: 'sEcReT' } }, 'a public key'],
    [{ publicKeys: { nonsense: account.publicKeys.PUB_KEY_ID_01 } }, 'publicKeys'],
    [{ publicKeys: {} }, 'downloadCertificates'],
    [{ certificates: ['sEcReT'] }, 'a certificate'],
    [{ baseUrl: 'http://wechat.invalid/path' }, 'scheme and host'],
    [{ baseUrl: 'file:///etc' }, 'baseUrl'],
    [{ merchantId: 'x' }, 'merchantId'],
  ];
  for (const [part, why] of wrong) {
    let message = '';
    try {
      new WeChatPay({ ...options, account: { ...account, ...part } }, clock);
    } catch (error) {
      message = String(error) + inspect(error, { depth: 10 });
    }
    expect(message).toContain(why);
    expect(message).not.toMatch(/sEcReT|PRIVATE KEY|MIJ/);
  }
  expect(() => new WeChatPay({ ...options, paymentNotifyUrl: 'https://kehou.invalid/pay?a=b' }, clock)).toThrow('query');
});

test('neither the adapter nor its failures show a key', async () => {
  const { pay } = listener();
  const failure = await pay.queryPayment('pay_01J8').catch((error: Error) => error);
  const shown = inspect(pay, { depth: 10, showHidden: true }) + JSON.stringify(pay) + inspect(failure, { depth: 10, showHidden: true });
  expect(shown).not.toMatch(/PRIVATE KEY|abcdefghijklmnopqrstuvwxyz012345|WECHATPAY2/);
});
