import { expect, test } from '@jest/globals';
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';
import * as fc from 'fast-check';
import { add, beginning, move, remove, sameList, sameSet } from './wish-list.ts';

const wishes = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmno'), { maxLength: CHOICES_MAX });

test('what is added stands last, once, and never beyond the limit', () => {
  expect(add(['a', 'b'], 'c')).toEqual(['a', 'b', 'c']);
  expect(add(['a', 'b'], 'a')).toEqual(['a', 'b']);
  const full = Array.from({ length: CHOICES_MAX }, (_, index) => String(index));
  expect(add(full, 'one more')).toEqual(full);
});

test('a list begins with what was sent, else with what was marked, and then with the class that was tapped', () => {
  const marked = ['a', 'b'];
  expect(beginning({ sent: undefined, marked, tapped: undefined })).toEqual(['a', 'b']);
  expect(beginning({ sent: undefined, marked, tapped: 'c' })).toEqual(['a', 'b', 'c']);
  expect(beginning({ sent: undefined, marked, tapped: 'b' })).toEqual(['a', 'b']);
  expect(beginning({ sent: ['x'], marked, tapped: undefined })).toEqual(['x']);
  expect(beginning({ sent: ['x'], marked, tapped: 'c' })).toEqual(['x', 'c']);
  const many = Array.from({ length: CHOICES_MAX + 2 }, (_, index) => String(index));
  expect(beginning({ sent: undefined, marked: many, tapped: 'z' })).toEqual(many.slice(0, CHOICES_MAX));
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
