/** WeChat itself: people, the codes their phones hand out, the app's token, messages, mini-program codes. */
import { randomBytes, randomUUID } from 'node:crypto';
import { instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Keys } from './keys.ts';
import { qrPng } from './png.ts';
import type { MadeCode, SentMessage, SimulatedPerson, State } from './state.ts';
import type { Timers } from './timers.ts';

const CODE_MS = 5 * 60_000;
const TOKEN_SECONDS = 7200;
/** An unsuccessful reply is HTTP 200 with these two. */
export interface OpenApiError {
  readonly errcode: number;
  readonly errmsg: string;
}
type Reply = Record<string, unknown> | OpenApiError | Buffer;

export const PersonInput = z.object({
  phone: z.string().regex(/^\d{5,15}$/),
  countryCode: z
    .string()
    .regex(/^\d{1,4}$/)
    .default('86'),
  nickname: z.string().min(1).max(40),
  /** For a person who is to be the same over a fresh start. */
  openId: z
    .string()
    .regex(/^[\w-]{6,64}$/)
    .optional(),
});

const MessageRequest = z.object({
  touser: z.string(),
  template_id: z.string().min(1).max(128),
  page: z.string().max(1024).optional(),
  data: z.record(z.string().regex(/^[a-z_]+\d+$/), z.object({ value: z.string() })),
});
const CodeRequest = z.object({
  scene: z.string().regex(/^[\w!#$&'()*+,/:;=?@.~-]{1,32}$/),
  page: z
    .string()
    .regex(/^[\w/-]{1,256}$/)
    .optional(),
});

/** The longest value of each kind of template field. */
const FIELD_CHARACTERS: Readonly<Record<string, number>> = {
  thing: 20,
  number: 32,
  letter: 32,
  symbol: 5,
  character_string: 32,
  phone_number: 17,
  car_number: 8,
  name: 20,
  phrase: 5,
};

export class People {
  readonly #state: State;
  readonly #keys: () => Keys;
  readonly #timers: Timers;

  constructor(state: State, keys: () => Keys, timers: Timers) {
    this.#state = state;
    this.#keys = keys;
    this.#timers = timers;
  }

  add(input: z.input<typeof PersonInput>): SimulatedPerson {
    const { openId = `o${randomBytes(20).toString('base64url').slice(0, 27)}`, ...rest } = PersonInput.parse(input);
    const unionId = this.#state.people.get(openId)?.unionId ?? `u${randomBytes(20).toString('base64url').slice(0, 27)}`;
    const person: SimulatedPerson = { openId, unionId, ...rest };
    this.#state.people.put(openId, person);
    return person;
  }

  /** What `wx.login` or the phone-number button hands to the app. Works once, for five minutes. */
  makeCode(openId: string, purpose: 'login' | 'phone'): string | undefined {
    if (!this.#state.people.get(openId)) return undefined;
    const code = randomBytes(16).toString('hex');
    this.#state.codes.put(code, { code, openId, purpose, madeAt: this.#timers.now(), used: false });
    return code;
  }

  /** The person agrees to these templates once more each, as `wx.requestSubscribeMessage` asks. */
  agree(openId: string, templates: readonly string[]): void {
    for (const template of templates) {
      const key = `${openId} ${template}`;
      this.#state.consents.put(key, { left: (this.#state.consents.get(key)?.left ?? 0) + 1 });
    }
  }

  // --- what the app's server asks -----------------------------------------------------------------------------------

  session(query: URLSearchParams): Reply {
    const keys = this.#keys();
    if (query.get('appid') !== keys.appId) return problem(40013, 'invalid appid');
    if (query.get('secret') !== keys.appSecret) return problem(40125, 'invalid appsecret');
    if (query.get('grant_type') !== 'authorization_code') return problem(40002, 'invalid grant_type');
    const person = this.#redeem(query.get('js_code') ?? '', 'login');
    if ('errcode' in person) return person;
    return { openid: person.openId, unionid: person.unionId, session_key: randomBytes(16).toString('base64') };
  }

  /** The stable token: the same one while it lasts, however often it is asked for. */
  token(body: unknown): Reply {
    const keys = this.#keys();
    const request = z.object({ grant_type: z.literal('client_credential'), appid: z.string(), secret: z.string() }).safeParse(body);
    if (!request.success) return problem(40002, 'invalid grant_type');
    if (request.data.appid !== keys.appId) return problem(40013, 'invalid appid');
    if (request.data.secret !== keys.appSecret) return problem(40125, 'invalid appsecret');
    const nowMs = ms(this.#timers.now());
    const held = this.#state.tokens.get('stable');
    const live = held && ms(held.until) - nowMs > 60_000 ? held : this.newToken();
    return { access_token: live.token, expires_in: Math.floor((ms(live.until) - nowMs) / 1000) };
  }

  /** Ends the token in use, as a reset of the secret or another deployment's forced refresh would. */
  newToken() {
    const until = instant(ms(this.#timers.now()) + TOKEN_SECONDS * 1000);
    const token = { token: randomBytes(64).toString('base64url'), until };
    this.#state.tokens.put('stable', token);
    return token;
  }

  phone(query: URLSearchParams, body: unknown): Reply {
    const refused = this.#tokenProblem(query);
    if (refused) return refused;
    const person = this.#redeem(z.object({ code: z.string() }).safeParse(body).data?.code ?? '', 'phone');
    if ('errcode' in person) return person;
    const { phone, countryCode } = person;
    const watermark = { timestamp: Math.floor(ms(this.#timers.now()) / 1000), appid: this.#keys().appId };
    const phoneNumber = countryCode === '86' ? phone : `${countryCode}${phone}`;
    return { ...fine, phone_info: { phoneNumber, purePhoneNumber: phone, countryCode, watermark } };
  }

  message(query: URLSearchParams, body: unknown): Reply {
    const refused = this.#tokenProblem(query);
    if (refused) return refused;
    const request = MessageRequest.safeParse(body);
    if (!request.success) return problem(47003, 'argument invalid!');
    const { touser: openId, template_id: templateId, page } = request.data;
    if (!this.#state.people.get(openId)) return problem(40003, 'invalid openid');
    const data = Object.fromEntries(Object.entries(request.data.data).map(([field, { value }]) => [field, value]));
    const wrong = Object.entries(data).find(([field, value]) => !fits(field, value));
    if (wrong) return problem(47003, `argument invalid! data.${wrong[0]}.value invalid`);
    const key = `${openId} ${templateId}`;
    const left = this.#state.consents.get(key)?.left ?? 0;
    const toAll = this.#state.settings.get().consentToAll;
    if (left === 0 && !toAll) return problem(43101, 'user refuse to accept the msg');
    const message: SentMessage = { messageId: randomUUID(), at: this.#timers.now(), openId, templateId, page, data };
    this.#state.store.atomically(() => {
      if (!toAll) this.#state.consents.put(key, { left: left - 1 });
      this.#state.messages.put(message.messageId, message);
    });
    return { ...fine, msgid: this.#state.messages.count() };
  }

  code(query: URLSearchParams, body: unknown): Reply {
    const refused = this.#tokenProblem(query);
    if (refused) return refused;
    const request = CodeRequest.safeParse(body);
    if (!request.success) return problem(40169, 'invalid length for scene, or the data is not json string');
    const { scene, page = 'pages/index/index' } = request.data;
    const text = `https://wxa.simulator.invalid/${page}?scene=${encodeURIComponent(scene)}`;
    const made: MadeCode = { codeId: `${page} ${scene}`, at: this.#timers.now(), page, scene, text };
    this.#state.madeCodes.put(made.codeId, made);
    return qrPng(text);
  }

  #tokenProblem(query: URLSearchParams): OpenApiError | undefined {
    const held = this.#state.tokens.get('stable');
    const given = query.get('access_token');
    if (!given) return problem(41001, 'access_token missing');
    if (!held || held.token !== given) return problem(40001, 'invalid credential, access_token is invalid or not latest');
    if (ms(held.until) <= ms(this.#timers.now())) return problem(42001, 'access_token expired');
    return undefined;
  }

  #redeem(code: string, purpose: 'login' | 'phone'): SimulatedPerson | OpenApiError {
    const held = this.#state.codes.get(code);
    const person = held && this.#state.people.get(held.openId);
    const lapsed = held && ms(this.#timers.now()) - ms(held.madeAt) > CODE_MS;
    if (!held || !person || held.purpose !== purpose || lapsed) return problem(40029, 'invalid code');
    if (held.used) return purpose === 'login' ? problem(40163, 'code been used') : problem(40029, 'invalid code');
    this.#state.codes.put(code, { ...held, used: true });
    return person;
  }
}

const fine = { errcode: 0, errmsg: 'ok' };

function problem(errcode: number, errmsg: string): OpenApiError {
  return { errcode, errmsg };
}

function fits(field: string, value: string): boolean {
  const max = FIELD_CHARACTERS[field.replace(/\d+$/, '')];
  return value !== '' && (max === undefined || [...value].length <= max);
}
