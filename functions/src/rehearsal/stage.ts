/**
 * What a rehearsal is played on: a table in memory that answers as slowly as DynamoDB does and refuses what one partition does not
 * take, and containers of the product that serve one request at a time. The use cases in them are the real ones.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { HOT_WRITES_MAX } from '@kehou/shared/selection/rehearsal';
import { placeOrder } from '../billing/place-order.ts';
import { wechatPayNotice } from '../billing/receive-notice.ts';
import { startPayment } from '../billing/start-payment.ts';
import { silentLog } from '../platform/log.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import { clientOf, type MemoryChange, MemoryTable } from '../platform/memory-table.ts';
import { throttled, trafficOf } from '../platform/memory-traffic.ts';
import type { Platform } from '../platform/platform.ts';
import { Table } from '../platform/table.ts';
import { FullMemory } from '../selection/full-memory.ts';
import { getClassPage, getSeats } from '../selection/show-window.ts';
import { submitChoices } from '../selection/submit-choices.ts';
import { takeSeat } from '../selection/take-seat.ts';
import { TermsMemory } from '../selection/terms-memory.ts';
import { WindowMemory } from '../selection/window-memory.ts';
import { Cashier } from './cashier.ts';
import type { Draws } from './draws.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * How long things take and how many there are: what the report rests on, so it is said with it. Medians of a region's own calls;
 * a few take much longer.
 */
export const ASSUMED = {
  readMs: 5,
  writeMs: 6,
  transactionMs: 14,
  /** Parsing, rules and signing in the container. */
  handlerMs: 4,
  /** From the phone to the API and back. */
  networkMs: 90,
  /** A container that is new starts first. */
  coldStartMs: 600,
  /** Of Lambda's thousand at once, what one school may have while others select as well. */
  containers: 200,
} as const;

const SPREAD = 0.45;
const SDK_TRIES_MAX = 5;
/** The SDK's own pause after throttling: up to this, doubling. */
const THROTTLED_PAUSE_MS = 500;
const SECRET = new Uint8Array(32).fill(7);

/** Of the two areas, what a parent's evening calls: their whole would bring along what a rehearsal has no use for. */
function useCasesOf(platform: Platform) {
  const deps = { ...platform, full: new FullMemory(), terms: new TermsMemory(), windows: new WindowMemory() };
  return {
    getClassPage: getClassPage(deps),
    getSeats: getSeats(deps),
    takeSeat: takeSeat(deps),
    submitChoices: submitChoices(platform),
    placeOrder: placeOrder(platform),
    startPayment: startPayment(platform),
    wechatPayNotice: wechatPayNotice(platform),
  };
}

/** One of these serves a request at a time, and remembers classes as a container does. */
export interface Container {
  readonly useCases: ReturnType<typeof useCasesOf>;
  /** Whose request it serves. */
  draws: Draws;
}

export type Outcome<T> = { readonly answer: T } | { readonly refused: string; readonly details: Readonly<Record<string, unknown>> };

/** What is measured of requests, from one moment to another. */
export class Measures {
  readonly waitsMs: number[] = [];
  throttles = 0;
  /** Most units that a partition was asked to write in one second, with those that were refused. */
  readonly hottest = new Map<string, number>();
  containers = 0;
  private readonly requestsBySecond = new Map<number, number>();

  request(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    this.requestsBySecond.set(second, (this.requestsBySecond.get(second) ?? 0) + 1);
  }

  get requestsPerSecondMost(): number {
    return Math.max(0, ...this.requestsBySecond.values());
  }
}

export class Stage {
  readonly memory = new MemoryTable();
  readonly cashier: Cashier;
  /** Without delays: to lay the ground with, and to look at in the end. */
  readonly ground = new Table({ name: 'rehearsed', client: clientOf(async (command) => this.memory.perform(command)) });
  /** Told of every change that somebody makes. */
  onChange: (change: MemoryChange) => void = () => undefined;
  private measured = new Measures();
  private readonly time: VirtualTime;
  private readonly objects = new MemoryObjects();
  private readonly idle: Container[] = [];
  private readonly inLine: ((container: Container) => void)[] = [];
  private containers = 0;
  private second = 0;
  private readonly asked = new Map<string, number>();

  constructor(time: VirtualTime) {
    this.time = time;
    this.cashier = new Cashier(time);
  }

  get measures(): Measures {
    return this.measured;
  }

  /** From here on all is counted from nothing, and containers that stand idle are gone, as they are after a while. */
  measureAnew(): void {
    this.containers -= this.idle.length;
    this.idle.length = 0;
    this.measured = new Measures();
    this.measured.containers = this.containers;
  }

  /** A parent's request: there and back over the network, in line where every container is busy. */
  async request<T>(draws: Draws, work: (container: Container) => Promise<T>): Promise<Outcome<T>> {
    const from = this.time.milliseconds;
    this.measured.request(from);
    await this.time.sleep(draws.around(ASSUMED.networkMs / 2, SPREAD));
    const container = await this.enter(draws);
    let outcome: Outcome<T>;
    try {
      await this.time.sleep(draws.around(ASSUMED.handlerMs, SPREAD));
      outcome = { answer: await work(container) };
    } catch (error) {
      // What is not a refusal is a bug: the report says so.
      outcome = error instanceof DomainError ? { refused: error.code, details: error.details ?? {} } : { refused: 'broken', details: {} };
    } finally {
      this.leave(container);
    }
    await this.time.sleep(draws.around(ASSUMED.networkMs / 2, SPREAD));
    this.measured.waitsMs.push(this.time.milliseconds - from);
    return outcome;
  }

  /** What works by itself, in a container of its own. */
  platformOf(draws: () => Draws): Platform {
    const table = new Table({
      name: 'rehearsed',
      client: clientOf((command) => this.call(command, draws())),
      pause: (attempt) => this.time.sleep(draws().below(10 * 2 ** attempt)),
    });
    const { time, cashier } = this;
    return {
      table,
      clock: time,
      log: silentLog,
      payments: cashier,
      objects: this.objects,
      // Machines, banks and messages have no part in it.
      workflows: { start: async () => undefined, succeed: async () => true },
      bank: notHere('bank'),
      wechat: notHere('WeChat'),
      secrets: { session: SECRET, qr: SECRET },
    };
  }

  private async enter(draws: Draws): Promise<Container> {
    const warm = this.idle.pop();
    if (warm) return Object.assign(warm, { draws });
    if (this.containers >= ASSUMED.containers) {
      const next = await new Promise<Container>((resolve) => this.inLine.push(resolve));
      return Object.assign(next, { draws });
    }
    this.containers++;
    this.measured.containers = Math.max(this.measured.containers, this.containers);
    const made: { draws: Draws } = { draws };
    const platform = this.platformOf(() => made.draws);
    await this.time.sleep(draws.around(ASSUMED.coldStartMs, SPREAD));
    return Object.assign(made, { useCases: useCasesOf(platform) });
  }

  private leave(container: Container): void {
    const next = this.inLine.shift();
    if (next) next(container);
    else this.idle.push(container);
  }

  private async call(command: object, draws: Draws): Promise<object> {
    for (let attempt = 1; ; attempt++) {
      const { kind, units } = trafficOf(command, this.memory);
      const medianMs = kind === 'read' ? ASSUMED.readMs : kind === 'write' ? ASSUMED.writeMs : ASSUMED.transactionMs;
      const callMs = draws.around(medianMs, SPREAD);
      await this.time.sleep(callMs / 2);
      const isRefused = units.map(({ pk, units: wanted }) => this.isTooMuch(pk, wanted)).some(Boolean);
      // In one piece, however it ends; a refusal takes its way back like any answer.
      const reply = isRefused ? throttled() : this.performed(command);
      await this.time.sleep(callMs / 2);
      if (!(reply instanceof Error)) return reply;
      if (!isRefused || attempt === SDK_TRIES_MAX) throw reply;
      this.measured.throttles++;
      await this.time.sleep(draws.between(0, THROTTLED_PAUSE_MS * 2 ** (attempt - 1)));
    }
  }

  private performed(command: object): object {
    const { log } = this.memory;
    const before = log.length;
    let reply: object;
    try {
      reply = this.memory.perform(command);
    } catch (error) {
      return error as Error;
    }
    for (const change of log[before] ?? []) this.onChange(change);
    return reply;
  }

  private isTooMuch(pk: string, units: number): boolean {
    const second = Math.floor(this.time.milliseconds / 1000);
    if (second !== this.second) {
      this.second = second;
      this.asked.clear();
    }
    const sum = (this.asked.get(pk) ?? 0) + units;
    this.asked.set(pk, sum);
    const { hottest } = this.measured;
    hottest.set(pk, Math.max(hottest.get(pk) ?? 0, sum));
    return sum > HOT_WRITES_MAX;
  }
}

function notHere<T extends object>(what: string): T {
  return new Proxy({} as T, { get: () => () => Promise.reject(new Error(`a rehearsal has no ${what}`)) });
}
