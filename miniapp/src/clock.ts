/**
 * What time it is: the server's. Phones' clocks are wrong by minutes, so every reply's `x-kehou-now` sets how far this
 * one is off, and countdowns reckon with that.
 */
import { type Instant, instant } from '@kehou/shared/kernel/time';
import { useEffect, useState } from 'react';

let offsetMs = 0;
let known = false;

/**
 * Takes the server's instant from one reply. `sentAtMs` and `receivedAtMs` are this device's clock around the call: the
 * server is taken to have answered half way.
 */
export function learnServerTime(now: string | undefined, sentAtMs: number, receivedAtMs: number): void {
  const serverMs = now === undefined ? Number.NaN : Date.parse(now);
  if (!Number.isFinite(serverMs)) return;
  const half = (receivedAtMs - sentAtMs) / 2;
  const next = serverMs + half - receivedAtMs;
  // Small differences are the network's: a countdown must not jump to and fro with every reply.
  if (!known || Math.abs(next - offsetMs) > Math.max(500, half)) offsetMs = next;
  known = true;
}

/** The server's time, in milliseconds since the epoch. */
export const serverNowMs = (): number => Date.now() + offsetMs;
export const serverNow = (): Instant => instant(serverNowMs());

/** The server's time, drawn again every `everyMs` (on whole multiples of it), or not at all with `null`. */
export function useServerNow(everyMs: number | null = 1000): number {
  const [now, setNow] = useState(serverNowMs);
  useEffect(() => {
    if (everyMs === null) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const at = serverNowMs();
      setNow(at);
      timer = setTimeout(tick, everyMs - (((at % everyMs) + everyMs) % everyMs) + 5);
    };
    tick();
    return () => clearTimeout(timer);
  }, [everyMs]);
  return now;
}
