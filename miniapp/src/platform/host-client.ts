/** The app's side of the host protocol: requests with ids and time limits, events handed to listeners. */
import {
  HOST_PROTOCOL_VERSION,
  type HostEvent,
  HostEventMessage,
  type HostMethod,
  type HostParams,
  HostResponse,
  type HostResult,
  hostMethods,
  mayHost,
} from './host-protocol.ts';
import { PlatformError } from './platform.ts';

/** The few things of `window` that are used, so that a test can stand in for a browser. */
export interface HostWindow {
  readonly origin: string;
  readonly parent: { postMessage(message: unknown, targetOrigin: string): void };
  addEventListener(type: 'message', listener: (event: { data: unknown; origin: string; source: unknown }) => void): void;
}

interface Pending {
  readonly method: HostMethod;
  resolve(result: unknown): void;
  reject(error: PlatformError): void;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

export class HostClient {
  readonly #window: HostWindow;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(event: HostEvent) => void>();
  #origin: string | undefined;
  #sequence = 0;

  constructor(window: HostWindow) {
    this.#window = window;
    window.addEventListener('message', (event) => this.#receive(event));
  }

  /** Rejects with what the host answered, or `platform.timeout`. */
  async call<M extends HostMethod>(method: M, params: HostParams<M>): Promise<HostResult<M>> {
    if (method !== 'hello' && !this.#origin) throw new PlatformError('platform.unavailable');
    const { timeoutMs } = hostMethods[method];
    const id = `a${++this.#sequence}`;
    const result = new Promise<unknown>((resolve, reject) => {
      const timer =
        timeoutMs === null
          ? undefined
          : setTimeout(() => {
              this.#pending.delete(id);
              reject(new PlatformError('platform.timeout', method));
            }, timeoutMs);
      this.#pending.set(id, { method, resolve, reject, timer });
    });
    // Only `hello` goes to whoever is there: it says nothing but the version.
    this.#window.parent.postMessage({ kehou: HOST_PROTOCOL_VERSION, kind: 'request', id, method, params }, this.#origin ?? '*');
    return (await result) as HostResult<M>;
  }

  listen(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive(event: { data: unknown; origin: string; source: unknown }): void {
    if (event.source !== this.#window.parent) return;
    if (this.#origin ? event.origin !== this.#origin : !mayHost(event.origin, this.#window.origin)) return;
    const response = HostResponse.safeParse(event.data);
    if (response.success) {
      this.#settle(response.data, event.origin);
      return;
    }
    const message = HostEventMessage.safeParse(event.data);
    if (message.success && this.#origin) for (const listener of this.#listeners) listener(message.data.event);
  }

  #settle(response: HostResponse, origin: string): void {
    const pending = this.#pending.get(response.id);
    if (!pending) return;
    this.#pending.delete(response.id);
    clearTimeout(pending.timer);
    if (!response.ok) {
      pending.reject(new PlatformError(response.error.code, response.error.message));
      return;
    }
    const result = hostMethods[pending.method].result.safeParse(response.result);
    if (!result.success) {
      pending.reject(new PlatformError('platform.failed', `${pending.method}: unexpected result`));
      return;
    }
    if (pending.method === 'hello') this.#origin = origin;
    pending.resolve(result.data);
  }
}
