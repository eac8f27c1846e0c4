import { expect, test } from '@jest/globals';
import { hashOf } from '@kehou/shared/kernel/merkle';
import type { ChildDraw } from '@kehou/shared/selection/lottery';
import * as fc from 'fast-check';
import { fixedPart, receiptOf, winnersPart } from '../../testing/lottery-samples.ts';
import { CHANGES, check, lineOf, type Published, withChange } from './draw-check.ts';

const part = winnersPart as unknown as ChildDraw;
const published: Published = { draw: part.draw, entry: part.entry as NonNullable<ChildDraw['entry']>, receipt: receiptOf(winnersPart) };

test('what was published holds: the line is in the list, says what the receipt says, and the seed follows', () => {
  expect(check(published)).toEqual({ listed: true, receipt: true, named: true, seed: true });
});

test('whatever is changed is found out', () => {
  expect(CHANGES.map((change) => [change, check(withChange(published, change))])).toEqual([
    ['none', { listed: true, receipt: true, named: true, seed: true }],
    ['wishes', { listed: false, receipt: false, named: true, seed: true }],
    ['tickets', { listed: false, receipt: true, named: true, seed: true }],
    ['value', { listed: true, receipt: true, named: true, seed: false }],
  ]);
});

test('no character of the line, and no step of the proof, can be another', () => {
  const { entry, draw } = published;
  fc.assert(
    fc.property(fc.nat(entry.canonical.length - 1), fc.constantFrom('0', '7', 'a', ' ', ']'), (at, other) => {
      fc.pre(entry.canonical[at] !== other);
      const canonical = entry.canonical.slice(0, at) + other + entry.canonical.slice(at + 1);
      expect(check({ draw, entry: { ...entry, canonical } }).listed).toBe(false);
    }),
  );
  for (const index of entry.proof.keys()) {
    const proof = entry.proof.map((hash, step) => (step === index ? hash.replace(/^./, (one) => (one === '0' ? '1' : '0')) : hash));
    expect(check({ draw, entry: { ...entry, proof } }).listed).toBe(false);
  }
  expect(check({ draw, entry: { ...entry, index: entry.index + 1 } }).listed).toBe(false);
  expect(check({ draw: { ...draw, entries: draw.entries + 1 }, entry: { ...entry, proof: [] } }).listed).toBe(false);
});

test('before the value is born there is no seed to check, and without a receipt nothing to compare', () => {
  const { draw, entry } = fixedPart as unknown as ChildDraw;
  expect(check({ draw, entry: entry as NonNullable<typeof entry> })).toEqual({ listed: true, receipt: undefined, seed: undefined });
  // A seed without the value that made it is not shown as good.
  expect(check({ ...published, draw: { ...published.draw, publicValue: undefined } }).seed).toBe(false);
});

test('what is no line of a list is nothing, whatever comes', () => {
  for (const text of ['', 'null', '[]', '{"a":1}', '["a","b",1,1,[],[1]]', '陶艺']) expect(lineOf(text)).toBeUndefined();
  expect(check({ ...published, entry: { ...published.entry, canonical: '陶艺', proof: ['zz'] } })).toMatchObject({ listed: false });
});

test('a number that was sealed beforehand is the one that is opened, or it is found out', () => {
  const hash = hashOf('kehou secret', published.draw.publicValue ?? '');
  const sealed = { ...published, draw: { ...published.draw, seedSource: { kind: 'secret', hash } as const } };
  expect(check(sealed).sealed).toBe(true);
  expect(check(withChange(sealed, 'value'))).toMatchObject({ sealed: false, seed: false });
  expect(check({ ...sealed, draw: { ...sealed.draw, seedSource: { kind: 'secret' } } }).sealed).toBe(false);
});

test('a draw of another value, another instant or other rounds than were named to the family is found out', () => {
  const { draw } = published;
  if (draw.seedSource.kind !== 'public') throw new Error('the sample has a public value');
  const seedSource = { ...draw.seedSource, name: '体彩 2026-12-01 开奖号码' };
  for (const other of [{ seedSource }, { rounds: draw.rounds + 1 }, { seedSource: { kind: 'secret', hash: 'f'.repeat(64) } as const }])
    expect(check({ ...published, draw: { ...draw, ...other } })).toMatchObject({ named: false });
  // What was not signed then cannot be compared now.
  const { terms: _, ...old } = receiptOf(winnersPart);
  expect(check({ ...published, receipt: old }).named).toBeUndefined();
});
