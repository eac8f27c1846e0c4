/**
 * The table's engine on one machine: what `DYNAMODB_ENDPOINT` names, else dynoxide (DynamoDB's protocol on SQLite) with its
 * file in the data folder. dynoxide outlives a killed parent, so its process is written down: the next start finds it,
 * makes sure that it is ours, and uses or ends it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { StartProblem } from './problem.ts';

export interface Engine {
  readonly endpoint: string;
  /** For every client of it: endpoint, region, credentials. */
  readonly config: DynamoDBClientConfig;
  /** `named`: someone else's; `found`: ours, left over by a process that was killed; `started`: now. */
  readonly origin: 'named' | 'found' | 'started';
  readonly pid?: number;
  /** Ends it, unless it is someone else's. */
  stop(): Promise<void>;
}

const PidFile = z.object({ pid: z.int().positive(), port: z.int().min(1).max(65535), databasePath: z.string() });
type PidFile = z.infer<typeof PidFile>;

/** A big file under a busy disk may take a while to open; one that runs already answers at once or hangs. */
const START_MS_MAX = 30_000;
const ATTACH_MS_MAX = 2_000;
const ASK_PAUSE_MS = 25;
const STOP_MS_MAX = 5_000;

export interface EngineOptions {
  readonly dataFolder: string;
  /** Where `DYNAMODB_ENDPOINT` is looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The engine's program; found among the installed packages unless given. */
  readonly program?: string;
}

/** Starts, finds or attaches to an engine and returns once it answers. Throws {@link StartProblem}. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const named = (options.environment ?? process.env).DYNAMODB_ENDPOINT;
  if (named) return attach(named);

  const databasePath = resolve(options.dataFolder, 'engine.db');
  const pidPath = resolve(options.dataFolder, 'engine.pid');
  const found = await leftOver(pidPath, databasePath);
  if (found) return found;

  const program = options.program ?? dynoxide();
  if (!existsSync(program))
    throw new StartProblem(`the table's engine is missing (${program}): run npm ci, or name one in DYNAMODB_ENDPOINT`);
  refuseDamaged(databasePath);

  const port = await freePort();
  const logPath = resolve(options.dataFolder, 'engine.log');
  const log = openSync(logPath, 'w', 0o600);
  // A group of its own: Ctrl-C in the terminal must reach us alone, since we still write while we stop.
  const child = spawn(program, ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', databasePath], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  const failed = new Promise<Error>((resolveError) => child.once('error', resolveError));
  child.unref();
  if (child.pid === undefined) throw new StartProblem(`the table's engine does not start (${(await failed).message}): run npm ci again`);
  const file: PidFile = { pid: child.pid, port, databasePath };
  writeFileSync(pidPath, JSON.stringify(file), { mode: 0o600 });

  const endpoint = `http://127.0.0.1:${port}`;
  if (!(await answers(endpoint, START_MS_MAX, () => child.exitCode === null && child.signalCode === null))) {
    rmSync(pidPath, { force: true });
    child.kill('SIGKILL');
    const said = readFileSync(logPath, 'utf8').trim().split('\n').at(-1) ?? '';
    if (/not a valid SQLite|malformed|corrupt|encrypted/i.test(said)) throw damaged(databasePath);
    throw new StartProblem(`the table's engine does not start: ${said || 'it gives no reason'} (see ${logPath})`);
  }
  indexStream(databasePath);
  return ours(file, 'started', pidPath);
}

/**
 * dynoxide numbers each stream record by the greatest number so far, and looks for it through all of them: without an index
 * writing gets slower with every record that there is (2,000 items: 0.6 s, then 1.4, 2.7, 4.4; with it 0.3 s each time).
 * An engine that keeps its stream otherwise is left alone: this is about speed and nothing else.
 */
function indexStream(databasePath: string): void {
  const number = 'CAST(sequence_number AS INTEGER)';
  const database = new DatabaseSync(databasePath);
  try {
    database.exec(`
      PRAGMA busy_timeout = 2000;
      CREATE INDEX IF NOT EXISTS kehou_stream_numbers ON _stream_records (table_name, ${number});
      CREATE INDEX IF NOT EXISTS kehou_stream_shards ON _stream_records (table_name, shard_id, ${number})`);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SQLITE_ERROR') throw error;
  } finally {
    database.close();
  }
}

export function engineConfig(endpoint: string): DynamoDBClientConfig {
  return { endpoint, region: 'cn-north-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 5 };
}

async function attach(endpoint: string): Promise<Engine> {
  if (!URL.canParse(endpoint)) throw new StartProblem(`DYNAMODB_ENDPOINT is no address: ${endpoint} (for example http://127.0.0.1:8000)`);
  if (!(await answers(endpoint, ATTACH_MS_MAX))) {
    throw new StartProblem(`nothing answers at ${endpoint}, which DYNAMODB_ENDPOINT names: start it, or unset DYNAMODB_ENDPOINT`);
  }
  return { endpoint, config: engineConfig(endpoint), origin: 'named', stop: async () => undefined };
}

/** The engine that a killed process of ours left running on this very file, if it is one and answers. */
async function leftOver(pidPath: string, databasePath: string): Promise<Engine | undefined> {
  const file = readPidFile(pidPath);
  if (!file) return undefined;
  if (file.databasePath === databasePath && isOurs(file)) {
    if (await answers(`http://127.0.0.1:${file.port}`, ATTACH_MS_MAX)) return ours(file, 'found', pidPath);
    await end(file);
  }
  rmSync(pidPath, { force: true });
  return undefined;
}

function readPidFile(path: string): PidFile | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return PidFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Cut short by the kill: whoever it named holds no lock that SQLite would not sort out.
    return undefined;
  }
}

/** Process ids are used again: only the command line tells whether it is this engine on this file. */
function isOurs(file: PidFile): boolean {
  const command = commandOf(file.pid);
  return command.includes('--db-path') && command.includes(file.databasePath) && command.includes(String(file.port));
}

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function ours(file: PidFile, origin: 'found' | 'started', pidPath: string): Engine {
  const endpoint = `http://127.0.0.1:${file.port}`;
  return {
    endpoint,
    config: engineConfig(endpoint),
    origin,
    pid: file.pid,
    stop: async () => {
      await end(file);
      rmSync(pidPath, { force: true });
    },
  };
}

/** Asks it to end, then makes it. Durable either way. */
async function end(file: PidFile): Promise<void> {
  const deadline = Date.now() + STOP_MS_MAX;
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isOurs(file)) return;
    try {
      process.kill(file.pid, signal);
    } catch {
      return;
    }
    while (isOurs(file) && (signal === 'SIGKILL' || Date.now() < deadline)) await new Promise((done) => setTimeout(done, 10));
  }
}

async function answers(endpoint: string, msMax: number, alive: () => boolean = () => true): Promise<boolean> {
  const deadline = AbortSignal.timeout(msMax);
  const client = new DynamoDBClient({ ...engineConfig(endpoint), maxAttempts: 1 });
  try {
    while (!deadline.aborted && alive()) {
      try {
        await client.send(new ListTablesCommand({ Limit: 1 }), { abortSignal: deadline });
        return true;
      } catch (error) {
        // It speaks the protocol and has something to say against our keys: it is there.
        if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 400) return true;
        await new Promise((done) => setTimeout(done, ASK_PAUSE_MS));
      }
    }
    return false;
  } finally {
    client.destroy();
  }
}

function dynoxide(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'dynoxide');
  } catch {
    throw new StartProblem(
      `the table's engine ${name} is not installed: run npm ci, or name another in DYNAMODB_ENDPOINT (AWS's DynamoDB Local will do)`,
    );
  }
}

/** SQLite finds a torn page only when it reads it, days later: look before anything is built on it. */
function refuseDamaged(databasePath: string): void {
  if (!existsSync(databasePath) || statSync(databasePath).size === 0) return;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(databasePath);
    const verdict = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (verdict !== 'ok') throw damaged(databasePath);
  } catch (error) {
    throw error instanceof StartProblem ? error : damaged(databasePath);
  } finally {
    if (database?.isOpen) database.close();
  }
}

function damaged(databasePath: string): StartProblem {
  return new StartProblem(`the data in ${databasePath} is damaged: move its folder away to start with fresh data`);
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((found, refused) => {
    const server = createServer();
    server.once('error', refused);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : refused(new Error('no port'))));
    });
  });
}
