import { expect, test } from '@jest/globals';
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';
import * as fc from 'fast-check';
import { add, move, remove, sameList, sameSet } from './wish-list.ts';

const wishes = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmno'), { maxLength: CHOICES_MAX });

test('what is added stands last, once, and never beyond the limit', () => {
  expect(add(['a', 'b'], 'c')).toEqual(['a', 'b', 'c']);
  expect(add(['a', 'b'], 'a')).toEqual(['a', 'b']);
  const full = Array.from({ length: CHOICES_MAX }, (_, index) => String(index));
  expect(add(full, 'one more')).toEqual(full);
});

test('a wish moves by one place, and no further than the ends', () => {
  expect(move(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
  expect(move(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
  expect(move(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c']);
  expect(move(['a', 'b', 'c'], 'c', 1)).toEqual(['a', 'b', 'c']);
  expect(move(['a', 'b', 'c'], 'z', 1)).toEqual(['a', 'b', 'c']);
});

test('moving loses nothing, and moving back undoes it', () => {
  fc.assert(
    fc.property(wishes, fc.nat(), fc.constantFrom(-1 as const, 1 as const), (list, pick, by) => {
      const one = list[pick % Math.max(1, list.length)] ?? 'z';
      const moved = move(list, one, by);
      expect(sameSet(moved, list)).toBe(true);
      if (!sameList(moved, list)) expect(move(moved, one, by === 1 ? -1 : 1)).toEqual(list);
    }),
  );
});

test('removing takes that wish alone and keeps the order of the others', () => {
  fc.assert(
    fc.property(wishes, fc.nat(), (list, pick) => {
      const one = list[pick % Math.max(1, list.length)] ?? 'z';
      expect(remove(list, one)).toEqual(list.filter((other) => other !== one));
    }),
  );
});
