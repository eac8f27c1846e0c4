/**
 * One signed question to WeChat Pay APIv3 and its verified answer. Knows nothing of orders and refunds.
 *
 * Our own, not `wechatpay-axios-plugin` 0.9: that one takes the time from `Date.now()` with no way to hand it a clock
 * (signing, and refusing replies more than 5 minutes off), believes every reply that is not 2xx unverified, accepts
 * AES-GCM tags of 4 bytes, hangs the private key and the Authorization header on the errors it throws, and brings
 * axios and an XML parser along. It serves as the second opinion in the tests instead.
 */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Clock } from './clock.ts';
import { ProviderUnavailable } from './payment-provider.ts';
import { decrypt, replyMessage, requestMessage, sign, verify } from './wechat-pay-signing.ts';

/** How far a signature's timestamp may lie from our clock, both ways (4013053420). */
export const TIMESTAMP_SECONDS_MAX = 300;
const REPLY_BYTES_MAX = 1024 * 1024;
const CERTIFICATE_REFRESH_MS_MIN = 60_000;

/** A PEM that `make` understands; the message never repeats what was given. */
function pem<K>(make: (text: string) => K, what: string) {
  return z.string().transform((text, context): K => {
    try {
      return make(text);
    } catch {
      context.issues.push({ code: 'custom', message: `expected ${what} in PEM`, input: undefined });
      return z.NEVER;
    }
  });
}

/** The merchant's papers, as they come from configuration and the secret store. Nothing of them is ever logged or thrown. */
export const WeChatPayAccount = z
  .object({
    /** Scheme and host only: the path is part of what is signed. */
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://api.mch.weixin.qq.com')
      .refine((url) => new URL(url).pathname === '/' && new URL(url).search === '', 'expected scheme and host only'),
    appId: z.string().regex(/^wx[0-9A-Za-z]{8,30}$/),
    merchantId: z.string().regex(/^\d{8,12}$/),
    /** Serial number of the merchant's API certificate, the one the private key belongs to. */
    merchantSerial: z.string().regex(/^[0-9A-Fa-f]{8,64}$/),
    merchantPrivateKey: pem(createPrivateKey, 'a private key'),
    apiV3Key: z
      .string()
      .regex(/^[\x21-\x7e]{32}$/, 'expected 32 characters')
      .transform((text) => createSecretKey(Buffer.from(text, 'utf8'))),
    /** Public-key mode: id (`PUB_KEY_ID_…`) → key. While a merchant changes over, WeChat signs with either: give both. */
    publicKeys: z.record(z.string().regex(/^PUB_KEY_ID_\d{1,64}$/), pem(createPublicKey, 'a public key')).default({}),
    /** Platform-certificate mode: those known already. */
    certificates: z.array(pem((text) => new X509Certificate(text), 'a certificate')).default([]),
    /** Platform-certificate mode: fetch the certificates when one signs that we do not know. Off for public keys alone. */
    downloadCertificates: z.boolean().default(false),
    timeoutMs: z.int().min(1).max(30_000).default(5_000),
  })
  .refine(
    (account) => account.downloadCertificates || account.certificates.length + Object.keys(account.publicKeys).length > 0,
    'expected a public key, a certificate, or downloadCertificates',
  );

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;
export interface SignedText {
  readonly timestamp: string | null | undefined;
  readonly nonce: string | null | undefined;
  readonly signature: string | null | undefined;
  readonly serial: string | null | undefined;
  readonly body: string;
}
/** Why a text is believed, or not: for the one who reads the log when everything is refused. */
export type Trust = 'genuine' | 'unsigned' | 'stale' | 'unknown key' | 'bad signature';
/** A verified answer. `refused` is a 4xx whose signature held: WeChat's own word. */
export type Answer = { readonly body: unknown } | { readonly refused: { readonly status: number; readonly code: string } };

const Refusal = z.object({ code: z.string().max(64), message: z.string().optional() });
const Certificates = z.object({
  data: z
    .array(
      z.object({
        serial_no: z.string(),
        encrypt_certificate: z.object({
          algorithm: z.literal('AEAD_AES_256_GCM'),
          nonce: z.string(),
          associated_data: z.string(),
          ciphertext: z.string().max(20_000),
        }),
      }),
    )
    .min(1)
    .max(20),
});

export class WeChatPayClient {
  readonly appId: string;
  readonly merchantId: string;
  readonly #account: z.output<typeof WeChatPayAccount>;
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  readonly #certificates = new Map<string, X509Certificate>();
  #download: Promise<void> | undefined;
  #downloadedAtMs = Number.NEGATIVE_INFINITY;

  /** Throws zod's error, without the values, when the papers are not in order. */
  constructor(account: z.input<typeof WeChatPayAccount>, clock: Clock, fetcher: Fetch = (url, init) => fetch(url, init)) {
    this.#account = WeChatPayAccount.parse(account);
    this.#clock = clock;
    this.#fetch = fetcher;
    this.appId = this.#account.appId;
    this.merchantId = this.#account.merchantId;
    for (const certificate of this.#account.certificates) this.#certificates.set(certificate.serialNumber.toUpperCase(), certificate);
  }

  /** Seconds since the epoch by the injected clock, as text. */
  timestamp(): string {
    return String(Math.floor(ms(this.#clock.now()) / 1000));
  }

  nonce(): string {
    return randomBytes(16).toString('hex').toUpperCase();
  }

  sign(message: string): string {
    return sign(message, this.#account.merchantPrivateKey);
  }

  /** Opens what WeChat sealed with the APIv3 key; throws when it is not theirs. */
  open(sealed: Parameters<typeof decrypt>[0]): string {
    return decrypt(sealed, this.#account.apiV3Key);
  }

  /**
   * Is this text WeChat's, and of these 5 minutes? Throws {@link ProviderUnavailable} only when the certificate that
   * it names would have to be fetched and cannot be.
   */
  async trust(text: SignedText): Promise<Trust> {
    return this.#judge(text, async (serial) => this.#known(serial) ?? (await this.#fetched(serial)));
  }

  async #judge(
    { timestamp, nonce, signature, serial, body }: SignedText,
    keyOf: (serial: string) => Promise<KeyObject | undefined>,
  ): Promise<Trust> {
    if (!timestamp || !nonce || !signature || !serial || nonce.length > 128 || serial.length > 128) return 'unsigned';
    const skewSeconds = /^\d{1,12}$/.test(timestamp) ? Math.abs(Number(this.timestamp()) - Number(timestamp)) : Number.POSITIVE_INFINITY;
    if (skewSeconds > TIMESTAMP_SECONDS_MAX) return 'stale';
    const key = await keyOf(serial);
    if (key === undefined) return 'unknown key';
    return verify(replyMessage(timestamp, nonce, body), signature, key) ? 'genuine' : 'bad signature';
  }

  /**
   * Asks, and believes the answer only when its signature holds. Everything else, whatever it says, is
   * {@link ProviderUnavailable}: no connection, no answer in time, 5xx, 202, an unsigned or badly signed reply.
   */
  async ask(operation: string, method: 'GET' | 'POST', target: string, payload?: unknown): Promise<Answer> {
    const reply = await this.#send(operation, method, target, payload);
    const trust = await this.trust(signedText(reply.headers, reply.text));
    const code = Refusal.safeParse(json(reply.text)).data?.code;
    if (trust !== 'genuine' || reply.status >= 500 || reply.status === 202) {
      throw unavailable(operation, `HTTP ${reply.status} ${plain(code)}, ${trust}${requestId(reply.headers)}`);
    }
    if (reply.status >= 200 && reply.status < 300) return { body: reply.text === '' ? undefined : json(reply.text) };
    return { refused: { status: reply.status, code: plain(code) } };
  }

  /** Fetches a file by the address that WeChat gave: signed by us, not by them; the caller checks its hash. At most `bytesMax`. */
  async download(operation: string, address: string, bytesMax: number): Promise<Buffer> {
    const url = new URL(address);
    // Our signature goes nowhere else, whatever the reply said.
    const wechat = url.protocol === 'https:' && /(^|\.)mch\.weixin\.qq\.com$/.test(url.hostname);
    if (!wechat && url.origin !== new URL(this.#account.baseUrl).origin) {
      throw unavailable(operation, 'a download address that is not WeChat Pay');
    }
    const reply = await this.#send(operation, 'GET', `${url.pathname}${url.search}`, undefined, { origin: url.origin, bytesMax });
    if (reply.status !== 200) throw unavailable(operation, `HTTP ${reply.status}`);
    return reply.bytes;
  }

  async #send(
    operation: string,
    method: 'GET' | 'POST',
    target: string,
    payload: unknown,
    { origin = this.#account.baseUrl, bytesMax = REPLY_BYTES_MAX } = {},
  ) {
    const url = new URL(target, origin);
    const body = payload === undefined ? '' : JSON.stringify(payload);
    const [publicKeyId] = Object.keys(this.#account.publicKeys);
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': 'kehou/1.0',
      authorization: this.#authorization(method, `${url.pathname}${url.search}`, body),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      // Asks for an answer signed by this key (4012154180).
      ...(publicKeyId === undefined ? {} : { 'wechatpay-serial': publicKeyId }),
    };
    try {
      const signal = AbortSignal.timeout(this.#account.timeoutMs);
      const response = await this.#fetch(url, { method, headers, redirect: 'error', signal, ...(body === '' ? {} : { body }) });
      const bytes = await readAtMost(response, bytesMax);
      return { status: response.status, headers: response.headers, bytes, text: bytes.toString('utf8') };
    } catch (error) {
      // Not the cause: it holds the request, and with it our signature.
      throw unavailable(operation, error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'no connection');
    }
  }

  #authorization(method: string, target: string, body: string): string {
    const timestamp = this.timestamp();
    const nonce = this.nonce();
    const signature = this.sign(requestMessage(method, target, timestamp, nonce, body));
    const { merchantId, merchantSerial } = this.#account;
    return `WECHATPAY2-SHA256-RSA2048 mchid="${merchantId}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${merchantSerial}"`;
  }

  #known(serial: string): KeyObject | undefined {
    if (Object.hasOwn(this.#account.publicKeys, serial)) return this.#account.publicKeys[serial];
    const certificate = this.#certificates.get(serial.toUpperCase());
    if (!certificate) return undefined;
    const nowMs = ms(this.#clock.now());
    const valid = nowMs >= certificate.validFromDate.getTime() && nowMs <= certificate.validToDate.getTime();
    return valid ? certificate.publicKey : undefined;
  }

  /** At most one download at a time and one a minute, or anybody could make us ask by naming serials. */
  async #fetched(serial: string): Promise<KeyObject | undefined> {
    if (!this.#account.downloadCertificates || serial.startsWith('PUB_KEY_ID_')) return undefined;
    if (ms(this.#clock.now()) - this.#downloadedAtMs >= CERTIFICATE_REFRESH_MS_MIN) {
      this.#download ??= this.#downloadCertificates().finally(() => {
        this.#download = undefined;
      });
    }
    await this.#download;
    return this.#known(serial);
  }

  /** The certificates come sealed with the APIv3 key; a key that we know, or one of them, signs the reply that brings them (4012551764). */
  async #downloadCertificates(): Promise<void> {
    const operation = 'certificates';
    const reply = await this.#send(operation, 'GET', '/v3/certificates', undefined);
    const sealed = Certificates.safeParse(json(reply.text));
    if (reply.status !== 200 || !sealed.success) throw unavailable(operation, `HTTP ${reply.status}`);
    const found = new Map<string, X509Certificate>();
    try {
      for (const { serial_no, encrypt_certificate } of sealed.data.data) {
        const certificate = new X509Certificate(this.open(encrypt_certificate));
        if (certificate.serialNumber.toUpperCase() === serial_no.toUpperCase()) found.set(serial_no.toUpperCase(), certificate);
      }
    } catch {
      throw unavailable(operation, 'certificates that the APIv3 key does not open');
    }
    const trust = await this.#judge(signedText(reply.headers, reply.text), async (serial) => {
      return this.#known(serial) ?? found.get(serial.toUpperCase())?.publicKey;
    });
    if (trust !== 'genuine') throw unavailable(operation, trust);
    for (const [key, certificate] of found) this.#certificates.set(key, certificate);
    this.#downloadedAtMs = ms(this.#clock.now());
  }
}

export function unavailable(operation: string, why: string): ProviderUnavailable {
  return new ProviderUnavailable(`wechat-pay ${operation}: ${why}`);
}

/** Text that is not JSON becomes `undefined`: no schema accepts it. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function signedText(headers: Headers, body: string): SignedText {
  return {
    timestamp: headers.get('wechatpay-timestamp'),
    nonce: headers.get('wechatpay-nonce'),
    signature: headers.get('wechatpay-signature'),
    serial: headers.get('wechatpay-serial'),
    body,
  };
}

/** A code goes into messages and logs: letters only, whatever was sent. */
function plain(code: string | undefined): string {
  return code !== undefined && /^[A-Z][A-Z_]{1,63}$/.test(code) ? code : 'NO_CODE';
}

/** What WeChat's support asks for. */
function requestId(headers: Headers): string {
  const id = headers.get('request-id');
  return id && /^[\w-]{1,80}$/.test(id) ? `, request ${id}` : '';
}

async function readAtMost(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new RangeError('reply too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
