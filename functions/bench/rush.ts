/**
 * Selection night: 5,000 parents want one class of 30 seats; whoever is refused takes one of forty others. Through API
 * events, the middy stack and the handlers, on the real engine, from so many separate containers.
 *
 * The containers are warm, as on the evening: each has shown the class page once before eight. The yardstick is the very
 * same table writes, recorded from that run and sent again to a fresh table through the same SDK, from as many clients,
 * each of which has made a call before, without handlers. Seats a second follow the machine's mood; processor time a seat
 * (this process: both runs have one core and are bound by it) does not, and is told beside it.
 *
 * A container's clock: on AWS each container has a core to itself and serves a request in about 20 ms; here all of them
 * share two cores, so wall time stretches what a container remembers. Each container's clock therefore moves by 20 ms a
 * request that it serves, and not by the wall.
 */
import {
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { newId } from '@kehou/shared/kernel/id';
import { requestOf } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Pupil } from '@kehou/shared/school/school';
import { selectionRoutes } from '@kehou/shared/selection/routes';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createApi, type HttpHandler } from '../src/http/api.ts';
import { guards } from '../src/identity/authorise.ts';
import { issueSession } from '../src/identity/session-token.ts';
import { inLanes } from '../src/platform/in-lanes.ts';
import { keys } from '../src/platform/keys.ts';
import { silentLog } from '../src/platform/log.ts';
import { Table } from '../src/platform/table.ts';
import { selection } from '../src/selection/index.ts';
import { Seat } from '../src/selection/seat.repository.ts';
import { testEngine, testTable } from '../testing/engine.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../testing/selection-world.ts';

const HOT_SEATS = 30;
const OTHER_CLASSES = 40;
const OTHER_SEATS = 30;
const REQUEST_MS = 20;
const WARMING_LANES = 20;

export interface RushResult {
  readonly containers: number;
  readonly parents: number;
  readonly capacity: number;
  readonly filled: number;
  readonly oversold: number;
  readonly lost: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly hotItemWrites: number;
  readonly yardstickAcceptedPerSecond: number;
  /** Accepted seats a second against the yardstick's. */
  readonly ratio: number;
  readonly cpuMsPerSeat: number;
  readonly yardstickCpuMsPerSeat: number;
}

/** A queue at the sockets is what a rush is: the SDK need not say so a thousand times. */
function quietClient(config: DynamoDBClientConfig): DynamoDBClient {
  return new DynamoDBClient({ ...config, requestHandler: { socketAcquisitionWarningTimeout: 600_000 } });
}

type WriteCommand = UpdateItemCommand | TransactWriteItemsCommand;

export async function rush(options: { parents: number; containers: number }): Promise<RushResult> {
  const { config } = await testEngine();
  const world = await selectionWorld(await testTable({ stream: false }), {
    classes: [{ capacity: HOT_SEATS, weekday: 1 }, ...Array.from({ length: OTHER_CLASSES }, () => ({ capacity: OTHER_SEATS, weekday: 2 }))],
    pupils: options.parents,
  });
  const recorded: WriteCommand[][] = Array.from({ length: options.containers }, () => []);
  const hotKey = keys.seat(world.offerings[0]?.offeringId ?? '').PK;
  let hotItemWrites = 0;
  const client = quietClient(config);
  const containers = recorded.map((log) => {
    const own = new DynamoDBClient({ ...config, requestHandler: client.config.requestHandler });
    own.middlewareStack.add(
      (next, context) => async (input) => {
        if (context.commandName === 'UpdateItemCommand') {
          const command = input.input as UpdateItemCommand['input'];
          log.push(new UpdateItemCommand(command));
          if (command.Key?.PK?.S === hotKey) hotItemWrites += 1;
        } else if (context.commandName === 'TransactWriteItemsCommand')
          log.push(new TransactWriteItemsCommand(input.input as TransactWriteItemsCommand['input']));
        return next(input);
      },
      { step: 'initialize', name: 'record' },
    );
    return container(new Table({ name: world.table.name, client: own }));
  });
  const tokens = await Promise.all(world.pupils.map((pupil) => tokenFor(pupil)));
  await inLanes(containers, WARMING_LANES, async ({ showClasses }) => {
    const status = await showClasses(world, 0, tokens[0] ?? '');
    if (status !== 200) throw new Error(`the class page was answered ${status}`);
  });

  const tookMs: number[] = [];
  let accepted = 0;
  let refused = 0;
  let lastAcceptedMs = 0;
  let cpuMs = 0;
  let next = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await Promise.all(
    containers.map(async ({ takeSeat }) => {
      for (let index = next++; index < options.parents; index = next++) {
        for (const wish of [0, 1 + (index % OTHER_CLASSES)]) {
          const sentMs = performance.now();
          const status = await takeSeat(world, index, wish, tokens[index] ?? '');
          tookMs.push(performance.now() - sentMs);
          if (status === 200) {
            accepted += 1;
            lastAcceptedMs = performance.now();
            cpuMs = cpuMsSince(startedCpu);
            break;
          }
          if (status !== 409) throw new Error(`a parent was answered ${status}`);
          refused += 1;
        }
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const capacity = HOT_SEATS + OTHER_CLASSES * OTHER_SEATS;
  const seats = await Promise.all(world.offerings.map((offering) => world.table.mustGet(keys.seat(offering.offeringId), Seat)));
  const filled = seats.reduce((sum, seat) => sum + Object.keys(seat.holders).length, 0);
  const oversold = seats.reduce((sum, seat) => sum + Math.max(0, Object.keys(seat.holders).length - seat.capacity), 0);
  const acceptedPerSecond = accepted / ((lastAcceptedMs - startedMs) / 1000);
  const measure = await yardstick(world, recorded);
  tookMs.sort((a, b) => a - b);
  const share = (part: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * part))] ?? 0;
  return {
    containers: options.containers,
    parents: options.parents,
    capacity,
    filled,
    oversold,
    lost: accepted - filled,
    acceptedPerSecond,
    refusedPerSecond: refused / seconds,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    hotItemWrites,
    yardstickAcceptedPerSecond: measure.acceptedPerSecond,
    ratio: acceptedPerSecond / measure.acceptedPerSecond,
    cpuMsPerSeat: cpuMs / accepted,
    yardstickCpuMsPerSeat: measure.cpuMsPerSeat,
  };
}

const secrets = {
  session: new TextEncoder().encode('bench-session-key-of-32-bytes-or-more'),
  qr: new TextEncoder().encode('bench-qr-key-of-32-bytes-or-more-----'),
};

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function tokenFor(pupil: Pupil): Promise<string> {
  const personId = newId('person');
  const child = { ...pupil, schoolName: '学校' };
  const view = { person: { personId, openId: personId, createdAt: OPENING }, roles: [], children: [child], unread: 0 };
  const session = await issueSession({ clock: { now: () => OPENING }, secrets }, view as never, OPENING);
  return session.token;
}

/** One container: its own handlers, its own memory, its own clock. */
function container(table: Table) {
  let served = 0;
  const clock = { now: (): Instant => instant(ms(OPENING) + served * REQUEST_MS) };
  const workflows = { start: async () => undefined, succeed: async () => false };
  const useCases = selection({ table, clock, workflows, objects: new MemoryObjects(), secrets }).useCases;
  const handler: HttpHandler = createApi({
    area: 'selection',
    routes: selectionRoutes,
    useCases,
    guards: guards({ table, clock, secrets }),
    clock,
    log: silentLog,
  });
  const serve = async (request: { method: string; url: string; body?: string | undefined }, token: string): Promise<number> => {
    served += 1;
    const reply = await handler(eventOf(request, token), { awsRequestId: `request-${served}` } as Context);
    return reply.statusCode ?? 500;
  };
  return {
    showClasses: (world: SelectionWorld, pupil: number, token: string) =>
      serve(requestOf(selectionRoutes.getClassPage, { pupilId: world.pupils[pupil]?.pupilId, windowId: world.window.windowId }), token),
    takeSeat: (world: SelectionWorld, pupil: number, offering: number, token: string) =>
      serve(
        requestOf(selectionRoutes.takeSeat, {
          pupilId: world.pupils[pupil]?.pupilId,
          offeringId: world.offerings[offering]?.offeringId,
          windowId: world.window.windowId,
          enrolmentId: newId('enrolment'),
        }),
        token,
      ),
  };
}

function eventOf({ method, url, body }: { method: string; url: string; body?: string | undefined }, token: string): APIGatewayProxyEventV2 {
  const [path = '', query = ''] = url.split('?');
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    requestContext: {
      accountId: '0',
      apiId: 'bench',
      domainName: 'bench',
      domainPrefix: 'bench',
      http,
      requestId: '0',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

/** The same writes once more, without handlers: accepted seats a second until the last one, and what one took of the processor. */
async function yardstick(world: SelectionWorld, recorded: readonly (readonly WriteCommand[])[]) {
  const { config } = await testEngine();
  const fresh = await testTable({ stream: false });
  for (const offering of world.offerings) {
    const seat = await world.table.mustGet(keys.seat(offering.offeringId), Seat);
    await fresh.write([{ op: 'put', key: keys.seat(offering.offeringId), item: { ...seat, holders: {}, revision: 0 } }]);
  }
  const { requestHandler } = quietClient(config).config;
  const workers = recorded.map((commands) => ({ commands, client: new DynamoDBClient({ ...config, requestHandler }) }));
  await inLanes(workers, WARMING_LANES, async ({ client }) => {
    await client.send(new GetItemCommand({ TableName: fresh.name, Key: marshall(keys.seat(world.offerings[0]?.offeringId ?? '')) }));
  });
  let accepted = 0;
  let lastAcceptedMs = 0;
  let cpuMs = 0;
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await Promise.all(
    workers.map(async ({ commands, client }) => {
      for (const command of commands) {
        const done = await send(client, command, fresh.name);
        if (done && isHeld(command)) {
          accepted += 1;
          lastAcceptedMs = performance.now();
          cpuMs = cpuMsSince(startedCpu);
        }
      }
    }),
  );
  return { acceptedPerSecond: accepted / ((lastAcceptedMs - startedMs) / 1000), cpuMsPerSeat: cpuMs / accepted };
}

function isHeld(command: WriteCommand): boolean {
  return command instanceof UpdateItemCommand && command.input.ExpressionAttributeValues?.[':held']?.S === 'held';
}

async function send(client: DynamoDBClient, command: WriteCommand, table: string): Promise<boolean> {
  try {
    if (command instanceof UpdateItemCommand) await client.send(new UpdateItemCommand({ ...command.input, TableName: table }));
    else {
      const items = (command.input.TransactItems ?? []).map((item) =>
        Object.fromEntries(Object.entries(item).map(([kind, write]) => [kind, { ...(write as object), TableName: table }])),
      );
      await client.send(new TransactWriteItemsCommand({ ...command.input, TransactItems: items }));
    }
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException' || (error as Error).name === 'TransactionCanceledException')
      return false;
    throw error;
  }
}
