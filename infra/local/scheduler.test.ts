import { silentLog } from '@kehou/functions/platform/log';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { LocalClock } from './clock.ts';
import { StartProblem } from './problem.ts';
import { type ScheduledRun, Scheduler } from './scheduler.ts';
import { Store } from './store.ts';

const start = '2026-09-01T00:00:30.000Z' as Instant;
const DAY = 1440;
const clocks: LocalClock[] = [];
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
});
function world(schedules: readonly ScheduledRun[], options: { store?: Store; changes?: () => number; initial?: Instant } = {}) {
  const store = options.store ?? Store.open(':memory:');
  const clock = new LocalClock({ initial: options.initial ?? start, store });
  clocks.push(clock);
  const scheduler = new Scheduler({ store, clock, schedules, log: silentLog, ...(options.changes ? { changes: options.changes } : {}) });
  clock.join(scheduler);
  scheduler.start();
  return { store, clock, scheduler };
}
const monthly = (run: ScheduledRun['run']): ScheduledRun => ({
  name: 'payout',
  expression: 'cron(0 2 1 * ? *)',
  timezone: 'Asia/Shanghai',
  run,
});
const eachMinute = (run: ScheduledRun['run']): ScheduledRun => ({
  name: 'sweep',
  expression: 'rate(1 minute)',
  timezone: 'UTC',
  isHousekeeping: true,
  run,
});

test('the payout is due on the 1st at 02:00 in China, every month, also over the turn of a year', async () => {
  const due: Instant[] = [];
  const { clock } = world([monthly(async (at) => void due.push(at))]);
  await clock.jumpTo('2026-12-01T00:00:00.000Z' as Instant);
  await clock.jumpTo('2027-02-01T00:00:00.000Z' as Instant);
  expect(due).toEqual([
    '2026-09-30T18:00:00.000Z',
    '2026-10-31T18:00:00.000Z',
    '2026-11-30T18:00:00.000Z',
    '2026-12-31T18:00:00.000Z',
    '2027-01-31T18:00:00.000Z',
  ]);
});

test('what was due while the process was away runs at the next start, once', async () => {
  const store = Store.open(':memory:');
  const due: Instant[] = [];
  const first = world([monthly(async (at) => void due.push(at))], { store });
  first.scheduler.stop();
  await first.clock.jumpTo('2026-11-15T00:00:00.000Z' as Instant);
  first.clock.stop();
  expect(due).toEqual([]);
  const second = world([monthly(async (at) => void due.push(at))], { store });
  await second.clock.jumpTo(addMinutes(second.clock.now(), 5));
  expect(due).toEqual(['2026-09-30T18:00:00.000Z', '2026-10-31T18:00:00.000Z']);
  second.scheduler.stop();
  const third = world([monthly(async (at) => void due.push(at))], { store });
  await third.clock.jumpTo(addMinutes(third.clock.now(), 5));
  expect(due).toHaveLength(2);
});

test('a run that fails is tried again soon, with the instant that was due', async () => {
  const seen: string[] = [];
  let failures = 2;
  const { clock } = world([
    monthly(async (at) => {
      seen.push(at);
      if (failures-- > 0) throw new Error('the table is away');
    }),
  ]);
  await clock.jumpTo('2026-10-15T00:00:00.000Z' as Instant);
  expect(seen).toEqual(Array(3).fill('2026-09-30T18:00:00.000Z'));
});

test('the sweeper comes every minute while things change, and no quarter of an hour after a change is skipped', async () => {
  const rounds: number[] = [];
  let changes = 0;
  const { clock } = world([eachMinute(async () => void rounds.push((ms(clock.now()) - ms(start)) / 60_000))], { changes: () => changes });
  // A long quiet jump, a change in the middle of it, and what that change makes due a quarter of an hour later.
  clock.at(addMinutes(start, 5 * DAY), 'a seat is taken', () => {
    changes += 1;
  });
  await clock.jumpTo(addMinutes(start, 10 * DAY));
  const after = rounds.filter((minute) => minute > 5 * DAY && minute <= 5 * DAY + 16);
  expect(after.length).toBeGreaterThanOrEqual(15);
  expect(rounds.filter((minute) => minute <= 20.5)).toHaveLength(20);
});

test('a quiet month is swept a thousand times, not forty thousand, and never more than an hour apart', async () => {
  const rounds: number[] = [];
  const { clock } = world([eachMinute(async () => void rounds.push(ms(clock.now())))]);
  await clock.jumpTo(addMinutes(start, 30 * DAY));
  expect(rounds.length).toBeGreaterThan(700);
  expect(rounds.length).toBeLessThan(1000);
  const gaps = rounds.slice(1).map((at, index) => at - (rounds[index] as number));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(60 * 60_000 + 1000);
});

test('after a long jump the minute is back as soon as time runs by itself', async () => {
  const { clock } = world([eachMinute(async () => undefined)]);
  await clock.jumpTo(addMinutes(start, 3 * DAY));
  await clock.jumpTo(addMinutes(clock.now(), 61));
  const [next] = clock.upcoming();
  expect(ms(next?.at as Instant) - ms(clock.now())).toBeLessThanOrEqual(60_000);
});

test.each(['cron(0 2 1 * ?)', 'cron(61 2 1 * ? *)', 'cron(0 2 L * ? *)', 'rate(5 fortnights)', 'at(2026-01-01T00:00:00)'])(
  '%s is refused at load rather than run wrongly',
  (expression) => {
    expect(() => world([{ name: 'odd', expression, timezone: 'UTC', run: async () => undefined }])).toThrow(StartProblem);
  },
);

test.each([
  ['cron(0/15 8-9 ? * 2-6 *)', '2026-09-05T00:00:00.000Z', '2026-09-07T08:00:00.000Z'],
  ['cron(30 9 1,15 * ? *)', '2026-09-01T09:30:00.000Z', '2026-09-15T09:30:00.000Z'],
  ['cron(0 0 29 2 ? *)', '2026-09-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
])('%s after %s is due at %s', (expression, after, expected) => {
  const { clock } = world([{ name: 'cron', expression, timezone: 'UTC', run: async () => undefined }], { initial: after as Instant });
  expect(clock.upcoming()[0]?.at).toBe(expected);
});
