/** A clock that a test moves by hand. Not for the running system: that has `infra/local/clock.ts`. */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Timers } from './timers.ts';

interface Entry {
  readonly dueMs: number;
  readonly name: string;
  readonly fire: () => void | Promise<void>;
}

export class ManualTimers implements Timers {
  #nowMs: number;
  #entries: Entry[] = [];

  constructor(start: Instant) {
    this.#nowMs = ms(start);
  }

  now(): Instant {
    return instant(this.#nowMs);
  }

  at(at: Instant, name: string, fire: () => void | Promise<void>): () => void {
    const entry = { dueMs: ms(at), name, fire };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  /** What is still to come: its instant and name, soonest first. */
  pending(): { at: Instant; name: string }[] {
    return this.#sorted().map(({ dueMs, name }) => ({ at: instant(dueMs), name }));
  }

  /** Moves on by so much, stopping at every timer on the way, those set meanwhile included. */
  async advance(by: { seconds?: number; minutes?: number; hours?: number; days?: number }): Promise<void> {
    const seconds = (by.seconds ?? 0) + 60 * ((by.minutes ?? 0) + 60 * ((by.hours ?? 0) + 24 * (by.days ?? 0)));
    await this.advanceTo(instant(this.#nowMs + seconds * 1000));
  }

  async advanceTo(target: Instant): Promise<void> {
    for (;;) {
      const [next] = this.#sorted();
      if (!next || next.dueMs > ms(target)) break;
      this.#entries = this.#entries.filter((entry) => entry !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      await next.fire();
    }
    this.#nowMs = Math.max(this.#nowMs, ms(target));
  }

  /** Fires what is due now. */
  settle(): Promise<void> {
    return this.advance({});
  }

  // Array.sort is stable: of two at one instant, the one set first goes first.
  #sorted(): Entry[] {
    return [...this.#entries].sort((a, b) => a.dueMs - b.dueMs);
  }
}
