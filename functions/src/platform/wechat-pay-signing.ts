/**
 * The cryptography of WeChat Pay APIv3, and nothing else: the exact texts that are signed, RSA-SHA256, AES-256-GCM.
 * Rules: pay.weixin.qq.com/doc/v3/merchant 4012365336 (requests), 4013053420 and 4013053249 (replies and callbacks),
 * 4012365341 (what the phone gets), 4012071382 (decrypting). Checked against the signatures those pages publish.
 */
import { createDecipheriv, type KeyObject, sign as rsaSign, verify as rsaVerify } from 'node:crypto';

/** Every line ends in a line feed, the last one too; a missing body is an empty line. */
function lines(...parts: readonly string[]): string {
  return `${parts.join('\n')}\n`;
}

/** What the merchant signs of a request. `target` is path and query exactly as sent, without the host. */
export function requestMessage(method: string, target: string, timestamp: string, nonce: string, body: string): string {
  return lines(method, target, timestamp, nonce, body);
}

/** What WeChat Pay signs of a reply or a callback: `body` is the text as it came, byte for byte. */
export function replyMessage(timestamp: string, nonce: string, body: string): string {
  return lines(timestamp, nonce, body);
}

/** What the merchant signs for `wx.requestPayment`; `packed` is `prepay_id=…`. */
export function payMessage(appId: string, timestamp: string, nonce: string, packed: string): string {
  return lines(appId, timestamp, nonce, packed);
}

/** RSA PKCS#1 v1.5 with SHA-256, base64. */
export function sign(message: string, privateKey: KeyObject): string {
  return rsaSign('sha256', Buffer.from(message, 'utf8'), privateKey).toString('base64');
}

/** `false` for anything that is not a signature by this key, never a throw: also for the provider's own probes (`WECHATPAY/SIGNTEST/…`). */
export function verify(message: string, signature: string, publicKey: KeyObject): boolean {
  // Buffer.from skips what is not base64: without this check many texts would stand for one signature.
  if (!/^[A-Za-z0-9+/]{4,1366}={0,2}$/.test(signature)) return false;
  return rsaVerify('sha256', Buffer.from(message, 'utf8'), publicKey, Buffer.from(signature, 'base64'));
}

const TAG_BYTES = 16;

/**
 * AEAD_AES_256_GCM: the tag is the last 16 bytes. Throws when key, text, nonce or associated data do not belong together.
 * Shorter tags, which Node would otherwise accept, are refused.
 */
export function decrypt(sealed: { ciphertext: string; nonce: string; associated_data?: string | undefined }, key: KeyObject): string {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  if (bytes.length < TAG_BYTES) throw new RangeError('ciphertext is shorter than its tag');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.nonce, 'utf8'), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(sealed.associated_data ?? '', 'utf8'));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]).toString('utf8');
}
