import { type Instant, ms } from '@kehou/shared/kernel/time';

/** How long a container remembers that a class was full. Longer would turn people away from a seat that has come free. */
export const FULL_MEMORY_MS_MAX = 1000;
const CLASSES_MAX = 5000;

/**
 * What a container remembers of full classes, so that a rush for one class does not spend the hot item's capacity on
 * refusals: refuse from memory, never admit from it.
 */
export class FullMemory {
  private readonly untilMs = new Map<string, number>();

  remember(offeringId: string, now: Instant): void {
    if (this.untilMs.size >= CLASSES_MAX) this.untilMs.clear();
    this.untilMs.set(offeringId, ms(now) + FULL_MEMORY_MS_MAX);
  }

  isFull(offeringId: string, now: Instant): boolean {
    const until = this.untilMs.get(offeringId);
    if (until === undefined) return false;
    // A clock that was set back must not make a memory last.
    const left = until - ms(now);
    if (left > 0 && left <= FULL_MEMORY_MS_MAX) return true;
    this.untilMs.delete(offeringId);
    return false;
  }
}
