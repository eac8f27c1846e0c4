import type { Instant } from '@kehou/shared/kernel/time';

/** All that a simulator needs of the clock: on one machine the simulator page owns it, in tests the test does. */
export interface Timers {
  now(): Instant;
  /** Runs `fire` once when the clock reaches `instant`, soon when it is past. Not kept over a restart: whoever sets it keeps the cause. */
  at(instant: Instant, name: string, fire: () => void | Promise<void>): () => void;
}
