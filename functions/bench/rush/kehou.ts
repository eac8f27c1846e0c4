/**
 * The evening as the product serves it, on the table's engine. The containers are warm, as on the evening: each has shown
 * the class page once before eight.
 */
import { DynamoDBClient, type DynamoDBClientConfig, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { inLanes } from '../../src/platform/in-lanes.ts';
import { keys } from '../../src/platform/keys.ts';
import { Table } from '../../src/platform/table.ts';
import { Seat } from '../../src/selection/seat.repository.ts';
import { type TestEngine, testTable } from '../../testing/engine.ts';
import { type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { container, tokensFor } from './container.ts';
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

/** `ready` is called when the containers are warm, just before the first parent. */
export async function kehouEvening(options: RushOptions, engine: TestEngine, ready?: () => void): Promise<KehouEvening> {
  const { config } = engine;
  const world = await selectionWorld(await testTable({ stream: false, engine }), worldOptions(options));
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
  const tokens = await tokensFor(world);
  await inLanes(containers, WARMING_LANES, async ({ showClasses }) => {
    const status = await showClasses(world, 0, tokens[0] ?? '');
    if (status !== 200) throw new Error(`the class page was answered ${status}`);
  });
  ready?.();

  const measured = await evening(
    options,
    containers.map(
      ({ takeSeat }) =>
        (pupil, offering) =>
          takeSeat(world, pupil, offering, tokens[pupil] ?? ''),
    ),
  );
  const seats = await Promise.all(world.offerings.map((offering) => world.table.mustGet(keys.seat(offering.offeringId), Seat)));
  const classes = seats.map(({ holders, capacity }) => ({ holders: Object.keys(holders).length, capacity }));
  return { ...measured, world, recorded, hotItemWrites, ...seatsFilled(classes, measured.accepted) };
}
