import { fenceDraftOf, fenceOf } from './fence-draft.ts';

test('a place is read as it was shown', () => {
  const fence = { latitude: 28.6829, longitude: 115.8582, radiusMetres: 250 };
  expect(fenceOf(fenceDraftOf(fence))).toEqual(fence);
});

test('left empty it is no place, which is not the same as a wrong one', () => {
  expect(fenceOf(fenceDraftOf(undefined))).toBeNull();
  expect(fenceOf({ latitude: '28.68', longitude: '', radius: '200' })).toBeUndefined();
  expect(fenceOf({ latitude: '98', longitude: '115', radius: '200' })).toBeUndefined();
  expect(fenceOf({ latitude: '28,68', longitude: '115', radius: '200' })).toBeUndefined();
  expect(fenceOf({ latitude: '28.68', longitude: '115.86', radius: '5' })).toBeUndefined();
});
