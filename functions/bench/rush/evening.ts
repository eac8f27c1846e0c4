/**
 * The evening itself, the same for every design: parents in one order, wishes in one order, so many containers at once.
 * Everyone wants the first class; whoever is refused takes one of the others, in turn.
 */
import type { WorldOptions } from '../../testing/selection-world.ts';

const OTHER_CLASSES = 40;
const SEATS = 30;

/** How many containers warm up, or connect, at a time. */
export const WARMING_LANES = 20;

export interface RushOptions {
  readonly parents: number;
  readonly containers: number;
  /** Classes beside the hot one, 40 unless a test wants fewer. */
  readonly otherClasses?: number;
  /** In each class, 30 unless a test wants fewer. */
  readonly seats?: number;
}

export function capacityOf({ otherClasses = OTHER_CLASSES, seats = SEATS }: RushOptions): number {
  return seats * (1 + otherClasses);
}

/** The hot class is the first one; the others are on another day. */
export function worldOptions({ parents, otherClasses = OTHER_CLASSES, seats = SEATS }: RushOptions): WorldOptions {
  const others = Array.from({ length: otherClasses }, () => ({ capacity: seats, weekday: 2 }));
  return { classes: [{ capacity: seats, weekday: 1 }, ...others], pupils: parents };
}

export interface Evening {
  readonly accepted: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this process, until the last seat was taken. */
  readonly cpuMsPerSeat: number;
}

/** Sends a parent's wish to one container and tells the status of the answer. */
export type TakeSeat = (pupil: number, offering: number) => Promise<number>;

/** Each container serves one parent at a time. Throws when a parent is answered anything but a seat or a refusal. */
export async function evening({ parents, otherClasses = OTHER_CLASSES }: RushOptions, containers: readonly TakeSeat[]): Promise<Evening> {
  const tookMs: number[] = [];
  let accepted = 0;
  let refused = 0;
  let lastAcceptedMs = 0;
  let cpuMs = 0;
  let next = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await Promise.all(
    containers.map(async (takeSeat) => {
      for (let index = next++; index < parents; index = next++) {
        for (const wish of [0, 1 + (index % otherClasses)]) {
          const sentMs = performance.now();
          const status = await takeSeat(index, wish);
          tookMs.push(performance.now() - sentMs);
          if (status === 200) {
            accepted += 1;
            lastAcceptedMs = performance.now();
            cpuMs = cpuMsSince(startedCpu);
            break;
          }
          if (status !== 409) throw new Error(`a parent was answered ${status}`);
          refused += 1;
        }
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  tookMs.sort((a, b) => a - b);
  const share = (part: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * part))] ?? 0;
  return {
    accepted,
    acceptedPerSecond: accepted / ((lastAcceptedMs - startedMs) / 1000),
    refusedPerSecond: refused / seconds,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    cpuMsPerSeat: cpuMs / accepted,
  };
}

export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What is in the store once everyone has been answered, against what was answered. */
export function seatsFilled(classes: readonly { readonly holders: number; readonly capacity: number }[], accepted: number) {
  const filled = classes.reduce((sum, { holders }) => sum + holders, 0);
  const oversold = classes.reduce((sum, { holders, capacity }) => sum + Math.max(0, holders - capacity), 0);
  return { filled, oversold, lost: accepted - filled };
}
