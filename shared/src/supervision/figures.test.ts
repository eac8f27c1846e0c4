import fc from 'fast-check';
import { EnrolmentStatus } from '../selection/enrolment.ts';
import { isNothing, ledgerShare, minus, nothing, offeringShare, plus, pupilShare, sessionShare, Tally } from './figures.ts';

const anyTally = fc.record(
  Object.fromEntries(Object.keys(Tally.shape).map((field) => [field, fc.integer({ min: -1e6, max: 1e6 })])) as {
    [F in keyof Tally]: fc.Arbitrary<number>;
  },
);

test('a pupil counts once, and as taking part only with a confirmed place', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EnrolmentStatus.options)), (statuses) => {
      const share = pupilShare(statuses.map((status) => ({ status })));
      const confirmed = statuses.filter((status) => status === 'confirmed').length;
      expect(share).toEqual({ ...nothing, pupils: 1, enrolments: confirmed, taking: confirmed > 0 ? 1 : 0 });
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
