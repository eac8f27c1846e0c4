import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { TransportReply, TransportRequest } from './platform/platform.ts';

/** A server of three routes and a phone, both as small as the promises under test. */
const kept = new Map<string, string>();
const asked: TransportRequest[] = [];
let answer: (request: TransportRequest) => TransportReply | Promise<TransportReply>;
let login: () => Promise<string>;

const platform = {
  ready: async () => undefined,
  systemInfo: () => ({ language: 'zh' }),
  login: () => login(),
  request: async (request: TransportRequest) => {
    asked.push(request);
    return answer(request);
  },
  storageGet: (key: string) => kept.get(key),
  storageSet: (key: string, value: string) => void kept.set(key, value),
  storageRemove: (key: string) => void kept.delete(key),
};

const me = { personId: 'per_01JDQ3Z8Q0000000000000000A', roles: [], children: [], unreadMessages: 0 };
const session = (token: string) => ({ token, expiresAt: '2099-01-01T00:00:00.000Z', me });
const ok = (body: unknown, headers: Record<string, string> = {}): TransportReply => ({ status: 200, body, headers });
const refused = (status: number, code: string): TransportReply => ({ status, body: { code, message: '', requestId: 'r' }, headers: {} });
const tokenOf = (request: TransportRequest) => request.headers.authorization?.replace('Bearer ', '');

let modules: {
  api: typeof import('./api.ts');
  clock: typeof import('./clock.ts');
  session: typeof import('./session.ts');
  platform: typeof import('./platform/platform.ts');
};

beforeEach(async () => {
  kept.clear();
  asked.length = 0;
  (globalThis as { KEHOU_API_ORIGIN?: string }).KEHOU_API_ORIGIN = '';
  jest.resetModules();
  jest.unstable_mockModule('./platform/current', () => ({ platform, usePlatformShare: () => undefined }));
  modules = {
    api: await import('./api.ts'),
    clock: await import('./clock.ts'),
    session: await import('./session.ts'),
    platform: await import('./platform/platform.ts'),
  };
  let codes = 0;
  login = async () => `code-${++codes}`;
  let tokens = 0;
  answer = (request) => (request.url === '/api/sessions' ? ok(session(`token-${++tokens}`)) : ok(me));
});
afterEach(() => {
  jest.resetModules();
});

test('the first calls sign in once between them, and carry the token', async () => {
  await Promise.all([modules.api.api.identity.me({}), modules.api.api.identity.me({})]);
  expect(asked.map((request) => [request.url, tokenOf(request)])).toEqual([
    ['/api/sessions', undefined],
    ['/api/me', 'token-1'],
    ['/api/me', 'token-1'],
  ]);
});

test('a session that has ended is renewed without a word, and the call is made again', async () => {
  const before = answer;
  answer = (request) => (tokenOf(request) === 'token-1' ? refused(401, 'session.expired') : before(request));
  await expect(modules.api.api.identity.me({})).resolves.toMatchObject({ personId: me.personId });
  expect(asked.map(tokenOf)).toEqual([undefined, 'token-1', undefined, 'token-2']);
});

test('a server that refuses the fresh token too is not asked for ever', async () => {
  const before = answer;
  answer = (request) => (request.url === '/api/me' ? refused(401, 'session.expired') : before(request));
  await expect(modules.api.api.identity.me({})).rejects.toMatchObject({ status: 401, code: 'session.expired' });
  expect(asked.filter((request) => request.url === '/api/me')).toHaveLength(2);
});

test('what anyone may call is called without a session', async () => {
  answer = () => refused(429, 'request.too_often');
  await expect(modules.api.api.identity.openDeskTicket({ deskTicketId: 'dsk_01JDQ3Z8Q0000000000000000A' as never })).rejects.toMatchObject({
    status: 429,
  });
  expect(asked.map((request) => request.url)).toEqual(['/api/desk-tickets']);
});

test('a desk, which cannot sign in by itself, is told to', async () => {
  login = async () => {
    throw new modules.platform.PlatformError('platform.unavailable');
  };
  await expect(modules.api.api.identity.me({})).rejects.toMatchObject({ status: 401, code: 'session.missing' });
  expect(asked).toEqual([]);
});

test('every reply sets the clock', async () => {
  answer = (request) => (request.url === '/api/sessions' ? ok(session('t')) : ok(me, { 'x-kehou-now': '2030-01-01T00:00:00.000Z' }));
  await modules.api.api.identity.me({});
  expect(modules.clock.serverNow().slice(0, 10)).toBe('2030-01-01');
});

test("a token is renewed in the second half of its life, by the server's clock", async () => {
  let now = '2030-01-01T00:00:00.000Z';
  let count = 0;
  answer = (request) =>
    ok(request.url.startsWith('/api/sessions') ? { ...session(`token-${++count}`), expiresAt: '2030-01-01T00:30:00.000Z' } : me, {
      'x-kehou-now': now,
    });
  await modules.api.api.identity.me({});
  const renewals = () => asked.filter((request) => request.url === '/api/sessions/renew').length;
  await modules.api.renewSessionWhenDue();
  expect(renewals()).toBe(0);
  now = '2030-01-01T00:16:00.000Z';
  await modules.api.api.identity.me({});
  await Promise.all([modules.api.renewSessionWhenDue(), modules.api.renewSessionWhenDue()]);
  expect(renewals()).toBe(1);
  expect(modules.session.sessionState().session?.token).toBe('token-2');
});

test('the session is kept for the next launch, and forgotten on signing out', async () => {
  await modules.api.api.identity.me({});
  expect(JSON.parse(kept.get('session') ?? '{}').token).toBe('token-1');
  modules.api.signOut();
  // What is left names the phone, and nobody.
  expect([...kept.keys()]).toEqual(['device']);
  expect(modules.session.sessionState().session).toBeUndefined();
});

test('what an older version kept, and does not fit any more, is as if it were not there', async () => {
  kept.set('session', '{"token":1}');
  modules.session.restoreSession();
  expect(modules.session.sessionState().session).toBeUndefined();
  expect(kept.has('session')).toBe(false);
});

test('lost connections are passed on as they are, without signing in again', async () => {
  await modules.api.api.identity.me({});
  answer = () => {
    throw new modules.platform.PlatformError('platform.network');
  };
  await expect(modules.api.api.identity.me({})).rejects.toMatchObject({ code: 'platform.network' });
  expect(asked).toHaveLength(3);
});

test('the phone says which it is whenever it signs in, the same for whoever takes it up', async () => {
  const before = answer;
  answer = (request) => (tokenOf(request) === 'token-1' ? refused(401, 'session.expired') : before(request));
  await modules.api.api.identity.me({});
  const said = asked.filter(({ url }) => url === '/api/sessions').map(({ body }) => JSON.parse(body ?? '{}').deviceId);
  expect(said).toEqual([kept.get('device'), kept.get('device')]);
  expect(said[0]).toMatch(/^[a-z0-9]{24}$/);
  modules.api.signOut();
  expect(kept.get('device')).toBe(said[0]);
});
