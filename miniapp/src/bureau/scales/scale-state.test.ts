import { expect, test } from '@jest/globals';
import { scaleState } from './scale-state.ts';

type Dated = Parameters<typeof scaleState>[0];
const scale = (validFrom: string, validUntil?: string) => ({ scaleId: `scl_${validFrom}`, validFrom, validUntil }) as Dated;
const on = (date: string) => date as Parameters<typeof scaleState>[2];

test('the latest that has begun is in force, until it runs out', () => {
  const old = scale('2025-09-01');
  const short = scale('2026-10-01', '2026-12-31');
  const next = scale('2027-09-01');
  const all = [next, short, old];
  const states = (date: string) => all.map((one) => scaleState(one, all, on(date)));
  expect(states('2026-09-30')).toEqual(['coming', 'coming', 'now']);
  expect(states('2026-10-01')).toEqual(['coming', 'now', 'over']);
  expect(states('2026-12-31')).toEqual(['coming', 'now', 'over']);
  expect(states('2027-01-01')).toEqual(['coming', 'over', 'now']);
  expect(states('2027-09-01')).toEqual(['now', 'over', 'over']);
});
