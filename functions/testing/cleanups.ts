/** What a test file started and must end, last first. */
const cleanups: (() => Promise<void> | void)[] = [];

export function atEndOfFile(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export async function runCleanups(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}
