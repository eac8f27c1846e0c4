import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../kernel/id.ts';
import { BASKET_CHILDREN_MAX, BASKET_LINES_MAX, changedShortlist, SHORTLIST_MAX } from './basket.ts';
import { selectionRoutes } from './routes.ts';

const ids = Array.from({ length: 20 }, () => newId('offering'));
const someIds = fc.uniqueArray(fc.constantFrom(...ids), { maxLength: SHORTLIST_MAX });
const someChange = fc.record(
  {
    add: fc.constantFrom(...ids),
    remove: fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 12 }),
    order: someIds,
    allOrNothing: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('a change made twice is a change made once, and no class is on a list twice', () => {
  fc.assert(
    fc.property(someIds, fc.boolean(), someChange, (offeringIds, allOrNothing, change) => {
      const once = changedShortlist({ offeringIds, allOrNothing }, change);
      expect(changedShortlist(once, change)).toEqual(once);
      expect(new Set(once.offeringIds).size).toBe(once.offeringIds.length);
    }),
  );
});

test('ordering loses nothing and brings nothing in: what is not named stays behind in its order', () => {
  fc.assert(
    fc.property(someIds, someIds, (offeringIds, order) => {
      const after = changedShortlist({ offeringIds, allOrNothing: false }, { order });
      expect(new Set(after.offeringIds)).toEqual(new Set(offeringIds));
      const unnamed = offeringIds.filter((id) => !order.includes(id));
      expect(after.offeringIds.slice(after.offeringIds.length - unnamed.length)).toEqual(unnamed);
    }),
  );
});

test('a basket has so many lines a child and so many in all', () => {
  const child = (lines: number) => ({
    pupilId: newId('pupil'),
    allOrNothing: true,
    lines: Array.from({ length: lines }, () => ({ enrolmentId: newId('enrolment'), offeringId: newId('offering') })),
  });
  const accepts = (...counts: number[]) =>
    selectionRoutes.submitBasket.input.safeParse({ windowId: newId('window'), children: counts.map(child) }).success;
  expect([accepts(1), accepts(SHORTLIST_MAX, BASKET_LINES_MAX - SHORTLIST_MAX)]).toEqual([true, true]);
  expect([accepts(), accepts(0), accepts(SHORTLIST_MAX + 1), accepts(SHORTLIST_MAX, SHORTLIST_MAX, 1)]).toEqual(Array(4).fill(false));
  expect(accepts(...Array<number>(BASKET_CHILDREN_MAX + 1).fill(1))).toBe(false);
});
