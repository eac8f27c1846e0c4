/**
 * Step Functions on one machine: runs the definitions that deploy to AWS, on the simulated clock. Everything an execution
 * needs to go on is written down before a state begins and after it ends, so a killed process loses nothing: the next start
 * resumes each execution in the state in which it stood, with the same task token if it was waiting for one. A task that was
 * under way is called again, as AWS may do too: tasks are idempotent.
 */
import { randomUUID } from 'node:crypto';
import type { Log } from '@kehou/functions/platform/log';
import type { WorkflowClient } from '@kehou/functions/platform/workflow-client';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Settling, Timers } from '../clock.ts';
import type { Store } from '../store.ts';
import {
  type Definition,
  type Machine,
  type MapState,
  type ParallelState,
  readDefinition,
  type State,
  type TaskState,
  type WaitState,
} from './definition.ts';
import { type Execution, type Frame, type HistoryEvent, Rows } from './rows.ts';
import { caught, choose, effectiveInput, evaluate, itemsOf, type Json, lookUp, output, StateFailure, type StepContext } from './step.ts';

/** The Lambda function behind every task: `{task: 'billing.sendRefund', ...}` → its result. */
export type TaskFunction = (payload: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface WorkflowsOptions {
  readonly store: Store;
  readonly clock: Timers;
  readonly tasks: TaskFunction;
  /** Name → the text of its `.asl.json`. Throws `StartProblem` at once for what cannot be run. */
  readonly machines: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Wall-clock limit of one task's call: a Lambda's own timeout. */
  readonly taskMsMax?: number;
}

export interface ExecutionView extends Execution {
  /** Where it stands, one a line of control that is not done. */
  readonly at: readonly {
    readonly path: string;
    readonly state: string;
    readonly since: Instant;
    readonly until: Instant | undefined;
    readonly waitsForToken: boolean;
  }[];
}

export const TASKS_FUNCTION_ARN = 'arn:aws:lambda:local:000000000000:function:tasks';
const substitutions = { TasksFunctionArn: TASKS_FUNCTION_ARN, Partition: 'aws', 'AWS::Partition': 'aws' };

// The limits of Step Functions itself: what would be refused there is refused here.
const DATA_BYTES_MAX = 256 * 1024;
const EVENTS_MAX = 25_000;
const NAME = /^[\w-]{1,80}$/;
const CONCURRENCY_DEFAULT = 40;
const TASK_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;

/** This line of control ends without a result: the process stops, or a sibling failed. Nothing is written of it. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

interface Run {
  readonly execution: Execution;
  readonly definition: Definition;
}

export class Workflows implements WorkflowClient, Settling {
  readonly name = 'state machines';
  private readonly options: WorkflowsOptions;
  private readonly rows: Rows;
  private readonly machines = new Map<string, { readonly definition: Definition; readonly hash: string }>();
  /** Every text that an execution of ours began with; reading one costs a tenth of a second. */
  private readonly definitions = new Map<string, Definition>();
  private readonly live = new Map<string, Promise<void>>();
  /** The frames of this process that hold a token, and how to wake those that wait for its answer. */
  private readonly tokens = new Map<string, { readonly frame: Frame; wake: () => void }>();
  private readonly stopper = new AbortController();
  private active = 0;
  private worked = false;

  constructor(options: WorkflowsOptions) {
    this.options = options;
    this.rows = new Rows(options.store);
    for (const [name, text] of Object.entries(options.machines)) {
      const definition = readDefinition(name, text, substitutions);
      const hash = this.rows.keepDefinition(name, text);
      this.machines.set(name, { definition, hash });
      this.definitions.set(hash, definition);
    }
  }

  /** Goes on with everything that was running when the process ended. Answers how many there were. */
  resume(): number {
    const running = this.rows.running().filter((execution) => !this.live.has(execution.id));
    for (const execution of running) this.launch({ execution, definition: this.definitionOf(execution) });
    return running.length;
  }

  async start(workflow: string, executionName: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    const machine = this.machines.get(workflow);
    if (!machine) throw new Error(`no state machine is called ${workflow}`);
    if (!NAME.test(executionName)) throw new RangeError(`an execution's name has 1 to 80 of A-Z a-z 0-9 _ -: ${executionName}`);
    const json = plain(input);
    if (bytesOf(json) > DATA_BYTES_MAX) throw new RangeError('the input of an execution is larger than 256 KB');
    const begun = {
      id: `${workflow}:${executionName}`,
      machine: workflow,
      name: executionName,
      definitionHash: machine.hash,
      input: json,
      startedAt: this.now(),
    };
    const isNew = this.rows.atomically(() => {
      if (!this.rows.begin(begun)) return false;
      this.rows.note(begun.id, begun.startedAt, 'ExecutionStarted', '', json);
      return true;
    });
    const execution = isNew ? this.rows.execution(begun.id) : undefined;
    if (execution) this.launch({ execution, definition: machine.definition });
  }

  async succeed(taskToken: string, result: Readonly<Record<string, unknown>>): Promise<boolean> {
    const holder = this.tokens.get(taskToken);
    const kept = this.rows.frameOfToken(taskToken);
    const frame = holder?.frame ?? kept?.frame;
    const token = frame?.token;
    if (!kept || !frame || !token || token.answer) return false;
    if (token.deadline !== undefined && this.now() >= token.deadline) return false;
    const answer = plain(result);
    if (bytesOf(answer) > DATA_BYTES_MAX) throw new RangeError('the answer to a task token is larger than 256 KB');
    token.answer = { output: answer };
    this.rows.keepFrame(kept.execution, frame);
    holder?.wake();
    return true;
  }

  /** Resolves once every execution waits (for time, for a token) or has ended. */
  async settle(): Promise<boolean> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.active > 0 && !this.stopper.signal.aborted);
    const worked = this.worked;
    this.worked = false;
    return worked;
  }

  /** The latest executions, for a page. */
  executions(limit = 100, machine?: string): ExecutionView[] {
    return this.rows.latest(limit, machine).map((execution) => this.view(execution));
  }

  execution(id: string): (ExecutionView & { readonly history: readonly HistoryEvent[] }) | undefined {
    const execution = this.rows.execution(id);
    return execution && { ...this.view(execution), history: this.rows.history(id, 1000) };
  }

  /** Lets the tasks under way end, and writes down where everything stands. */
  async stop(): Promise<void> {
    this.stopper.abort();
    await Promise.race([Promise.all(this.live.values()), new Promise((resolve) => setTimeout(resolve, STOP_MS_MAX).unref())]);
  }

  private definitionOf({ id, machine, definitionHash }: Execution): Definition {
    const known = this.definitions.get(definitionHash);
    if (known) return known;
    const text = this.rows.definition(definitionHash);
    if (text === undefined) throw new Error(`the definition of ${id} is gone`);
    const definition = readDefinition(machine, text, substitutions);
    this.definitions.set(definitionHash, definition);
    return definition;
  }

  // --- one execution ------------------------------------------------------------------------------------------------

  private launch(run: Run): void {
    const { id } = run.execution;
    const driven = this.working(() => this.drive(run)).finally(() => this.live.delete(id));
    this.live.set(id, driven);
  }

  private async drive(run: Run): Promise<void> {
    const { execution, definition } = run;
    const limit = new AbortController();
    const deadline = definition.TimeoutSeconds === undefined ? undefined : later(execution.startedAt, definition.TimeoutSeconds);
    const cancel = deadline && this.options.clock.at(deadline, `${this.label(run)} times out`, () => limit.abort());
    try {
      const result = await this.runMachine(run, definition, '', execution.input, AbortSignal.any([this.stopper.signal, limit.signal]));
      this.end(execution, 'SUCCEEDED', { output: result });
    } catch (error) {
      if (limit.signal.aborted)
        this.end(execution, 'TIMED_OUT', { error: 'States.Timeout', cause: 'the execution took longer than it may' });
      else if (error instanceof StateFailure) {
        this.options.log.error('an execution failed', { execution: execution.id, error: error.error });
        this.end(execution, 'FAILED', { error: error.error, cause: error.reason });
      } else if (!(error instanceof Stopped)) {
        // A fault of this runtime: the execution stays where it was written down, and the next start tries again.
        this.options.log.error('the workflow runtime failed', {
          execution: execution.id,
          error: error instanceof Error ? error.stack : String(error),
        });
      }
    } finally {
      cancel?.();
    }
  }

  private end(
    execution: Execution,
    status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT',
    outcome: { output?: Json; error?: string; cause?: string },
  ): void {
    this.rows.atomically(() => {
      this.rows.note(
        execution.id,
        this.now(),
        `Execution${status === 'TIMED_OUT' ? 'TimedOut' : status === 'FAILED' ? 'Failed' : 'Succeeded'}`,
        '',
        outcome,
      );
      this.rows.end(execution.id, status, this.now(), outcome);
    });
  }

  /** From state to state; a Map's items and a Parallel's branches come through here too, each with its own frame. */
  private async runMachine(run: Run, machine: Machine, path: string, input: Json, signal: AbortSignal): Promise<Json> {
    const { id } = run.execution;
    let frame = this.rows.frame(id, path);
    if (frame?.ended) return frame.ended.output;
    if (!frame) {
      frame = { path, state: machine.StartAt, input, enteredAt: this.now(), retries: [] };
      this.enter(run, frame);
    }
    for (;;) {
      const state = machine.States[frame.state];
      if (!state) throw new StateFailure('States.Runtime', `there is no state ${frame.state}`);
      const { next, output: result } = await this.runState(run, state, frame, signal);
      if (bytesOf(result) > DATA_BYTES_MAX)
        throw new StateFailure('States.DataLimitExceeded', `the output of ${frame.state} is larger than 256 KB`);
      const left = frame;
      if (next === undefined) {
        const ended: Frame = {
          path,
          state: left.state,
          input: left.input,
          enteredAt: left.enteredAt,
          retries: [],
          ended: { output: result },
        };
        this.rows.atomically(() => {
          this.rows.dropFramesUnder(id, path);
          this.rows.keepFrame(id, ended);
          this.note(run, 'StateExited', left, result);
        });
        return result;
      }
      const entered: Frame = { path, state: next, input: result, enteredAt: this.now(), retries: [] };
      this.rows.atomically(() => {
        this.rows.dropFramesUnder(id, path);
        this.note(run, 'StateExited', left, result);
        this.enter(run, entered);
      });
      frame = entered;
    }
  }

  private enter(run: Run, frame: Frame): void {
    this.rows.atomically(() => {
      this.rows.keepFrame(run.execution.id, frame);
      this.note(run, 'StateEntered', frame, frame.input);
    });
  }

  /** One state to its end, with its retries and catchers. */
  private async runState(run: Run, state: State, frame: Frame, signal: AbortSignal): Promise<{ next: string | undefined; output: Json }> {
    for (;;) {
      if (signal.aborted) throw new Stopped();
      try {
        // Retrying: the pause may have begun in an earlier process. (A Wait keeps its own end in the same place.)
        if (frame.until !== undefined && state.Type !== 'Wait') {
          await this.until(frame.until, `${this.label(run)} retries ${frame.state}`, signal);
          delete frame.until;
          this.rows.keepFrame(run.execution.id, frame);
        }
        return await this.attempt(run, state, frame, signal);
      } catch (error) {
        if (!(error instanceof StateFailure)) throw error;
        this.note(run, 'StateFailed', frame, { error: error.error, cause: error.reason });
        if (!('Retry' in state || 'Catch' in state)) throw error;
        const pauseMs = retryAfterMs(state.Retry ?? [], frame, error, state.Type === 'Task');
        if (pauseMs !== undefined) {
          frame.until = instant(ms(this.now()) + pauseMs);
          delete frame.token;
          this.rows.atomically(() => {
            this.rows.dropFramesUnder(run.execution.id, frame.path);
            this.rows.keepFrame(run.execution.id, frame);
            this.note(run, 'StateRetried', frame, { until: frame.until });
          });
          continue;
        }
        const catcher = (state.Catch ?? []).find((each) => matches(each.ErrorEquals, error, state.Type === 'Task'));
        if (!catcher) throw error;
        this.note(run, 'StateCaught', frame, { next: catcher.Next });
        return { next: catcher.Next, output: await caught(catcher, frame.input, error, this.context(run, frame)) };
      }
    }
  }

  private async attempt(run: Run, state: State, frame: Frame, signal: AbortSignal): Promise<{ next: string | undefined; output: Json }> {
    const context = () => this.context(run, frame);
    switch (state.Type) {
      case 'Pass':
        return { next: state.Next, output: await evaluate(state, frame.input, context()) };
      case 'Succeed':
      case 'Fail':
        return { next: undefined, output: await evaluate(state, frame.input, context()) };
      case 'Choice':
        return choose(state, frame.input, context());
      case 'Wait':
        await this.wait(run, state, frame, signal);
        return { next: state.Next, output: await evaluate({ ...pathsOf(state), Type: 'Pass' }, frame.input, context()) };
      case 'Task': {
        const result = state.Resource.endsWith('.waitForTaskToken')
          ? await this.waitForToken(run, state, frame, signal)
          : await this.call(run, state, frame);
        return { next: state.Next, output: await output(state, frame.input, result, context()) };
      }
      case 'Map':
        return { next: state.Next, output: await output(state, frame.input, await this.map(run, state, frame, signal), context()) };
      case 'Parallel':
        return { next: state.Next, output: await output(state, frame.input, await this.parallel(run, state, frame, signal), context()) };
    }
  }

  // --- tasks --------------------------------------------------------------------------------------------------------

  private async call(run: Run, state: TaskState, frame: Frame): Promise<Json> {
    const seconds = await this.secondsOf(run, frame, state, state.TimeoutSeconds, state.TimeoutSecondsPath);
    const payload = await this.invoke(run, state, frame, seconds);
    return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
  }

  private async waitForToken(run: Run, state: TaskState, frame: Frame, signal: AbortSignal): Promise<Json> {
    const { id } = run.execution;
    if (!frame.token) {
      // Kept before anyone hears of it: whoever is handed the token may answer at once, or after our next start.
      const timeout = await this.secondsOf(run, frame, state, state.TimeoutSeconds, state.TimeoutSecondsPath);
      const heartbeat = await this.secondsOf(run, frame, state, state.HeartbeatSeconds, state.HeartbeatSecondsPath);
      const beats = heartbeat !== undefined && (timeout === undefined || heartbeat < timeout);
      const seconds = beats ? heartbeat : timeout;
      const deadline = seconds === undefined ? {} : { deadline: later(this.now(), seconds) };
      frame.token = {
        value: `${randomUUID()}${randomUUID()}`.replaceAll('-', ''),
        ...deadline,
        ...(beats ? { heartbeat: true } : {}),
        invoked: false,
      };
      this.rows.keepFrame(id, frame);
    }
    const { token } = frame;
    this.tokens.set(token.value, { frame, wake: () => undefined });
    try {
      if (!token.invoked && !token.answer) {
        await this.invoke(run, state, frame, undefined);
        token.invoked = true;
        this.rows.atomically(() => {
          this.rows.keepFrame(id, frame);
          this.note(run, 'TokenHandedOut', frame, token.deadline && { until: token.deadline });
        });
      }
      if (!token.answer) await this.answered(run, frame, token, signal);
    } finally {
      this.tokens.delete(token.value);
    }
    if (!token.answer) {
      const error = token.heartbeat ? 'States.HeartbeatTimeout' : 'States.Timeout';
      throw new StateFailure(error, `nobody answered ${frame.state} by ${token.deadline}`);
    }
    return token.answer.output;
  }

  /** Resolves when the token is answered, or its time is up. */
  private async answered(run: Run, frame: Frame, token: NonNullable<Frame['token']>, signal: AbortSignal): Promise<void> {
    let cancel: (() => void) | undefined;
    try {
      await this.resting(signal, (wake) => {
        this.tokens.set(token.value, { frame, wake });
        if (token.deadline) cancel = this.options.clock.at(token.deadline, `${this.label(run)} gives up waiting in ${frame.state}`, wake);
      });
    } finally {
      cancel?.();
    }
  }

  private async invoke(run: Run, state: TaskState, frame: Frame, seconds: number | undefined): Promise<Json> {
    const parameters = (await effectiveInput(state, frame.input, this.context(run, frame))) as {
      Payload: Readonly<Record<string, unknown>>;
    };
    const msMax = Math.min(this.options.taskMsMax ?? TASK_MS_MAX, (seconds ?? Number.POSITIVE_INFINITY) * 1000);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new StateFailure('States.Timeout', `the task took longer than ${msMax} ms`)), msMax);
    });
    try {
      const result = plain((await Promise.race([this.options.tasks(parameters.Payload), late])) ?? null);
      if (bytesOf(result) > DATA_BYTES_MAX)
        throw new StateFailure('States.DataLimitExceeded', 'the result of the task is larger than 256 KB');
      return result;
    } catch (error) {
      if (error instanceof StateFailure) throw error;
      // As Lambda reports what a function throws.
      const [errorType, errorMessage] = error instanceof Error ? [error.name, error.message] : ['Error', String(error)];
      throw new StateFailure(errorType, JSON.stringify({ errorType, errorMessage }));
    } finally {
      clearTimeout(timer);
    }
  }

  private async secondsOf(
    run: Run,
    frame: Frame,
    state: TaskState,
    given: number | undefined,
    path: string | undefined,
  ): Promise<number | undefined> {
    if (path === undefined) return given;
    const found = await lookUp(path, state, frame.input, this.context(run, frame));
    if (typeof found !== 'number' || !Number.isInteger(found) || found < 1)
      throw new StateFailure('States.Runtime', `${path} is no whole number of seconds`);
    return found;
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  private async wait(run: Run, state: WaitState, frame: Frame, signal: AbortSignal): Promise<void> {
    if (frame.until === undefined) {
      frame.until = await this.endOfWait(run, state, frame);
      this.rows.keepFrame(run.execution.id, frame);
    }
    await this.until(frame.until, `${this.label(run)} leaves ${frame.state}`, signal);
  }

  private async endOfWait(run: Run, state: WaitState, frame: Frame): Promise<Instant> {
    if (state.Timestamp !== undefined) return instant(Date.parse(state.Timestamp));
    if (state.Seconds !== undefined) return later(frame.enteredAt, state.Seconds);
    const path = state.TimestampPath ?? state.SecondsPath ?? '$';
    const found = await lookUp(path, state, frame.input, this.context(run, frame));
    if (state.SecondsPath !== undefined) {
      if (typeof found !== 'number' || found < 0) throw new StateFailure('States.Runtime', `${path} is no number of seconds`);
      return later(frame.enteredAt, found);
    }
    if (typeof found !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(found) || Number.isNaN(Date.parse(found))) {
      throw new StateFailure('States.Runtime', `${path} is no timestamp`);
    }
    return instant(Date.parse(found));
  }

  private async until(when: Instant, name: string, signal: AbortSignal): Promise<void> {
    let cancel: (() => void) | undefined;
    try {
      await this.resting(signal, (wake) => {
        cancel = this.options.clock.at(when, name, wake);
      });
    } finally {
      cancel?.();
    }
  }

  // --- many at once -------------------------------------------------------------------------------------------------

  private async map(run: Run, state: MapState, frame: Frame, signal: AbortSignal): Promise<Json> {
    const items = await itemsOf(state, frame.input, this.context(run, frame));
    const concurrency = state.MaxConcurrency || CONCURRENCY_DEFAULT;
    return this.together(items.length, concurrency, frame, signal, (index, path, inner) =>
      this.runMachine(run, state.ItemProcessor, path, items[index] ?? null, inner),
    );
  }

  private async parallel(run: Run, state: ParallelState, frame: Frame, signal: AbortSignal): Promise<Json> {
    const input = await effectiveInput(state, frame.input, this.context(run, frame));
    return this.together(state.Branches.length, state.Branches.length, frame, signal, (index, path, inner) =>
      this.runMachine(run, state.Branches[index] as Machine, path, input, inner),
    );
  }

  /** Runs lines of control side by side; the first failure stops the others, and is thrown once they have stopped. */
  private async together(
    count: number,
    concurrency: number,
    frame: Frame,
    signal: AbortSignal,
    one: (index: number, path: string, signal: AbortSignal) => Promise<Json>,
  ): Promise<Json> {
    const results: Json[] = new Array(count).fill(null);
    const siblings = new AbortController();
    const inner = AbortSignal.any([signal, siblings.signal]);
    let first: unknown;
    let nextIndex = 0;
    const lane = async () => {
      for (let index = nextIndex++; index < count && !inner.aborted; index = nextIndex++) {
        try {
          results[index] = await one(index, `${frame.path}/${frame.state}[${index}]`, inner);
        } catch (error) {
          first ??= error;
          siblings.abort();
        }
      }
    };
    const lanes = Array.from({ length: Math.min(concurrency, count) }, () => this.working(lane));
    // Only the lanes work now: this line of control rests until they are done.
    this.active -= 1;
    try {
      await Promise.all(lanes);
    } finally {
      this.active += 1;
    }
    if (first) throw first;
    if (signal.aborted) throw new Stopped();
    return results;
  }

  // --- who works and who rests --------------------------------------------------------------------------------------

  private async working<T>(work: () => Promise<T>): Promise<T> {
    this.active += 1;
    this.worked = true;
    try {
      return await work();
    } finally {
      this.active -= 1;
    }
  }

  /** Waits, at rest, until `begin`'s callback is called; throws {@link Stopped} when the signal is. */
  private async resting(signal: AbortSignal, begin: (wake: () => void) => void): Promise<void> {
    if (signal.aborted) throw new Stopped();
    let awake = false;
    let onAbort: () => void = () => undefined;
    const woken = new Promise<void>((resolve, reject) => {
      const wake = (settle: () => void) => () => {
        if (awake) return;
        awake = true;
        // Counted in the very call that wakes it: whoever asks next whether all is at rest must hear no.
        this.active += 1;
        this.worked = true;
        settle();
      };
      onAbort = wake(() => reject(new Stopped()));
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        begin(wake(resolve));
      } catch (error) {
        wake(() => reject(error))();
      }
    });
    this.active -= 1;
    try {
      await woken;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  // --- what it looks like -------------------------------------------------------------------------------------------

  private context(run: Run, frame: Frame): StepContext {
    const { execution } = run;
    const arn = (kind: string, rest: string) => `arn:aws:states:local:000000000000:${kind}:${rest}`;
    return {
      Execution: {
        Id: arn('execution', `${execution.machine}:${execution.name}`),
        Name: execution.name,
        Input: execution.input,
        StartTime: execution.startedAt,
        RoleArn: 'arn:aws:iam::000000000000:role/local',
      },
      State: { Name: frame.state, EnteredTime: frame.enteredAt, RetryCount: frame.retries.reduce((sum, times) => sum + times, 0) },
      StateMachine: { Id: arn('stateMachine', execution.machine), Name: execution.machine },
      ...(frame.token ? { Task: { Token: frame.token.value } } : {}),
    };
  }

  private note(run: Run, type: string, frame: Frame, detail?: unknown): void {
    const events = this.rows.note(run.execution.id, this.now(), type, frame.path ? `${frame.path}/${frame.state}` : frame.state, detail);
    // A loop that never ends is ended there too.
    if (events >= EVENTS_MAX) throw new StateFailure('States.Runtime', `more than ${EVENTS_MAX} events`);
  }

  private view(execution: Execution): ExecutionView {
    const frames = execution.status === 'RUNNING' ? this.rows.frames(execution.id).filter((frame) => !frame.ended) : [];
    const at = frames.map((frame) => ({
      path: frame.path,
      state: frame.state,
      since: frame.enteredAt,
      until: frame.until ?? frame.token?.deadline,
      waitsForToken: frame.token?.invoked === true && !frame.token.answer,
    }));
    return { ...execution, at };
  }

  private label(run: Run): string {
    return `${run.execution.machine} ${run.execution.name}`;
  }

  private now(): Instant {
    return this.options.clock.now();
  }
}

/** Milliseconds until the next try, counting this one; `undefined` when no retrier takes the error any more. */
function retryAfterMs(retriers: NonNullable<TaskState['Retry']>, frame: Frame, failure: StateFailure, isTask: boolean): number | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, failure, isTask));
  const retrier = retriers[index];
  if (!retrier) return undefined;
  const used = frame.retries[index] ?? 0;
  if (used >= (retrier.MaxAttempts ?? 3)) return undefined;
  frame.retries = retriers.map((_, position) => (frame.retries[position] ?? 0) + (position === index ? 1 : 0));
  const seconds = Math.min(
    (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used,
    retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
  );
  return Math.round(seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1));
}

function matches(names: readonly string[], failure: StateFailure, isTask: boolean): boolean {
  const { error } = failure;
  if (error === 'States.Runtime') return false;
  const timedOut = error === 'States.Timeout' || error === 'States.HeartbeatTimeout';
  return names.some(
    (name) =>
      name === error ||
      (name === 'States.Timeout' && timedOut) ||
      (name === 'States.ALL' && error !== 'States.DataLimitExceeded') ||
      (name === 'States.TaskFailed' && isTask && !timedOut && error !== 'States.DataLimitExceeded'),
  );
}

function pathsOf(state: WaitState): { InputPath?: string | null; OutputPath?: string | null } {
  const { InputPath, OutputPath } = state;
  return { ...(InputPath === undefined ? {} : { InputPath }), ...(OutputPath === undefined ? {} : { OutputPath }) };
}

function later(from: Instant, seconds: number): Instant {
  return instant(ms(from) + seconds * 1000);
}

/** As it travels: through JSON. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value ?? null)) as Json;
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
