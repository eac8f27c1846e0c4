import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { GetItemCommand, type TransactWriteItem, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { SimulationFailed } from './scheduler.ts';
import { simulateSelection } from './simulate-selection.ts';

/** Fits into a minute of a busy machine; `npm run simulate -- selection --seeds 5000` plays more. */
const SEEDS = 32;
const FIRST_SEED = 1;
/**
 * Seeds that failed once, each for a bug that has a test of its own beside the code: a seat left behind when an offer's container
 * died after the window was settled (1, 6, 25); two offers of one hour in one order (5, 11); an order that one guardian had paid
 * while the other's payment stayed open (8, 15) or reached the provider only after it had been closed (41, 179); a place offered in a
 * class that was called off, and paid (177); a child put back in line by the sweeper after the list had ended (48), or just while it did (120). Played `--plain`: what
 * seeds have come to draw since (`terms.ts`) would make other runs of them.
 */
const REGRESSIONS: readonly number[] = [1, 5, 6, 8, 11, 15, 25, 41, 48, 120, 177, 179];

/** What a run is made of: none of it may be missing from them all, or nothing was tried. */
const MUST_HAPPEN = [
  'take: done',
  'take: selection.full',
  'take: selection.clash',
  'take: selection.already_taken',
  'take: selection.not_open',
  'join: selection.not_open',
  'place of a later grade',
  'take: selection.not_your_turn',
  'take: selection.wrong_turn',
  'join: selection.not_your_turn',
  'place taken by turns',
  'wait of a later grade',
  'basket: done',
  'basket each: some',
  'basket together: all',
  'basket together: none',
  'join: done',
  'leave: done',
  'give up: done',
  'order: done',
  'order: order.seat_in_order',
  'order: selection.clash',
  'start payment: done',
  'refund: done',
  'decide refund: done',
  'retry refund: done',
  'callback: done',
  'enlarge class: done',
  'prolong window: done',
  'give reserved: done',
  'give reserved: selection.reserve_empty',
  'let go: done',
  'move: done',
  'move: move.under_way',
  'decide merge: done',
  'decide run: done',
  'quote call-off: done',
  'call off: done',
  'call off: offered',
  'call off: paying',
  'call off: moving',
  'called off with one held',
  'called off with one held from the list',
  'called off with one confirmed',
  'enrolment confirmed kept for it',
  'enrolment lapsed kept for it',
  'paid',
  'paid late',
  'enrolment lost',
  'enrolment lapsed',
  'enrolment confirmed',
  'enrolment confirmed from the list',
  'enrolment lapsed from the list',
  'enrolment cancelled',
  'wait offered',
  'wait left',
  'wait ended',
  'fault throttle',
  'fault conflict',
  'fault lost',
  'fault lost for good',
  'fault crash',
  'fault stall',
];

const Report = z.object({
  runs: z.array(z.object({ seed: z.int(), steps: z.int(), hash: z.string() })),
  failures: z.array(z.object({ seed: z.int(), message: z.string() })),
  counts: z.record(z.string(), z.int()),
});

/** In a process of its own, as people run it: four times as fast as in the VM of a test. */
async function simulate(...args: string[]): Promise<z.infer<typeof Report>> {
  const command = [fileURLToPath(new URL('../simulate.ts', import.meta.url)), 'selection', '--json', ...args];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  return Report.parse(JSON.parse(await text(child.stdout)));
}

it('holds whatever happens, in the order in which it happens', async () => {
  const { runs, failures, counts } = await simulate('--seed', String(FIRST_SEED), '--seeds', String(SEEDS));
  expect(failures.map(({ message }) => message)).toEqual([]);
  expect(runs).toHaveLength(SEEDS);
  expect(MUST_HAPPEN.filter((what) => !counts[what])).toEqual([]);
}, 600_000);

it('holds in the runs that once failed', async () => {
  const { runs, failures } = await simulate('--plain', '--seed', REGRESSIONS.join(','));
  expect(failures.map(({ message }) => message)).toEqual([]);
  expect(runs.map(({ seed }) => seed)).toEqual(REGRESSIONS);
}, 300_000);

it('is the same run for the same seed, and another for another', async () => {
  const [one, other] = await Promise.all([simulate('--seed', '3', '--seeds', '2'), simulate('--seed', '4,3')]);
  expect(one.runs).toHaveLength(2);
  expect(one.runs).toEqual([...other.runs].reverse());
  expect(new Set(one.runs.map(({ hash }) => hash)).size).toBe(2);
}, 60_000);

/** As {@link MUST_HAPPEN}, where places are drawn. */
const MUST_HAPPEN_IN_A_LOTTERY = [
  'wish: done',
  'wish: lottery.not_now',
  'wish: lottery.changed_meanwhile',
  'wish: withdrawn',
  'take: lottery.only_lottery',
  'take: done',
  'record value: done',
  'record value: lottery.already_recorded',
  'join: done',
  'order: done',
  'paid',
  'paid late',
  'enrolment held',
  'enrolment lapsed',
  'enrolment confirmed',
  'enrolment confirmed from the list',
  'wait offered',
  'fault throttle',
  'fault conflict',
  'fault lost',
  'fault lost for good',
  'fault crash',
  'fault stall',
];
/** About as long as the others take; `npm run simulate -- selection --lottery --seeds 1000` plays more. */
const LOTTERY_SEEDS = 10;

it('holds where places are drawn: what was received is listed, what was won is given, once', async () => {
  const { runs, failures, counts } = await simulate('--lottery', '--seed', '1', '--seeds', String(LOTTERY_SEEDS));
  expect(failures.map(({ message }) => message)).toEqual([]);
  expect(runs).toHaveLength(LOTTERY_SEEDS);
  expect(MUST_HAPPEN_IN_A_LOTTERY.filter((what) => !counts[what])).toEqual([]);
  const again = await simulate('--lottery', '--seed', '2');
  expect(again.runs).toEqual(runs.filter(({ seed }) => seed === 2));
}, 300_000);

it('sees a wish with a receipt that missed the list, once the guard of the list is not looked at', async () => {
  const tamper = (command: object): object => {
    if (!(command instanceof TransactWriteItemsCommand)) return command;
    const { TransactItems = [], ...input } = command.input;
    const kept = TransactItems.filter(({ ConditionCheck }) => !ConditionCheck?.Key?.PK?.S?.startsWith('CHOICES#'));
    return new TransactWriteItemsCommand({ ...input, TransactItems: kept });
  };
  // Every third seed or so meets it; without the tampering all of them hold.
  const failures: SimulationFailed[] = [];
  for (let seed = 1; seed <= 30 && failures.length === 0; seed++) {
    await simulateSelection(seed, { lottery: true, plain: true, tamper }).catch((error) => failures.push(error));
  }
  expect(failures[0]?.message).toContain('is not listed with its wishes');
}, 240_000);

type Tamper = (command: object) => object;
type Item = NonNullable<NonNullable<TransactWriteItem['Put']>['Item']>;

/** The same transactions, each write of them as this makes it; `undefined`: without it. */
function rewritten(each: (write: TransactWriteItem) => TransactWriteItem | undefined): Tamper {
  return (command) => {
    if (!(command instanceof TransactWriteItemsCommand)) return command;
    const TransactItems = (command.input.TransactItems ?? []).map(each).filter((write) => write !== undefined);
    return new TransactWriteItemsCommand({ ...command.input, TransactItems });
  };
}

/** The same transactions, with no condition on what is put into items of this kind. */
function unguarded(kind: string): Tamper {
  return rewritten((write) => {
    if (!write.Put?.Item?.PK?.S?.startsWith(kind)) return write;
    const { TableName, Item } = write.Put;
    return { Put: { TableName, Item } };
  });
}

/** What a seed of so many says that fails in these words. */
async function firstFailure(tamper: Tamper, seeds: number, says: RegExp): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    const failure = await simulateSelection(seed, { tamper }).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (failure?.match(says)) return failure;
  }
  return undefined;
}

it('sees a message that came twice, once nobody keeps count of what was told', async () => {
  await expect(simulateSelection(1, { tamper: unguarded('TOLD#') })).rejects.toThrow(/per_\w+ has \d+ messages about \d+ things/);
}, 60_000);

it('sees places in a class that was called off, once nobody is sent to end them', async () => {
  const tamper = rewritten((write) => (write.Put?.Item?.SK?.S === 'CALLOFF' ? undefined : write));
  expect(await firstFailure(tamper, 10, /was called off, and .* have places\n.*is confirmed in .*, which was called off/s)).toBeDefined();
}, 60_000);

it('sees a family of a class that was called off that got too little back, once its day is another', async () => {
  const tamper = rewritten((write) => {
    if (write.Put?.Item?.SK?.S !== 'CALLOFF') return write;
    return { Put: { ...write.Put, Item: { ...write.Put.Item, at: { S: '2027-12-01T00:00:00.000Z' } } } };
  });
  expect(await firstFailure(tamper, 10, /was paid for when its class was called off: \d+ was to come back, 0 did/)).toBeDefined();
}, 60_000);

it('sees who still waits for a class that was called off, once its list is not found', async () => {
  const tamper = (command: object) => {
    if (!(command instanceof GetItemCommand) || command.input.Key?.SK?.S !== 'LIST') return command;
    return new GetItemCommand({ ...command.input, Key: { ...command.input.Key, SK: { S: 'NONE' } } });
  };
  expect(await firstFailure(tamper, 20, /is called off, and \d+ still wait in its list/)).toBeDefined();
}, 60_000);

/** Windows that are published as this makes them. */
function published(change: (window: Item) => Item): Tamper {
  return rewritten((write) => (write.Put?.Item?.SK?.S === 'WINDOW' ? { Put: { ...write.Put, Item: change(write.Put.Item) } } : write));
}

it('sees a place that a child got before its grade began, once the window is published without its later openings', async () => {
  const tamper = published(({ gradeOpenings: _, ...window }) => window);
  expect(await firstFailure(tamper, 20, /ENROLMENT#enr_.* is there since .*, and its grade begins at /)).toBeDefined();
}, 60_000);

it('sees a place taken before its family was let in, once the window is published without turns', async () => {
  const tamper = published(({ admission: _, ...window }) => window);
  expect(await firstFailure(tamper, 20, /was taken at .*; its family's turn: it was never told/)).toBeDefined();
}, 60_000);

it('sees families who are let in faster than the deployment says', async () => {
  const tamper = published(({ admission, ...window }) => {
    if (!admission?.M) return window;
    const spreadSeconds = { N: String(Number(admission.M.spreadSeconds?.N) - 1) };
    return { ...window, admission: { M: { ...admission.M, spreadSeconds } } };
  });
  expect(await firstFailure(tamper, 10, /families are let in over \d+ seconds, it should be \d+ over \d+/)).toBeDefined();
}, 60_000);

it('sees figures that count a thing twice, once two may add it at the same time', async () => {
  const failures: SimulationFailed[] = [];
  for (let seed = 1; seed <= 20 && failures.length === 0; seed++) {
    await simulateSelection(seed, { tamper: unguarded('FIGURE#') }).catch((error) => failures.push(error));
  }
  expect(failures[0]?.message).toMatch(/figures are .*, and sum to /);
}, 120_000);

it('sees a class oversold within fifty seeds once the seat judges no more, and says how to see it again', async () => {
  // The seat's own condition is all that keeps the last place from being taken twice.
  const tamper = (command: object): object => {
    if (!(command instanceof UpdateItemCommand) || !command.input.UpdateExpression?.startsWith('SET #holders.#me')) return command;
    const {
      ConditionExpression: _,
      ExpressionAttributeNames: names = {},
      ExpressionAttributeValues: values = {},
      ...input
    } = command.input;
    const used = (name: string) => new RegExp(`${name}\\b`).test(input.UpdateExpression ?? '');
    const only = <T>(all: Record<string, T>) => Object.fromEntries(Object.entries(all).filter(([name]) => used(name)));
    return new UpdateItemCommand({ ...input, ExpressionAttributeNames: only(names), ExpressionAttributeValues: only(values) });
  };
  const failures: SimulationFailed[] = [];
  for (let seed = 1; seed <= 50 && failures.length === 0; seed++) {
    await simulateSelection(seed, { tamper }).catch((error) => failures.push(error));
  }
  expect(failures[0]).toBeInstanceOf(SimulationFailed);
  expect(failures[0]?.message).toMatch(/^seed \d+, step \d+, 2026-11-23T.*places/);
  expect(failures[0]?.message.split('\n').filter((line) => /^\d+ 2026-/.test(line))).toHaveLength(30);
}, 60_000);
