/**
 * The evening as the product serves it, on the table's engine. The containers are warm, as on the evening: each has shown
 * the class page once before eight.
 */
import { DynamoDBClient, type DynamoDBClientConfig, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { inLanes } from '../../src/platform/in-lanes.ts';
import { keys } from '../../src/platform/keys.ts';
import { Table, type TableOptions } from '../../src/platform/table.ts';
import { Seat } from '../../src/selection/seat.repository.ts';
import { type TestEngine, testTable } from '../../testing/engine.ts';
import { type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { type Container, container, linkedToken, tokenFor } from './container.ts';
import { type Evening, evening, type RushOptions, seatsFilled, WARMING_LANES, worldOptions } from './evening.ts';

/** A queue at the sockets is what a rush is: the SDK need not say so a thousand times. */
export function quietClient(config: DynamoDBClientConfig): DynamoDBClient {
  return new DynamoDBClient({ ...config, requestHandler: { socketAcquisitionWarningTimeout: 600_000 } });
}

export type WriteCommand = UpdateItemCommand | TransactWriteItemsCommand;

export interface KehouEvening extends Evening {
  readonly world: SelectionWorld;
  /** Every write that each container sent. */
  readonly recorded: readonly (readonly WriteCommand[])[];
  readonly hotItemWrites: number;
  readonly filled: number;
  readonly oversold: number;
  readonly lost: number;
}

/** A container, and every write that it sent. */
export interface Recorded {
  readonly container: Container;
  readonly log: WriteCommand[];
}

/** So many warm connections to one table, each container with a client of its own. `onWrite` sees each write as it goes out. */
export function recordingContainers(
  count: number,
  { name, config, ...options }: Pick<TableOptions, 'name' | 'onCall'> & { readonly config: DynamoDBClientConfig },
  onWrite: (command: WriteCommand) => void = () => undefined,
): Recorded[] {
  const { requestHandler } = quietClient(config).config;
  return Array.from({ length: count }, () => {
    const log: WriteCommand[] = [];
    const client = new DynamoDBClient({ ...config, requestHandler });
    client.middlewareStack.add(
      (next, context) => async (input) => {
        const command =
          context.commandName === 'UpdateItemCommand'
            ? new UpdateItemCommand(input.input as UpdateItemCommand['input'])
            : context.commandName === 'TransactWriteItemsCommand'
              ? new TransactWriteItemsCommand(input.input as TransactWriteItemsCommand['input'])
              : undefined;
        if (command) {
          log.push(command);
          onWrite(command);
        }
        return next(input);
      },
      { step: 'initialize', name: 'record' },
    );
    return { log, container: container(new Table({ ...options, name, client })) };
  });
}

/** `ready` is called when the containers are warm, just before the first parent. */
export async function kehouEvening(options: RushOptions, engine: TestEngine, ready?: () => void): Promise<KehouEvening> {
  const { config } = engine;
  const world = await selectionWorld(await testTable({ stream: false, engine }), worldOptions(options));
  const hotKey = keys.seat(world.offerings[0]?.offeringId ?? '').PK;
  let hotItemWrites = 0;
  const recorders = recordingContainers(options.containers, { name: world.table.name, config }, (command) => {
    if (command instanceof UpdateItemCommand && command.input.Key?.PK?.S === hotKey) hotItemWrites += 1;
  });
  const tokens = await Promise.all(world.pupils.map((pupil) => tokenFor(pupil)));
  const [first] = world.pupils;
  const looking = first ? await linkedToken(world.table, first) : '';
  await inLanes(recorders, WARMING_LANES, async ({ container }) => {
    const status = await container.showClasses(world, 0, looking);
    if (status !== 200) throw new Error(`the class page was answered ${status}`);
  });
  ready?.();

  const measured = await evening(
    options,
    recorders.map(
      ({ container }) =>
        (pupil, offering) =>
          container.takeSeat(world, pupil, offering, tokens[pupil] ?? ''),
    ),
  );
  const seats = await Promise.all(world.offerings.map((offering) => world.table.mustGet(keys.seat(offering.offeringId), Seat)));
  const classes = seats.map(({ holders, capacity }) => ({ holders: Object.keys(holders).length, capacity }));
  const recorded = recorders.map(({ log }) => log);
  return { ...measured, world, recorded, hotItemWrites, ...seatsFilled(classes, measured.accepted) };
}
