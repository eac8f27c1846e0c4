/** A whole platform for tests: the real table, a clock set by hand, and a WeChat whose codes are made up on the spot. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Log } from '../src/platform/log.ts';
import type { Platform } from '../src/platform/platform.ts';
import type { Table } from '../src/platform/table.ts';
import type { SubscriptionMessage, WeChat } from '../src/platform/wechat.ts';
import { type SettableClock, settableClock } from './selection-world.ts';
import { TEST_SECRETS } from './test-secrets.ts';

export { TEST_SECRETS };

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestPlatform extends Platform {
  readonly clock: SettableClock;
  /** `login('anna')` is a fresh `wx.login` code of that WeChat; `phone('13800000001')` a fresh `getPhoneNumber` code. */
  readonly codes: { login(openId: string): string; phone(number: string): string };
  /** Subscription messages that were sent. */
  readonly sent: SubscriptionMessage[];
  readonly started: { readonly workflow: string; readonly name: string; readonly input: Readonly<Record<string, unknown>> }[];
  readonly lines: LogLine[];
}

/** What a test's scenario has no business with: calling it fails the test by name. */
function untouched<T extends object>(what: string): T {
  return new Proxy({} as T, {
    get(_, property) {
      return () => Promise.reject(new Error(`${what}.${String(property)} was called: this test brings none`));
    },
  });
}

/** For areas put together without a whole platform: none of these tests makes a mini-program code. */
export const NO_WECHAT = untouched<WeChat>('wechat');

export function testPlatform(table: Table, own: Partial<Platform> & { clock?: SettableClock } = {}): TestPlatform {
  const clock = own.clock ?? settableClock();
  const logins = new Map<string, string>();
  const phones = new Map<string, string>();
  const sent: SubscriptionMessage[] = [];
  const started: TestPlatform['started'] = [];
  const lines: LogLine[] = [];
  let made = 0;
  const code = (of: Map<string, string>, value: string) => {
    const text = `code-${++made}`;
    of.set(text, value);
    return text;
  };
  // As with WeChat, a code works once.
  const redeem = (of: Map<string, string>, text: string) => {
    const value = of.get(text);
    if (value === undefined) throw new DomainError('session.code_refused');
    of.delete(text);
    return value;
  };
  const wechat: WeChat = {
    session: async (text) => ({ openId: redeem(logins, text) }),
    phoneNumber: async (text) => redeem(phones, text),
    sendSubscriptionMessage: async (message) => {
      sent.push(message);
      return true;
    },
    miniProgramCode: async () => new Uint8Array(),
  };
  const line =
    (level: LogLine['level']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };
  return {
    table,
    log,
    wechat,
    workflows: {
      start: async (workflow, name, input) => {
        started.push({ workflow, name, input });
      },
      succeed: async () => true,
    },
    payments: untouched('payments'),
    bank: untouched('bank'),
    objects: untouched('objects'),
    secrets: TEST_SECRETS,
    ...own,
    clock,
    codes: { login: (openId) => code(logins, openId), phone: (number) => code(phones, number) },
    sent,
    started,
    lines,
  };
}
