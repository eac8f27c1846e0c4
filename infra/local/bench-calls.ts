/** What each use case costs the table, told by the log of a month that is played for real. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKehou } from './kehou.ts';
import { MONTH_BEGINS, playMonth } from './month.ts';

export interface CallRow {
  readonly useCase: string;
  readonly times: number;
  /** Round trips to the table, at most and at least seen. */
  readonly calls: string;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** The dearest one, call by call. */
  readonly dearest: string;
}

interface Line {
  readonly message: string;
  readonly area?: string;
  readonly route?: string;
  readonly tableCalls?: readonly string[];
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

export async function benchCalls(): Promise<CallRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kehou-calls-'));
  const kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: false, environment: {}, now: MONTH_BEGINS });
  try {
    await playMonth(kehou);
  } finally {
    await kehou.stop();
  }
  const lines = readFileSync(join(folder, 'kehou.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  rmSync(folder, { recursive: true, force: true });
  const byUseCase = new Map<string, Line[]>();
  for (const line of lines) {
    if (line.message !== 'request' || !line.tableCalls) continue;
    const useCase = `${line.area}.${line.route}`;
    byUseCase.set(useCase, [...(byUseCase.get(useCase) ?? []), line]);
  }
  return [...byUseCase].map(([useCase, seen]) => rowOf(useCase, seen)).sort((a, b) => a.useCase.localeCompare(b.useCase));
}

function rowOf(useCase: string, seen: readonly Line[]): CallRow {
  const counts = seen.map(({ tableCalls = [] }) => tableCalls.length);
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  const dearest = seen.find(({ tableCalls = [] }) => tableCalls.length === most)?.tableCalls ?? [];
  return {
    useCase,
    times: seen.length,
    calls: least === most ? String(most) : `${least}–${most}`,
    readUnits: Math.max(...seen.map(({ readUnits = 0 }) => readUnits)),
    writeUnits: Math.max(...seen.map(({ writeUnits = 0 }) => writeUnits)),
    dearest: dearest.join(' '),
  };
}
