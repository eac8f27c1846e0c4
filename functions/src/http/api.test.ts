import { DomainError } from '@kehou/shared/kernel/errors';
import { page, route } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { settableClock } from '../../testing/selection-world.ts';
import { send } from '../../testing/test-api.ts';
import type { Log } from '../platform/log.ts';
import { createApi, type Guards } from './api.ts';

const Thing = z.object({ name: z.string().max(5), count: z.int() });
const routes = {
  makeThing: route({
    method: 'POST',
    path: '/api/houses/{houseId}/things',
    summary: 'Make a thing',
    access: { by: 'signed-in' },
    input: Thing.extend({ houseId: z.string().regex(/^h\d$/) }),
    output: Thing,
  }),
  listThings: route({
    method: 'GET',
    path: '/api/houses/{houseId}/things',
    summary: 'Things of a house',
    access: { by: 'role', roles: ['school'], organisation: 'houseId' },
    input: z.object({ houseId: z.string(), limit: z.coerce.number().int().max(10).default(5) }),
    output: page(Thing),
  }),
  uploadThing: route({
    method: 'PUT',
    path: '/api/things',
    summary: 'A larger body',
    access: { by: 'anyone' },
    bodyBytesMax: 300_000,
    input: z.object({ content: z.string() }),
    output: z.object({ length: z.int() }),
  }),
  notice: route({
    method: 'POST',
    path: '/api/callbacks/house',
    summary: 'A callback',
    access: { by: 'anyone' },
    raw: true,
    input: z.object({ headers: z.record(z.string(), z.string().optional()), body: z.string() }),
    output: z.object({ seen: z.string() }),
  }),
  failing: route({
    method: 'GET',
    path: '/api/failing/{how}',
    summary: 'Goes wrong',
    access: { by: 'anyone' },
    input: z.object({ how: z.string() }),
    output: Thing,
  }),
};

function world(origins: readonly string[] = []) {
  const lines: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const line = (message: string, fields: Readonly<Record<string, unknown>> = {}) => void lines.push({ message, fields });
  const log: Log = { info: line, warn: line, error: line };
  const clock = settableClock();
  const called: unknown[] = [];
  const guards: Guards = {
    authenticate: async (token, requestId) => {
      if (token !== 'good') throw new DomainError('session.expired');
      return { personId: 'per_1', memberships: [], children: [], requestId };
    },
    authorise: async (access) => {
      if (access.by === 'role') throw new DomainError('session.forbidden');
    },
  };
  const handler = createApi({
    area: 'house',
    routes,
    guards,
    clock,
    log,
    origins,
    useCases: {
      makeThing: async ({ name, count }) => {
        called.push({ name, count });
        return { name, count, secret: 'never leaves' };
      },
      listThings: async () => ({ items: [] }),
      uploadThing: async ({ content }) => ({ length: content.length }),
      notice: async ({ headers, body }) => ({ seen: `${headers['x-sign']}:${body}` }),
      failing: async ({ how }) => {
        if (how === 'expected') throw new DomainError('request.changed', { version: 3 });
        if (how === 'shape') return { name: 'too long a name', count: 1 };
        throw new TypeError('secret detail of a bug: 13800000000');
      },
    },
  });
  const post = (body: string | undefined, headers: Record<string, string> = {}, url = '/api/houses/h1/things') =>
    send(handler, { method: 'POST', url, headers: { 'content-type': 'application/json', authorization: 'Bearer good', ...headers }, body });
  return { handler, lines, clock, called, post };
}
const good = JSON.stringify({ name: '球', count: 2 });

test('a request goes through parsing, policy and use case, and only what the contract names comes back', async () => {
  const { post, called, clock } = world();
  const reply = await post(good);
  expect(reply).toMatchObject({ status: 200, body: { name: '球', count: 2 } });
  expect(reply.body).not.toHaveProperty('secret');
  expect(reply.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-kehou-now': clock.now(),
  });
  expect(called).toEqual([{ name: '球', count: 2 }]);
});

test('what the address says stands above what the body says', async () => {
  const { post } = world();
  const sneaky = JSON.stringify({ name: '球', count: 2, houseId: 'h2' });
  expect((await post(sneaky)).status).toBe(200);
  expect(await post(good, {}, '/api/houses/nowhere/things')).toMatchObject({ status: 400, body: { fields: [{ path: 'houseId' }] } });
});

test.each([
  ['broken JSON', '{"name":', {}, 400, 'request.bad_json'],
  ['a list', '[1,2]', {}, 400, 'request.bad_json'],
  ['a bare word', '"name"', {}, 400, 'request.bad_json'],
  ['null', 'null', {}, 400, 'request.bad_json'],
  ['no body', undefined, {}, 400, 'request.bad_json'],
  ['a form', 'name=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'request.wrong_type'],
  ['no content type', good, { 'content-type': '' }, 415, 'request.wrong_type'],
  ['a large body', JSON.stringify({ name: 'x'.repeat(70_000), count: 1 }), {}, 413, 'request.too_large'],
  ['a large body of many bytes a character', JSON.stringify({ name: '球'.repeat(30_000), count: 1 }), {}, 413, 'request.too_large'],
])('%s is refused in words, and the use case is not called', async (_, body, headers, status, code) => {
  const { post, called } = world();
  const reply = await post(body, headers as Record<string, string>);
  expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  expect(reply.body.message).toMatch(/[\u4e00-\u9fff]/);
  expect(reply.body.requestId).toMatch(/^req-/);
  expect(called).toEqual([]);
});

test('a route may take more than others', async () => {
  const { handler } = world();
  const put = (length: number) =>
    send(handler, {
      method: 'PUT',
      url: '/api/things',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'x'.repeat(length) }),
    });
  expect(await put(250_000)).toMatchObject({ status: 200, body: { length: 250_000 } });
  expect((await put(300_001)).status).toBe(413);
});

test('every wrong field is named, and polluting keys change nothing', async () => {
  const { post, called } = world();
  const reply = await post(JSON.stringify({ name: 'too long a name', count: 'many' }));
  expect(reply).toMatchObject({ status: 400, body: { code: 'request.invalid', fields: [{ path: 'name' }, { path: 'count' }] } });
  expect((await post('{"name":"球","count":1,"__proto__":{"admin":true}}')).status).toBe(400);
  expect((await post('{"name":"球","count":1,"prototype":{"admin":true},"toString":1}')).status).toBe(200);
  expect(called).toEqual([{ name: '球', count: 1 }]);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test.each([
  ['nothing', {}],
  ['something else', { authorization: 'Basic Z29vZA==' }],
  ['a bare token', { authorization: 'good' }],
])('%s for a session is a missing one', async (_, headers) => {
  const { handler } = world();
  const reply = await send(handler, {
    method: 'POST',
    url: '/api/houses/h1/things',
    headers: { 'content-type': 'application/json', ...headers },
    body: good,
  });
  expect(reply).toMatchObject({ status: 401, body: { code: 'session.missing' } });
});

test('a lapsed session is told apart from a missing one, before anything is read of the request', async () => {
  const { post } = world();
  expect(await post('{"name":"x","count":"bad"}', { authorization: 'Bearer old' })).toMatchObject({
    status: 401,
    body: { code: 'session.expired' },
  });
  // Headers come in any case.
  expect((await post(good, { authorization: '', Authorization: 'Bearer good' })).status).toBe(200);
});

test('the policy is asked, and its no is a 403', async () => {
  const { handler } = world();
  const reply = await send(handler, { method: 'GET', url: '/api/houses/h1/things', headers: { authorization: 'Bearer good' } });
  expect(reply).toMatchObject({ status: 403, body: { code: 'session.forbidden' } });
});

test('unknown addresses and methods are not found', async () => {
  const { handler } = world();
  for (const [method, url] of [
    ['GET', '/api/nowhere'],
    ['DELETE', '/api/houses/h1/things'],
    ['GET', '/api/houses/h1/things/more'],
    ['GET', '/../etc/passwd'],
  ] as const) {
    expect(await send(handler, { method, url })).toMatchObject({ status: 404, body: { code: 'request.not_found' } });
  }
});

test('a callback gets its body byte for byte, encoded or not', async () => {
  const { handler } = world();
  const body = '{"a": 1,  "乙":"\\u4e59"}';
  const call = { method: 'POST', url: '/api/callbacks/house', headers: { 'X-Sign': 's', 'content-type': 'application/json' } };
  expect(await send(handler, { ...call, body })).toMatchObject({ status: 200, body: { seen: `s:${body}` } });
  const { eventOf } = await import('../../testing/test-api.ts');
  const encoded = { ...eventOf({ ...call, body: Buffer.from(body).toString('base64') }), isBase64Encoded: true };
  const reply = await handler(encoded, { awsRequestId: 'r' } as never);
  expect(JSON.parse(reply.body ?? '')).toEqual({ seen: `s:${body}` });
});

test('an expected failure keeps its code and details; a bug shows nothing of itself and is logged', async () => {
  const { handler, lines } = world();
  const fail = (how: string) => send(handler, { method: 'GET', url: `/api/failing/${how}` });
  expect(await fail('expected')).toMatchObject({ status: 409, body: { code: 'request.changed', details: { version: 3 } } });
  const bug = await fail('bug');
  expect(bug).toMatchObject({ status: 500, body: { code: 'request.failed' } });
  expect(JSON.stringify(bug.body)).not.toContain('secret detail');
  expect(lines.find(({ message }) => message === 'bug')?.fields).toMatchObject({ name: 'TypeError' });
  // A use case that answers what the contract does not allow is a bug, too: nothing wrong leaves the house.
  expect((await fail('shape')).status).toBe(500);
});

test('a refusal is logged with method and route, and with nothing that a caller wrote', async () => {
  const { handler, lines } = world();
  const refused = async (method: string, url: string, body?: string) => {
    lines.length = 0;
    await send(handler, { method, url, headers: { 'content-type': 'application/json', authorization: 'Bearer good' }, body });
    const logged = lines.filter(({ message }) => message === 'refused').map(({ fields }) => fields);
    expect(JSON.stringify(logged)).not.toMatch(/13800000000|张三|h7/);
    return logged.map(({ area, method: said, route: name, code }) => ({ area, method: said, route: name, code }));
  };
  const line = (method: string, name: string | undefined, code: string) => [{ area: 'house', method, route: name, code }];
  expect(await refused('GET', '/api/failing/expected?name=张三')).toEqual(line('GET', 'failing', 'request.changed'));
  expect(await refused('POST', '/api/houses/13800000000/things', '{"name":"张三"}')).toEqual(line('POST', 'makeThing', 'request.invalid'));
  expect(await refused('GET', '/api/houses/h7/things')).toEqual(line('GET', 'listThings', 'session.forbidden'));
  expect(await refused('GET', '/api/13800000000')).toEqual(line('GET', undefined, 'request.not_found'));
  expect(await refused('13800000000', '/api/things')).toEqual(line('other', undefined, 'request.not_found'));
  await send(handler, { method: 'GET', url: '/api/failing/bug' });
  expect(lines.find(({ message }) => message === 'bug')?.fields).toMatchObject({ method: 'GET', route: 'failing' });
});

test('replies carry security headers, also when they refuse', async () => {
  const { post } = world();
  for (const reply of [await post(good), await post('{')]) {
    expect(reply.headers['x-kehou-now']).toBeDefined();
    expect(reply.headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff' });
    expect(reply.headers['X-Powered-By']).toBeUndefined();
  }
});

test('only the origins that are named may call from a browser', async () => {
  const { handler } = world(['https://kehou.example']);
  const ask = (origin: string) =>
    send(handler, { method: 'GET', url: '/api/failing/expected', headers: { origin } }).then(
      ({ headers }) => headers['Access-Control-Allow-Origin'],
    );
  expect(await ask('https://kehou.example')).toBe('https://kehou.example');
  expect(await ask('https://evil.example')).not.toBe('https://evil.example');
  expect(await ask('https://evil.example')).not.toBe('*');
});
