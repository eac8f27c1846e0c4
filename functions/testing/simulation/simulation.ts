/**
 * The ground that a simulated run stands on: the table in memory, the containers, the provider, the faults, and what is counted.
 * Who acts on it is told elsewhere (`families.ts`, `background.ts`, `school.ts`).
 */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { DomainError } from '@kehou/shared/kernel/errors';
import { addMinutes, ms } from '@kehou/shared/kernel/time';
import { MemoryObjects } from '../../src/platform/memory-objects.ts';
import { clientOf, type MemoryChange, MemoryTable } from '../../src/platform/memory-table.ts';
import { Table } from '../../src/platform/table.ts';
import { FakePayments } from '../fake-payments.ts';
import { OPENING } from '../selection-world.ts';
import { Container, type FaultShares, NO_FAULTS, type Surroundings } from './container.ts';
import { Machines } from './machines.ts';
import { Scheduler } from './scheduler.ts';
import { Watch } from './watch.ts';

export const BEGIN = addMinutes(OPENING, -30);
/** People act on this grid, so that many act in the same instant: what meets is then the seed's choice. */
export const TICK_MS = 20_000;
const BEHIND_MS_MAX = 1000;
const STEPS_MAX = 400_000;

export interface GroundOptions {
  readonly tamper?: ((command: object) => object) | undefined;
  readonly withClasses?: boolean;
  readonly familiesPerSecond?: number | undefined;
}

/** What a caller learns of a request: its answer, a refusal in words, or that something broke. */
export type Outcome<T> =
  | { readonly answer: T }
  | { readonly refused: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly broken: true };

/** Nobody who acts within their rights is ever told these. */
const NEVER_TOLD = new Set([
  'request.not_found',
  'request.id_reused',
  'request.invalid',
  'order.many_schools',
  'payment.no_payer',
  'payment.refused',
]);
/** What may reach a caller or the log when calls fail: anything else is a bug. */
const BREAKS = new Set(['Crash', 'TimeoutError', 'ProviderUnavailable']);

export function mayBreak(error: Error): boolean {
  return (
    BREAKS.has(error.name) || (error instanceof DomainError && (error.code === 'request.busy' || error.code === 'payment.provider_silent'))
  );
}

export class Simulation {
  readonly scheduler: Scheduler;
  readonly memory = new MemoryTable();
  readonly objects = new MemoryObjects();
  readonly payments: FakePayments;
  readonly machines: Machines;
  readonly counts = new Map<string, number>();
  /** A table without faults or turns: to lay the ground with, and to look at in the end. */
  readonly ground: Table;
  private faults: FaultShares;
  private readonly watch: Watch;
  private readonly idle: Container[] = [];
  private readonly readers: ((changes: readonly MemoryChange[], writeNumber: number) => void)[] = [];
  private readonly around: Surroundings;
  private requests = 0;
  /** When each write of the log was made. */
  private readonly writtenMs: number[] = [];

  constructor(seed: number, options: GroundOptions = {}) {
    this.scheduler = new Scheduler(seed, BEGIN, STEPS_MAX);
    this.payments = new FakePayments(this.scheduler);
    this.machines = new Machines(this.scheduler, (who, task, payload) => this.runTask(who, task, payload));
    this.watch = new Watch(this.memory, (what) => this.count(what));
    this.ground = new Table({ name: 'simulated', client: clientOf(async (command) => this.commit(command, undefined, 0)) });
    this.faults = drawFaults(this.scheduler);
    const tamper = options.tamper ?? ((command) => command);
    this.around = {
      scheduler: this.scheduler,
      payments: this.payments,
      machines: this.machines,
      objects: this.objects,
      withClasses: options.withClasses ?? false,
      familiesPerSecond: options.familiesPerSecond,
      faults: () => this.faults,
      perform: (command, container, writesBehind) => this.commit(tamper(command), container, writesBehind),
      logged: (message, fields) => this.logged(message, fields),
      count: (what) => this.count(what),
    };
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** From here on everything answers, so that the run can come to rest. */
  calm(): void {
    this.faults = NO_FAULTS;
    this.scheduler.trace('calm');
  }

  /** Every change from now on, as the stream has it. */
  onChanges(reader: (changes: readonly MemoryChange[], writeNumber: number) => void): void {
    this.readers.push(reader);
  }

  /** Somebody's request, in a container that has served others before it or in a new one. */
  async request<T>(who: string, what: string, work: (container: Container, requestId: string) => Promise<T>): Promise<Outcome<T>> {
    const requestId = `request-${++this.requests}`;
    const outcome = await this.settled(() => this.inContainer(`${who} ${what}`, (container) => work(container, requestId)));
    const said = 'answer' in outcome ? 'done' : 'refused' in outcome ? outcome.refused : 'broken';
    this.count(`${what}: ${said}`);
    this.scheduler.trace(`${who} ${what}: ${said}`);
    return outcome;
  }

  /** The same until it is answered, refused, or the caller tires of it. */
  async persistently<T>(
    who: string,
    what: string,
    work: (container: Container, requestId: string) => Promise<T>,
    tries = 4,
  ): Promise<Outcome<T>> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.request(who, what, work);
      if (!('broken' in outcome) || attempt >= tries) return outcome;
      await this.scheduler.sleep(who, this.scheduler.below(4) * TICK_MS);
    }
  }

  async inContainer<T>(who: string, work: (container: Container) => Promise<T>): Promise<T> {
    // A container serves one request at a time; how warm it is, is the seed's choice.
    const { scheduler, idle } = this;
    const index = idle.length > 0 && scheduler.chance(0.9) ? scheduler.below(idle.length) : -1;
    const container = (index >= 0 && idle.splice(index, 1)[0]) || new Container(this.around);
    container.who = who;
    try {
      return await work(container);
    } finally {
      if (!container.dead) idle.push(container);
    }
  }

  private async settled<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    try {
      return { answer: await work() };
    } catch (thrown) {
      const error = thrown as Error;
      if (mayBreak(error)) return { broken: true };
      if (!(error instanceof DomainError) || NEVER_TOLD.has(error.code)) throw error;
      return { refused: error.code, details: error.details ?? {} };
    }
  }

  private async runTask(who: string, task: string, payload: Record<string, unknown>): Promise<Record<string, unknown>> {
    try {
      return await this.inContainer(`${who} ${task}`, async ({ selection, billing }) => {
        const run = selection.tasks?.[task] ?? billing.tasks?.[task];
        if (!run) throw new Error(`no task ${task}`);
        return { ...(await run(payload)) };
      });
    } catch (error) {
      if (!mayBreak(error as Error)) this.scheduler.fail(error as Error);
      throw error;
    }
  }

  private commit(command: object, container: Container | undefined, writesBehind: number): object {
    const { log } = this.memory;
    const before = log.length;
    try {
      const reply = this.memory.perform(command, Math.min(writesBehind, this.writesOfLate()));
      const list =
        command instanceof QueryCommand && command.input.Limit === 1 ? command.input.ExpressionAttributeValues?.[':pk']?.S : undefined;
      if (list?.startsWith('WAITING#')) container?.looked.set(list.slice('WAITING#'.length), before);
      const written = log[before];
      if (written) {
        this.writtenMs.push(ms(this.scheduler.now()));
        this.watch.see(written, before, (offeringId) => container?.looked.get(offeringId));
        for (const reader of this.readers) reader(written, before);
      }
      return reply;
    } catch (error) {
      // What the caller has to reckon with goes to the caller; what must never be ends the run.
      const isReply = ['ConditionalCheckFailedException', 'TransactionCanceledException'].includes((error as Error).name);
      if (!isReply) this.scheduler.fail(error as Error);
      throw error;
    }
  }

  /** Writes that an eventual read may not see yet: those of the last second. */
  private writesOfLate(): number {
    const since = ms(this.scheduler.now()) - BEHIND_MS_MAX;
    let writes = 0;
    while ((this.writtenMs.at(-1 - writes) ?? 0) >= since) writes++;
    return writes;
  }

  private logged(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.scheduler.trace(`log: ${message} ${fields.name ?? ''}`);
    const name = String(fields.name ?? '');
    const isBusy = name === 'DomainError' && (fields.message === 'request.busy' || fields.message === 'payment.provider_silent');
    if (!BREAKS.has(name) && !isBusy) this.scheduler.fail(new Error(`logged as an error: ${message} ${JSON.stringify(fields)}`));
  }
}

/** Each seed has its own weather: some things go wrong often, some never. */
function drawFaults(scheduler: Scheduler): FaultShares {
  const share = (most: number) => (scheduler.chance(0.4) ? 0 : scheduler.below(1000) * (most / 1000));
  return {
    throttle: share(0.03),
    conflict: share(0.05),
    lost: share(0.03),
    lostForGood: share(0.01),
    crash: share(0.008),
    stall: share(0.01),
    behind: share(0.5),
    providerDown: share(0.1),
    providerDeaf: share(0.1),
  };
}
