import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = mkdtempSync(join(tmpdir(), 'kehou-kill-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the victim until it says `killAt` (the nth time) and kills it there; answers the last line it said. */
function victim(store: string, mode: 'begin' | 'finish', killAt?: string, times = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const moment = killAt === undefined ? [] : [killAt, String(times)];
    const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.fixture.ts'), store, mode, ...moment], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let last = '';
    let seen = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = line;
      if (line === killAt && ++seen === times) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', () => resolve(last));
  });
}
const callsOf = (store: string) => readFileSync(`${store}.calls`, 'utf8').trim().split('\n');
const outcome = {
  status: 'SUCCEEDED',
  output: {
    items: ['a', 'b', 'c'],
    task: { Payload: { name: 'task', item: null }, StatusCode: 200, ExecutedVersion: '$LATEST' },
    token: { answered: true },
    retried: { Payload: { name: 'retried', item: null }, StatusCode: 200, ExecutedVersion: '$LATEST' },
    map: ['a', 'b', 'c'].map((item) => ({ item, answer: { answered: true } })),
  },
};

test.each([
  ['calling a task', 'task task', 1],
  ['waiting for time', 'rests in Wait', 2],
  ['handing out a token', 'task token', 1],
  ['waiting for a token', 'rests in Token', 1],
  ['pausing before a retry', 'rests in Retried', 2],
  ["calling a Map's task", 'task item', 2],
  ["waiting for time in a Map's items", 'rests in ItemWait,Map', 1],
  ["waiting for a token in a Map's items", 'rests in ItemToken,Map', 1],
  ["between a Map's items", 'task item', 3],
  ['in a branch of a Parallel', 'task left', 1],
  ['waiting in one branch of a Parallel, the other being done', 'rests in Parallel,Right', 1],
  ['in the last task', 'task last', 1],
])(
  'a process killed while %s is gone on with where it stood: same token, nothing lost, only the call under way made again',
  async (_, line, times) => {
    const store = join(folder, `${line.replaceAll(/\W/g, '-')}-${times}.sqlite`);
    expect(await victim(store, 'begin', line, times)).toBe(line);
    expect(JSON.parse(await victim(store, 'finish'))).toEqual(outcome);

    const calls = callsOf(store);
    const expected = ['task', 'token', 'retried', 'item a', 'item b', 'item c', 'item token', 'left', 'last'];
    const count = (call: string) => calls.filter((made) => made === call || (call.endsWith('token') && made.startsWith(`${call} `))).length;
    // What was under way when it was killed is made again, at most once more for each line of control.
    for (const call of expected) expect([call, count(call) >= 1]).toEqual([call, true]);
    const again = calls.length - new Set(calls).size - (count('retried') > 1 ? 1 : 0);
    expect(again).toBeLessThanOrEqual(line.startsWith('rests') ? 0 : 2);
    // A call made again carries the token that the first one handed out.
    const tokens = new Set(calls.filter((made) => made.includes('token ')));
    expect(tokens.size).toBe(4);
  },
);

test('killed again and again, it still ends as it would have', async () => {
  const store = join(folder, 'again.sqlite');
  for (const [line, times] of [
    ['task task', 1],
    ['rests in Wait', 1],
    ['rests in Token', 1],
    ['task retried', 1],
    ['rests in ItemWait,Map', 1],
    ['task item token', 2],
    ['task left', 1],
  ] as const) {
    expect(await victim(store, 'begin', line, times)).toBe(line);
  }
  expect(JSON.parse(await victim(store, 'finish'))).toEqual(outcome);
});
