/** Builds the mini-program when its sources have changed since the last build, and only then: a hash of them decides. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartProblem } from './problem.ts';

export const root = join(import.meta.dirname, '../..');
const miniapp = join(root, 'miniapp');

export type BuildTarget = 'h5' | 'weapp';

/** Everything a build reads. */
const sources = [
  'miniapp/src',
  'miniapp/config',
  'miniapp/types',
  'miniapp/babel.config.cjs',
  'miniapp/package.json',
  'miniapp/project.config.json',
  'shared/src',
  'package-lock.json',
];

export interface Build {
  /** The folder with the built files. */
  readonly folder: string;
  readonly fresh: boolean;
}

export interface BuildOptions {
  /** Told about every second how long it has taken. */
  readonly progress?: (seconds: number) => void;
  readonly signal?: AbortSignal;
}

/** Throws {@link StartProblem} when the build fails; its whole output is in the file that the message names. */
export async function buildMiniapp(target: BuildTarget, options: BuildOptions = {}): Promise<Build> {
  const folder = join(miniapp, 'dist', target);
  const stamp = join(miniapp, 'dist', `.${target}.hash`);
  const hash = hashOf(sources.map((source) => join(root, source)));
  if (existsSync(join(folder, target === 'h5' ? 'index.html' : 'app.json')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash)
    return { folder, fresh: false };
  mkdirSync(join(miniapp, 'dist'), { recursive: true });
  rmSync(stamp, { force: true });
  const logPath = join(miniapp, 'dist', `${target}-build.log`);
  const code = await run(target, logPath, options);
  const said = readFileSync(logPath, 'utf8');
  // Taro ends with 0 on some errors: its own words count as well.
  if (code !== 0 || /\bERROR in\b|Module not found|编译失败/.test(said))
    throw new StartProblem(`the mini-program does not build for ${target}: see ${logPath}`);
  writeFileSync(stamp, hash);
  return { folder, fresh: true };
}

function run(target: BuildTarget, logPath: string, { progress, signal }: BuildOptions): Promise<number> {
  const log = openSync(logPath, 'w');
  const child = spawn(process.execPath, [join(root, 'node_modules/@tarojs/cli/bin/taro'), 'build', '--type', target], {
    cwd: miniapp,
    stdio: ['ignore', log, log],
    // A group of its own, so that its workers end with it.
    detached: true,
    env: { ...process.env, NODE_ENV: 'production', TARO_ENV: target, CI: '1' },
  });
  const began = Date.now();
  const ticking = setInterval(() => progress?.(Math.round((Date.now() - began) / 1000)), 1000);
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  signal?.addEventListener('abort', kill, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(ticking);
      signal?.removeEventListener('abort', kill);
      resolve(code ?? 1);
    });
  });
}

/** One hash over names and contents, in order of names. */
export function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string) => {
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.') || /\.test\.tsx?$/.test(entry.name)) continue;
      const inner = join(path, entry.name);
      if (entry.isDirectory()) add(inner);
      else
        hash
          .update(`${inner.slice(root.length)}\0`)
          .update(readFileSync(inner))
          .update('\0');
    }
  };
  for (const path of paths) {
    if (!existsSync(path)) continue;
    try {
      add(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
      hash
        .update(`${path.slice(root.length)}\0`)
        .update(readFileSync(path))
        .update('\0');
    }
  }
  return hash.digest('hex');
}
