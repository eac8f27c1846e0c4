import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Table } from '../platform/table.ts';
import { readWindowPartition } from './window.repository.ts';

/** How long a container shows what it has just read of a window. The seat items themselves decide who gets a place. */
export const WINDOW_SHOWN_MS = 1000;
const WINDOWS_MAX = 500;

type Partition = NonNullable<Awaited<ReturnType<typeof readWindowPartition>>>;
/** What was read, and when the reading began. */
export type Shown = Partition & { readonly asOf: Instant };

/**
 * A window with its classes and counts, read once a second and container however many ask: whoever comes while a reading is under way
 * waits for that one. What is not there, or not read, is not remembered.
 */
export class WindowMemory {
  private readonly readings = new Map<string, { readonly asOf: Instant; readonly reading: Promise<Shown | undefined> }>();

  read(table: Table, windowId: string, now: Instant): Promise<Shown | undefined> {
    const known = this.readings.get(windowId);
    const ageMs = known ? ms(now) - ms(known.asOf) : Number.NaN;
    // A clock that was set back must not make a memory last.
    if (known && ageMs >= 0 && ageMs < WINDOW_SHOWN_MS) return known.reading;
    if (this.readings.size >= WINDOWS_MAX) this.readings.clear();
    const reading = readWindowPartition(table, windowId).then((partition) => partition && { ...partition, asOf: now });
    const entry = { asOf: now, reading };
    this.readings.set(windowId, entry);
    const forget = () => {
      if (this.readings.get(windowId) === entry) this.readings.delete(windowId);
    };
    reading.then((shown) => {
      if (!shown || shown.window.status === 'draft' || shown.window.status === 'withdrawn') forget();
    }, forget);
    return reading;
  }
}
