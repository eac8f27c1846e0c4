import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@kehou/functions/platform/log';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { LocalClock } from './clock.ts';
import { type LocalServer, startServer } from './http.ts';
import { FolderObjects, OBJECTS_PREFIX } from './objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'kehou-objects-'));
const clock = new LocalClock({ initial: '2026-09-01T00:00:00.000Z' as Instant });
let server: LocalServer;
let objects: FolderObjects;

beforeAll(async () => {
  server = await startServer({ port: 0, log: silentLog });
  objects = new FolderObjects({ folder, baseUrl: server.url, clock, secret: new Uint8Array(32).fill(7) });
  server.mount({ prefix: OBJECTS_PREFIX, listener: (request, response) => objects.listener(request, response) });
});
afterAll(async () => {
  await server.close();
  clock.stop();
  rmSync(folder, { recursive: true });
});

test('what is put is got back and can be downloaded through its link, under its Chinese name', async () => {
  await objects.put('bank/2026-09/run_1.csv', '张三,100.00', 'text/csv; charset=utf-8');
  expect(Buffer.from((await objects.get('bank/2026-09/run_1.csv')) ?? []).toString()).toBe('张三,100.00');
  expect(await objects.get('bank/none.csv')).toBeUndefined();
  const reply = await fetch(await objects.downloadUrl('bank/2026-09/run_1.csv', '九月 发放.csv', 600));
  expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, 'text/csv; charset=utf-8', '张三,100.00']);
  expect(decodeURIComponent(reply.headers.get('content-disposition') ?? '')).toContain('九月 发放.csv');
});

test('a link that was changed, or is for another file, or has lapsed on the simulated clock, opens nothing', async () => {
  await objects.put('a.csv', 'a', 'text/csv');
  await objects.put('b.csv', 'b', 'text/csv');
  const link = await objects.downloadUrl('a.csv', 'a.csv', 600);
  expect((await fetch(link.replace('/a.csv?', '/b.csv?'))).status).toBe(403);
  expect((await fetch(link.replace('text%2Fcsv', 'text%2Fhtml'))).status).toBe(403);
  expect((await fetch(link.replace(/signature=./, 'signature=~'))).status).toBe(403);
  expect((await fetch(`${server.url}${OBJECTS_PREFIX}/a.csv`)).status).toBe(403);
  expect((await fetch(link)).status).toBe(200);
  await clock.jumpTo(addMinutes(clock.now(), 11));
  expect((await fetch(link)).status).toBe(403);
});

test.each(['../secret', 'a/../../b', '/etc/passwd', 'a//b', '.hidden', 'a/.hidden', '', 'a\0b', 'x'.repeat(600)])(
  '%j is no key',
  async (key) => {
    await expect(objects.put(key, 'x', 'text/plain')).rejects.toThrow();
    await expect(objects.get(key)).rejects.toThrow();
  },
);
