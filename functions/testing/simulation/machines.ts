/**
 * State machines for simulations, run from the very files that are deployed (`infra/workflows`), in virtual time: waits, tasks with
 * their retries and catches, task tokens with their time limits, choices, and maps over a list. Whatever else a file uses is refused.
 */
import { readFileSync } from 'node:fs';
import type { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Scheduler } from './scheduler.ts';

const Retry = z.object({
  ErrorEquals: z.array(z.string()),
  IntervalSeconds: z.number().default(1),
  MaxAttempts: z.int().default(3),
  BackoffRate: z.number().default(2),
  MaxDelaySeconds: z.number().optional(),
});
const Catch = z.object({ ErrorEquals: z.array(z.string()), ResultPath: z.null(), Next: z.string() });
const Wait = z.object({ Type: z.literal('Wait'), TimestampPath: z.string(), Next: z.string() });
const Task = z.object({
  Type: z.literal('Task'),
  Resource: z.enum(['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken']),
  Parameters: z.object({ Payload: z.record(z.string(), z.string()) }),
  ResultSelector: z.record(z.string(), z.string()).optional(),
  ResultPath: z.string().nullable(),
  TimeoutSecondsPath: z.string().optional(),
  Retry: z.array(Retry).default([]),
  Catch: z.array(Catch).default([]),
  Next: z.string(),
});
const Choice = z.object({
  Type: z.literal('Choice'),
  Choices: z.array(
    z
      .object({ Variable: z.string(), BooleanEquals: z.boolean().optional(), StringEquals: z.string().optional(), Next: z.string() })
      .strict(),
  ),
  Default: z.string(),
});
const Succeed = z.object({ Type: z.literal('Succeed') });
const Inner = z.object({ StartAt: z.string(), States: z.record(z.string(), z.union([Wait, Task, Choice, Succeed])) });
const Map_ = z.object({
  Type: z.literal('Map'),
  ItemsPath: z.string(),
  ItemSelector: z.record(z.string(), z.unknown()),
  ItemProcessor: Inner,
  ResultPath: z.null(),
  Next: z.string(),
});
const Machine = z.object({ StartAt: z.string(), States: z.record(z.string(), z.union([Wait, Task, Choice, Succeed, Map_])) });
type Machine = z.infer<typeof Machine>;
type Task = z.infer<typeof Task>;
type Data = Record<string, unknown>;

/** A step of the product: in a container that may die on the way. Throws what the state machine is told of. */
export type Invoke = (who: string, task: string, payload: Data) => Promise<Data>;

class States extends Error {
  override readonly name: 'States.TaskFailed' | 'States.Timeout';
  constructor(name: 'States.TaskFailed' | 'States.Timeout', cause?: unknown) {
    super(name, { cause });
    this.name = name;
  }
}

const files = new Map<string, Machine>();

function machineOf(workflow: string): Machine {
  const known = files.get(workflow);
  if (known) return known;
  const text = readFileSync(new URL(`../../../infra/workflows/${workflow}.asl.json`, import.meta.url), 'utf8');
  const machine = Machine.parse(JSON.parse(text));
  files.set(workflow, machine);
  return machine;
}

export class Machines {
  /** Executions that failed for good: an operator would see them; the sweeper may start the next version. */
  readonly failed: string[] = [];
  private readonly scheduler: Scheduler;
  private readonly invoke: Invoke;
  private readonly names = new Set<string>();
  private readonly tokens = new Map<string, () => void>();
  private made = 0;

  constructor(scheduler: Scheduler, invoke: Invoke) {
    this.scheduler = scheduler;
    this.invoke = invoke;
  }

  /** A name is run once, for ever. */
  start(workflow: string, name: string, input: Readonly<Data>): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    this.scheduler.spawn(name, async () => {
      try {
        await this.run(name, machineOf(workflow), { ...input });
      } catch (error) {
        if (!(error instanceof States)) throw error;
        this.failed.push(name);
        this.scheduler.trace(`${name} failed`);
      }
    });
  }

  /** `false`: nothing waits with this token any more. */
  succeed(token: string): boolean {
    const go = this.tokens.get(token);
    this.tokens.delete(token);
    go?.();
    return go !== undefined;
  }

  private async run(who: string, machine: Machine | z.infer<typeof Inner>, input: Data): Promise<void> {
    let data = input;
    for (let name = machine.StartAt; ; ) {
      const state = machine.States[name];
      if (!state) throw new Error(`${who}: no state ${name}`);
      if (state.Type === 'Succeed') return;
      if (state.Type === 'Wait') await this.scheduler.sleepUntil(who, at(data, state.TimestampPath) as Instant);
      if (state.Type === 'Map') await this.map(who, state, data);
      if (state.Type === 'Task') {
        const done = await this.task(who, state, data);
        data = done.data;
        name = done.next;
      } else name = state.Type === 'Choice' ? chosen(state, data) : state.Next;
    }
  }

  private async map(who: string, state: z.infer<typeof Map_>, data: Data): Promise<void> {
    const items = z.array(z.unknown()).parse(at(data, state.ItemsPath));
    await Promise.all(items.map((item) => this.run(who, state.ItemProcessor, filled(state.ItemSelector, data, { item }))));
  }

  private async task(who: string, state: Task, data: Data): Promise<{ data: Data; next: string }> {
    const tries = new Map<object, number>();
    for (;;) {
      try {
        const result = await this.once(who, state, data);
        if (state.ResultPath === null) return { data, next: state.Next };
        const selected = state.ResultSelector ? filled(state.ResultSelector, { Payload: result }, {}) : result;
        return { data: { ...data, [state.ResultPath.replace(/^\$\./, '')]: selected }, next: state.Next };
      } catch (error) {
        if (!(error instanceof States)) throw error;
        const matches = ({ ErrorEquals }: { ErrorEquals: readonly string[] }) =>
          ErrorEquals.includes(error.name) || ErrorEquals.includes('States.ALL');
        const retry = state.Retry.find(matches);
        const spent = retry ? (tries.get(retry) ?? 0) : 0;
        if (retry && spent < retry.MaxAttempts) {
          tries.set(retry, spent + 1);
          const seconds = retry.IntervalSeconds * retry.BackoffRate ** spent;
          await this.scheduler.sleep(who, Math.min(seconds, retry.MaxDelaySeconds ?? seconds) * 1000);
          continue;
        }
        const caught = state.Catch.find(matches);
        if (!caught) throw error;
        return { data, next: caught.Next };
      }
    }
  }

  private async once(who: string, state: Task, data: Data): Promise<Data> {
    const token = `${who}-token-${++this.made}`;
    const { task, ...payload } = filled(state.Parameters.Payload, data, { token });
    const work = this.invoke(who, String(task), { task, ...payload }).catch((error) =>
      Promise.reject(new States('States.TaskFailed', error)),
    );
    if (!state.Resource.endsWith('waitForTaskToken')) return work;
    // Told before the task has come to its end, the token counts all the same.
    const told = new Promise<void>((resolve) => this.tokens.set(token, resolve));
    await work;
    const seconds = state.TimeoutSecondsPath === undefined ? undefined : Number(at(data, state.TimeoutSecondsPath));
    const late = seconds === undefined ? [] : [this.scheduler.sleep(who, seconds * 1000).then(() => 'late' as const)];
    if ((await Promise.race([told, ...late])) === 'late') {
      this.tokens.delete(token);
      throw new States('States.Timeout');
    }
    return {};
  }
}

function at(data: Data, path: string): unknown {
  return path
    .replace(/^\$\./, '')
    .split('.')
    .reduce<unknown>((value, name) => (value as Data | undefined)?.[name], data);
}

/** A template with its paths filled in. */
function filled(template: Readonly<Data>, data: Data, context: { token?: string; item?: unknown }): Data {
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => {
      if (!name.endsWith('.$')) return [name, value];
      const path = String(value);
      if (path === '$$.Task.Token') return [name.slice(0, -2), context.token];
      if (path === '$$.Map.Item.Value') return [name.slice(0, -2), context.item];
      if (!path.startsWith('$.')) throw new Error(`state machines: unknown path ${path}`);
      return [name.slice(0, -2), at(data, path)];
    }),
  );
}

function chosen(state: z.infer<typeof Choice>, data: Data): string {
  const found = state.Choices.find(({ Variable, BooleanEquals, StringEquals }) => at(data, Variable) === (BooleanEquals ?? StringEquals));
  return found?.Next ?? state.Default;
}
