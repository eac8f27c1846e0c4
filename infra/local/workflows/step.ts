/**
 * One step of a state machine as the Amazon States Language has it: paths, templates, functions, choices. The library
 * evaluates machines of a single state; going from state to state, time, tokens and retries are the runtime's own, since
 * they must outlive the process.
 */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Catcher, ChoiceState, MapState } from './definition.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What `$$.Execution`, `$$.State`, `$$.StateMachine` and `$$.Task` read. */
export interface StepContext {
  readonly Execution: {
    readonly Id: string;
    readonly Name: string;
    readonly Input: Json;
    readonly StartTime: string;
    readonly RoleArn: string;
  };
  readonly State: { readonly Name: string; readonly EnteredTime: string; readonly RetryCount: number };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
  readonly Task?: { readonly Token: string };
}

/** A state failed with an error that Retry and Catch may match. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  readonly error: string;
  readonly reason: string;

  constructor(error: string, reason: string) {
    super(`${error}: ${reason}`);
    this.error = error;
    this.reason = reason;
  }
}

interface Reshaping {
  readonly InputPath?: string | null | undefined;
  readonly Parameters?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: string | null | undefined;
  readonly OutputPath?: string | null | undefined;
}

/** The state's effective input: InputPath, then Parameters. */
export function effectiveInput(state: Reshaping, input: Json, context: StepContext): Promise<Json> {
  return run({ Type: 'Pass', ...pick(state, 'InputPath', 'Parameters'), End: true }, input, context);
}

/** The state's output: ResultSelector on the result, put into the raw input by ResultPath, then OutputPath. */
export function output(state: Reshaping, input: Json, result: Json, context: StepContext): Promise<Json> {
  const task = { Type: 'Task', Resource: 'local', ...pick(state, 'ResultSelector', 'ResultPath', 'OutputPath'), End: true };
  return run(task, input, context, result);
}

/** A Pass, Succeed or Fail, whole. */
export function evaluate(state: { readonly Type: 'Pass' | 'Succeed' | 'Fail' }, input: Json, context: StepContext): Promise<Json> {
  const { Next, ...alone } = state as { Type: string; Next?: string };
  return run(state.Type === 'Pass' ? { ...alone, End: true } : alone, input, context);
}

/** Which way a Choice goes, and with what. */
export async function choose(state: ChoiceState, input: Json, context: StepContext): Promise<{ next: string; output: Json }> {
  const exits: Record<string, unknown> = {};
  const exit = (next: string) => {
    exits[`to ${next}`] = { Type: 'Pass', Parameters: { next, 'output.$': '$' }, End: true };
    return `to ${next}`;
  };
  const choice = {
    ...state,
    Choices: state.Choices.map((rule) => ({ ...rule, Next: exit(rule.Next) })),
    ...(state.Default === undefined ? {} : { Default: exit(state.Default) }),
  };
  return (await runMachine({ StartAt: 'choice', States: { choice, ...exits } }, input, context)) as { next: string; output: Json };
}

/** The inputs of a Map's iterations. */
export async function itemsOf(state: MapState, input: Json, context: StepContext): Promise<Json[]> {
  const shape = pick(state, 'InputPath', 'ItemsPath', 'ItemSelector');
  const processor = { StartAt: 'item', States: { item: { Type: 'Pass', End: true } } };
  return (await run({ Type: 'Map', ...shape, ItemProcessor: processor, End: true }, input, context)) as Json[];
}

/** What a path points at, read as part of a Parameters template would be. */
export async function lookUp(path: string, state: Reshaping, input: Json, context: StepContext): Promise<Json> {
  const found = await run({ Type: 'Pass', ...pick(state, 'InputPath'), Parameters: { 'value.$': path }, End: true }, input, context);
  return (found as { value: Json }).value;
}

/** What the state after a Catch gets. */
export function caught(catcher: Catcher, input: Json, failure: StateFailure, context: StepContext): Promise<Json> {
  const result = { Error: failure.error, Cause: failure.reason };
  return run({ Type: 'Pass', Result: result, ...pick(catcher, 'ResultPath'), End: true }, input, context);
}

function pick(from: object, ...names: string[]): Record<string, unknown> {
  const given = from as Record<string, unknown>;
  return Object.fromEntries(names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]));
}

function run(state: Record<string, unknown>, input: Json, context: StepContext, result: Json = null): Promise<Json> {
  return runMachine({ StartAt: 'step', States: { step: state } }, input, context, result);
}

async function runMachine(machine: Record<string, unknown>, input: Json, context: StepContext, result: Json = null): Promise<Json> {
  const stateMachine = new StateMachine(machine as unknown as StateMachineDefinition, { validationOptions: { noValidate: true } });
  try {
    return await stateMachine.run(input, {
      context: { Own: context },
      overrides: { taskResourceLocalHandlers: { step: () => result } },
    }).result;
  } catch (error) {
    const cause = (error as Error).cause;
    // Whatever else goes wrong in here (a path into nothing) is what AWS calls States.Runtime: no Retry and no Catch sees it.
    const name = cause instanceof Error && cause.name !== 'Error' && cause.name !== 'TypeError' ? cause.name : 'States.Runtime';
    throw new StateFailure(name, cause instanceof Error ? cause.message : String(error));
  }
}
