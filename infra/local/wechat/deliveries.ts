/** Callbacks: made from what happened, disguised, delayed, doubled or lost by the switches, repeated on WeChat's own schedule. */
import { randomUUID } from 'node:crypto';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Keys } from './keys.ts';
import { seal, signatureOf } from './signing.ts';
import type { Delivery, State } from './state.ts';
import { strike } from './switches.ts';
import { rfc3339 } from './text.ts';
import type { Timers } from './timers.ts';

const minutes = 60;
const hours = 3600;
/** 4012791902: 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h, counted from attempt to attempt; 24 h 4 min in all. */
export const RETRY_SECONDS = [
  15,
  15,
  30,
  3 * minutes,
  10 * minutes,
  20 * minutes,
  30 * minutes,
  30 * minutes,
  30 * minutes,
  60 * minutes,
  3 * hours,
  3 * hours,
  3 * hours,
  6 * hours,
  6 * hours,
] as const;
/** The merchant has to answer within 5 seconds. */
const ANSWER_MS_MAX = 5_000;

export type CallbackFetch = (
  url: string,
  init: { method: 'POST'; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<{ readonly status: number }>;

export interface Event {
  readonly eventType: Delivery['eventType'];
  readonly subject: string;
  readonly url: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export class Deliveries {
  readonly #state: State;
  readonly #keys: () => Keys;
  readonly #timers: Timers;
  readonly #fetch: CallbackFetch;
  readonly #cancels = new Map<string, () => void>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(state: State, keys: () => Keys, timers: Timers, fetcher: CallbackFetch) {
    this.#state = state;
    this.#keys = keys;
    this.#timers = timers;
    this.#fetch = fetcher;
    for (const delivery of state.deliveries.all()) this.#schedule(delivery);
  }

  /** Puts an event on its way. Called inside the transaction that made it happen; `started` after it. */
  announce(event: Event): Delivery[] {
    const of = event.eventType === 'TRANSACTION.SUCCESS' ? 'payment' : 'refund';
    const struck = strike(
      this.#state.switches,
      'callback',
      (one) => (one.of ?? of) === of && (one.subject ?? event.subject) === event.subject,
    );
    const made: Delivery[] = [];
    const common = { eventId: `EV-${randomUUID()}`, eventType: event.eventType, subject: event.subject, url: event.url };
    const add = (disguise: Delivery['disguise'], state: Delivery['state'], dueAt: Instant, content: string) => {
      const createdAt = this.#timers.now();
      const delivery: Delivery = { ...common, deliveryId: randomUUID(), disguise, state, dueAt, createdAt, content, attempts: [] };
      this.#state.deliveries.put(delivery.deliveryId, delivery);
      made.push(delivery);
    };
    const genuine = JSON.stringify(event.content);
    let [content, dueAt, copies, lost] = [genuine, this.#timers.now(), 1, false];
    for (const one of struck) {
      if (one.kind === 'callback.lost') lost = true;
      else if (one.kind === 'callback.late') dueAt = instant(ms(this.#timers.now()) + one.minutes * 60_000);
      else if (one.kind === 'callback.duplicate') copies += one.copies;
      else if (one.kind === 'callback.wrong-content') content = JSON.stringify(altered(event.content, one));
      else add(disguises[one.kind], 'pending', this.#timers.now(), genuine);
    }
    for (let copy = 0; copy < copies; copy++) add('genuine', lost ? 'lost' : 'pending', dueAt, content);
    return made;
  }

  /** On demand: a callback that never was WeChat's. */
  forge(event: Event, disguise: Exclude<Delivery['disguise'], 'genuine'>): Delivery {
    const delivery: Delivery = {
      deliveryId: randomUUID(),
      eventId: `EV-${randomUUID()}`,
      eventType: event.eventType,
      subject: event.subject,
      url: event.url,
      createdAt: this.#timers.now(),
      content: JSON.stringify(event.content),
      disguise,
      state: 'pending',
      dueAt: this.#timers.now(),
      attempts: [],
    };
    this.#state.deliveries.put(delivery.deliveryId, delivery);
    return delivery;
  }

  /** Sets the timers of deliveries whose transaction has been committed. */
  started(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#schedule(delivery);
  }

  /** Resolves when no callback is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** What is under way is not written down any more: the next start delivers it again. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #schedule(delivery: Delivery): void {
    if (delivery.state !== 'pending' || delivery.dueAt === undefined) return;
    const { deliveryId } = delivery;
    const fire = () => {
      this.#cancels.delete(deliveryId);
      const run = this.#attempt(deliveryId).finally(() => this.#running.delete(run));
      this.#running.add(run);
      return run;
    };
    this.#cancels.set(deliveryId, this.#timers.at(delivery.dueAt, `WeChat callback ${delivery.eventType} ${delivery.subject}`, fire));
  }

  async #attempt(deliveryId: string): Promise<void> {
    const delivery = this.#state.deliveries.get(deliveryId);
    if (delivery?.state !== 'pending') return;
    const at = this.#timers.now();
    const outcome = await this.#post(delivery);
    if (this.#closed) return;
    const next: Delivery = { ...delivery, dueAt: undefined, attempts: [...delivery.attempts, { at, outcome }] };
    const wait = RETRY_SECONDS[delivery.attempts.length];
    if (/^2\d\d$/.test(outcome)) next.state = 'delivered';
    else if (delivery.disguise !== 'genuine') next.state = 'refused';
    else if (wait === undefined) next.state = 'given-up';
    else next.dueAt = instant(ms(at) + wait * 1000);
    this.#state.deliveries.put(deliveryId, next);
    this.#schedule(next);
  }

  async #post(delivery: Delivery): Promise<string> {
    const { body, headers } = this.#sealed(delivery);
    try {
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      const { status } = await this.#fetch(delivery.url, { method: 'POST', headers, body, signal });
      return String(status);
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'no answer in 5 s' : 'no connection';
    }
  }

  #sealed(delivery: Delivery): { body: string; headers: Record<string, string> } {
    const keys = this.#keys();
    const original = delivery.eventType === 'TRANSACTION.SUCCESS' ? 'transaction' : 'refund';
    const body = JSON.stringify({
      id: delivery.eventId,
      create_time: rfc3339(delivery.createdAt),
      resource_type: 'encrypt-resource',
      event_type: delivery.eventType,
      summary: original === 'transaction' ? '支付成功' : '退款结果',
      resource: { original_type: original, ...seal(keys, delivery.content, original) },
    });
    const signature = signatureOf(keys, this.#timers, body, this.#state.settings.get().signatureMode, {
      by: delivery.disguise === 'forged-signature' ? 'attacker' : delivery.disguise === 'probe' ? 'probe' : 'wechat',
      secondsAgo: delivery.disguise === 'stale' ? 600 : 0,
    });
    return {
      body: delivery.disguise === 'tampered' ? body.replace('"EV-', '"EW-') : body,
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/4.0', 'Request-ID': randomUUID(), ...signature },
    };
  }
}

const disguises = {
  'callback.forged-signature': 'forged-signature',
  'callback.probe': 'probe',
  'callback.tampered': 'tampered',
  'callback.stale': 'stale',
} as const;

function altered(
  content: Readonly<Record<string, unknown>>,
  other: { amountFen?: number | undefined; currency?: string | undefined; merchantId?: string | undefined; appId?: string | undefined },
): Record<string, unknown> {
  const amount: Record<string, unknown> = { ...(content.amount as Record<string, unknown>) };
  if (other.amountFen !== undefined) amount['refund' in amount ? 'refund' : 'total'] = other.amountFen;
  if (other.currency !== undefined) amount.currency = other.currency;
  return {
    ...content,
    amount,
    ...(other.merchantId === undefined ? {} : { mchid: other.merchantId }),
    ...(other.appId === undefined ? {} : { appid: other.appId }),
  };
}
