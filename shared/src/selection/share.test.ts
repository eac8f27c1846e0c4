import { prefixes } from '../kernel/id.ts';
import { addMinutes, type Instant } from '../kernel/time.ts';
import { lastHoursEnd, mayLastUntil, SHARE_AFTER_MINUTES, shareLinkState, validUntil } from './share.ts';

const closesAt = '2026-09-01T12:00:00.000Z' as Instant;
const window = { closesAt, lottery: undefined };
const after = (minutes: number) => addMinutes(closesAt, minutes);

test('a link is good until a day after the close, to the millisecond, and follows hours that are moved', () => {
  expect(validUntil({}, window)).toBe(after(SHARE_AFTER_MINUTES));
  expect(shareLinkState({}, window, '2026-09-02T11:59:59.999Z' as Instant)).toBe('live');
  expect(shareLinkState({}, window, after(SHARE_AFTER_MINUTES))).toBe('lapsed');
  expect(shareLinkState({}, { ...window, closesAt: after(60) }, after(SHARE_AFTER_MINUTES))).toBe('live');
});

test('an end that the school chose stays where it is', () => {
  const link = { until: after(-60) };
  expect(validUntil(link, { ...window, closesAt: after(600) })).toBe(link.until);
  expect(shareLinkState(link, window, after(-30))).toBe('lapsed');
});

test('a link that was withdrawn is withdrawn, lapsed or not', () => {
  expect(shareLinkState({ withdrawnAt: after(-5) }, window, closesAt)).toBe('withdrawn');
  expect(shareLinkState({ withdrawnAt: after(-5) }, window, after(9999))).toBe('withdrawn');
});

test('after a lottery the hours for what is left count', () => {
  const lottery = { firstCome: { opensAt: after(600), closesAt: after(900) } } as never;
  expect(lastHoursEnd({ closesAt, lottery })).toBe(after(900));
});

test('a school may choose an end that is to come, and at most ninety days after the last hours', () => {
  expect(mayLastUntil(closesAt, window, closesAt)).toBe(false);
  expect(mayLastUntil(after(1), window, closesAt)).toBe(true);
  expect(mayLastUntil(after(90 * 1440), window, closesAt)).toBe(true);
  expect(mayLastUntil(after(90 * 1440 + 1), window, closesAt)).toBe(false);
});

test('its id fits the scene of a mini-program code', () => {
  expect(`${prefixes.shareLink}_`.length + 26).toBeLessThanOrEqual(32);
});
