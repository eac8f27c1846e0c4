import * as fc from 'fast-check';
import { fen } from '../kernel/fen.ts';
import { newId } from '../kernel/id.ts';
import type { Instant } from '../kernel/time.ts';
import { countMove, divideParts, sessionsToCome, trialEndsOn } from './move.ts';

const at = (startsAt: string, status: 'scheduled' | 'cancelled' = 'scheduled') => ({ startsAt: startsAt as Instant, status });

describe('the trial period', () => {
  it('ends with the Sunday of its last week, counted from the week of the first session that is held', () => {
    // A Wednesday, in China a Thursday already.
    const sessions = [at('2026-09-09T16:30:00.000Z'), at('2026-09-02T08:30:00.000Z', 'cancelled'), at('2026-09-16T08:30:00.000Z')];
    expect(trialEndsOn(sessions, 1)).toBe('2026-09-13');
    expect(trialEndsOn(sessions, 2)).toBe('2026-09-20');
    expect(trialEndsOn([at('2026-09-13T08:30:00.000Z')], 1)).toBe('2026-09-13');
  });

  it('is not there without weeks or without sessions', () => {
    expect(trialEndsOn([at('2026-09-09T08:30:00.000Z')], 0)).toBeUndefined();
    expect(trialEndsOn([at('2026-09-09T08:30:00.000Z', 'cancelled')], 2)).toBeUndefined();
  });

  it('counts a session as begun at its start, and one that is cancelled not at all', () => {
    const sessions = [at('2026-09-09T08:30:00.000Z'), at('2026-09-10T08:30:00.000Z', 'cancelled'), at('2026-09-11T08:30:00.000Z')];
    expect(sessionsToCome(sessions, '2026-09-09T08:30:00.000Z' as Instant)).toEqual([sessions[2]]);
    expect(sessionsToCome(sessions, '2026-09-09T08:29:59.999Z' as Instant)).toEqual([sessions[0], sessions[2]]);
  });
});

describe('the difference', () => {
  it('is paid, or comes back, or is nothing; and what is carried pays for the rest', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(50_000), (creditFen, feeFen, packFen) => {
        const sums = countMove({ creditFen, feeFen, packFen });
        expect(Math.min(sums.dueFen, sums.backFen)).toBe(0);
        expect(sums.carriedFen + sums.dueFen).toBe(sums.priceFen);
        expect(sums.carriedFen + sums.backFen).toBe(creditFen);
        expect(sums.dueFen - sums.backFen).toBe(Number(sums.differenceFen));
      }),
    );
  });
});

describe('what payments have in a place', () => {
  const parts = fc.array(
    fc
      .nat(100_000)
      .map((amount) => ({ orderId: newId('order'), paymentId: newId('payment'), amountFen: fen(amount), paidFen: fen(amount) })),
    { minLength: 1, maxLength: 4 },
  );

  it('is divided to the fen, and none gives more than it has', () => {
    fc.assert(
      fc.property(parts, fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }), (all, weights) => {
        const whole = all.reduce((sum, { amountFen }) => sum + amountFen, 0);
        const weight = weights.reduce((sum, one) => sum + one, 0) + 1;
        const sums = weights.map((one) => Math.floor((whole * one) / weight));
        const divided = divideParts(all, sums);
        expect(divided.map((some) => some.reduce((sum, { amountFen }) => sum + amountFen, 0))).toEqual(sums);
        for (const part of all) {
          const given = divided.flat().filter(({ paymentId }) => paymentId === part.paymentId);
          expect(given.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBeLessThanOrEqual(part.amountFen);
        }
        expect(() => divideParts(all, [whole + 1])).toThrow('asked for');
      }),
    );
  });
});
