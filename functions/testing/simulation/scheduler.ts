/**
 * Time and turns of a simulated run. Everything that leaves a process (a call of the table, of the provider) waits for its
 * turn; exactly one is let go at a time, in an order drawn by the seed; the clock goes on only when nobody waits. So a seed
 * gives the same run again, interleavings and all, and whoever is let go has the world to itself until its next turn.
 */
import { createHash } from 'node:crypto';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Clock } from '../../src/platform/clock.ts';
import { mulberry32 } from '../../src/platform/seeded.ts';
import { Draws } from './draws.ts';

const LAST_LINES = 30;

interface Turn {
  readonly who: string;
  readonly what: string;
  readonly go: () => void;
}
interface Sleeper {
  readonly who: string;
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A run that failed: what went wrong, when, and what came before it. */
export class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed';
}

export class Scheduler extends Draws implements Clock {
  readonly seed: number;
  steps = 0;
  private readonly stepsMax: number;
  private readonly hash = createHash('sha256');
  private readonly lines: string[] = [];
  private readonly turns: Turn[] = [];
  private sleepers: Sleeper[] = [];
  private readonly atWork = new Map<string, number>();
  private nowMs: number;
  private nowText: Instant;
  private failure: Error | undefined;

  constructor(seed: number, start: Instant, stepsMax: number) {
    super(mulberry32(seed));
    this.seed = seed;
    this.stepsMax = stepsMax;
    this.nowMs = ms(start);
    this.nowText = start;
  }

  now(): Instant {
    return this.nowText;
  }

  /** Waits until it is this call's turn. */
  turn(who: string, what: string): Promise<void> {
    return new Promise((go) => this.turns.push({ who, what, go }));
  }

  sleep(who: string, forMs: number): Promise<void> {
    return new Promise((wake) => this.sleepers.push({ who, untilMs: this.nowMs + Math.max(0, Math.round(forMs)), wake }));
  }

  sleepUntil(who: string, at: Instant): Promise<void> {
    return this.sleep(who, ms(at) - this.nowMs);
  }

  /** Somebody who acts by themselves. What they throw ends the run. */
  spawn(who: string, work: () => Promise<void>): void {
    this.atWork.set(who, (this.atWork.get(who) ?? 0) + 1);
    work().then(
      () => {
        const others = (this.atWork.get(who) ?? 1) - 1;
        if (others > 0) this.atWork.set(who, others);
        else this.atWork.delete(who);
      },
      (error: Error) => this.fail(error),
    );
  }

  /** One line of what happened; the hash of them all tells whether two runs were the same. */
  trace(line: string): void {
    const text = `${this.steps} ${this.nowText} ${line}\n`;
    this.hash.update(text);
    this.lines.push(text);
    if (this.lines.length > LAST_LINES) this.lines.shift();
  }

  /** Ends the run; the first word counts. */
  fail(error: Error): void {
    this.failure ??= error;
  }

  /** Runs until everybody has come to rest: nobody waits, nobody sleeps. Answers the trace's hash. */
  async run(): Promise<string> {
    for (;;) {
      await everythingElse();
      if (this.failure) throw this.explained(this.failure);
      if (this.turns.length > 0) this.letOneGo();
      else if (this.sleepers.length > 0) this.goOn();
      else break;
    }
    if (this.atWork.size > 0) throw this.explained(new Error(`waits for ever: ${[...this.atWork.keys()].join(', ')}`));
    return this.digest();
  }

  digest(): string {
    return this.hash.copy().digest('hex').slice(0, 16);
  }

  /** The error with what a person needs to see it again. */
  explained(error: Error): SimulationFailed {
    const where = `seed ${this.seed}, step ${this.steps}, ${this.nowText}: ${error.name}: ${error.message}`;
    return new SimulationFailed(`${where}\n${this.lines.join('')}`, { cause: error });
  }

  private letOneGo(): void {
    const index = this.below(this.turns.length);
    const [turn] = this.turns.splice(index, 1);
    this.steps += 1;
    if (this.steps > this.stepsMax) this.fail(new Error(`does not come to rest in ${this.stepsMax} steps`));
    if (!turn) return;
    this.trace(`${turn.who} ${turn.what}`);
    turn.go();
  }

  /** On to the next instant at which somebody has something to do. */
  private goOn(): void {
    this.nowMs = Math.max(this.nowMs, Math.min(...this.sleepers.map(({ untilMs }) => untilMs)));
    this.nowText = instant(this.nowMs);
    const due = this.sleepers.filter(({ untilMs }) => untilMs <= this.nowMs);
    this.sleepers = this.sleepers.filter(({ untilMs }) => untilMs > this.nowMs);
    for (const { wake } of due) wake();
  }
}

/** Resolves when every promise that can go on has gone on: product code between two turns uses no timers. */
function everythingElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
