/**
 * The same evening on the designs that others would build, behind the same HTTP stack, in the same order, side by side with
 * the product's: on the engine in memory (as `rush` has it) and on the engine with its file, as `npm start` has it.
 */
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { inLanes } from '../../src/platform/in-lanes.ts';
import { configFor, dynoxide, type TestEngine, testEngine, testTable } from '../../testing/engine.ts';
import { selectionWorld } from '../../testing/selection-world.ts';
import { container, linkedToken, tokenFor } from './container.ts';
import { capacityOf, type Evening, evening, type RushOptions, seatsFilled, WARMING_LANES, worldOptions } from './evening.ts';
import { kehouEvening, quietClient } from './kehou.ts';
import { type OtherStore, takeSeatIn } from './other-store.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { type Fsyncs, startServer } from './servers.ts';

/** One line of the table. */
export interface DesignResult extends Omit<Evening, 'accepted'> {
  readonly design: string;
  readonly containers: number;
  readonly parents: number;
  readonly capacity: number;
  readonly filled: number;
  readonly oversold: number;
  readonly lost: number;
  /** Calls of fsync and fdatasync of the server, from the first parent to the last, by accepted seat. */
  readonly fsyncsPerSeat: Fsyncs;
  /** Acknowledged seats, when the power of the machine fails. */
  readonly onPowerLoss: string;
}

export interface NotInstalled {
  readonly design: string;
  readonly notInstalled: string;
}

interface OtherDesign {
  readonly design: string;
  readonly package: string;
  readonly onPowerLoss: string;
  readonly start: () => Promise<OtherStore | undefined>;
}

export const otherDesigns: readonly OtherDesign[] = [
  { design: 'PostgreSQL, row lock', package: 'postgresql', onPowerLoss: 'kept (one disk)', start: startPostgres },
  {
    design: 'Redis, Lua, everysec',
    package: 'redis-server',
    onPowerLoss: 'up to a second of them lost',
    start: () => startRedis('everysec'),
  },
  { design: 'Redis, Lua, always', package: 'redis-server', onPowerLoss: 'kept (one disk)', start: () => startRedis('always') },
];

/** One after the other, each on a server of its own that ends with it. */
export async function compareDesigns(options: RushOptions): Promise<(DesignResult | NotInstalled)[]> {
  const results: (DesignResult | NotInstalled)[] = [await kehouOnTestEngine(options), await kehouOnDisk(options)];
  for (const other of otherDesigns) results.push(await rushOn(other, options));
  return results;
}

async function kehouOnTestEngine(options: RushOptions): Promise<DesignResult> {
  const measured = await kehouEvening(options, await testEngine());
  if (process.env.DYNAMODB_ENDPOINT)
    return row('Kehou, engine named by DYNAMODB_ENDPOINT', options, measured, 'not counted', 'as that engine');
  const onPowerLoss = 'in memory: all lost here; DynamoDB: kept by several storage nodes';
  return row('Kehou, engine in memory', options, measured, 'not counted', onPowerLoss);
}

export async function kehouOnDisk(options: RushOptions): Promise<DesignResult> {
  const engineAt = (port: number): TestEngine => {
    const endpoint = `http://127.0.0.1:${port}`;
    return { endpoint, config: configFor(endpoint) };
  };
  const server = await startServer({
    program: dynoxide(),
    signal: 'KILL',
    prepare: (folder, port) => ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', `${folder}/engine.db`],
    answers: async (port) => {
      const client = quietClient({ ...engineAt(port).config, maxAttempts: 1 });
      try {
        await client.send(new ListTablesCommand({ Limit: 1 }));
        return true;
      } finally {
        client.destroy();
      }
    },
  });
  try {
    let before: Fsyncs = 'not counted';
    const measured = await kehouEvening(options, engineAt(server.port), () => {
      before = server.fsyncs();
    });
    const perSeat = fsyncsPerSeat(before, server.fsyncs(), measured.accepted);
    return row('Kehou, engine on disk', options, measured, perSeat, "as the engine's file; DynamoDB: kept by several storage nodes");
  } finally {
    await server.stop();
  }
}

/** Every container has read the classes and has answered a request before the first parent comes. */
export async function rushOn(other: OtherDesign, options: RushOptions): Promise<DesignResult | NotInstalled> {
  const store = await other.start();
  if (!store) return { design: other.design, notInstalled: `not installed (Debian: ${other.package})` };
  try {
    const world = await selectionWorld(await testTable({ stream: false }), worldOptions(options));
    await store.fill(world);
    const tokens = await Promise.all(world.pupils.map((pupil) => tokenFor(pupil)));
    const [first] = world.pupils;
    const looking = first ? await linkedToken(world.table, first) : '';
    const opened = Array.from({ length: options.containers }, () => {
      const terms = new Map();
      return { terms, ...container(world.table, (clock) => takeSeatIn(store, terms, clock)) };
    });
    await inLanes(opened, WARMING_LANES, async ({ terms, showClasses }) => {
      for (const offered of await store.readTerms()) terms.set(offered.offeringId, offered);
      const status = await showClasses(world, 0, looking);
      if (status !== 200) throw new Error(`the class page was answered ${status}`);
    });
    const before = store.fsyncs();
    const measured = await evening(
      options,
      opened.map(
        ({ takeSeat }) =>
          (pupil, offering) =>
            takeSeat(world, pupil, offering, tokens[pupil] ?? ''),
      ),
    );
    const perSeat = fsyncsPerSeat(before, store.fsyncs(), measured.accepted);
    const counted = { ...measured, ...seatsFilled(await store.count(), measured.accepted) };
    return row(other.design, options, counted, perSeat, other.onPowerLoss);
  } finally {
    await store.stop();
  }
}

function fsyncsPerSeat(before: Fsyncs, after: Fsyncs, accepted: number): Fsyncs {
  return before === 'not counted' || after === 'not counted' ? 'not counted' : (after - before) / accepted;
}

type Measured = Evening & Pick<DesignResult, 'filled' | 'oversold' | 'lost'>;

function row(design: string, options: RushOptions, measured: Measured, perSeat: Fsyncs, onPowerLoss: string): DesignResult {
  return {
    design,
    containers: options.containers,
    parents: options.parents,
    capacity: capacityOf(options),
    filled: measured.filled,
    oversold: measured.oversold,
    lost: measured.lost,
    acceptedPerSecond: measured.acceptedPerSecond,
    refusedPerSecond: measured.refusedPerSecond,
    p50Ms: measured.p50Ms,
    p99Ms: measured.p99Ms,
    cpuMsPerSeat: measured.cpuMsPerSeat,
    fsyncsPerSeat: perSeat,
    onPowerLoss,
  };
}
