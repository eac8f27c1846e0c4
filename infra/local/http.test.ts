import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@kehou/functions/platform/log';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type HttpHandler, type LocalServer, type ServerOptions, startServer } from './http.ts';
import { StartProblem } from './problem.ts';

const servers: LocalServer[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
async function serve(options: Partial<ServerOptions>): Promise<LocalServer> {
  const server = await startServer({ port: 0, routes: [], log: silentLog, ...options });
  servers.push(server);
  return server;
}
const echo: HttpHandler = async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  cookies: ['a=1', 'b=2'],
  body: JSON.stringify(event),
});

/** A request as a hostile client sends it: path and headers untouched by fetch's own manners. */
function raw(
  server: LocalServer,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = plainRequest({ port: server.port, host: '127.0.0.1', path, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

test('a request becomes the event that API Gateway sends, and the reply goes out as told', async () => {
  const server = await serve({ routes: [{ method: 'POST', path: '/api/schools/{schoolId}/terms', handler: echo }] });
  const reply = await fetch(`${server.url}/api/schools/org_1/terms?a=1&a=2&b=%E8%AF%BE`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: 'x=1; y=2', 'X-Custom': 'v' },
    body: '{"name":"秋季"}',
  });
  expect(reply.status).toBe(200);
  expect(reply.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  const event = (await reply.json()) as APIGatewayProxyEventV2;
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /api/schools/{schoolId}/terms',
    rawPath: '/api/schools/org_1/terms',
    rawQueryString: 'a=1&a=2&b=%E8%AF%BE',
    cookies: ['x=1', 'y=2'],
    queryStringParameters: { a: '1,2', b: '课' },
    headers: { 'x-custom': 'v', 'content-type': 'application/json' },
    body: '{"name":"秋季"}',
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', path: '/api/schools/org_1/terms' }, stage: '$default' },
  });
  expect(event.headers).not.toHaveProperty('cookie');
});

test('a body that is not text travels as base64', async () => {
  const server = await serve({ routes: [{ method: 'POST', path: '/api/files', handler: echo }] });
  const reply = await fetch(`${server.url}/api/files`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array([0, 255, 1]),
  });
  expect(await reply.json()).toMatchObject({ body: 'AP8B', isBase64Encoded: true });
});

test('the more exact route wins, another method or path is not found, and OPTIONS reaches the area', async () => {
  const named =
    (name: string): HttpHandler =>
    async (event) => ({ statusCode: 200, body: `${name} ${event.requestContext.http.method}` });
  const server = await serve({
    routes: [
      { method: 'GET', path: '/api/sessions/{id}', handler: named('one') },
      { method: 'GET', path: '/api/sessions/today', handler: named('today') },
    ],
  });
  const text = async (path: string, method = 'GET') => (await fetch(server.url + path, { method })).text();
  expect(await text('/api/sessions/today')).toBe('today GET');
  expect(await text('/api/sessions/x')).toBe('one GET');
  expect(await text('/api/sessions/x', 'OPTIONS')).toBe('one OPTIONS');
  for (const [path, method] of [
    ['/api/sessions/x', 'DELETE'],
    ['/api/sessions/x/y', 'GET'],
    ['/api/nothing', 'GET'],
  ] as const) {
    const reply = await fetch(server.url + path, { method });
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: 'request.not_found' });
  }
});

test('a handler that throws is 500 without its words, one that hangs 503, an oversized body 413 and reaches no handler', async () => {
  let calls = 0;
  const server = await serve({
    handlerMsMax: 50,
    bodyBytesMax: 1000,
    routes: [
      { method: 'GET', path: '/api/throws', handler: async () => Promise.reject(new Error('secret')) },
      { method: 'GET', path: '/api/hangs', handler: () => new Promise(() => undefined) },
      {
        method: 'POST',
        path: '/api/takes',
        handler: async () => {
          calls += 1;
          return { statusCode: 200 };
        },
      },
    ],
  });
  const threw = await fetch(`${server.url}/api/throws`);
  expect([threw.status, await threw.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  expect((await fetch(`${server.url}/api/hangs`)).status).toBe(503);
  const large = await fetch(`${server.url}/api/takes`, { method: 'POST', body: 'x'.repeat(2000) });
  expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ code: 'request.too_large' })]);
  expect(calls).toBe(0);
});

test('files are served from their folder and from nowhere else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kehou-files-'));
  folders.push(folder);
  mkdirSync(join(folder, 'h5', 'js'), { recursive: true });
  writeFileSync(join(folder, 'h5', 'index.html'), '<title>课后</title>');
  writeFileSync(join(folder, 'h5', 'js', 'app.0123abcd.js'), '1');
  writeFileSync(join(folder, 'h5', '.env'), 'SECRET');
  writeFileSync(join(folder, 'secret.txt'), 'SECRET');
  const server = await serve({ files: [{ prefix: '/', folder: join(folder, 'h5') }] });
  const page = await fetch(`${server.url}/`);
  expect([page.headers.get('content-type'), page.headers.get('cache-control'), await page.text()]).toEqual([
    'text/html; charset=utf-8',
    'no-cache',
    '<title>课后</title>',
  ]);
  expect((await fetch(`${server.url}/js/app.0123abcd.js`)).headers.get('cache-control')).toContain('immutable');
  expect((await fetch(`${server.url}/js`)).status).toBe(404);
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/js/..%5c..%5csecret.txt',
    '/.env',
    '/%00',
    '/%zz',
    '//etc/passwd',
  ]) {
    const reply = await raw(server, path);
    expect([path, reply.status]).toEqual([path, 404]);
    expect(reply.body).not.toContain('SECRET');
  }
  expect((await fetch(`${server.url}/`, { method: 'POST' })).status).toBe(405);
});

test('a name that a hostile site points at this machine is refused, and so are its commands to a simulator', async () => {
  const commands: string[] = [];
  const server = await serve({
    mounts: [
      {
        prefix: '/simulator',
        sameOrigin: true,
        listener: (request, response) => {
          commands.push(`${request.method} ${request.url}`);
          response.end('ok');
        },
      },
    ],
  });
  expect((await raw(server, '/simulator/clock', { headers: { host: 'evil.example' } })).status).toBe(421);
  const post = (origin?: string) => raw(server, '/simulator/jump', { method: 'POST', ...(origin ? { headers: { origin } } : {}) });
  expect((await post('https://evil.example')).status).toBe(403);
  expect((await post('null')).status).toBe(403);
  expect((await post(server.url)).status).toBe(200);
  expect((await post()).status).toBe(200);
  expect(commands).toEqual(['POST /simulator/jump', 'POST /simulator/jump']);
});

test('a port in use gets one clear line', async () => {
  const server = await serve({});
  const second = startServer({ port: server.port, routes: [], log: silentLog });
  await expect(second).rejects.toThrow(StartProblem);
  await expect(second).rejects.toThrow(
    `port ${server.port} is taken by another program: end that one, or choose another with --port <number>`,
  );
});

test('closing lets a request under way finish and takes no more', async () => {
  let finish: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = await serve({
    routes: [
      {
        method: 'GET',
        path: '/api/slow',
        handler: async () => {
          finish();
          await new Promise((resolve) => setTimeout(resolve, 60));
          return { statusCode: 200, body: 'done' };
        },
      },
    ],
  });
  const slow = fetch(`${server.url}/api/slow`);
  await entered;
  const closing = server.close();
  expect(await (await slow).text()).toBe('done');
  await closing;
  await expect(fetch(`${server.url}/api/slow`)).rejects.toThrow();
});

test('a jump of the clock waits for the calls under way and looks again when they may have changed something', async () => {
  let enter: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  let done = false;
  const server = await serve({
    routes: [
      {
        method: 'POST',
        path: '/api/slow',
        handler: async () => {
          enter();
          await new Promise((resolve) => setTimeout(resolve, 40));
          done = true;
          return { statusCode: 200 };
        },
      },
    ],
  });
  const call = fetch(`${server.url}/api/slow`, { method: 'POST' });
  await entered;
  expect(await server.settling.settle()).toBe(true);
  expect(done).toBe(true);
  await call;
  expect(await server.settling.settle()).toBe(false);
});

test('a link out of the folder is not followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kehou-files-'));
  folders.push(folder);
  mkdirSync(join(folder, 'h5'));
  writeFileSync(join(folder, 'secret.txt'), 'SECRET');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'h5', 'link.txt'));
  const server = await serve({ files: [{ prefix: '/', folder: join(folder, 'h5') }] });
  expect((await fetch(`${server.url}/link.txt`)).status).toBe(404);
});

test('until its routes are known the API says that it is not there yet, while files are served', async () => {
  const server = await startServer({ port: 0, log: silentLog });
  servers.push(server);
  expect((await fetch(`${server.url}/api/me`)).status).toBe(503);
  server.open([{ method: 'GET', path: '/api/me', handler: echo }]);
  expect((await fetch(`${server.url}/api/me`)).status).toBe(200);
});
