import * as fc from 'fast-check';
import { fenOf, yuanText } from './yuan.ts';

test('what a form shows is read back as the same amount', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 100_000_000 }), (fen) => expect(fenOf(yuanText(fen))).toBe(fen)));
});

test('amounts are read as people write them, and nothing else is', () => {
  expect(fenOf('15')).toBe(1500);
  expect(fenOf(' ¥1,234.5 ')).toBe(123450);
  expect(fenOf('0.07')).toBe(7);
  for (const text of ['', '十五', '-3', '1.234', '1e3', '.5', '99999999', '12元']) expect(fenOf(text)).toBeUndefined();
});
