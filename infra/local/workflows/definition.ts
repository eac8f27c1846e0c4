/**
 * A state machine's definition, read from the very file that deploys to AWS, and refused when this runtime would not run it
 * as AWS does: better no start than a month played on other rules.
 */
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import * as z from 'zod';
import { StartProblem } from '../problem.ts';

const Path = z.string().startsWith('$');
const Template = z.unknown();
const Retrier = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.int().min(1).optional(),
  MaxAttempts: z.int().min(0).max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).optional(),
  Comment: z.string().optional(),
});
const Catcher = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  ResultPath: Path.nullable().optional(),
  Next: z.string(),
  Comment: z.string().optional(),
});
export type Retrier = z.infer<typeof Retrier>;
export type Catcher = z.infer<typeof Catcher>;

const every = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONPath').optional(),
  InputPath: Path.nullable().optional(),
  OutputPath: Path.nullable().optional(),
};
const flow = { Next: z.string().optional(), End: z.literal(true).optional() };
const result = { ResultSelector: Template.optional(), ResultPath: Path.nullable().optional() };
const failing = { Retry: z.array(Retrier).optional(), Catch: z.array(Catcher).optional() };

const Task = z.strictObject({
  ...every,
  ...flow,
  ...result,
  ...failing,
  Type: z.literal('Task'),
  Resource: z
    .string()
    .regex(/^arn:aws[a-z-]*:states:::lambda:invoke(\.waitForTaskToken)?$/, 'only lambda:invoke, with or without .waitForTaskToken'),
  Parameters: z.looseObject({ FunctionName: z.string(), Payload: z.looseObject({ task: z.string() }) }),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  TimeoutSecondsPath: Path.optional(),
  HeartbeatSeconds: z.int().min(1).max(99_999_999).optional(),
  HeartbeatSecondsPath: Path.optional(),
});
const Wait = z.strictObject({
  ...every,
  ...flow,
  Type: z.literal('Wait'),
  Seconds: z.int().min(0).max(99_999_999).optional(),
  SecondsPath: Path.optional(),
  Timestamp: z.iso.datetime({ offset: true }).optional(),
  TimestampPath: Path.optional(),
});
const Choice = z.strictObject({
  ...every,
  Type: z.literal('Choice'),
  Choices: z.array(z.looseObject({ Next: z.string() })).min(1),
  Default: z.string().optional(),
});
const Pass = z.strictObject({
  ...every,
  ...flow,
  Type: z.literal('Pass'),
  Result: z.unknown().optional(),
  Parameters: Template.optional(),
  ResultPath: result.ResultPath,
});
const Succeed = z.strictObject({ ...every, Type: z.literal('Succeed') });
const Fail = z.strictObject({
  Type: z.literal('Fail'),
  Comment: z.string().optional(),
  QueryLanguage: every.QueryLanguage,
  Error: z.string().optional(),
  ErrorPath: z.string().optional(),
  Cause: z.string().optional(),
  CausePath: z.string().optional(),
});

const Branch = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONPath').optional(),
  ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
  StartAt: z.string(),
  get States(): z.ZodRecord<z.ZodString, typeof State> {
    return z.record(z.string(), State);
  },
});
const MapState = z.strictObject({
  ...every,
  ...flow,
  ...result,
  ...failing,
  Type: z.literal('Map'),
  ItemsPath: Path.optional(),
  ItemSelector: Template.optional(),
  get ItemProcessor(): typeof Branch {
    return Branch;
  },
  MaxConcurrency: z.int().min(0).optional(),
});
const Parallel = z.strictObject({
  ...every,
  ...flow,
  ...result,
  ...failing,
  Type: z.literal('Parallel'),
  get Branches(): z.ZodArray<typeof Branch> {
    return z.array(Branch).min(1);
  },
  Parameters: Template.optional(),
});
const State = z.discriminatedUnion('Type', [Task, Wait, Choice, Pass, Succeed, Fail, MapState, Parallel]);

export type State = z.infer<typeof State>;
export type TaskState = z.infer<typeof Task>;
export type WaitState = z.infer<typeof Wait>;
export type MapState = z.infer<typeof MapState>;
export type ParallelState = z.infer<typeof Parallel>;
export type ChoiceState = z.infer<typeof Choice>;
/** What is run: the machine itself, a branch of a Parallel, the processor of a Map. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const Definition = z.strictObject({
  Comment: z.string().optional(),
  Version: z.literal('1.0').optional(),
  QueryLanguage: z.literal('JSONPath').optional(),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  StartAt: z.string(),
  States: z.record(z.string(), State),
});
export type Definition = z.infer<typeof Definition>;

/** The functions that the library has; AWS has no others for JSONPath. */
const intrinsics = new Set(
  'Format StringToJson JsonToString Array ArrayPartition ArrayContains ArrayRange ArrayGetItem ArrayLength ArrayUnique Base64Encode Base64Decode Hash JsonMerge MathRandom MathAdd StringSplit UUID'
    .split(' ')
    .map((name) => `States.${name}`),
);

/**
 * Reads one definition. `${Name}` is replaced from `substitutions`. Throws {@link StartProblem} naming everything that
 * would not run here, so that a mistake is seen before the first execution and not in the middle of one.
 */
export function readDefinition(name: string, text: string, substitutions: Readonly<Record<string, string>>): Definition {
  const missing = new Set<string>();
  const filled = text.replace(/\$\{([\w:]+)\}/g, (_, key: string) => {
    const value = substitutions[key];
    if (value === undefined) missing.add(key);
    return JSON.stringify(value ?? '').slice(1, -1);
  });
  const problems = [...missing].map((key) => `nothing is substituted for \${${key}}`);
  let json: unknown;
  try {
    json = JSON.parse(filled);
  } catch (error) {
    throw new StartProblem(`state machine ${name} is no JSON: ${(error as Error).message}`);
  }
  // What the library would run differently is looked for first: the validator would only say that a field is unknown.
  problems.push(...[...strings(json)].flatMap(({ at, value }) => problemOf(value).map((problem) => `${at}: ${problem}`)));
  const parsed = Definition.safeParse(json);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  else {
    problems.push(
      ...[...states(parsed.data)].flatMap(({ at, state }) => stateProblems(state, substitutions).map((problem) => `${at}: ${problem}`)),
    );
    try {
      new StateMachine(json as StateMachineDefinition, { validationOptions: { checkArn: false } });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0 || !parsed.success) {
    throw new StartProblem(`state machine ${name} cannot be run here: ${problems.join('; ').replace(/\s+/g, ' ')}`);
  }
  return Definition.parse(ownContext(json));
}

function stateProblems(state: State, substitutions: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  if (state.Type === 'Task') {
    if (state.Parameters.FunctionName !== substitutions.TasksFunctionArn)
      problems.push('FunctionName must be the substitution TasksFunctionArn');
    const waits = state.Resource.endsWith('.waitForTaskToken');
    const handsToken = JSON.stringify(state.Parameters).includes('$$.Task.Token');
    if (waits && !handsToken) problems.push('waits for a token that it hands to nobody ($$.Task.Token)');
    if (!waits && handsToken) problems.push('hands out a token that it does not wait for');
    if (!waits && (state.HeartbeatSeconds ?? state.HeartbeatSecondsPath)) problems.push('a heartbeat is only for tasks that wait');
  }
  if (state.Type === 'Wait') {
    const ways = [state.Seconds, state.SecondsPath, state.Timestamp, state.TimestampPath].filter((way) => way !== undefined);
    if (ways.length !== 1) problems.push('waits by exactly one of Seconds, SecondsPath, Timestamp and TimestampPath');
  }
  const { ItemSelector, ...rest } = state as State & { ItemSelector?: unknown };
  const own =
    state.Type === 'Map' ? { ...rest, ItemProcessor: undefined } : state.Type === 'Parallel' ? { ...rest, Branches: undefined } : rest;
  if (JSON.stringify(own).includes('$$.Map')) problems.push("$$.Map is only for a Map's ItemSelector here");
  return problems;
}

function problemOf(value: string): string[] {
  const problems: string[] = [];
  if (/^\{%/.test(value)) problems.push('JSONata is not run here');
  if (value === '$$') problems.push('the whole context object is not handed out here');
  for (const [, path] of value.matchAll(/\$\$\.(\w+)/g)) {
    if (!['Execution', 'State', 'StateMachine', 'Task', 'Map'].includes(path ?? '')) problems.push(`unknown context $$.${path}`);
  }
  if (value.startsWith('States.')) {
    for (const [call] of value.matchAll(/States\.\w+(?=\()/g)) if (!intrinsics.has(call)) problems.push(`unknown function ${call}`);
  }
  return problems;
}

/**
 * The library fills `$$.Execution` by itself, with the wall clock's time and a single step's input. Ours is beside it, under a
 * name that it leaves alone.
 */
function ownContext(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\$\$\.(?=(Execution|State|StateMachine|Task)\b)/g, '$$$$.Own.');
  if (Array.isArray(value)) return value.map(ownContext);
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownContext(inner)]));
  return value;
}

function* strings(value: unknown, at = '$'): Generator<{ at: string; value: string }> {
  if (typeof value === 'string') yield { at, value };
  else if (value && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) yield* strings(inner, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`);
  }
}

/** Every state, those inside Maps and Parallels too. */
function* states(machine: Machine, at = ''): Generator<{ at: string; state: State }> {
  for (const [name, state] of Object.entries(machine.States)) {
    yield { at: at + name, state };
    if (state.Type === 'Map') yield* states(state.ItemProcessor, `${at}${name}.`);
    if (state.Type === 'Parallel') for (const [index, branch] of state.Branches.entries()) yield* states(branch, `${at}${name}[${index}].`);
  }
}
