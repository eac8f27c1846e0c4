import fc from 'fast-check';
import { EnrolmentStatus } from '../selection/enrolment.ts';
import {
  flat,
  isNothing,
  ledgerShare,
  minus,
  nothing,
  offeringShare,
  plus,
  pupilShare,
  sessionShare,
  type Tally,
  unflat,
} from './figures.ts';

const count = fc.integer({ min: -1e6, max: 1e6 });
const anyTerm = fc.record({ taking: count, enrolments: count }).filter(({ taking, enrolments }) => taking !== 0 || enrolments !== 0);
const termIds = ['trm_1', 'trm_2', 'trm_3'] as never[];
const anyTally: fc.Arbitrary<Tally> = fc.record({
  pupils: count,
  offerings: count,
  science: count,
  sessionsHeld: count,
  paidFen: count,
  refundedFen: count,
  terms: fc.dictionary(fc.constantFrom(...termIds), anyTerm),
});

test('a pupil counts once, and as taking part in the terms in which they have a confirmed place', () => {
  const anyEnrolment = fc.record({ status: fc.constantFrom(...EnrolmentStatus.options), termId: fc.constantFrom(...termIds) });
  fc.assert(
    fc.property(fc.array(anyEnrolment), (enrolments) => {
      const { terms, ...share } = pupilShare(enrolments);
      const { terms: _, ...none } = nothing;
      expect(share).toEqual({ ...none, pupils: 1 });
      for (const termId of termIds) {
        const confirmed = enrolments.filter((one) => one.status === 'confirmed' && one.termId === termId).length;
        expect(terms[termId]).toEqual(confirmed > 0 ? { taking: 1, enrolments: confirmed } : undefined);
      }
    }),
  );
});

test('a tally is the same after it was stored, whatever else stands in its row', () => {
  fc.assert(
    fc.property(anyTally, (tally) => {
      expect(unflat({ PK: 'SCHOOL#1', SK: 'FIGURES', enrolments: 7, ...flat(tally) })).toEqual(tally);
    }),
  );
});

test('a class counts while it is published or running, and science apart', () => {
  expect(offeringShare({ status: 'running', courseKind: 'science' })).toEqual({ ...nothing, offerings: 1, science: 1 });
  expect(offeringShare({ status: 'published', courseKind: 'music' })).toEqual({ ...nothing, offerings: 1 });
  for (const status of ['draft', 'cancelled', 'ended'] as const) expect(offeringShare({ status, courseKind: 'science' })).toEqual(nothing);
});

test('a session is held with a sign-in and a roll, not with one of them', () => {
  expect(sessionShare({ signedIn: {}, rollCalledAt: 'x' }).sessionsHeld).toBe(1);
  expect(sessionShare({ signedIn: {} }).sessionsHeld).toBe(0);
  expect(sessionShare({ rollCalledAt: 'x' }).sessionsHeld).toBe(0);
});

test('only what parents paid and got back counts as such', () => {
  const entries = (transit: number) => [
    { account: 'transit' as const, amountFen: transit as never },
    { account: 'fund' as const, amountFen: -transit as never },
  ];
  expect(ledgerShare({ reason: 'payment', entries: entries(5000) })).toEqual({ ...nothing, paidFen: 5000 });
  expect(ledgerShare({ reason: 'refund-paid', entries: entries(-5000) })).toEqual({ ...nothing, refundedFen: 5000 });
  expect(ledgerShare({ reason: 'settlement', entries: entries(-5000) })).toEqual(nothing);
  expect(ledgerShare({ reason: 'pay-owed', entries: entries(5000) })).toEqual(nothing);
});

test('taking away what was added leaves what was there', () => {
  fc.assert(
    fc.property(anyTally, anyTally, (a, b) => {
      expect(minus(plus(a, b), b)).toEqual(a);
      expect(isNothing(minus(a, a))).toBe(true);
    }),
  );
});
