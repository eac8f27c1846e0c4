import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { areas } from '@kehou/shared/api';
import { DomainError } from '@kehou/shared/kernel/errors';
import { testTable } from '../../testing/engine.ts';
import { send } from '../../testing/test-api.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import type { HttpHandler } from '../http/api.ts';
import { silentLog } from '../platform/log.ts';
import type { Platform } from '../platform/platform.ts';
import { allTasks } from './all-tasks.ts';
import { assembleBackground, dueHandlersOf, followersOf } from './background.ts';
import { merged } from './merged.ts';
import { perform } from './perform-task.ts';
import { create as createSchedule } from './schedule.ts';
import { create as createTasks } from './tasks.ts';

const withoutRoutes = ['tasks', 'rehearse', 'stream', 'sweep', 'schedule'];
interface Entry {
  create(platform: Platform): (event: never, context: never) => Promise<unknown>;
  handler(event: unknown, context: unknown): Promise<unknown>;
}

test('there is an entry point for every area, and importing it asks for nothing', async () => {
  // None of the environment is set here: a module that read it would throw.
  expect(process.env.SESSION_KEY_SECRET).toBeUndefined();
  const files = readdirSync(import.meta.dirname).map((file) => file.replace(/\.ts$/, ''));
  for (const name of [...Object.keys(areas), ...withoutRoutes]) {
    expect(files).toContain(name);
    const entry = (await import(join(import.meta.dirname, `${name}.ts`))) as Entry;
    expect(typeof entry.create).toBe('function');
    // Called where nothing is set, it says what is missing.
    await expect(entry.handler({}, {})).rejects.toThrow('TABLE_NAME');
  }
});

test('every area answers over HTTP from the same entry point as on AWS', async () => {
  const platform = testPlatform(await testTable());
  for (const [area, routes] of Object.entries(areas)) {
    const { create } = (await import(join(import.meta.dirname, `${area}.ts`))) as { create(platform: Platform): HttpHandler };
    const [first] = Object.values(routes).filter(({ access }) => access.by !== 'anyone');
    const url = first?.path.replace(/\{\w+\}/g, 'x') ?? '';
    const body = first?.method === 'GET' ? undefined : '{}';
    const reply = await send(create(platform), { method: first?.method ?? '', url, body, headers: { 'content-type': 'application/json' } });
    expect({ area, status: reply.status, code: reply.body.code }).toEqual({ area, status: 401, code: 'session.missing' });
  }
});

test('tasks, followers and due handlers of all areas stand side by side', async () => {
  const platform = testPlatform(await testTable());
  const parts = assembleBackground(platform);
  const tasks = Object.keys(allTasks(platform));
  expect(tasks).toEqual(expect.arrayContaining(['selection.openWindow', 'billing.sendRefund', 'payout.startAll']));
  // An area that comes to have some is among them.
  expect(tasks.toSorted()).toEqual(parts.flatMap((part) => Object.keys(part.tasks ?? {})).sort());
  expect(followersOf(parts).length).toBeGreaterThan(8);
  expect(Object.keys(dueHandlersOf(parts))).toEqual(expect.arrayContaining(['ENROLMENT', 'ORDER', 'REFUND', 'WINDOW', 'FANOUT']));
  expect(() => merged([{ 'a.b': 1 }, { 'a.b': 2 }])).toThrow('two areas both bring a.b');
});

test('a task is found by its name alone; what is not one is refused', async () => {
  const run = createTasks(testPlatform(await testTable()));
  await expect(run({ task: 'nobody.nothing' })).rejects.toThrow('no task is called nobody.nothing');
  await expect(run({ task: 'toString' })).rejects.toThrow('no task is called toString');
  await expect(run({})).rejects.toThrow();
  expect(await run({ task: 'selection.openWindow', windowId: `win_${'0'.repeat(26)}`, version: 1 })).toMatchObject({ stale: true });
});

test('what is expected to fail reaches the state machine under its own code', async () => {
  const run = perform({ 'a.b': async () => Promise.reject(new DomainError('request.changed')) }, silentLog);
  await expect(run({ task: 'a.b' })).rejects.toMatchObject({ name: 'request.changed' });
});

test('the calendar runs a task by its job', async () => {
  const platform = testPlatform(await testTable());
  const run = createSchedule(platform);
  await expect(run({ job: 'nobody.nothing' })).rejects.toThrow('no task is called nobody.nothing');
  await expect(run({})).rejects.toThrow();
  expect(await run({ job: 'payout.startAll' })).toBeDefined();
});
