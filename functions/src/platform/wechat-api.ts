/**
 * WeChat's open API for mini-programs, as a {@link WeChat}: developers.weixin.qq.com/miniprogram/dev/OpenApiDoc
 * (code2Session, getStableAccessToken, getPhoneNumber, subscribeMessage.send, getUnlimitedQRCode).
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Clock } from './clock.ts';
import type { SubscriptionMessage, WeChat, WeChatSession } from './wechat.ts';

export const WeChatApiOptions = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.weixin.qq.com'),
  appId: z.string().regex(/^wx[0-9A-Za-z]{8,30}$/),
  appSecret: z.string().min(16).max(128),
  /** Our name of a template → the id that WeChat gave it. A name that is not here is taken for an id. */
  templates: z.record(z.string(), z.string()).default({}),
  /** Which build messages and codes open. */
  version: z.enum(['release', 'trial', 'develop']).default('release'),
  timeoutMs: z.int().min(1).max(30_000).default(5_000),
});

const REPLY_BYTES_MAX = 2 * 1024 * 1024;
/** A token is renewed this long before it lapses: requests on their way still find it valid. */
const TOKEN_MARGIN_MS = 5 * 60_000;

const Status = z.object({ errcode: z.int().default(0) });
const Session = z.object({ openid: z.string().min(1).max(128), unionid: z.string().max(128).optional() });
const Token = z.object({ access_token: z.string().min(1).max(1024), expires_in: z.int().min(1) });
const Phone = z.object({
  phone_info: z.object({
    purePhoneNumber: z.string(),
    countryCode: z.coerce.string(),
    watermark: z.object({ appid: z.string() }),
  }),
});

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The codes that say that a token has lapsed or been replaced. */
const TOKEN_REFUSED = new Set([40001, 40014, 42001]);
/** -1 busy, 45009 quota, 45011 too often (a person may try again in a moment). */
const BUSY = new Set([-1, 45009, 45011]);

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Anything that WeChat does not answer, or not as documented, is `request.busy`: nothing has been decided, try again. */
export class WeChatApi implements WeChat {
  readonly #options: z.output<typeof WeChatApiOptions>;
  readonly #clock: Clock;
  readonly #fetch: Fetch;
  #token: { readonly text: string; readonly untilMs: number } | undefined;
  #renewal: Promise<string> | undefined;

  constructor(options: z.input<typeof WeChatApiOptions>, clock: Clock, fetcher: Fetch = (url, init) => fetch(url, init)) {
    this.#options = WeChatApiOptions.parse(options);
    this.#clock = clock;
    this.#fetch = fetcher;
  }

  async session(code: string): Promise<WeChatSession> {
    // What is not a code is not worth asking about.
    if (!/^[\w-]{1,128}$/.test(code)) throw new DomainError('session.code_refused');
    const { appId, appSecret } = this.#options;
    const query = new URLSearchParams({ appid: appId, secret: appSecret, js_code: code, grant_type: 'authorization_code' });
    const reply = json(await this.#send(`/sns/jscode2session?${query}`));
    const { errcode } = read(Status, reply);
    // 40029 no such code, 40163 used before, 40226 blocked by risk control.
    if (errcode === 40029 || errcode === 40163 || errcode === 40226) throw new DomainError('session.code_refused');
    if (errcode !== 0) throw refusal('code2Session', errcode);
    const session = read(Session, reply);
    return session.unionid === undefined ? { openId: session.openid } : { openId: session.openid, unionId: session.unionid };
  }

  async phoneNumber(code: string): Promise<string> {
    if (!/^[\w-]{1,128}$/.test(code)) throw new DomainError('session.code_refused');
    const reply = json(await this.#call('/wxa/business/getuserphonenumber', { code }));
    const { errcode } = read(Status, reply);
    if (errcode === 40029 || errcode === 40163) throw new DomainError('session.code_refused');
    if (errcode !== 0) throw refusal('getPhoneNumber', errcode);
    const { purePhoneNumber, countryCode, watermark } = read(Phone, reply).phone_info;
    if (watermark.appid !== this.#options.appId) throw new DomainError('session.code_refused');
    if (countryCode !== '86' || !/^1\d{10}$/.test(purePhoneNumber)) throw new DomainError('session.phone_foreign');
    return purePhoneNumber;
  }

  async sendSubscriptionMessage(message: SubscriptionMessage): Promise<boolean> {
    const { templates, version } = this.#options;
    const reply = json(
      await this.#call('/cgi-bin/message/subscribe/send', {
        touser: message.openId,
        template_id: Object.hasOwn(templates, message.template) ? templates[message.template] : message.template,
        page: message.page,
        miniprogram_state: version === 'release' ? 'formal' : version === 'trial' ? 'trial' : 'developer',
        lang: 'zh_CN',
        data: Object.fromEntries(Object.entries(message.data).map(([field, value]) => [field, { value: fitted(field, value) }])),
      }),
    );
    const { errcode } = read(Status, reply);
    if (errcode === 43101) return false;
    if (errcode !== 0) throw refusal('subscribeMessage.send', errcode);
    return true;
  }

  async miniProgramCode(page: string, scene: string): Promise<Uint8Array> {
    if (!/^[\w!#$&'()*+,/:;=?@.~-]{1,32}$/.test(scene)) throw new TypeError('not a scene: 1 to 32 characters that WeChat takes');
    const bytes = await this.#call('/wxa/getwxacodeunlimit', {
      page,
      scene,
      // The page may not be released yet when its first poster is made.
      check_path: false,
      env_version: this.#options.version,
      // Otherwise it is a JPEG.
      is_hyaline: true,
    });
    if (bytes.subarray(0, PNG.length).equals(PNG)) return bytes;
    throw refusal('getUnlimitedQRCode', read(Status, json(bytes)).errcode);
  }

  /** With an access token; once more with a new one when WeChat no longer takes it. */
  async #call(path: string, payload: unknown): Promise<Buffer> {
    const token = await this.#accessToken();
    const first = await this.#send(`${path}?access_token=${encodeURIComponent(token)}`, payload);
    if (!TOKEN_REFUSED.has(Status.safeParse(json(first)).data?.errcode ?? 0)) return first;
    if (this.#token?.text === token) this.#token = undefined;
    return this.#send(`${path}?access_token=${encodeURIComponent(await this.#accessToken())}`, payload);
  }

  /** The stable token: asking for it does not end the one that another container holds. One request at a time. */
  async #accessToken(): Promise<string> {
    if (this.#token && ms(this.#clock.now()) < this.#token.untilMs) return this.#token.text;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(): Promise<string> {
    const { appId, appSecret } = this.#options;
    const askedMs = ms(this.#clock.now());
    const reply = json(await this.#send('/cgi-bin/stable_token', { grant_type: 'client_credential', appid: appId, secret: appSecret }));
    const { errcode } = read(Status, reply);
    if (errcode !== 0) throw refusal('getStableAccessToken', errcode);
    const { access_token, expires_in } = read(Token, reply);
    this.#token = { text: access_token, untilMs: askedMs + expires_in * 1000 - TOKEN_MARGIN_MS };
    return access_token;
  }

  async #send(target: string, payload?: unknown): Promise<Buffer> {
    const init: RequestInit = { redirect: 'error', signal: AbortSignal.timeout(this.#options.timeoutMs) };
    if (payload !== undefined) {
      init.method = 'POST';
      init.headers = { 'content-type': 'application/json' };
      init.body = JSON.stringify(payload);
    }
    try {
      const response = await this.#fetch(new URL(target, this.#options.baseUrl), init);
      if (response.ok) return await readAtMost(response);
    } catch {
      // Not passed on: the address holds the secret or the token.
    }
    throw new DomainError('request.busy');
  }
}

/** Expected refusals are the caller's to try again; any other is wrong configuration or our bug, and says so in the log. */
function refusal(operation: string, errcode: number): Error {
  return BUSY.has(errcode) ? new DomainError('request.busy') : new Error(`wechat ${operation} refused: errcode ${errcode}`);
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DomainError('request.busy');
  return parsed.data;
}

async function readAtMost(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > REPLY_BYTES_MAX) throw new RangeError('reply too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** How long each kind of template field may be, in characters; a value over it is refused whole (47003). */
const fieldCharacters: Readonly<Record<string, number>> = {
  thing: 20,
  number: 32,
  letter: 32,
  symbol: 5,
  character_string: 32,
  phone_number: 17,
  car_number: 8,
  name: 10,
  phrase: 5,
};

/** A field's name is its kind and a number: `thing1`. An empty value would be refused too. */
function fitted(field: string, value: string): string {
  const max = fieldCharacters[field.replace(/\d+$/, '')];
  const characters = [...value.replace(/\s+/g, ' ').trim()];
  const text = max === undefined || characters.length <= max ? characters.join('') : ellipsis(characters, max);
  return text === '' ? '-' : text;
}

function ellipsis(characters: readonly string[], max: number): string {
  return max < 6 ? characters.slice(0, max).join('') : `${characters.slice(0, max - 1).join('')}…`;
}
