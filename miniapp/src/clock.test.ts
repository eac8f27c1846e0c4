import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

let clock: typeof import('./clock.ts');

beforeEach(async () => {
  jest.useFakeTimers({ now: Date.parse('2026-12-02T00:00:00.000Z') });
  jest.resetModules();
  clock = await import('./clock.ts');
});
afterEach(() => {
  jest.useRealTimers();
});

const reply = (server: string | undefined, tripMs = 0) => clock.learnServerTime(server, Date.now() - tripMs, Date.now());

test("countdowns follow the server's clock, however wrong the phone's is", () => {
  reply('2026-12-02T00:07:00.000Z');
  expect(clock.serverNow()).toBe('2026-12-02T00:07:00.000Z');
  jest.advanceTimersByTime(1000);
  expect(clock.serverNow()).toBe('2026-12-02T00:07:01.000Z');
});

test('the server is taken to have answered half way through the call', () => {
  reply('2026-12-02T00:00:00.000Z', 2000);
  expect(clock.serverNow()).toBe('2026-12-02T00:00:01.000Z');
});

test("the network's jitter does not make a countdown jump; a moved clock does", () => {
  reply('2026-12-02T01:00:00.000Z');
  reply('2026-12-02T01:00:00.400Z');
  expect(clock.serverNow()).toBe('2026-12-02T01:00:00.000Z');
  reply('2026-12-03T09:00:00.000Z');
  expect(clock.serverNow()).toBe('2026-12-03T09:00:00.000Z');
});

test('a reply without the time, or with nonsense, changes nothing', () => {
  reply(undefined);
  reply('soon');
  expect(clock.serverNow()).toBe('2026-12-02T00:00:00.000Z');
});
