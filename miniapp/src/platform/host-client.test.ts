import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { HostClient, type HostWindow } from './host-client.ts';
import { AppMessage, type HostEvent, hostMethods, mayHost } from './host-protocol.ts';

const APP = 'http://127.0.0.1:4100';
const HOST = 'http://127.0.0.1:4200';
const appearance = { statusBarHeight: 44, safeBottom: 34, fontScale: 1.2, dark: false, reducedMotion: false, language: 'zh' as const };
const welcome = { version: 1, personKey: 'wang', appearance };

/** A browser's window with a parent that records what it is told. */
function world() {
  const sent: { message: AppMessage; to: string }[] = [];
  const listeners: ((event: { data: unknown; origin: string; source: unknown }) => void)[] = [];
  const parent = { postMessage: (message: unknown, to: string) => void sent.push({ message: AppMessage.parse(message), to }) };
  const window: HostWindow = { origin: APP, parent, addEventListener: (_, listener) => void listeners.push(listener) };
  const say = (data: unknown, origin = HOST, source: unknown = parent) => {
    for (const listener of listeners) listener({ data, origin, source });
  };
  const answer = (result: unknown, origin?: string) => {
    const asked = sent.at(-1)?.message;
    say({ kehou: 1, kind: 'response', id: asked?.id, ok: true, result }, origin);
  };
  return { client: new HostClient(window), sent, say, answer };
}

async function welcomed() {
  const place = world();
  const hello = place.client.call('hello', { version: 1 });
  place.answer(welcome);
  await hello;
  return place;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('hello goes to whoever is there, everything after it to the origin that answered', async () => {
  const { client, sent, answer } = await welcomed();
  const login = client.call('login', {});
  expect(sent.map(({ to }) => to)).toEqual(['*', HOST]);
  answer({ code: 'c1' });
  await expect(login).resolves.toEqual({ code: 'c1' });
});

test('nothing is asked of a host that has not answered hello', async () => {
  const { client, sent } = world();
  await expect(client.call('login', {})).rejects.toMatchObject({ code: 'platform.unavailable' });
  expect(sent).toEqual([]);
});

test('a stranger is not obeyed: another frame, another origin, a page on the internet', async () => {
  const { client, say, answer } = world();
  const hello = client.call('hello', { version: 1 });
  const outcome = expect(hello).rejects.toMatchObject({ code: 'platform.timeout' });
  answer(welcome, 'https://evil.example');
  say({ kehou: 1, kind: 'response', id: 'a1', ok: true, result: welcome }, HOST, {});
  await jest.advanceTimersByTimeAsync(hostMethods.hello.timeoutMs);
  await outcome;

  const place = await welcomed();
  const heard: HostEvent[] = [];
  place.client.listen((event) => heard.push(event));
  place.say({ kehou: 1, kind: 'event', event: { name: 'show' } }, 'http://127.0.0.1:9999');
  expect(heard).toEqual([]);
});

test('events reach their listeners until they stop listening; what is no event is dropped', async () => {
  const { client, say } = await welcomed();
  const heard: HostEvent[] = [];
  const stop = client.listen((event) => heard.push(event));
  say({ kehou: 1, kind: 'event', event: { name: 'open', path: '/entry/share/index?windowId=win_1' } });
  say({ kehou: 1, kind: 'event', event: { name: 'open', path: 'javascript:alert(1)' } });
  say('hello');
  stop();
  say({ kehou: 1, kind: 'event', event: { name: 'show' } });
  expect(heard).toEqual([{ name: 'open', path: '/entry/share/index?windowId=win_1' }]);
});

test("the host's refusal comes through with its code; a result of the wrong shape is a failure", async () => {
  const { client, sent, say, answer } = await welcomed();
  const closed = client.call('requestPayment', { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'RSA', paySign: 's' });
  say({ kehou: 1, kind: 'response', id: sent.at(-1)?.message.id, ok: false, error: { code: 'platform.cancelled' } });
  await expect(closed).rejects.toMatchObject({ code: 'platform.cancelled' });
  const odd = client.call('locate', {});
  answer({ latitude: 'north' });
  await expect(odd).rejects.toMatchObject({ code: 'platform.failed' });
});

test('a person may take their time at the cashier; a machine may not', async () => {
  const { client, answer } = await welcomed();
  const login = expect(client.call('login', {})).rejects.toMatchObject({ code: 'platform.timeout' });
  await jest.advanceTimersByTimeAsync(11_000);
  await login;
  const scan = client.call('scan', {});
  await jest.advanceTimersByTimeAsync(3_600_000);
  answer({ text: 'kehou:desk:x' });
  await expect(scan).resolves.toEqual({ text: 'kehou:desk:x' });
});

test('only a page on the same loopback host name may play WeChat', () => {
  expect(mayHost(HOST, APP)).toBe(true);
  expect(mayHost('http://localhost:4200', 'http://localhost:4100')).toBe(true);
  expect(mayHost('http://localhost:4200', APP)).toBe(false);
  expect(mayHost('https://kehou.example', 'https://kehou.example')).toBe(false);
  expect(mayHost('null', APP)).toBe(false);
});
