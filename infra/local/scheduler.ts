/**
 * EventBridge Scheduler on one machine, on the simulated clock. What was due while the process was away runs at the next
 * start, since the cloud would not have been away.
 *
 * A rate of one minute over a jump of a month is 43,200 rounds, nearly all of which find nothing. So within a jump, and only
 * there, the pause grows once nothing has changed for {@link QUIET_ROUNDS} rounds; any change brings the minute back.
 */
import type { Log } from '@kehou/functions/platform/log';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Settling, Timers } from './clock.ts';
import { StartProblem } from './problem.ts';
import type { Store } from './store.ts';

export interface ScheduledRun {
  readonly name: string;
  readonly expression: string;
  readonly timezone: 'Asia/Shanghai' | 'UTC';
  readonly isHousekeeping?: true;
  /** Called with the instant that was due, again (a little later) when it throws. Must be idempotent. */
  readonly run: (due: Instant) => Promise<unknown>;
}

export interface SchedulerOptions {
  readonly store: Store;
  readonly clock: Timers & { readonly jumping: boolean };
  readonly schedules: readonly ScheduledRun[];
  readonly log: Log;
  /** Grows with every change of the table that has been handled. */
  readonly changes?: () => number;
}

/** Rounds in which nothing changes before a jump widens the pause: more minutes than a seat is held. */
const QUIET_ROUNDS = 20;
const PAUSE_MS_MAX = 60 * 60_000;
const TRIES_MAX = 5;
const RETRY_FIRST_MS = 60_000;
/** Older than this is not made up for: the data folder slept too long. */
const MISSED_MS_MAX = 100 * 86_400_000;

type Rhythm = { readonly rateMs: number } | { readonly next: (after: Instant) => Instant };

interface Line extends ScheduledRun {
  readonly rhythm: Rhythm;
  cancel: () => void;
  due: Instant;
  quietRounds: number;
}

export class Scheduler implements Settling {
  readonly name = 'schedules';
  private readonly options: SchedulerOptions;
  private readonly lines: Line[];
  private readonly changes: () => number;
  private seenChanges: number;
  private stopped = false;

  constructor(options: SchedulerOptions) {
    this.options = options;
    this.changes = options.changes ?? (() => 0);
    this.seenChanges = this.changes();
    this.lines = options.schedules.map((schedule) => ({
      ...schedule,
      rhythm: rhythmOf(schedule),
      cancel: () => undefined,
      due: options.clock.now(),
      quietRounds: 0,
    }));
  }

  start(): void {
    const now = this.options.clock.now();
    for (const line of this.lines) {
      const kept = this.options.store.get(fact(line.name)) as Instant | undefined;
      if (kept === undefined) this.options.store.set(fact(line.name), now);
      if ('rateMs' in line.rhythm)
        this.arm(line, instant(kept === undefined ? ms(now) + line.rhythm.rateMs : Math.max(ms(now), ms(kept) + line.rhythm.rateMs)));
      else this.arm(line, line.rhythm.next(instant(Math.max(ms(kept ?? now), ms(now) - MISSED_MS_MAX))));
    }
  }

  stop(): void {
    this.stopped = true;
    for (const line of this.lines) line.cancel();
  }

  /** Never works by itself (its timers do); notices that something changed and brings a widened pause back. */
  async settle(): Promise<boolean> {
    if (!this.stopped && this.changes() !== this.seenChanges) {
      this.seenChanges = this.changes();
      for (const line of this.lines) line.quietRounds = 0;
      this.afterJump();
    }
    return false;
  }

  /** No rate waits longer than it says. */
  afterJump(): void {
    const now = ms(this.options.clock.now());
    for (const line of this.lines) {
      if ('rateMs' in line.rhythm && ms(line.due) > now + line.rhythm.rateMs) this.arm(line, instant(now + line.rhythm.rateMs));
    }
  }

  private arm(line: Line, due: Instant): void {
    line.cancel();
    if (this.stopped) return;
    line.due = due;
    line.cancel = this.options.clock.at(due, line.name, () => this.round(line, due), { quiet: line.isHousekeeping ?? false });
  }

  private async round(line: Line, due: Instant, tries = 1): Promise<void> {
    const { clock, store, log } = this.options;
    try {
      await line.run(due);
    } catch (error) {
      log.error('a scheduled run failed', { schedule: line.name, due, tries, error: error instanceof Error ? error.stack : String(error) });
      if ('next' in line.rhythm && tries < TRIES_MAX && !this.stopped) {
        const again = instant(ms(clock.now()) + RETRY_FIRST_MS * 2 ** (tries - 1));
        line.cancel = clock.at(again, `${line.name} once more`, () => this.round(line, due, tries + 1));
        return;
      }
    }
    if (this.stopped) return;
    store.set(fact(line.name), due);
    if ('next' in line.rhythm) return this.arm(line, line.rhythm.next(due));
    line.quietRounds += 1;
    const beyond = clock.jumping ? Math.max(0, line.quietRounds - QUIET_ROUNDS) : 0;
    const pauseMs = Math.min(line.rhythm.rateMs * 2 ** Math.min(beyond, 20), Math.max(PAUSE_MS_MAX, line.rhythm.rateMs));
    this.arm(line, instant(Math.max(ms(due), ms(clock.now())) + pauseMs));
  }
}

function fact(name: string): string {
  return `schedule.${name}`;
}

function rhythmOf({ name, expression, timezone }: Pick<ScheduledRun, 'name' | 'expression' | 'timezone'>): Rhythm {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const unit = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[rate[2] as 'minute' | 'hour' | 'day'];
    return { rateMs: Number(rate[1]) * unit };
  }
  const cron = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression);
  const offsetMs = timezone === 'Asia/Shanghai' ? 8 * 3_600_000 : 0;
  const [minutes, hours, days, months, weekdays, years] = (cron?.slice(1) ?? []).map((field, index) => cronField(field, index));
  if (!minutes || !hours || !days || !months || !weekdays || !years) {
    throw new StartProblem(`schedule ${name} cannot be run here: ${expression}`);
  }
  const next = (after: Instant): Instant => {
    // In the calendar of its own timezone, read off a UTC date.
    const date = new Date(ms(after) + offsetMs);
    date.setUTCSeconds(0, 0);
    date.setUTCMinutes(date.getUTCMinutes() + 1);
    for (let steps = 0; steps < 10_000; steps++) {
      const dayFits =
        days(date.getUTCDate()) && months(date.getUTCMonth() + 1) && weekdays(date.getUTCDay() + 1) && years(date.getUTCFullYear());
      if (!dayFits) date.setUTCHours(24, 0);
      else if (!hours(date.getUTCHours())) date.setUTCHours(date.getUTCHours() + 1, 0);
      else if (!minutes(date.getUTCMinutes())) date.setUTCMinutes(date.getUTCMinutes() + 1);
      else return instant(date.getTime() - offsetMs);
    }
    throw new StartProblem(`schedule ${name} never comes due: ${expression}`);
  };
  return { next };
}

const cronRanges: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
  [1970, 2199],
];

/** `*`, `?`, `5`, `1,15`, `2-6`, `0/10`; names of months and days and `L`, `W`, `#` are not needed here. */
function cronField(field: string, index: number): ((value: number) => boolean) | undefined {
  if (field === '*' || field === '?') return () => true;
  const [low, high] = cronRanges[index] ?? [0, 0];
  const tests: ((value: number) => boolean)[] = [];
  for (const part of field.split(',')) {
    const match = /^(\d+)(?:-(\d+)|\/(\d+))?$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? (match[3] === undefined ? first : high) : Number(match[2]);
    const step = match[3] === undefined ? 1 : Number(match[3]);
    if (first < low || last > high || first > last || step < 1) return undefined;
    tests.push((value) => value >= first && value <= last && (value - first) % step === 0);
  }
  return (value) => tests.some((test) => test(value));
}
