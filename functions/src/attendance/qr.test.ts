import { newId } from '@kehou/shared/kernel/id';
import fc from 'fast-check';
import { makeQr, readQr } from './qr.ts';

const secret = new Uint8Array(32).fill(1);
const shown = { schoolId: newId('organisation'), place: '东门', turn: 59_000_000 };

test('what the server signed reads back as it was shown', () => {
  expect(readQr(secret, makeQr(secret, shown))).toMatchObject(shown);
});

test('two codes of one turn are two codes', () => {
  expect(makeQr(secret, shown)).not.toBe(makeQr(secret, shown));
});

test('the longest place still fits what a phone may send', () => {
  expect(makeQr(secret, { ...shown, place: '教'.repeat(30) }).length).toBeLessThan(600);
});

test('a code of another key is refused', () => {
  expect(() => readQr(new Uint8Array(32).fill(2), makeQr(secret, shown))).toThrow('attendance.qr_unreadable');
});

test('a code changed in any one place is refused', () => {
  const text = makeQr(secret, shown);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...'AZaz09-_.='), (position, character) => {
      fc.pre(text[position] !== character);
      expect(() => readQr(secret, text.slice(0, position) + character + text.slice(position + 1))).toThrow('attendance.qr_unreadable');
    }),
  );
});

test('whatever text is scanned, it is read or refused, never a bug', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), (text) => {
      expect(() => readQr(secret, text)).toThrow('attendance.qr_unreadable');
    }),
  );
});
