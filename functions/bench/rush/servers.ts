/**
 * Throw-away servers for the other designs: in a folder of their own under the system's temporary one, on loopback, on a
 * port that was free, with a password that nobody keeps. They end when they are told to, or with this process.
 *
 * Calls of fsync and fdatasync are counted by `strace`, where there is one, from the server's own first process on. Its
 * seccomp filter stops a server at these calls only, so that the others run at full speed.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort, spawnTied, type TiedOptions } from '../../testing/spawn-tied.ts';

export type Fsyncs = number | 'not counted';

export interface Server {
  readonly port: number;
  /** Calls so far, of the whole server. */
  fsyncs(): Fsyncs;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Who a server runs as, when it refuses to be root. */
export type User = Pick<TiedOptions, 'uid' | 'gid'>;

const ANSWER_TRIES_MAX = 400;
const ANSWER_PAUSE_MS = 25;
const COMPLAINT_CHARACTERS_MAX = 4000;
const TRACE = ['-D', '-f', '-qq', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync'];

/** A program of the path, or of Debian's folders of PostgreSQL's, newest first. */
export function programOf(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', ...postgresFolders()].filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** That user of the system, or `undefined` where there is none or where we are not root and may not become them. */
export function userOf(name: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

export interface ServerOptions {
  readonly program: string;
  readonly signal: NonNullable<TiedOptions['signal']>;
  readonly user?: User | undefined;
  /** Makes what it needs in its folder and tells its arguments. */
  readonly prepare: (folder: string, port: number) => readonly string[];
  /** Throws, or is `false`, while it does not answer yet. */
  readonly answers: (port: number) => Promise<boolean>;
}

export async function startServer({ program, signal, user = {}, prepare, answers }: ServerOptions): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'kehou-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    const port = await freePort();
    const args = prepare(folder, port);
    const tracer = tracerOf(user);
    const tracePath = join(folder, 'fsyncs.trace');
    const child = tracer
      ? spawnTied(tracer, [...TRACE, '-o', tracePath, program, ...args], { signal, ...user })
      : spawnTied(program, args, { signal, ...user });
    const stop = async () => {
      await ended(child);
      remove();
    };
    try {
      await answering(child, () => answers(port), program);
    } catch (error) {
      await ended(child);
      throw error;
    }
    return { port, fsyncs: () => (tracer ? callsIn(tracePath) : 'not counted'), stop };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Where tracing is forbidden, as in many a container of a CI, nothing is counted. */
function tracerOf(user: User): string | undefined {
  const tracer = programOf('strace');
  const truth = programOf('true');
  if (!tracer || !truth) return undefined;
  return spawnSync(tracer, [...TRACE, '-o', '/dev/null', truth], { ...user, timeout: 10_000 }).status === 0 ? tracer : undefined;
}

/** One line a call; where another thread comes between, its second half says `resumed` and names no bracket. */
function callsIn(tracePath: string): number {
  return readFileSync(tracePath, 'utf8').match(/\b(?:fsync|fdatasync)\(/g)?.length ?? 0;
}

async function answering(child: ChildProcess, answers: () => Promise<boolean>, program: string): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-COMPLAINT_CHARACTERS_MAX);
  });
  for (let tries = 0; tries < ANSWER_TRIES_MAX; tries++) {
    if (child.exitCode !== null) throw new Error(`${program} ended at once: ${complaint}`);
    if (await answers().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, ANSWER_PAUSE_MS));
  }
  throw new Error(`${program} does not answer: ${complaint}`);
}

/** The shell between us and the server ends it once our pipe closes, and goes last. */
async function ended(child: ChildProcess): Promise<void> {
  const gone = child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
  child.stdin?.destroy();
  await gone;
  child.stderr?.destroy();
}
