/**
 * The simulated clock: real time plus an offset that only grows and is kept. What waits, waits on this clock, so that a
 * month can be played in minutes: a jump goes from due timer to due timer in order, and at each lets everything that the
 * timer set off come to rest before it goes on. Nothing like it is deployed to AWS.
 */
import type { Clock } from '@kehou/functions/platform/clock';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Store } from './store.ts';

/** The part of the clock that simulators and runtimes take. */
export interface Timers {
  now(): Instant;
  /**
   * Calls `fn` once this instant is reached; at once (not in this very call) when it has passed. Answers how to cancel it.
   * A jump awaits what `fn` returns. `quiet`: housekeeping that "the next event" passes over.
   */
  at(when: Instant, name: string, fn: () => void | Promise<void>, options?: { readonly quiet?: boolean }): () => void;
}

/** Something that goes on working after a timer has fired: streams, executions, requests under way. */
export interface Settling {
  readonly name: string;
  /** Resolves once it rests; `true` when it worked since the last time it was asked (what it did may have woken others). */
  settle(): Promise<boolean>;
  /** The jump is over: time runs by itself again. */
  afterJump?(): void;
}

export interface Upcoming {
  readonly at: Instant;
  readonly name: string;
  readonly quiet: boolean;
}

export interface Jump {
  readonly from: Instant;
  readonly to: Instant;
  /** Timers fired on the way, in order, housekeeping apart. */
  readonly fired: readonly Upcoming[];
  /** Who had not come to rest in time. */
  readonly restless: readonly string[];
}

/** A jump backwards, or to what is no instant. */
export class ClockProblem extends Error {
  override readonly name = 'ClockProblem';
}

interface Timer extends Upcoming {
  readonly order: number;
  readonly fn: () => void | Promise<void>;
}

const OFFSET = 'clock.offset_ms';
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
const SETTLE_MS_MAX = 120_000;
const SETTLE_ROUNDS_MAX = 1000;
/** Farther is a slip of the hand: certificates, bills and calendars end before. */
const JUMP_MS_MAX = 400 * 86_400_000;

export interface LocalClockOptions {
  /** Keeps the offset; without one it is forgotten. */
  readonly store?: Store;
  /** Where a clock begins that nothing is kept of yet. */
  readonly initial?: Instant | undefined;
  /** Told of what a timer throws: one that fails never stops the others. */
  readonly onError?: (name: string, error: unknown) => void;
  readonly settleMsMax?: number;
}

export class LocalClock implements Clock, Timers {
  private readonly store: Store | undefined;
  private readonly onError: (name: string, error: unknown) => void;
  private readonly settleMsMax: number;
  /** Soonest first; of one instant, in the order in which they were set. */
  private readonly timers: Timer[] = [];
  private readonly settling: Settling[] = [];
  private readonly listeners = new Set<(now: Instant) => void>();
  private readonly running = new Set<Promise<void>>();
  private offsetMs: number;
  private order = 0;
  private wake: NodeJS.Timeout | undefined;
  private turns: Promise<unknown> = Promise.resolve();
  private stepping = false;
  private stopped = false;

  constructor(options: LocalClockOptions = {}) {
    this.store = options.store;
    this.onError = options.onError ?? (() => undefined);
    this.settleMsMax = options.settleMsMax ?? SETTLE_MS_MAX;
    const kept = this.store?.get(OFFSET);
    this.offsetMs = kept === undefined ? (options.initial ? ms(options.initial) - Date.now() : 0) : Number(kept);
    if (kept === undefined) this.store?.set(OFFSET, String(this.offsetMs));
  }

  now(): Instant {
    return instant(Date.now() + this.offsetMs);
  }

  at(when: Instant, name: string, fn: () => void | Promise<void>, options: { readonly quiet?: boolean } = {}): () => void {
    if (Number.isNaN(ms(when))) throw new ClockProblem(`no instant: ${when}`);
    const timer: Timer = { at: when, name, fn, quiet: options.quiet ?? false, order: this.order++ };
    this.timers.splice(this.placeOf(timer), 0, timer);
    this.arm();
    return () => {
      if (this.remove(timer)) this.arm();
    };
  }

  /** What is to come, soonest first. */
  upcoming(): Upcoming[] {
    return this.timers.map(({ at, name, quiet }) => ({ at, name, quiet }));
  }

  /** Whether time is being jumped over right now. */
  get jumping(): boolean {
    return this.stepping;
  }

  /** Lets a jump wait for this one at every step. */
  join(settling: Settling): void {
    this.settling.push(settling);
  }

  /** Told after every step of a jump: pages that show the time. Answers how to stop listening. */
  onChange(listener: (now: Instant) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Goes to an instant, through everything due before it. One jump at a time; never backwards: {@link ClockProblem}. */
  jumpTo(to: Instant): Promise<Jump> {
    return this.alone(() => this.jump(to));
  }

  /** Goes to the next event that is not housekeeping; `undefined` when nothing is to come. */
  jumpToNext(): Promise<Jump | undefined> {
    return this.alone(async () => {
      const next = this.timers.find((timer) => !timer.quiet);
      return next && (await this.jump(this.later(next.at)));
    });
  }

  /** Resolves once everything has come to rest at the present instant; answers who had not in time. */
  settled(): Promise<readonly string[]> {
    return this.alone(() => this.settle());
  }

  /** No timer fires any more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.wake);
    this.timers.length = 0;
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turns.then(work);
    this.turns = turn.catch(() => undefined);
    return turn;
  }

  private async jump(to: Instant): Promise<Jump> {
    const from = this.now();
    const distance = ms(to) - ms(from);
    if (Number.isNaN(distance)) throw new ClockProblem(`no instant: ${to}`);
    // `jumpToNext` may aim at what came due a moment ago: that is no step back.
    if (distance < -60_000) throw new ClockProblem(`the clock only goes forward: it shows ${from}, asked for ${to}`);
    if (distance > JUMP_MS_MAX) throw new ClockProblem('the clock jumps 400 days at most');
    const fired: Upcoming[] = [];
    const restless = new Set<string>();
    const rest = async () => {
      for (const name of await this.settle()) restless.add(name);
    };
    this.stepping = true;
    clearTimeout(this.wake);
    try {
      await rest();
      for (let timer = this.timers[0]; timer && timer.at <= this.later(to) && !this.stopped; timer = this.timers[0]) {
        this.advance(timer.at);
        if (!timer.quiet) fired.push({ at: timer.at, name: timer.name, quiet: false });
        await this.fire(timer);
        await rest();
      }
      this.advance(to);
      await rest();
    } finally {
      this.stepping = false;
      for (const each of this.settling) each.afterJump?.();
      this.arm();
    }
    return { from, to: this.now(), fired, restless: [...restless] };
  }

  private later(to: Instant): Instant {
    const now = this.now();
    return to > now ? to : now;
  }

  private advance(to: Instant): void {
    const offsetMs = ms(to) - Date.now();
    if (offsetMs > this.offsetMs) {
      this.offsetMs = offsetMs;
      this.store?.set(OFFSET, String(offsetMs));
    }
    for (const listener of this.listeners) listener(this.now());
  }

  private placeOf(timer: Timer): number {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.timers[middle] as Timer;
      if (other.at < timer.at || (other.at === timer.at && other.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private remove(timer: Timer): boolean {
    const place = this.placeOf(timer);
    if (this.timers[place] !== timer) return false;
    this.timers.splice(place, 1);
    return true;
  }

  /** Removes the timer and calls it; resolves when it is done, whatever came of it. */
  private fire(timer: Timer): Promise<void> {
    // Cancelled by one that came due with it.
    if (!this.remove(timer)) return Promise.resolve();
    const run = (async () => timer.fn())().catch((error: unknown) => this.onError(timer.name, error));
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
    return run;
  }

  private arm(): void {
    clearTimeout(this.wake);
    if (this.stepping || this.stopped) return;
    const next = this.timers[0];
    if (!next) return;
    const delay = Math.min(Math.max(0, ms(next.at) - ms(this.now())), TIMEOUT_MS_MAX);
    this.wake = setTimeout(() => this.fireDue(), delay);
    this.wake.unref();
  }

  private fireDue(): void {
    if (this.stepping || this.stopped) return;
    const now = this.now();
    for (const timer of [...this.timers]) {
      if (timer.at > now) break;
      void this.fire(timer);
    }
    this.arm();
  }

  private async settle(): Promise<readonly string[]> {
    let timeout: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timeout = setTimeout(() => resolve('late'), this.settleMsMax);
    });
    let working: string[] = [];
    try {
      for (let round = 0; round < SETTLE_ROUNDS_MAX && !this.stopped; round++) {
        working = this.running.size > 0 ? ['a timer'] : [];
        if ((await Promise.race([Promise.all(this.running), deadline])) === 'late') return working;
        working = [];
        for (const each of this.settling) {
          const worked = await Promise.race([each.settle(), deadline]);
          if (worked) working.push(each.name);
          if (worked === 'late') return working;
        }
        if (working.length === 0 && this.running.size === 0) return [];
      }
      return this.stopped ? [] : working;
    } finally {
      clearTimeout(timeout);
    }
  }
}
