import { idOf } from '@kehou/shared/kernel/id';
import fc from 'fast-check';
import { derivedId } from './derived-id.ts';

test('the same parts give the same id, and it is a well-formed one', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (parts) => {
      const id = derivedId('pupil', ...parts);
      expect(id).toBe(derivedId('pupil', ...parts));
      expect(idOf('pupil').parse(id)).toBe(id);
      // 128 bits: packing it into a holder's key loses nothing.
      expect('01234567').toContain(id['pup_'.length]);
    }),
  );
});

test('where one part ends and the next begins matters, and so does the entity', () => {
  expect(derivedId('session', 'a', 'bc')).not.toBe(derivedId('session', 'ab', 'c'));
  expect(derivedId('session', 'a').slice(4)).not.toBe(derivedId('pupil', 'a').slice(4));
});
