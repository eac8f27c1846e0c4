/** What happens by the calendar: the CDK stack makes EventBridge schedules of these, one machine's scheduler runs the same. */
export interface Schedule {
  readonly name: string;
  /** EventBridge Scheduler's own words: `rate(1 minute)`, `cron(0 2 1 * ? *)`. */
  readonly expression: string;
  readonly timezone: 'Asia/Shanghai' | 'UTC';
  /** The Lambda entry point in `functions/src/lambda/` that is called, and with what. */
  readonly entry: 'sweep' | 'schedule';
  readonly input: Readonly<Record<string, string>>;
  /** Nothing that a person waits for: "the next event" of the simulated clock passes over it. */
  readonly isHousekeeping?: true;
}

export const schedules: readonly Schedule[] = [
  { name: 'sweep', expression: 'rate(1 minute)', timezone: 'UTC', entry: 'sweep', input: {}, isHousekeeping: true },
  {
    name: 'monthly-payout',
    expression: 'cron(0 2 1 * ? *)',
    timezone: 'Asia/Shanghai',
    entry: 'schedule',
    input: { job: 'payout.startAll' },
  },
  {
    name: 'daily-settlement',
    expression: 'cron(0 10 * * ? *)',
    timezone: 'Asia/Shanghai',
    entry: 'schedule',
    input: { job: 'billing.settle' },
    isHousekeeping: true,
  },
];
