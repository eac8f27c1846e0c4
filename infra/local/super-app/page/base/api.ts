/** The simulators' control paths, as the page calls them. All on its own origin. */
import * as z from 'zod';

export class Refusal extends Error {}

const Message = z.object({ message: z.string() });

async function send<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
  const reply = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const value: unknown = await reply.json().catch(() => undefined);
  if (!reply.ok) throw new Refusal(Message.safeParse(value).data?.message ?? `HTTP ${reply.status}`);
  return schema.parse(value);
}

const Anything = z.unknown();
const Upcoming = z.object({ at: z.string(), name: z.string(), quiet: z.boolean() });
const Clock = z.object({ now: z.string(), jumping: z.boolean(), upcoming: z.array(Upcoming), preparing: z.string().optional() });
const Jump = z.object({ from: z.string(), to: z.string(), fired: z.array(Upcoming), restless: z.array(z.string()) });
const DemoPerson = z.object({ role: z.string(), name: z.string(), openId: z.string(), phone: z.string(), note: z.string().optional() });
const WeChatPerson = z.object({ openId: z.string(), phone: z.string(), nickname: z.string() });
const Place = z.object({ name: z.string(), latitude: z.number(), longitude: z.number() });
const ChatLine = z.object({
  id: z.number(),
  at: z.string(),
  author: z.string(),
  text: z.string().optional(),
  card: z.object({ title: z.string(), path: z.string(), imageUrl: z.string().optional() }).optional(),
});
const Sent = z.object({
  messageId: z.string(),
  at: z.string(),
  openId: z.string(),
  page: z.string().optional(),
  data: z.record(z.string(), z.string()),
});
const Cashier = z.object({ outTradeNo: z.string(), description: z.string(), amountFen: z.number(), merchantName: z.string() });
const MadeCode = z.object({ page: z.string(), scene: z.string(), text: z.string(), at: z.string() });
const Switch = z.looseObject({ switchId: z.string(), kind: z.string(), times: z.union([z.number(), z.literal('always')]) });
const Settings = z.looseObject({ balanceFen: z.number() });
const WeChatRefund = z.object({ outRefundNo: z.string(), amountFen: z.number(), state: z.string(), settlesAt: z.string().optional() });
const Execution = z.object({
  id: z.string(),
  machine: z.string(),
  name: z.string(),
  status: z.string(),
  startedAt: z.string(),
  error: z.string().optional(),
  at: z.array(
    z.object({ path: z.string(), state: z.string(), since: z.string(), until: z.string().optional(), waitsForToken: z.boolean() }),
  ),
});
const History = Execution.extend({
  history: z.array(z.object({ at: z.string(), type: z.string(), state: z.string(), detail: z.string().optional() })),
});
const Parked = z.object({ id: z.number(), keys: z.string(), error: z.string(), parkedAt: z.string() });

export type Clock = z.infer<typeof Clock>;
export type DemoPerson = z.infer<typeof DemoPerson>;
export type WeChatPerson = z.infer<typeof WeChatPerson>;
export type Place = z.infer<typeof Place>;
export type ChatLine = z.infer<typeof ChatLine>;
export type Sent = z.infer<typeof Sent>;
export type Cashier = z.infer<typeof Cashier>;
export type MadeCode = z.infer<typeof MadeCode>;
export type Switch = z.infer<typeof Switch>;
export type Execution = z.infer<typeof Execution>;

const machine = '/simulator/machine';
const wechat = '/simulator/wechat';
const bank = '/simulator/bank';

export const api = {
  clock: () => send(Clock, 'GET', `${machine}/clock`),
  jump: (to: { to: string } | { minutes: number } | { next: true }) => send(Jump, 'POST', `${machine}/clock`, to),
  demoPeople: () => send(z.array(DemoPerson), 'GET', `${machine}/people`),
  places: () => send(z.array(Place), 'GET', `${machine}/places`),
  chat: () => send(z.array(ChatLine), 'GET', `${machine}/chat`),
  say: (line: { author: string; text?: string; card?: { title: string; path: string; imageUrl?: string | undefined } }) =>
    send(ChatLine, 'POST', `${machine}/chat`, line),
  executions: () => send(z.array(Execution), 'GET', `${machine}/executions`),
  execution: (id: string) => send(History, 'GET', `${machine}/executions/${encodeURIComponent(id)}`),
  parked: () => send(z.array(Parked), 'GET', `${machine}/parked`),
  retryParked: (id: number) => send(z.object({ done: z.boolean() }), 'POST', `${machine}/parked/${id}`, {}),

  people: () => send(z.array(WeChatPerson), 'GET', `${wechat}/people`),
  addPerson: (phone: string, nickname: string) => send(WeChatPerson, 'POST', `${wechat}/people`, { phone, nickname }),
  loginCode: (openId: string) => send(z.object({ code: z.string() }), 'POST', `${wechat}/login-codes`, { openId }),
  phoneCode: (openId: string) => send(z.object({ code: z.string() }), 'POST', `${wechat}/phone-codes`, { openId }),
  consent: (openId: string, templates: readonly string[]) => send(Anything, 'POST', `${wechat}/consents`, { openId, templates }),
  messages: (openId: string) => send(z.array(Sent), 'GET', `${wechat}/messages?openId=${encodeURIComponent(openId)}`),
  codes: () => send(z.array(MadeCode), 'GET', `${wechat}/codes`),
  cashier: (openId: string, payment: unknown) => send(Cashier, 'POST', `${wechat}/cashier`, { openId, payment }),
  pay: (openId: string, payment: unknown) => send(Anything, 'POST', `${wechat}/cashier/payments`, { openId, payment }),
  switches: () => send(z.array(Switch), 'GET', `${wechat}/switches`),
  setSwitch: (input: Readonly<Record<string, unknown>>) => send(Anything, 'POST', `${wechat}/switches`, input),
  removeSwitch: (id: string) => send(Anything, 'DELETE', `${wechat}/switches/${encodeURIComponent(id)}`, {}),
  settings: () => send(z.looseObject({ settings: Settings }), 'GET', wechat),
  setBalance: (balanceFen: number) => send(Anything, 'PUT', `${wechat}/balance`, { balanceFen }),
  refunds: () => send(z.array(WeChatRefund), 'GET', `${wechat}/refunds`),
  endRefund: (outRefundNo: string, as: 'SUCCESS' | 'ABNORMAL') =>
    send(Anything, 'POST', `${wechat}/refunds/${encodeURIComponent(outRefundNo)}/end`, { as }),
  bankSwitches: () => send(z.array(Switch), 'GET', `${bank}/switches`),
  setBankSwitch: (input: Readonly<Record<string, unknown>>) => send(Anything, 'POST', `${bank}/switches`, input),
  removeBankSwitch: (id: string) => send(Anything, 'DELETE', `${bank}/switches/${encodeURIComponent(id)}`, {}),
};
