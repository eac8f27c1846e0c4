/**
 * What is said between the h5 app and the page that plays WeChat around it (the local super-app), over `postMessage`.
 *
 * The app runs in an iframe of the host. It opens with `hello`, addressed to anyone (it holds no secret); the host answers
 * with a `welcome` result, and from then on both sides name the other's origin in every message and check it on every
 * message they get. The app listens only to its parent window, and only when both pages are on the same loopback host name
 * : on the internet there is no host, and a stranger's frame is never obeyed.
 *
 *     app → host   { kehou: 1, kind: 'request',  id, method, params }
 *     host → app   { kehou: 1, kind: 'response', id, ok: true, result } | { …, ok: false, error: { code, message? } }
 *     host → app   { kehou: 1, kind: 'event', name, … }
 *
 * Methods mirror the `Platform` interface and mean what WeChat's own mean. Parameters and results are parsed on both sides
 * with the schemas below. The host answers every request exactly once; the app gives up after `timeoutMs` (none where a
 * person is expected to act: the cashier, the scanner). When a clock is moved, the host says `hide` and then `show`, as a
 * phone does that was put away: the app asks for everything again.
 *
 * This file imports zod and nothing else: the host side uses it as it is.
 */
import * as z from 'zod';

export const HOST_PROTOCOL_VERSION = 1;

const Nothing = z.strictObject({});

export const HostErrorCode = z.enum([
  'platform.unavailable',
  'platform.cancelled',
  'platform.denied',
  'platform.timeout',
  'platform.network',
  'platform.failed',
]);

export const Appearance = z.object({
  statusBarHeight: z.number().min(0).max(120),
  safeBottom: z.number().min(0).max(120),
  /** The phone's font size against its normal one. */
  fontScale: z.number().min(0.8).max(2),
  dark: z.boolean(),
  reducedMotion: z.boolean(),
  language: z.enum(['zh', 'en']),
});
export type Appearance = z.infer<typeof Appearance>;

const CARD_IMAGE_CHARACTERS_MAX = 150_000;

export const ShareCardMessage = z.object({
  title: z.string().min(1).max(120),
  path: z.string().startsWith('/').max(1024),
  /** Drawn by the app, in 5:4. */
  imageUrl: z.string().startsWith('data:image/').max(CARD_IMAGE_CHARACTERS_MAX).optional(),
});

/** A path inside the app: a page and its query. */
const AppPath = z
  .string()
  .regex(/^\/[a-z0-9/-]+(\?.*)?$/i)
  .max(1024);

export const hostMethods = {
  /** First of all, and once. `personKey` names whose phone this is: what the app stores is kept apart by it. */
  hello: {
    params: z.object({ version: z.int() }),
    result: z.object({ version: z.int(), personKey: z.string().regex(/^[\w-]{1,64}$/), appearance: Appearance }),
    // A busy machine may need seconds; giving up takes the phone for a desk.
    timeoutMs: 20_000,
  },
  /** `wx.login`. */
  login: { params: Nothing, result: z.object({ code: z.string().min(1).max(200) }), timeoutMs: 10_000 },
  /** The code of `<button open-type="getPhoneNumber">`, after the person agreed. */
  phoneNumberCode: { params: Nothing, result: z.object({ code: z.string().min(1).max(200) }), timeoutMs: null },
  /** `wx.requestPayment`: resolves when paid, `platform.cancelled` when the cashier was closed. */
  requestPayment: {
    params: z.object({
      timeStamp: z.string(),
      nonceStr: z.string(),
      package: z.string(),
      signType: z.literal('RSA'),
      paySign: z.string(),
    }),
    result: Nothing,
    timeoutMs: null,
  },
  /** `wx.scanCode`: the text, or for a mini-program code the path that it opens. */
  scan: { params: Nothing, result: z.object({ text: z.string().min(1).max(4096) }), timeoutMs: null },
  /** `wx.getLocation` with type gcj02. */
  locate: {
    params: Nothing,
    result: z.object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracyMetres: z.number().min(0).max(100_000),
    }),
    timeoutMs: 20_000,
  },
  /** `wx.requestSubscribeMessage`: which of the templates the person agreed to. */
  subscribe: {
    params: z.object({ templateIds: z.array(z.string().max(100)).min(1).max(3) }),
    result: z.object({ accepted: z.array(z.string()) }),
    timeoutMs: null,
  },
  /** The card that the host's own "share" menu would send from this page; null: this page cannot be shared. */
  setShareCard: { params: z.object({ card: ShareCardMessage.nullable() }), result: Nothing, timeoutMs: 5000 },
  /** `<button open-type="share">`: the person picks a chat now. */
  share: { params: z.object({ card: ShareCardMessage }), result: Nothing, timeoutMs: null },
  /** The page's title, for a host that shows it somewhere (a task switcher). The app draws its own title bar. */
  setTitle: { params: z.object({ title: z.string().max(120) }), result: Nothing, timeoutMs: 5000 },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType; timeoutMs: number | null }>;

export type HostMethod = keyof typeof hostMethods;
export type HostParams<M extends HostMethod> = z.input<(typeof hostMethods)[M]['params']>;
export type HostResult<M extends HostMethod> = z.output<(typeof hostMethods)[M]['result']>;

export const HostEvent = z.discriminatedUnion('name', [
  /** The app came to the front, or went behind. */
  z.object({ name: z.literal('show') }),
  z.object({ name: z.literal('hide') }),
  /** Open a page: a share card or a message was tapped. */
  z.object({ name: z.literal('open'), path: AppPath }),
  /** The phone's back gesture. */
  z.object({ name: z.literal('back') }),
  z.object({ name: z.literal('appearance'), appearance: Appearance }),
]);
export type HostEvent = z.infer<typeof HostEvent>;

export const AppMessage = z.object({
  kehou: z.literal(HOST_PROTOCOL_VERSION),
  kind: z.literal('request'),
  id: z.string().min(1).max(64),
  method: z.string(),
  params: z.unknown(),
});
export type AppMessage = z.infer<typeof AppMessage>;

export const HostResponse = z.union([
  z.object({
    kehou: z.literal(HOST_PROTOCOL_VERSION),
    kind: z.literal('response'),
    id: z.string(),
    ok: z.literal(true),
    result: z.unknown(),
  }),
  z.object({
    kehou: z.literal(HOST_PROTOCOL_VERSION),
    kind: z.literal('response'),
    id: z.string(),
    ok: z.literal(false),
    error: z.object({ code: HostErrorCode, message: z.string().max(500).optional() }),
  }),
]);
export type HostResponse = z.infer<typeof HostResponse>;

export const HostEventMessage = z.object({ kehou: z.literal(HOST_PROTOCOL_VERSION), kind: z.literal('event'), event: HostEvent });
export type HostEventMessage = z.infer<typeof HostEventMessage>;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a page at `hostOrigin` may play WeChat for an app at `appOrigin`: both on the same loopback host name. */
export function mayHost(hostOrigin: string, appOrigin: string): boolean {
  try {
    const host = new URL(hostOrigin);
    const app = new URL(appOrigin);
    return LOOPBACK.has(app.hostname) && host.hostname === app.hostname && /^https?:$/.test(host.protocol);
  } catch {
    return false;
  }
}
