/**
 * A process to be killed: runs one execution on a store in a file. Says on standard output what it is in the middle of, one
 * line a task call and one when everything rests; having said the line that it is to be killed at, it goes no further there, however busy
 * the machine is. `node victim.fixture.ts <store> <begin|finish> [line] [times]`
 */
import { appendFileSync } from 'node:fs';
import { silentLog } from '@kehou/functions/platform/log';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { LocalClock } from '../clock.ts';
import { Store } from '../store.ts';
import { Workflows } from './runtime.ts';

const [storePath = '', mode = '', killAt, times = '1'] = process.argv.slice(2);
const task = (name: string, more: object, parameters: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the definition's own
  Parameters: { FunctionName: '${TasksFunctionArn}', Payload: { task: name, ...parameters } },
  ...more,
});
const token = { 'taskToken.$': '$$.Task.Token' };
const definition = {
  StartAt: 'Task',
  States: {
    Task: task('task', { ResultPath: '$.task', Next: 'Wait' }),
    Wait: { Type: 'Wait', Seconds: 3600, Next: 'Token' },
    Token: task(
      'token',
      { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 86_400, ResultPath: '$.token', Next: 'Retried' },
      token,
    ),
    Retried: task('retried', {
      Retry: [{ ErrorEquals: ['NotYet'], IntervalSeconds: 3600, MaxAttempts: 2 }],
      ResultPath: '$.retried',
      Next: 'Map',
    }),
    Map: {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 2,
      ItemProcessor: {
        StartAt: 'ItemTask',
        States: {
          ItemTask: task('item', { ResultSelector: { 'item.$': '$.Payload.item' }, Next: 'ItemWait' }, { 'item.$': '$' }),
          ItemWait: { Type: 'Wait', Seconds: 600, Next: 'ItemToken' },
          ItemToken: task(
            'item token',
            { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', ResultPath: '$.answer', End: true },
            token,
          ),
        },
      },
      ResultPath: '$.map',
      Next: 'Parallel',
    },
    Parallel: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: task('left', { ResultPath: null, End: true }) } },
        { StartAt: 'Right', States: { Right: { Type: 'Wait', Seconds: 600, End: true } } },
      ],
      ResultPath: null,
      Next: 'Choice',
    },
    Choice: { Type: 'Choice', Choices: [{ Variable: '$.items[0]', IsPresent: true, Next: 'Last' }], Default: 'Wrong' },
    Wrong: { Type: 'Fail', Error: 'Wrong' },
    Last: task('last', { ResultPath: null, Next: 'Done' }),
    Done: { Type: 'Succeed' },
  },
};

let seen = 0;
async function say(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
  if (line !== killAt || ++seen !== Number(times)) return;
  // Kept alive by a timer, to be killed here.
  await new Promise(() => setInterval(() => undefined, 1000));
}
const callsPath = `${storePath}.calls`;
let retriedCalls = 0;
const store = Store.open(storePath);
const clock = new LocalClock({ store, initial: '2026-09-01T00:00:00.000Z' as Instant });
const workflows = new Workflows({
  store,
  clock,
  log: silentLog,
  machines: { flow: JSON.stringify(definition) },
  tasks: async ({ task: name, item, taskToken }) => {
    appendFileSync(callsPath, `${[name, item, taskToken].filter(Boolean).join(' ')}\n`);
    await say(`task ${name}`);
    await new Promise((resolve) => setTimeout(resolve, mode === 'begin' ? 10 : 1));
    if (name === 'retried' && mode === 'begin' && retriedCalls++ < 1) throw Object.assign(new Error('not yet'), { name: 'NotYet' });
    return { name, item: item ?? null };
  },
});
clock.join(workflows);
workflows.resume();
await workflows.start('flow', 'victim', { items: ['a', 'b', 'c'] });

for (let round = 0; round < 200; round++) {
  await clock.settled();
  const execution = workflows.execution('flow:victim');
  if (execution?.status !== 'RUNNING') {
    await say(JSON.stringify({ status: execution?.status, output: execution?.output }));
    break;
  }
  await say(`rests in ${[...new Set(execution.at.map(({ state }) => state))].sort().join(',')}`);
  const waiting = store.prepare('SELECT token FROM frames WHERE token IS NOT NULL').all();
  const answers = await Promise.all(waiting.map(({ token: value }) => workflows.succeed(String(value), { answered: true })));
  if (!answers.includes(true)) await clock.jumpTo(addMinutes(clock.now(), 11));
}
await workflows.stop();
clock.stop();
store.close();
