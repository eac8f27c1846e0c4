import { silentLog } from '@kehou/functions/platform/log';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { LocalClock } from '../clock.ts';
import { Store } from '../store.ts';
import { type TaskFunction, Workflows } from './runtime.ts';

const start = '2026-09-01T00:00:00.000Z' as Instant;
const started: { clock: LocalClock; workflows: Workflows }[] = [];
afterEach(async () => {
  for (const { clock, workflows } of started.splice(0)) {
    await workflows.stop();
    clock.stop();
  }
});

type States = Record<string, Record<string, unknown>>;
function world(states: States, tasks: TaskFunction, options: { store?: Store; top?: object; taskMsMax?: number } = {}) {
  const store = options.store ?? Store.open(':memory:');
  const clock = new LocalClock({ initial: start, store });
  const machines = { flow: JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...options.top }) };
  const workflows = new Workflows({
    store,
    clock,
    tasks,
    machines,
    log: silentLog,
    ...(options.taskMsMax ? { taskMsMax: options.taskMsMax } : {}),
  });
  clock.join(workflows);
  const made = { store, clock, workflows, of: (name: string) => workflows.execution(`flow:${name}`) };
  started.push(made);
  return made;
}
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition's own
const functionName = '${TasksFunctionArn}';
const task = (name: string, more: object = {}, parameters: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionName, Payload: { task: name, ...parameters } },
  ...more,
});
const waiting = (name: string, more: object = {}) =>
  task(name, { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', ...more }, { 'taskToken.$': '$$.Task.Token' });
const unused: TaskFunction = async () => {
  throw new Error('no task here');
};
class Refused extends Error {
  override readonly name = 'Refused';
}

test('a task gets its payload as the template says, with the execution it belongs to, and its result goes where it is put', async () => {
  const seen: unknown[] = [];
  const { workflows, clock, of } = world(
    {
      Send: task(
        'billing.sendRefund',
        { ResultSelector: { 'state.$': '$.Payload.state' }, ResultPath: '$.sent', Next: 'Done' },
        {
          'refundId.$': '$.refundId',
          'name.$': '$$.Execution.Name',
          'started.$': '$$.Execution.StartTime',
          'input.$': '$$.Execution.Input.refundId',
          'label.$': "States.Format('{}/{}', $$.State.Name, $.refundId)",
        },
      ),
      Done: { Type: 'Succeed' },
    },
    async (payload) => {
      seen.push(payload);
      return { state: 'processing', extra: undefined };
    },
  );
  await workflows.start('flow', 'rfd_1-v1', { refundId: 'rfd_1' });
  await clock.settled();
  expect(seen).toEqual([
    {
      task: 'billing.sendRefund',
      refundId: 'rfd_1',
      name: 'rfd_1-v1',
      started: expect.stringMatching(/^2026-09-01T00:00/),
      input: 'rfd_1',
      label: 'Send/rfd_1',
    },
  ]);
  expect(of('rfd_1-v1')).toMatchObject({ status: 'SUCCEEDED', output: { refundId: 'rfd_1', sent: { state: 'processing' } } });
});

test('the same name again starts nothing, also after the first has ended', async () => {
  let calls = 0;
  const { workflows, clock } = world({ A: task('a', { End: true }) }, async () => {
    calls += 1;
  });
  await workflows.start('flow', 'once', {});
  await workflows.start('flow', 'once', {});
  await clock.settled();
  await workflows.start('flow', 'once', { other: true });
  await clock.settled();
  expect(calls).toBe(1);
  await expect(workflows.start('flow', 'no spaces', {})).rejects.toThrow(RangeError);
  await expect(workflows.start('flow', 'large', { text: 'x'.repeat(300_000) })).rejects.toThrow('256 KB');
});

test('waits follow the simulated clock, over months, by each of the four ways', async () => {
  const { workflows, clock, of } = world(
    {
      Until: { Type: 'Wait', TimestampPath: '$.opensAt', Next: 'Fixed' },
      Fixed: { Type: 'Wait', Timestamp: '2026-11-01T00:00:00Z', Next: 'Some' },
      Some: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Sixty' },
      Sixty: { Type: 'Wait', Seconds: 60, Next: 'Past' },
      Past: { Type: 'Wait', TimestampPath: '$.opensAt', Next: 'Stamp' },
      Stamp: { Type: 'Pass', Parameters: { 'at.$': '$$.State.EnteredTime' }, End: true },
    },
    unused,
  );
  await workflows.start('flow', 'w', { opensAt: '2026-10-01T08:00:00+08:00', seconds: 30 });
  await clock.settled();
  expect(of('w')?.at).toMatchObject([{ state: 'Until', until: '2026-10-01T00:00:00.000Z' }]);
  expect(clock.upcoming()[0]?.name).toBe('flow w leaves Until');
  await clock.jumpTo('2026-10-15T00:00:00.000Z' as Instant);
  expect(of('w')?.at).toMatchObject([{ state: 'Fixed' }]);
  await clock.jumpTo('2026-12-01T00:00:00.000Z' as Instant);
  expect(of('w')).toMatchObject({ status: 'SUCCEEDED', output: { at: expect.stringMatching(/^2026-11-01T00:01:3/) } });
});

test('a choice goes the first way that holds', async () => {
  const { workflows, clock, of } = world(
    {
      Kind: {
        Type: 'Choice',
        Choices: [
          {
            And: [
              { Variable: '$.amount', NumericGreaterThan: 100 },
              { Variable: '$.kind', StringEquals: 'fee' },
            ],
            Next: 'Large',
          },
          { Variable: '$.kind', StringMatches: 'mat*', Next: 'Material' },
        ],
        Default: 'Small',
      },
      Large: { Type: 'Pass', Result: 'large', End: true },
      Material: { Type: 'Pass', Result: 'material', End: true },
      Small: { Type: 'Pass', Result: 'small', End: true },
    },
    unused,
  );
  await workflows.start('flow', 'a', { amount: 200, kind: 'fee' });
  await workflows.start('flow', 'b', { amount: 200, kind: 'material' });
  await workflows.start('flow', 'c', { amount: 1, kind: 'fee' });
  await clock.settled();
  expect(['a', 'b', 'c'].map((name) => of(name)?.output)).toEqual(['large', 'material', 'small']);
});

test('a token is answered once; another answer, and an unknown token, are refused', async () => {
  let token = '';
  const { workflows, clock, of } = world(
    { Approve: waiting('billing.askApproval', { ResultPath: '$.approval', End: true }) },
    async (payload) => {
      token = String(payload.taskToken);
    },
  );
  await workflows.start('flow', 'a', { id: 1 });
  await clock.settled();
  expect(of('a')?.at).toMatchObject([{ state: 'Approve', waitsForToken: true }]);
  expect(await workflows.succeed('unknown', {})).toBe(false);
  expect(await workflows.succeed(token, { approved: true })).toBe(true);
  expect(await workflows.succeed(token, { approved: false })).toBe(false);
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'SUCCEEDED', output: { id: 1, approval: { approved: true } } });
});

test('an answer that comes before the task has even returned is kept', async () => {
  const made: { workflows?: Workflows } = {};
  const { workflows, clock, of } = world({ Approve: waiting('ask', { End: true }) }, async (payload) => {
    expect(await made.workflows?.succeed(String(payload.taskToken), { quick: true })).toBe(true);
  });
  made.workflows = workflows;
  await workflows.start('flow', 'a', {});
  await clock.settled();
  expect(of('a')?.output).toEqual({ quick: true });
});

test('a token that nobody answers times out on the simulated clock, and its late answer is refused', async () => {
  let token = '';
  const { workflows, clock, of } = world(
    {
      Approve: waiting('ask', {
        TimeoutSeconds: 3 * 86_400,
        Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Remind' }],
        End: true,
      }),
      Remind: { Type: 'Pass', End: true },
    },
    async (payload) => {
      token = String(payload.taskToken);
    },
  );
  await workflows.start('flow', 'a', { id: 1 });
  await clock.jumpTo(addMinutes(start, 2 * 1440));
  expect(of('a')?.status).toBe('RUNNING');
  await clock.jumpTo(addMinutes(start, 4 * 1440));
  expect(of('a')).toMatchObject({ status: 'SUCCEEDED', output: { id: 1, error: { Error: 'States.Timeout' } } });
  expect(await workflows.succeed(token, {})).toBe(false);
});

test('a heartbeat that never comes is a timeout of its own name, which States.Timeout takes too', async () => {
  const { workflows, clock, of } = world(
    {
      Ask: waiting('ask', {
        TimeoutSeconds: 1000,
        HeartbeatSecondsPath: '$.beat',
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
        End: true,
      }),
      Late: { Type: 'Pass', End: true },
    },
    async () => undefined,
  );
  await workflows.start('flow', 'a', { beat: 60 });
  await clock.jumpTo(addMinutes(start, 2));
  expect(of('a')?.output).toMatchObject({ Error: 'States.HeartbeatTimeout' });
});

test('retries pause on the simulated clock, doubling, and give up to the catcher', async () => {
  const at: string[] = [];
  const made: { clock?: LocalClock } = {};
  const { workflows, clock, of } = world(
    {
      Send: task('send', {
        Retry: [{ ErrorEquals: ['Refused'], IntervalSeconds: 60, MaxAttempts: 3, BackoffRate: 2, MaxDelaySeconds: 200 }],
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'Attention' }],
        End: true,
      }),
      Attention: { Type: 'Pass', End: true },
    },
    async () => {
      at.push(made.clock?.now().slice(11, 16) ?? '');
      throw new Refused('not now');
    },
  );
  made.clock = clock;
  await workflows.start('flow', 'a', { id: 1 });
  await clock.jumpTo(addMinutes(start, 60));
  expect(at).toEqual(['00:00', '00:01', '00:03', '00:06']);
  expect(of('a')).toMatchObject({
    status: 'SUCCEEDED',
    output: { id: 1, error: { Error: 'Refused', Cause: '{"errorType":"Refused","errorMessage":"not now"}' } },
  });
});

test('an error that nobody catches fails the execution with its name', async () => {
  const { workflows, clock, of } = world({ A: task('a', { Retry: [{ ErrorEquals: ['Other'] }], End: true }) }, async () => {
    throw new Refused('never');
  });
  await workflows.start('flow', 'a', {});
  await workflows.start('flow', 'b', {});
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'FAILED', error: 'Refused' });
  expect(of('a')?.history.map((event) => event.type)).toEqual(['ExecutionStarted', 'StateEntered', 'StateFailed', 'ExecutionFailed']);
});

test('a path into nothing is States.Runtime, which no catcher takes', async () => {
  const { workflows, clock, of } = world(
    {
      A: task('a', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], End: true }, { 'id.$': '$.missing' }),
      B: { Type: 'Pass', End: true },
    },
    async () => ({}),
  );
  await workflows.start('flow', 'a', {});
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('a Fail state fails with its own error', async () => {
  const { workflows, clock, of } = world({ No: { Type: 'Fail', Error: 'NotPaid', Cause: 'the bank said no' } }, unused);
  await workflows.start('flow', 'a', {});
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'FAILED', error: 'NotPaid', cause: 'the bank said no' });
});

test('a task that takes too long times out by the wall clock', async () => {
  const { workflows, clock, of } = world({ A: task('a', { End: true }) }, () => new Promise(() => undefined), { taskMsMax: 30 });
  await workflows.start('flow', 'a', {});
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

test('a Map runs its items side by side within its limit, with waits and tokens of their own, and keeps their order', async () => {
  let now = 0;
  let most = 0;
  const tokens: string[] = [];
  const { workflows, clock, of } = world(
    {
      Pay: {
        Type: 'Map',
        ItemsPath: '$.payees',
        ItemSelector: { 'payee.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index', 'month.$': '$.month' },
        MaxConcurrency: 2,
        ItemProcessor: {
          StartAt: 'Send',
          States: {
            Send: task(
              'send',
              { ResultPath: '$.sent', ResultSelector: { 'ok.$': '$.Payload.ok' }, Next: 'Pause' },
              { 'payee.$': '$.payee' },
            ),
            Pause: { Type: 'Wait', Seconds: 60, Next: 'Result' },
            Result: waiting('result', { ResultPath: '$.result', End: true }),
          },
        },
        ResultPath: '$.results',
        End: true,
      },
    },
    async (payload) => {
      if (payload.task === 'result') {
        tokens.push(String(payload.taskToken));
        return undefined;
      }
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return { ok: payload.payee };
    },
  );
  await workflows.start('flow', 'a', { month: '2026-09', payees: ['x', 'y', 'z'] });
  for (let round = 1; round <= 3; round++) {
    await clock.jumpTo(addMinutes(clock.now(), 2));
    for (const token of tokens.splice(0)) await workflows.succeed(token, { paid: true });
  }
  await clock.settled();
  expect(most).toBe(2);
  expect(of('a')).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      month: '2026-09',
      results: ['x', 'y', 'z'].map((payee, index) => ({ payee, index, month: '2026-09', sent: { ok: payee }, result: { paid: true } })),
    },
  });
});

test('an empty Map is done at once', async () => {
  const { workflows, clock, of } = world(
    { M: { Type: 'Map', ItemProcessor: { StartAt: 'A', States: { A: task('a', { End: true }) } }, End: true } },
    unused,
  );
  await workflows.start('flow', 'a', [] as never);
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'SUCCEEDED', output: [] });
});

test('the first failure of a Parallel stops its other branches and can be caught', async () => {
  const calls: string[] = [];
  const { workflows, clock, of } = world(
    {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Bad', States: { Bad: task('bad', { End: true }) } },
          { StartAt: 'Long', States: { Long: { Type: 'Wait', Seconds: 3600, Next: 'After' }, After: task('after', { End: true }) } },
        ],
        Catch: [{ ErrorEquals: ['Refused'], ResultPath: '$.error', Next: 'Instead' }],
        End: true,
      },
      Instead: { Type: 'Pass', End: true },
    },
    async (payload) => {
      calls.push(String(payload.task));
      throw new Refused('bad');
    },
  );
  await workflows.start('flow', 'a', { id: 1 });
  await clock.jumpTo(addMinutes(start, 120));
  expect(of('a')).toMatchObject({ status: 'SUCCEEDED', output: { id: 1, error: { Error: 'Refused' } } });
  expect(calls).toEqual(['bad']);
  expect(clock.upcoming()).toEqual([]);
});

test('an execution that takes longer than its machine allows is timed out wherever it stands', async () => {
  const { workflows, clock, of } = world({ Long: { Type: 'Wait', Seconds: 86_400, End: true } }, unused, { top: { TimeoutSeconds: 3600 } });
  await workflows.start('flow', 'a', {});
  await clock.jumpTo(addMinutes(start, 2 * 1440));
  expect(of('a')).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
});

test('a loop that never ends is ended', async () => {
  const { workflows, clock, of } = world(
    {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Variable: '$.stop', IsPresent: true, Next: 'C' }], Default: 'A' },
      C: { Type: 'Succeed' },
    },
    unused,
  );
  await workflows.start('flow', 'a', {});
  await clock.settled();
  expect(of('a')).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('an execution that was stopped goes on from where it stood, by the definition it began with', async () => {
  const store = Store.open(':memory:');
  const calls: string[] = [];
  const tasks: TaskFunction = async (payload) => void calls.push(String(payload.task));
  const first = world(
    {
      A: task('old', { ResultPath: null, Next: 'Ask' }),
      Ask: waiting('ask', { ResultPath: '$.answer', Next: 'C' }),
      C: task('old end', { ResultPath: null, End: true }),
    },
    tasks,
    { store },
  );
  await first.workflows.start('flow', 'a', { id: 1 });
  await first.clock.settled();
  const token = String(store.database.prepare('SELECT token FROM frames').get()?.token);
  await first.workflows.stop();
  first.clock.stop();

  const second = world({ A: task('new', { End: true }) }, tasks, { store });
  expect(second.workflows.resume()).toBe(1);
  await second.clock.settled();
  expect(await second.workflows.succeed(token, { yes: true })).toBe(true);
  await second.clock.settled();
  expect(calls).toEqual(['old', 'ask', 'old end']);
  expect(second.of('a')).toMatchObject({ status: 'SUCCEEDED', output: { id: 1, answer: { yes: true } } });
  await second.workflows.start('flow', 'b', {});
  await second.clock.settled();
  expect(calls.at(-1)).toBe('new');
});
