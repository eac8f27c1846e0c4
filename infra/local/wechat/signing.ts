/**
 * WeChat's side of the signatures. Written apart from the product's own (`functions/src/platform/wechat-pay-signing.ts`),
 * so that one mistake cannot make both agree.
 */
import { createCipheriv, createHash, createPrivateKey, createPublicKey, createSign, createVerify, randomBytes } from 'node:crypto';
import { ms } from '@kehou/shared/kernel/time';
import type { Keys } from './keys.ts';
import type { Timers } from './timers.ts';

const SCHEME = 'WECHATPAY2-SHA256-RSA2048';
const FIELDS = ['mchid', 'nonce_str', 'signature', 'timestamp', 'serial_no'] as const;
type Field = (typeof FIELDS)[number];

export interface Signature {
  readonly 'Wechatpay-Timestamp': string;
  readonly 'Wechatpay-Nonce': string;
  readonly 'Wechatpay-Signature': string;
  readonly 'Wechatpay-Serial': string;
  readonly 'Wechatpay-Signature-Type': string;
}

/** Which key WeChat signs with: the public-key mode's, or the latest platform certificate's. */
export type SignatureMode = 'public-key' | 'certificate';

/** `undefined` when the request is the merchant's, else WeChat's sentence for its 401. */
export function requestProblem(
  keys: Keys,
  timers: Timers,
  request: { method: string; target: string; authorization: string | undefined; body: string },
): string | undefined {
  const [scheme, ...rest] = (request.authorization ?? '').split(' ');
  if (scheme === '' || scheme === undefined) return 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》';
  if (scheme !== SCHEME) return 'HTTP头Authorization认证类型不正确';
  const fields = authorizationFields(rest.join(' '));
  if (!fields) return 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》';
  const seconds = /^\d{1,12}$/.test(fields.timestamp) ? Number(fields.timestamp) : 0;
  if (Math.abs(ms(timers.now()) / 1000 - seconds) > 300) return 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟';
  if (fields.mchid !== keys.merchantId) return '商户号不存在';
  if (fields.serial_no.toUpperCase() !== keys.merchantSerial) return '商户证书序列号有误。请使用签名私钥匹配的证书序列号';
  const text = [request.method, request.target, fields.timestamp, fields.nonce_str, request.body, ''].join('\n');
  const genuine = createVerify('RSA-SHA256').update(text).verify(createPublicKey(keys.merchantPrivateKey), fields.signature, 'base64');
  return genuine ? undefined : '签名错误';
}

/** Five fields, each once, in double quotes, separated by commas without spaces. */
function authorizationFields(text: string): Record<Field, string> | undefined {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    const match = /^([a-z_]+)="([^"]+)"$/.exec(part);
    if (!match?.[1] || !match[2] || found.has(match[1])) return undefined;
    found.set(match[1], match[2]);
  }
  const complete = found.size === FIELDS.length && FIELDS.every((field) => found.has(field));
  return complete ? (Object.fromEntries(found) as Record<Field, string>) : undefined;
}

/** Does the phone's `paySign` come from the merchant? WeChat checks it before it opens the cashier. */
export function paySignHolds(keys: Keys, payment: { timeStamp: string; nonceStr: string; package: string; paySign: string }): boolean {
  const text = `${keys.appId}\n${payment.timeStamp}\n${payment.nonceStr}\n${payment.package}\n`;
  return createVerify('RSA-SHA256').update(text).verify(createPublicKey(keys.merchantPrivateKey), payment.paySign, 'base64');
}

/** Signs a reply or callback. `secondsAgo` makes an old one, `by` an attacker's under WeChat's name. */
export function signatureOf(
  keys: Keys,
  timers: Timers,
  body: string,
  mode: SignatureMode,
  { secondsAgo = 0, by = 'wechat' }: { secondsAgo?: number; by?: 'wechat' | 'attacker' | 'probe' } = {},
): Signature {
  const latest = keys.platformCertificates[keys.platformCertificates.length - 1] as Keys['platformCertificates'][number];
  const key = mode === 'public-key' ? keys.publicKeyPrivate : latest.privateKey;
  const timestamp = String(Math.floor(ms(timers.now()) / 1000) - secondsAgo);
  const nonce = randomBytes(16).toString('hex');
  const signature = createSign('RSA-SHA256')
    .update(`${timestamp}\n${nonce}\n${body}\n`)
    .sign(createPrivateKey(by === 'attacker' ? keys.attackerPrivateKey : key), 'base64');
  return {
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature': by === 'probe' ? `WECHATPAY/SIGNTEST/${signature}` : signature,
    'Wechatpay-Serial': mode === 'public-key' ? keys.publicKeyId : latest.serial,
    'Wechatpay-Signature-Type': SCHEME,
  };
}

/** AEAD_AES_256_GCM with the merchant's APIv3 key, tag at the end. */
export function seal(keys: Keys, plaintext: string, associatedData: string) {
  const nonce = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', keys.apiV3Key, nonce);
  cipher.setAAD(Buffer.from(associatedData));
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext: sealed.toString('base64'), associated_data: associatedData, nonce };
}

export function sha1(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}
