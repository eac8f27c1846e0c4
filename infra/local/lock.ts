/** One process a data folder: two would each play the clock and the state machines over the other's. */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { StartProblem } from './problem.ts';

const Holder = z.object({ pid: z.int().positive(), began: z.string() });
const TRIES_MAX = 3;

/** Takes the folder, also over a process that was killed; answers how to leave it. Throws {@link StartProblem}. */
export function takeFolder(folder: string): () => void {
  const path = join(folder, 'kehou.pid');
  const draft = `${path}.${process.pid}`;
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    try {
      // Written first and named then: nobody ever sees it empty.
      writeFileSync(draft, JSON.stringify({ pid: process.pid, began: beginningOf(process.pid) }), { mode: 0o600 });
      linkSync(draft, path);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new StartProblem(`the data folder ${folder} cannot be written: ${(error as Error).message}`);
      const holder = holderOf(path);
      if (holder)
        throw new StartProblem(
          `Kehou is running already with the data folder ${folder} (process ${holder}): use that one, or name another with --data`,
        );
      rmSync(path, { force: true });
    } finally {
      rmSync(draft, { force: true });
    }
  }
  throw new StartProblem(`the data folder ${folder} is being taken by another process`);
}

/** The process that holds it, if it still is that very process: numbers are used again. */
function holderOf(path: string): number | undefined {
  try {
    const { pid, began } = Holder.parse(JSON.parse(readFileSync(path, 'utf8')));
    return beginningOf(pid) === began ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** What tells one process from another of the same number; empty when there is none. */
function beginningOf(pid: number): string {
  try {
    if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
