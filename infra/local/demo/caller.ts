/** A person of the demo at their phone: signs in through the simulated WeChat and calls the product's API like the app does. */
import { areas } from '@kehou/shared/api';
import type { Me } from '@kehou/shared/identity/person';
import { ApiError, type Client, createClient, type HttpReply, type OrganisationRole, type Transport } from '@kehou/shared/kernel/route';
import type { WeChatSimulator } from '../wechat/index.ts';

export interface DemoAccount {
  readonly name: string;
  readonly openId: string;
  readonly phone: string;
}
export type Api = Client<typeof areas>;

export interface Caller {
  readonly api: Api;
  me(): Me;
  /** A fresh token, with the roles of now. */
  renew(): Promise<void>;
}

const BUSY_TRIES_MAX = 5;
const BUSY_PAUSE_MS = 200;

export class Callers {
  private readonly baseUrl: string;
  private readonly simulator: Pick<WeChatSimulator, 'control'>;
  private readonly known = new Map<string, Promise<Caller>>();

  constructor(baseUrl: string, simulator: Pick<WeChatSimulator, 'control'>) {
    this.baseUrl = baseUrl;
    this.simulator = simulator;
  }

  /** Signs in, the number verified; once a run. */
  as(account: DemoAccount): Promise<Caller> {
    const caller = this.known.get(account.openId) ?? this.signIn(account);
    this.known.set(account.openId, caller);
    return caller;
  }

  /** The person exists in the simulated WeChat and has never opened the app. */
  stranger({ openId, phone, name }: DemoAccount): void {
    this.simulator.control.addPerson({ openId, phone, nickname: name });
  }

  /** Gives a role unless it is held already. */
  async withRole(account: DemoAccount, role: OrganisationRole, organisationId: string, granter: () => Promise<Caller>): Promise<Caller> {
    const caller = await this.as(account);
    const holds = () => caller.me().roles.some((held) => held.role === role && held.organisationId === organisationId);
    if (holds()) return caller;
    const { api } = await granter();
    await api.identity.grantRole({ organisationId, role, phone: account.phone, name: account.name });
    await caller.renew();
    if (!holds()) throw new Error(`${account.name} has not got the role of ${role}`);
    return caller;
  }

  private async signIn(account: DemoAccount): Promise<Caller> {
    this.stranger(account);
    const { control } = this.simulator;
    let token = '';
    const api = createClient(areas, this.transport(), (): Record<string, string> => (token ? { authorization: `Bearer ${token}` } : {}));
    let session = await api.identity.signIn({ code: control.loginCode(account.openId) });
    token = session.token;
    if (!session.me.phone) {
      session = await api.identity.verifyPhone({ phoneCode: control.phoneCode(account.openId) });
      token = session.token;
    }
    return {
      api,
      me: () => session.me,
      renew: async () => {
        session = await api.identity.renewSession({});
        token = session.token;
      },
    };
  }

  private transport(): Transport {
    return async ({ method, url, headers, body }) => {
      for (let attempt = 1; ; attempt++) {
        const reply = await fetch(`${this.baseUrl}${url}`, { method, headers, ...(body === undefined ? {} : { body }) });
        if (reply.status !== 503 || attempt >= BUSY_TRIES_MAX)
          return { status: reply.status, body: await reply.json() } satisfies HttpReply;
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS * attempt));
      }
    };
  }
}

/** `undefined` where there is none. */
export async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Runs all, a few at a time: the machine has two cores. */
export async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const item of rest) await run(item);
    }),
  );
}
