import { newId } from '@kehou/shared/kernel/id';
import { OfferingInput } from '@kehou/shared/offering/offering';
import { type Draft, draftOf, inputOf, problemsOf } from './class-draft.ts';

const good: Draft = {
  ...draftOf(undefined),
  courseId: newId('course'),
  instructorId: newId('instructor'),
  roomId: newId('room'),
  slots: [{ weekday: 1, period: 1 }],
  grades: [3, 2],
  fee: '15',
  pay: '100',
};
const bounds = {
  course: { gradeFrom: 1, gradeTo: 4 },
  instructor: { kind: 'own' },
  roomCapacity: 40,
  scale: { feePerSessionFenMax: 3000, ownTeacherPayFenMax: 12000, outsideInstructorPayFenMax: 15000 },
} as const;

test('a draft with everything in order has no problems, and what is sent fits the contract', () => {
  expect(problemsOf(good, bounds)).toEqual({});
  const input = OfferingInput.parse(inputOf(good, newId('offering'), newId('term')));
  expect(input).toMatchObject({ grades: [2, 3], feePerSessionFen: 1500, payPerSessionFen: 10000, capacity: 30, smallestSize: 10 });
  expect(input.materialPack).toBeUndefined();
});

test('an empty draft says what is missing, field by field', () => {
  expect(Object.keys(problemsOf(draftOf(undefined), {})).sort()).toEqual([
    'courseId',
    'fee',
    'grades',
    'instructorId',
    'pay',
    'roomId',
    'slots',
  ]);
});

test('the scale caps the fee, and the pay by who teaches', () => {
  expect(problemsOf({ ...good, fee: '30.01' }, bounds).fee).toEqual({ code: 'above-scale', maxFen: 3000 });
  expect(problemsOf({ ...good, pay: '130' }, bounds).pay).toEqual({ code: 'above-scale', maxFen: 12000 });
  expect(problemsOf({ ...good, pay: '130' }, { ...bounds, instructor: { kind: 'outside' } }).pay).toBeUndefined();
});

test('a class neither outgrows its room nor asks for more pupils than it has places', () => {
  expect(problemsOf({ ...good, capacity: '41' }, bounds).capacity).toEqual({ code: 'room-small', capacity: 40 });
  expect(problemsOf({ ...good, smallestSize: '31' }, bounds).smallestSize).toEqual({ code: 'smallest' });
});

test('places are kept for a purpose that has a name, once, and never all of them', () => {
  const kept = (...reserved: Draft['reserved']) => problemsOf({ ...good, reserved }, bounds).reserved;
  expect(kept({ purpose: '校队', places: '2' }, { purpose: '家庭困难', places: '27' })).toBeUndefined();
  expect(kept({ purpose: '校', places: '2' })).toEqual({ code: 'purpose' });
  expect(kept({ purpose: '校队', places: '2' }, { purpose: ' 校队 ', places: '1' })).toEqual({ code: 'purpose-twice' });
  expect(kept({ purpose: '校队', places: 'x' })).toEqual({ code: 'number', min: 0, max: 500 });
  expect(kept({ purpose: '校队', places: '30' })).toEqual({ code: 'all-kept' });
  const input = OfferingInput.parse(inputOf({ ...good, reserved: [{ purpose: ' 校队 ', places: '2' }] }, newId('offering'), newId('term')));
  expect(input.reserved).toEqual([{ purpose: '校队', places: 2 }]);
});

test('grades outside the course are refused, and a material pack needs its name and its price', () => {
  expect(problemsOf({ ...good, grades: [5] }, bounds).grades).toEqual({ code: 'grades' });
  const withPack = problemsOf({ ...good, withMaterial: true, materialPrice: '0' }, bounds);
  expect(Object.keys(withPack).sort()).toEqual(['materialName', 'materialPrice']);
});
