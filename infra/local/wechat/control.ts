/** What a person at the simulator may see and do: as functions for tests and demos, as JSON under `/simulator/wechat` for its page. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Deliveries } from './deliveries.ts';
import { type Keys, platformCertificate } from './keys.ts';
import { type Merchant, PhonePayment, Refused } from './merchant.ts';
import { type People, PersonInput } from './people.ts';
import { bodyOf } from './requests.ts';
import { type Delivery, Settings, type State, type WeChatOrder, type WeChatRefund } from './state.ts';
import { Switch, type SwitchInput } from './switches.ts';

export const SIMULATOR_PREFIX = '/simulator/wechat';
const LIST_MAX = 200;

/** Assembles the control functions. Each throws `Refused` for what WeChat or the phone would refuse. */
export function createControl(
  state: State,
  keys: () => Keys,
  changeKeys: (keys: Keys) => void,
  merchant: Merchant,
  deliveries: Deliveries,
  people: People,
) {
  const code = (openId: string, purpose: 'login' | 'phone') => {
    const made = people.makeCode(openId, purpose);
    if (made === undefined) throw new Refused(404, 'NO_SUCH_PERSON', '没有这个人');
    return made;
  };
  return {
    /** The merchant and the account at a glance. */
    summary: () => {
      const { appId, merchantId, merchantName } = keys();
      return { appId, merchantId, merchantName, settings: state.settings.get(), switches: state.switches.all() };
    },

    addPerson: (input: z.input<typeof PersonInput>) => people.add(input),
    listPeople: () => state.people.all(),
    person: (openId: string) => state.people.get(openId),
    /** What `wx.login` gives the app. */
    loginCode: (openId: string) => code(openId, 'login'),
    /** What the phone-number button gives the app. */
    phoneCode: (openId: string) => code(openId, 'phone'),
    /** The person accepts these templates once more each. */
    agree: (openId: string, templates: readonly string[]) => people.agree(openId, templates),
    listMessages: (openId?: string) =>
      state.messages.newest(openId === undefined ? LIST_MAX : -1).filter((message) => openId === undefined || message.openId === openId),
    listCodes: () => state.madeCodes.newest(LIST_MAX),
    /** Ends the access token in use. */
    endToken: () => void people.newToken(),

    /** What the phone shows before the person confirms; the signature is checked as the phone does. */
    openCashier: (openId: string, payment: PhonePayment) => merchant.cashier(openId, payment),
    pay: (openId: string, payment: PhonePayment) => merchant.pay(openId, payment),
    listOrders: (): WeChatOrder[] => state.orders.newest(LIST_MAX),
    order: (outTradeNo: string) => merchant.order(outTradeNo),
    listRefunds: (): WeChatRefund[] => state.refunds.newest(LIST_MAX),
    refund: (outRefundNo: string) => state.refunds.get(outRefundNo),
    /** Ends a silent or an abnormal refund. */
    settleRefund: (outRefundNo: string, as: 'SUCCESS' | 'ABNORMAL' | 'CLOSED') => merchant.settleRefund(outRefundNo, as),
    listDeliveries: (subject?: string): Delivery[] =>
      state.deliveries.newest(subject === undefined ? LIST_MAX : -1).filter((one) => subject === undefined || one.subject === subject),
    /** Sends the merchant a forged "paid" for an order, paid or not. */
    forgePayment: (outTradeNo: string, disguise: Exclude<Delivery['disguise'], 'genuine'>) => {
      const order = state.orders.get(outTradeNo);
      if (!order) throw new Refused(404, 'ORDER_NOT_EXIST', '订单不存在');
      const paid: WeChatOrder = {
        transactionId: `4200${'0'.repeat(24)}`,
        paidAt: order.createdAt,
        ...order,
        state: 'SUCCESS',
        refunds: [],
      };
      const delivery = deliveries.forge(merchant.paymentEvent(paid), disguise);
      deliveries.started([delivery]);
      return delivery;
    },

    listFlows: () => state.flows.newest(LIST_MAX),
    balanceFen: () => state.settings.get().balanceFen,
    setBalance: (balanceFen: number) => merchant.setBalance(balanceFen),
    /** To the bank, as the daily settlement does. */
    withdraw: (amountFen: number) => merchant.withdraw(amountFen),

    settings: () => state.settings.get(),
    changeSettings: (part: Partial<Omit<Settings, 'balanceFen'>>) => state.settings.change(part),
    listSwitches: () => state.switches.all(),
    setSwitch: (input: SwitchInput): Switch => {
      const one = Switch.parse({ ...input, switchId: randomUUID() });
      state.switches.put(one.switchId, one);
      return one;
    },
    removeSwitch: (switchId: string) => state.switches.remove(switchId),
    clearSwitches: () => {
      for (const one of state.switches.all()) state.switches.remove(one.switchId);
    },
    /** WeChat begins to sign with a new platform certificate; the old one stays valid. */
    rotateCertificate: () => {
      changeKeys({ ...keys(), platformCertificates: [...keys().platformCertificates, platformCertificate()] });
    },
  };
}
export type Control = ReturnType<typeof createControl>;

const Payment = z.object({ openId: z.string(), payment: PhonePayment });
const Disguise = z.enum(['forged-signature', 'probe', 'tampered', 'stale']);
const OpenId = z.object({ openId: z.string() });
const ended = z.enum(['SUCCESS', 'ABNORMAL', 'CLOSED']);

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly run: (control: Control, call: { id: string; query: URLSearchParams; body: unknown }) => unknown;
}

const path = (rest: string) => new RegExp(`^${SIMULATOR_PREFIX}${rest.replace('{id}', '([^/]+)')}$`);
const routes: readonly Route[] = [
  { method: 'GET', path: path(''), run: (control) => control.summary() },
  { method: 'GET', path: path('/people'), run: (control) => control.listPeople() },
  { method: 'POST', path: path('/people'), run: (control, { body }) => control.addPerson(PersonInput.parse(body)) },
  { method: 'POST', path: path('/login-codes'), run: (control, { body }) => ({ code: control.loginCode(OpenId.parse(body).openId) }) },
  { method: 'POST', path: path('/phone-codes'), run: (control, { body }) => ({ code: control.phoneCode(OpenId.parse(body).openId) }) },
  {
    method: 'POST',
    path: path('/consents'),
    run: (control, { body }) => {
      const { openId, templates } = z.object({ openId: z.string(), templates: z.array(z.string()).min(1).max(20) }).parse(body);
      control.agree(openId, templates);
      return {};
    },
  },
  { method: 'GET', path: path('/messages'), run: (control, { query }) => control.listMessages(query.get('openId') ?? undefined) },
  { method: 'GET', path: path('/codes'), run: (control) => control.listCodes() },
  {
    method: 'POST',
    path: path('/cashier'),
    run: (control, { body }) => {
      const { openId, payment } = Payment.parse(body);
      return control.openCashier(openId, payment);
    },
  },
  {
    method: 'POST',
    path: path('/cashier/payments'),
    run: (control, { body }) => {
      const { openId, payment } = Payment.parse(body);
      return control.pay(openId, payment);
    },
  },
  { method: 'GET', path: path('/orders'), run: (control) => control.listOrders() },
  { method: 'GET', path: path('/orders/{id}'), run: (control, { id }) => found(control.order(id)) },
  {
    method: 'POST',
    path: path('/orders/{id}/forgeries'),
    run: (control, { id, body }) => control.forgePayment(id, z.object({ disguise: Disguise }).parse(body).disguise),
  },
  { method: 'GET', path: path('/refunds'), run: (control) => control.listRefunds() },
  { method: 'GET', path: path('/refunds/{id}'), run: (control, { id }) => found(control.refund(id)) },
  {
    method: 'POST',
    path: path('/refunds/{id}/end'),
    run: (control, { id, body }) => control.settleRefund(id, z.object({ as: ended }).parse(body).as),
  },
  { method: 'GET', path: path('/callbacks'), run: (control, { query }) => control.listDeliveries(query.get('subject') ?? undefined) },
  { method: 'GET', path: path('/flows'), run: (control) => control.listFlows() },
  {
    method: 'PUT',
    path: path('/balance'),
    run: (control, { body }) => {
      control.setBalance(z.object({ balanceFen: z.int().min(0).max(1e13) }).parse(body).balanceFen);
      return { balanceFen: control.balanceFen() };
    },
  },
  {
    method: 'POST',
    path: path('/withdrawals'),
    run: (control, { body }) => control.withdraw(z.object({ amountFen: z.int().min(1) }).parse(body).amountFen),
  },
  {
    method: 'PUT',
    path: path('/settings'),
    // Only what is sent is changed; defaults are not.
    run: (control, { body }) => control.changeSettings(settingsPart(body)),
  },
  { method: 'GET', path: path('/switches'), run: (control) => control.listSwitches() },
  { method: 'POST', path: path('/switches'), run: (control, { body }) => control.setSwitch(body as SwitchInput) },
  { method: 'DELETE', path: path('/switches/{id}'), run: (control, { id }) => ({ removed: control.removeSwitch(id) }) },
  {
    method: 'DELETE',
    path: path('/switches'),
    run: (control) => {
      control.clearSwitches();
      return {};
    },
  },
  {
    method: 'POST',
    path: path('/certificates'),
    run: (control) => {
      control.rotateCertificate();
      return {};
    },
  },
];

function settingsPart(body: unknown): Partial<Settings> {
  const given = z.record(z.string(), z.unknown()).parse(body);
  const { balanceFen: _, ...all } = Settings.parse(given);
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in given));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refused(404, 'NOT_FOUND', '没有找到');
  return value;
}

/** `false`: not one of the control paths. */
export async function handleControl(control: Control, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://simulator.invalid');
  if (url.pathname !== SIMULATOR_PREFIX && !url.pathname.startsWith(`${SIMULATOR_PREFIX}/`)) return false;
  const one = routes.find(({ method, path }) => method === request.method && path.test(url.pathname));
  const send = (status: number, value: unknown) => {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(JSON.stringify(value));
  };
  if (!one) send(404, { code: 'NOT_FOUND', message: '没有这个地址' });
  // A page of another site cannot send JSON without asking first, and nobody here says yes.
  else if (request.method !== 'GET' && !request.headers['content-type']?.startsWith('application/json')) {
    send(415, { code: 'WRONG_TYPE', message: 'application/json' });
  } else {
    try {
      const text = await bodyOf(request);
      const id = decodeURIComponent(one.path.exec(url.pathname)?.[1] ?? '');
      send(200, one.run(control, { id, query: url.searchParams, body: text === '' ? {} : JSON.parse(text) }) ?? {});
    } catch (error) {
      if (error instanceof Refused) send(error.status, { code: error.code, message: error.message });
      else if (error instanceof z.ZodError || error instanceof SyntaxError || error instanceof URIError) {
        send(400, { code: 'INVALID', message: error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON' });
      } else throw error;
    }
  }
  return true;
}
