/**
 * Kehou on one machine, whole: the engine, the product's own handlers and state machines, the simulators of WeChat and the
 * bank, the clock. `startKehou` is what `npm start` runs and what browser tests start in their own process.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CATCH_UP } from '@kehou/functions/lambda/stream';
import { createTable } from '@kehou/functions/platform/create-table';
import type { Platform } from '@kehou/functions/platform/platform';
import { Table } from '@kehou/functions/platform/table';
import type { Instant } from '@kehou/shared/kernel/time';
import { schedules } from '../schedules.ts';
import { createBankSimulator } from './bank/index.ts';
import { Chat } from './chat.ts';
import { LocalClock } from './clock.ts';
import { type DemoPerson, type DemoPlace, MACHINE_PREFIX, machineControl } from './control.ts';
import { startEngine } from './engine.ts';
import { startServer } from './http.ts';
import { localPlatform, localSecrets } from './local-platform.ts';
import { takeFolder } from './lock.ts';
import { fileLog } from './log.ts';
import { buildMiniapp, root } from './miniapp-build.ts';
import { OBJECTS_PREFIX } from './objects.ts';
import { StartProblem } from './problem.ts';
import { assembleProduct, type Product } from './product.ts';
import { Scheduler } from './scheduler.ts';
import { Store } from './store.ts';
import { Streams } from './streams.ts';
import { buildSuperApp } from './super-app/build.ts';
import { createWeChatSimulator } from './wechat/index.ts';
import { Workflows } from './workflows/runtime.ts';

export const PORT = 7420;
const TABLE_NAME = 'kehou';
/** A schedule's rounds in one call, should more be due than one takes. */
const SWEEPS_MAX = 50;

export interface KehouOptions {
  /** 0: any free one. */
  readonly port?: number;
  /** Made when it is not there; `.data` beside the package unless given. */
  readonly dataFolder?: string;
  /** Build (when needed) and serve the browser pages. */
  readonly h5?: boolean;
  /** Fill an empty city; a smaller one, for tests: the first so many schools, with so many pupils each. */
  readonly demo?: boolean | { readonly schools: number; readonly pupilsEach: number };
  /** Where the clock of an empty data folder begins. */
  readonly now?: Instant;
  /** Told what happens meanwhile, a line at a time; `transient` lines replace each other. */
  readonly say?: (line: string, options?: { readonly transient?: boolean }) => void;
  /** Gives up starting, and ends what was started. */
  readonly signal?: AbortSignal;
  /** Families a second that a window lets in at its opening; the product's own unless given. */
  readonly familiesPerSecond?: number;
  /** Looks up `DYNAMODB_ENDPOINT`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Kehou {
  readonly url: string;
  readonly clock: LocalClock;
  readonly platform: Platform;
  readonly workflows: Workflows;
  readonly streams: Streams;
  readonly wechat: ReturnType<typeof createWeChatSimulator>;
  readonly bank: ReturnType<typeof createBankSimulator>;
  /** Who can sign in, when the demo has made them. */
  readonly people: readonly DemoPerson[];
  /** Where phones can stand. */
  readonly places: readonly DemoPlace[];
  /** Ends everything that was started, in order. */
  stop(): Promise<void>;
}

/** Starts everything and returns when it can be used. Throws {@link StartProblem} for what a person can put right. */
export async function startKehou(options: KehouOptions = {}): Promise<Kehou> {
  const ends: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    return Object.assign(await start(options, ends), { stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: KehouOptions, ends: (() => Promise<void> | void)[]): Promise<Omit<Kehou, 'stop'>> {
  const say = options.say ?? (() => undefined);
  let preparing: string | undefined = '正在启动';
  const goOn = () => {
    if (options.signal?.aborted) throw new StartProblem('stopped before it was ready');
  };
  const dataFolder = ownFolder(options.dataFolder ?? join(root, '.data'));
  ends.push(takeFolder(dataFolder));

  const logPath = join(dataFolder, 'kehou.log');
  const complain = (line: string) => say(`! ${line}`);
  const earlyLog = fileLog(logPath, { now: () => new Date().toISOString() as Instant }, complain);
  const superApp = await buildSuperApp();
  const server = await startServer({
    port: options.port ?? PORT,
    log: earlyLog,
    files: [
      { prefix: '/super-app', folder: superApp },
      { prefix: '/', folder: join(root, 'miniapp/dist/h5') },
    ],
  });
  ends.push(() => server.close());

  const engine = await startEngine({ dataFolder, ...(options.environment ? { environment: options.environment } : {}) });
  ends.push(() => engine.stop());
  goOn();
  if (engine.origin === 'found') say('found the engine of a process that was killed, and all its data');
  const store = Store.open(join(dataFolder, 'machine.sqlite'));
  ends.push(() => store.close());
  const demo = options.demo === false ? undefined : await loadDemo();
  const onError = (name: string, error: unknown) => log.error('a timer failed', { timer: name, error: stackOf(error) });
  const clock = new LocalClock({ store, initial: options.now ?? demo?.demoStart, onError });
  ends.push(() => clock.stop());
  const log = fileLog(logPath, clock, complain);

  const client = new DynamoDBClient(engine.config);
  ends.push(() => client.destroy());
  await createTable(client, TABLE_NAME);
  const table = new Table({ name: TABLE_NAME, client });

  const simulatorError = (name: string) => (error: unknown) => log.error(`the simulated ${name} failed`, { error: stackOf(error) });
  const wechat = readable(dataFolder, 'wechat.sqlite, wechat-keys.json', () =>
    createWeChatSimulator({ dataDir: dataFolder, timers: clock, onError: simulatorError('WeChat') }),
  );
  ends.push(() => wechat.close());
  const bank = readable(dataFolder, 'bank.sqlite', () =>
    createBankSimulator({ dataDir: dataFolder, timers: clock, onError: simulatorError('bank') }),
  );
  ends.push(() => bank.close());

  // Handlers start state machines and state machines call handlers: the knot is tied here, by a name that is filled in below.
  let product: Product | undefined;
  const running = () => {
    if (!product) throw new Error('called before everything was there');
    return product;
  };
  const workflows = new Workflows({ store, clock, log, machines: stateMachines(), tasks: (payload) => running().tasks(payload) });
  ends.push(() => workflows.stop());
  const secrets = localSecrets(dataFolder);
  const platform = localPlatform({
    table,
    clock,
    log,
    workflows,
    dataFolder,
    baseUrl: server.url,
    secrets,
    merchant: wechat.credentials(),
    bankToken: bank.credentials().token,
    familiesPerSecond: options.familiesPerSecond,
  });
  product = assembleProduct(platform);

  const streams = new Streams({
    config: engine.config,
    table: TABLE_NAME,
    store,
    clock,
    log,
    handler: product.stream,
    onGap: async () => {
      await running().tasks({ task: CATCH_UP });
    },
  });
  ends.push(() => streams.stop());
  const scheduler = new Scheduler({
    store,
    clock,
    log,
    changes: () => streams.changes,
    schedules: schedules.map((schedule) => ({ ...schedule, run: () => runEntry(running(), schedule.entry, schedule.input) })),
  });
  ends.push(() => scheduler.stop());
  for (const settling of [server.settling, streams, workflows, scheduler]) clock.join(settling);
  clock.join({ name: 'WeChat', settle: () => wechat.settled().then(() => false) });

  let people = kept<DemoPerson>(store, 'demo.people');
  let places = kept<DemoPlace>(store, 'demo.places');
  const mounted = (
    prefixes: readonly `/${string}`[],
    handle: (request: Parameters<typeof wechat.handle>[0], response: Parameters<typeof wechat.handle>[1]) => Promise<boolean>,
  ) => {
    for (const prefix of prefixes) {
      server.mount({
        prefix,
        sameOrigin: true,
        listener: async (request, response) => {
          if (!(await handle(request, response))) response.writeHead(404).end();
        },
      });
    }
  };
  mounted(['/v3', '/sns', '/cgi-bin', '/wxa', '/simulator/wechat'], wechat.handle);
  mounted(['/bank', '/simulator/bank'], bank.handle);
  server.mount({ prefix: OBJECTS_PREFIX, listener: (request, response) => platform.objects.listener(request, response) });
  server.mount({
    prefix: MACHINE_PREFIX,
    sameOrigin: true,
    listener: machineControl({
      clock,
      workflows,
      streams,
      chat: new Chat(store),
      people: () => people,
      places: () => places,
      preparing: () => preparing,
    }),
  });

  goOn();
  const resumed = workflows.resume();
  if (resumed > 0) log.info('resumed executions', { count: resumed });
  streams.start();
  scheduler.start();
  server.open(product.routes);
  // First of all ends the door: nobody comes in while the rest is put away.
  ends.push(() => server.close());

  if (options.h5 !== false) {
    preparing = '正在生成页面';
    const stopping = new AbortController();
    ends.push(() => stopping.abort());
    await buildMiniapp('h5', {
      signal: stopping.signal,
      progress: (seconds) => say(`building the pages … ${seconds} s`, { transient: true }),
    });
  }
  if (demo && store.get('demo.done') === undefined) {
    preparing = '正在准备示范城市';
    const seeding = demo.seedDemo({
      baseUrl: server.url,
      simulator: wechat,
      clock,
      platform,
      progress: (line) => say(line, { transient: true }),
      ...(typeof options.demo === 'object' ? { size: options.demo } : {}),
    });
    // It can be given up at any point: the next start goes on with it.
    const seeded = await Promise.race([seeding, aborted(options.signal)]);
    people = seeded.people;
    places = seeded.places ?? [];
    store.atomically(() => {
      store.set('demo.places', JSON.stringify(places));
      store.set('demo.people', JSON.stringify(people));
      store.set('demo.done', clock.now());
    });
  }
  preparing = undefined;
  return {
    url: server.url,
    clock,
    platform,
    workflows,
    streams,
    wechat,
    bank,
    get people() {
      return people;
    },
    get places() {
      return places;
    },
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new StartProblem('stopped before it was ready')), { once: true });
  });
}

function ownFolder(path: string): string {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartProblem(`the data folder ${folder} cannot be made: ${(error as Error).message}`);
  }
  return folder;
}

function readable<T>(dataFolder: string, files: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    throw new StartProblem(`${files} in ${dataFolder} cannot be read (${why}): move the folder away to start with fresh data`);
  }
}

/** The very files that deploy. */
function stateMachines(): Record<string, string> {
  const folder = join(import.meta.dirname, '../workflows');
  const files = readdirSync(folder).filter((name) => name.endsWith('.asl.json'));
  return Object.fromEntries(files.map((name) => [name.slice(0, -'.asl.json'.length), readFileSync(join(folder, name), 'utf8')]));
}

/** A sweep that did not reach the end is followed by another at once. */
async function runEntry(product: Product, entry: 'sweep' | 'schedule', input: Readonly<Record<string, string>>): Promise<void> {
  for (let round = 0; round < SWEEPS_MAX; round++) {
    const result = (await product.entries[entry](input)) as { more?: boolean } | undefined;
    if (!result?.more) return;
  }
}

interface Demo {
  /** Where the clock of the demo begins. */
  readonly demoStart?: Instant;
  seedDemo(options: {
    baseUrl: string;
    simulator: ReturnType<typeof createWeChatSimulator>;
    clock: LocalClock;
    platform: Platform;
    progress: (line: string) => void;
    size?: { readonly schools: number; readonly pupilsEach: number };
  }): Promise<{ people: readonly DemoPerson[]; places?: readonly DemoPlace[] }>;
}

async function loadDemo(): Promise<Demo | undefined> {
  const path = join(import.meta.dirname, 'demo/index.ts');
  return existsSync(path) ? ((await import(path)) as Demo) : undefined;
}

function kept<T>(store: Store, fact: string): readonly T[] {
  return JSON.parse(store.get(fact) ?? '[]') as T[];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
