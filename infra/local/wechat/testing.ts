/** A simulator on a port of its own, a merchant's server that takes callbacks, and the product's adapters in between. For tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@kehou/functions/platform/clock';
import type { PayParameters, PrepayInput, ProviderNotice, RawCallback } from '@kehou/functions/platform/payment-provider';
import { WeChatApi } from '@kehou/functions/platform/wechat-api';
import { WeChatPay, type WeChatPayOptions } from '@kehou/functions/platform/wechat-pay';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type * as z from 'zod';
import { createWeChatSimulator, type WeChatSimulator } from './index.ts';
import { type Keys, makeKeys, saveKeys } from './keys.ts';
import { ManualTimers } from './manual-timers.ts';

/** One set for a test file: making RSA keys takes a second. */
let sharedKeys: Keys | undefined;

export interface TestWorld {
  readonly dataDir: string;
  readonly timers: ManualTimers;
  readonly simulator: WeChatSimulator;
  readonly baseUrl: string;
  readonly pay: WeChatPay;
  readonly wechat: WeChatApi;
  /** Every callback as it came, oldest first, with what the adapter made of it. */
  readonly callbacks: { raw: RawCallback; notice?: ProviderNotice; error?: unknown }[];
  /** What the merchant's server answers; 204 for what the adapter accepts and 401 for what it refuses unless set. */
  answer: ((callback: RawCallback) => number) | undefined;
  /** An adapter like `pay` with other papers. */
  adapter(account?: Partial<z.input<typeof WeChatPayOptions>['account']>, clock?: Clock): WeChatPay;
  /** The same data folder and clock, a new simulator: as after a restart. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const START = '2026-09-01T08:00:00.000Z' as Instant;

export async function startWorld(): Promise<TestWorld> {
  sharedKeys ??= makeKeys();
  const dataDir = mkdtempSync(join(tmpdir(), 'kehou-wechat-'));
  saveKeys(dataDir, sharedKeys);
  const timers = new ManualTimers(START);
  let simulator = createWeChatSimulator({ dataDir, timers });
  const server = await listening(createServer((request, response) => simulator.requestListener(request, response)));
  const callbacks: TestWorld['callbacks'] = [];
  const merchant = await listening(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const raw = { headers, body: Buffer.concat(chunks).toString('utf8') };
      const status = await receive(raw);
      response.writeHead(world.answer?.(raw) ?? status).end();
    }),
  );
  const receive = async (raw: RawCallback): Promise<number> => {
    try {
      callbacks.push({ raw, notice: await world.pay.readNotice(raw) });
      return 204;
    } catch (error) {
      callbacks.push({ raw, error });
      return 401;
    }
  };
  const baseUrl = address(server);
  const adapter: TestWorld['adapter'] = (account = {}, clock = timers) => {
    const { appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey } = simulator.credentials();
    const options = {
      account: {
        ...{ baseUrl, appId, merchantId, merchantSerial, merchantPrivateKey, apiV3Key },
        publicKeys: { [publicKeyId]: publicKey },
        // A busy machine is no fault: only tests of lost answers wait less.
        timeoutMs: 20_000,
        ...account,
      },
      paymentNotifyUrl: `${address(merchant)}/payments`,
      refundNotifyUrl: `${address(merchant)}/refunds`,
    };
    return new WeChatPay(options, clock);
  };
  const { appId, appSecret } = simulator.credentials();
  const world: TestWorld = {
    dataDir,
    timers,
    baseUrl,
    callbacks,
    answer: undefined,
    get simulator() {
      return simulator;
    },
    pay: adapter(),
    wechat: new WeChatApi({ baseUrl, appId, appSecret, templates: { paid: 'tmpl-paid' }, timeoutMs: 20_000 }, timers),
    adapter,
    restart: async () => {
      simulator.close();
      simulator = createWeChatSimulator({ dataDir, timers });
    },
    stop: async () => {
      simulator.close();
      await Promise.all([closed(server), closed(merchant)]);
      rmSync(dataDir, { recursive: true });
    },
  };
  return world;
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** A person and an order of theirs, as the product would make it. */
export function orderOf(world: TestWorld, amountFen = 12_000): PrepayInput {
  const { openId } = world.simulator.control.addPerson({ phone: '13800138000', nickname: '王奶奶' });
  return {
    paymentId: newId('payment'),
    description: '少儿编程（周三）等 2 门',
    amountFen: fen(amountFen),
    payer: openId,
    expiresAt: addMinutes(world.timers.now(), 15),
  };
}

/** Orders, opens the cashier and pays; callbacks are not delivered until the clock moves. */
export async function paidOrder(world: TestWorld, amountFen = 12_000): Promise<{ input: PrepayInput; parameters: PayParameters }> {
  const input = orderOf(world, amountFen);
  const parameters = await world.pay.prepay(input);
  world.simulator.control.pay(input.payer, parameters);
  return { input, parameters };
}
