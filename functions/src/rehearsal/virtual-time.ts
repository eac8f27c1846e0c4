/**
 * Time of a rehearsal: an hour of an evening goes by in seconds. Whoever waits is woken in the order of their instants, those of
 * one instant in the order in which they lay down: the same waits give the same evening.
 */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Clock } from '../platform/clock.ts';

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: () => void;
}

export class VirtualTime implements Clock {
  private readonly sleepers: Sleeper[] = [];
  private order = 0;
  private atWork = 0;
  private failure: Error | undefined;
  private nowMs: number;

  constructor(start: Instant) {
    this.nowMs = ms(start);
  }

  now(): Instant {
    return instant(Math.floor(this.nowMs));
  }

  /** With its fractions, which the instants of the product do not have. */
  get milliseconds(): number {
    return this.nowMs;
  }

  sleep(forMs: number): Promise<void> {
    return this.sleepUntil(this.nowMs + Math.max(0, forMs));
  }

  sleepUntil(atMs: number): Promise<void> {
    return new Promise((wake) => this.push({ atMs: Math.max(this.nowMs, atMs), order: this.order++, wake }));
  }

  /** Somebody who acts by themselves. What they throw ends the run. */
  spawn(work: () => Promise<void>): void {
    this.atWork++;
    work().then(
      () => {
        this.atWork--;
      },
      (error: Error) => {
        this.failure ??= error;
      },
    );
  }

  /** Until nobody waits any more. `onStep` is told now and then how far it is, and may take its time. */
  async run(onStep: (nowMs: number) => Promise<void> = async () => undefined): Promise<void> {
    for (;;) {
      await everythingElse();
      if (this.failure) throw this.failure;
      const next = this.pop();
      if (!next) break;
      this.nowMs = next.atMs;
      next.wake();
      await onStep(this.nowMs);
    }
    if (this.atWork > 0) throw new Error(`${this.atWork} wait for ever`);
  }

  // A binary heap by instant and order: an evening is some hundred thousand naps.
  private push(sleeper: Sleeper): void {
    const heap = this.sleepers;
    let index = heap.push(sleeper) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (isBefore(heap[above] as Sleeper, sleeper)) break;
      heap[index] = heap[above] as Sleeper;
      index = above;
    }
    heap[index] = sleeper;
  }

  private pop(): Sleeper | undefined {
    const heap = this.sleepers;
    const [first] = heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Sleeper, heap[below] as Sleeper)) below++;
      if (isBefore(last, heap[below] as Sleeper)) break;
      heap[index] = heap[below] as Sleeper;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Resolves when every promise that can go on has gone on: product code between two calls uses no timers. */
function everythingElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
