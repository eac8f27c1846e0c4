import { type Instant, instant } from '@kehou/shared/kernel/time';

/** The only way product code learns what time it is. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => instant(Date.now()) };
