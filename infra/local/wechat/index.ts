/**
 * WeChat on one machine: login, phone numbers, Pay v3, messages and mini-program codes over the real HTTP, with the real
 * signatures and encryption, and with what goes wrong on demand. See README.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Bills } from './bills.ts';
import { type Control, createControl, handleControl } from './control.ts';
import { type CallbackFetch, Deliveries } from './deliveries.ts';
import { type Keys, loadKeys, saveKeys } from './keys.ts';
import { Merchant } from './merchant.ts';
import { People } from './people.ts';
import { Requests } from './requests.ts';
import { openState } from './state.ts';
import type { Timers } from './timers.ts';

export interface WeChatSimulatorOptions {
  /** Keys and state are kept here: `wechat-keys.json`, `wechat.sqlite`. */
  readonly dataDir: string;
  readonly timers: Timers;
  /** How callbacks reach the merchant; `fetch` unless told. */
  readonly callbackFetch?: CallbackFetch;
  /** What the log shows of an internal mistake; `console.error` unless told. */
  readonly onError?: (error: unknown) => void;
}

/** What a merchant of the real WeChat holds: goes into `WeChatPayOptions.account` and `WeChatApiOptions`. */
export interface MerchantCredentials {
  readonly appId: string;
  readonly appSecret: string;
  readonly merchantId: string;
  readonly merchantSerial: string;
  readonly merchantPrivateKey: string;
  readonly apiV3Key: string;
  readonly publicKeyId: string;
  readonly publicKey: string;
  /** Serial → PEM, the one that signs now last. */
  readonly platformCertificates: Readonly<Record<string, string>>;
}

export interface WeChatSimulator {
  /** Answers what is WeChat's; `false` (and nothing touched) for any other path, so that it can share a port. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** For a server of its own: 404 for what is not WeChat's. */
  requestListener(request: IncomingMessage, response: ServerResponse): void;
  readonly control: Control;
  credentials(): MerchantCredentials;
  /** Resolves when no callback is under way. */
  settled(): Promise<void>;
  close(): void;
}

export function createWeChatSimulator(options: WeChatSimulatorOptions): WeChatSimulator {
  const { dataDir, timers, callbackFetch = fetch, onError = (error) => console.error('WeChat simulator:', error) } = options;
  let keys: Keys = loadKeys(dataDir);
  const currentKeys = () => keys;
  const state = openState(dataDir);
  const deliveries = new Deliveries(state, currentKeys, timers, callbackFetch);
  const merchant = new Merchant(state, currentKeys, timers, deliveries);
  const bills = new Bills(state, currentKeys, timers);
  const people = new People(state, currentKeys, timers);
  const requests = new Requests({ state, keys: currentKeys, timers, merchant, bills, people });
  const changeKeys = (next: Keys) => {
    saveKeys(dataDir, next);
    keys = next;
  };
  const control = createControl(state, currentKeys, changeKeys, merchant, deliveries, people);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    try {
      return (await handleControl(control, request, response)) || (await requests.handle(request, response));
    } catch (error) {
      onError(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
      return true;
    }
  };
  return {
    handle,
    requestListener: (request, response) => {
      void handle(request, response).then((known) => {
        if (!known) response.writeHead(404).end();
      });
    },
    control,
    credentials: () => ({
      appId: keys.appId,
      appSecret: keys.appSecret,
      merchantId: keys.merchantId,
      merchantSerial: keys.merchantSerial,
      merchantPrivateKey: keys.merchantPrivateKey,
      apiV3Key: keys.apiV3Key,
      publicKeyId: keys.publicKeyId,
      publicKey: keys.publicKey,
      platformCertificates: Object.fromEntries(keys.platformCertificates.map(({ serial, certificate }) => [serial, certificate])),
    }),
    settled: () => deliveries.settled(),
    close: () => {
      deliveries.close();
      merchant.close();
      requests.close();
      state.close();
    },
  };
}
