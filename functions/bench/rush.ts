/**
 * Selection night: 5,000 parents want one class of 30 seats; whoever is refused takes one of forty others. Through API
 * events, the middy stack and the handlers, on the real engine, from so many separate containers.
 *
 * The first yardstick is the very same table writes, recorded from that run and sent again without handlers
 * (`rush/replay.ts`); the others are the same evening on other designs (`rush/designs.ts`). Seats a second follow the
 * machine's mood; processor time a seat (this process: every run has one core and is bound by it) does not, and is told
 * beside it.
 */
import { testEngine } from '../testing/engine.ts';
import { capacityOf, type RushOptions } from './rush/evening.ts';
import { kehouEvening } from './rush/kehou.ts';
import { replay } from './rush/replay.ts';

export interface RushResult {
  readonly containers: number;
  readonly parents: number;
  readonly capacity: number;
  readonly filled: number;
  readonly oversold: number;
  readonly lost: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly hotItemWrites: number;
  readonly yardstickAcceptedPerSecond: number;
  /** Accepted seats a second against the yardstick's. */
  readonly ratio: number;
  readonly cpuMsPerSeat: number;
  readonly yardstickCpuMsPerSeat: number;
}

export async function rush(options: RushOptions): Promise<RushResult> {
  const engine = await testEngine();
  const measured = await kehouEvening(options, engine);
  const measure = await replay(measured, engine);
  return {
    containers: options.containers,
    parents: options.parents,
    capacity: capacityOf(options),
    filled: measured.filled,
    oversold: measured.oversold,
    lost: measured.lost,
    acceptedPerSecond: measured.acceptedPerSecond,
    refusedPerSecond: measured.refusedPerSecond,
    p50Ms: measured.p50Ms,
    p99Ms: measured.p99Ms,
    hotItemWrites: measured.hotItemWrites,
    yardstickAcceptedPerSecond: measure.acceptedPerSecond,
    ratio: measured.acceptedPerSecond / measure.acceptedPerSecond,
    cpuMsPerSeat: measured.cpuMsPerSeat,
    yardstickCpuMsPerSeat: measure.cpuMsPerSeat,
  };
}
