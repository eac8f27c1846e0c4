import { expect, test } from '@jest/globals';
import { instant } from '@kehou/shared/kernel/time';
import type { Lottery } from '@kehou/shared/selection/lottery';
import { hasWon, hoursNow, phaseOf } from '../components/lottery-phase.ts';
import { doorsOf } from './lottery-doors.ts';

const at = (text: string) => instant(Date.parse(text));
const lottery: Lottery = { rounds: 1, payHours: 24, seedSource: { kind: 'secret' } };
const drawn = { opensAt: at('2026-09-01T00:00:00Z'), closesAt: at('2026-09-05T00:00:00Z'), lottery };
const firstCome = { opensAt: at('2026-09-08T00:00:00Z'), closesAt: at('2026-09-09T00:00:00Z') };
const both = { ...drawn, lottery: { ...lottery, firstCome } };

test('the first door is what there is to do now', () => {
  const first = (window: Parameters<typeof doorsOf>[0], now: string) => doorsOf(window, at(now)).map(({ page }) => page);
  expect(first(drawn, '2026-08-31T00:00:00Z')).toEqual(['parent/classes']);
  expect(first(drawn, '2026-09-01T00:00:00Z')).toEqual(['parent/wishes']);
  expect(first(drawn, '2026-09-05T00:00:00Z')).toEqual(['parent/draw']);
  expect(first(both, '2026-09-06T00:00:00Z')).toEqual(['parent/draw']);
  expect(first(both, '2026-09-08T00:00:00Z')).toEqual(['parent/classes', 'parent/draw']);
  expect(first(both, '2026-09-09T00:00:00Z')).toEqual(['parent/draw']);
  expect(first({ opensAt: drawn.opensAt, closesAt: drawn.closesAt }, '2026-09-02T00:00:00Z')).toEqual([]);
});

test('once wishing is over the hours are those of what is left, where there are any', () => {
  expect(hoursNow(both, at('2026-09-02T00:00:00Z')).closesAt).toBe(drawn.closesAt);
  expect(hoursNow(both, at('2026-09-06T00:00:00Z'))).toMatchObject(firstCome);
  expect(hoursNow(drawn, at('2026-09-06T00:00:00Z'))).toBe(drawn);
  expect(phaseOf(both, at('2026-09-08T12:00:00Z'))).toBe('first-come');
});

test('nothing is said to be drawn any more once what was left has been taken; a place that was won says that the draw is done', () => {
  expect(phaseOf(both, at('2026-09-06T00:00:00Z'))).toBe('drawing');
  expect(phaseOf(both, firstCome.closesAt)).toBe('over');
  expect(phaseOf(drawn, at('2026-09-30T00:00:00Z'))).toBe('drawing');
  const window = { windowId: 'win_1' as never };
  expect(hasWon(window, [{ windowId: 'win_1' as never, drawn: true }])).toBe(true);
  expect(hasWon(window, [{ windowId: 'win_1' as never }, { windowId: 'win_2' as never, drawn: true }])).toBe(false);
});
