/** The host's side of the protocol that the app speaks inside its frame: every request is answered once, every event is sent to it alone. */

import type * as z from 'zod';
import {
  AppMessage,
  HOST_PROTOCOL_VERSION,
  type HostErrorCode,
  type HostEvent,
  type HostMethod,
  type HostResult,
  hostMethods,
} from '../../../../../miniapp/src/platform/host-protocol.ts';

type Params<M extends HostMethod> = z.output<(typeof hostMethods)[M]['params']>;
export type Answers = { readonly [M in Exclude<HostMethod, 'hello'>]: (params: Params<M>) => Promise<HostResult<M>> | HostResult<M> };

/** What the person, or WeChat, said no with. */
export class HostRefusal extends Error {
  readonly code: z.infer<typeof HostErrorCode>;

  constructor(code: z.infer<typeof HostErrorCode>, message = '') {
    super(message);
    this.code = code;
  }
}

export class Host {
  private readonly frame: HTMLIFrameElement;
  private readonly welcome: () => HostResult<'hello'>;
  private readonly answers: Answers;
  private readonly onHello: () => void;
  private ready = false;
  private waiting: HostEvent[] = [];
  /** Where the frame goes once it is empty. */
  private next: string | undefined;

  constructor(frame: HTMLIFrameElement, welcome: () => HostResult<'hello'>, answers: Answers, onHello: () => void) {
    this.frame = frame;
    this.welcome = welcome;
    this.answers = answers;
    this.onHello = onHello;
    addEventListener('message', (event) => void this.receive(event));
    frame.addEventListener('load', () => {
      if (this.next === undefined || frame.contentWindow?.location.href !== 'about:blank') return;
      frame.src = this.next;
      this.next = undefined;
    });
  }

  /** Loads the app anew, as a phone that enters the mini-program. */
  enter(address: string): void {
    this.ready = false;
    this.waiting = [];
    // A frame that is sent to the address it is at already only scrolls: it goes away first.
    this.next = address;
    this.frame.src = 'about:blank';
  }

  /** Tells the app, now or once it has said hello. */
  tell(event: HostEvent): void {
    if (!this.ready) this.waiting.push(event);
    else this.post({ kind: 'event', event });
  }

  private async receive(event: MessageEvent): Promise<void> {
    if (event.source !== this.frame.contentWindow || event.origin !== location.origin) return;
    const message = AppMessage.safeParse(event.data);
    if (!message.success) return;
    const { id, method, params } = message.data;
    const window = this.frame.contentWindow;
    try {
      const result = await this.answer(method, params);
      // Another person's app may be in the frame by now.
      if (this.frame.contentWindow === window) this.post({ kind: 'response', id, ok: true, result });
    } catch (error) {
      const { code, message: why } =
        error instanceof HostRefusal ? error : { code: 'platform.failed' as const, message: String((error as Error).message) };
      this.post({ kind: 'response', id, ok: false, error: { code, ...(why ? { message: why.slice(0, 500) } : {}) } });
    }
    if (method === 'hello' && !this.ready) {
      this.ready = true;
      for (const waiting of this.waiting.splice(0)) this.tell(waiting);
      this.onHello();
    }
  }

  private async answer(method: string, params: unknown): Promise<unknown> {
    if (!(method in hostMethods)) throw new HostRefusal('platform.unavailable', method);
    const name = method as HostMethod;
    const parsed = hostMethods[name].params.safeParse(params);
    if (!parsed.success) throw new HostRefusal('platform.failed', `${method}: unexpected parameters`);
    if (name === 'hello') return this.welcome();
    return (this.answers[name] as (given: unknown) => unknown)(parsed.data);
  }

  private post(message: Readonly<Record<string, unknown>>): void {
    this.frame.contentWindow?.postMessage({ kehou: HOST_PROTOCOL_VERSION, ...message }, location.origin);
  }
}
