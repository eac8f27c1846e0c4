/** What one request costs the table: counted as it goes, told in its log line, and the ground of the calls benchmark. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Usage {
  /** Calls that the table answered, in the order they were made: `query`, `transact(4)`, … A refused write ends in `!`. */
  readonly calls: string[];
  readUnits: number;
  writeUnits: number;
}

const running = new AsyncLocalStorage<Usage>();

/** Runs `work` with a fresh count. */
export function counted<T>(work: () => Promise<T>): Promise<T> {
  return running.run({ calls: [], readUnits: 0, writeUnits: 0 }, work);
}

/** The count of whatever is running now, if it is counted. */
export function usageNow(): Usage | undefined {
  return running.getStore();
}
