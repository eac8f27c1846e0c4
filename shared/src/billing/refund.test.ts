import * as fc from 'fast-check';
import { fen } from '../kernel/fen.ts';
import { addMinutes, type Instant } from '../kernel/time.ts';
import { countRefund, nextApprover, type RefundStatus, refundApprovers, refundMoves } from './refund.ts';

const START = '2026-11-30T08:30:00.000Z' as Instant;
type Status = 'scheduled' | 'cancelled';

/** One a week from START; `c` is cancelled. */
function sessions(pattern: string) {
  return [...pattern].map((letter, index) => ({
    startsAt: addMinutes(START, index * 7 * 24 * 60),
    status: (letter === 'c' ? 'cancelled' : 'scheduled') as Status,
  }));
}
const week = (weeks: number, minutes = 0) => addMinutes(START, weeks * 7 * 24 * 60 + minutes);
const paid = { paidFeeFen: fen(10_000), paidMaterialFen: fen(4500), materialHandedOut: false };

describe('what a refund comes to', () => {
  it('is everything until the first session begins', () => {
    const sums = countRefund({ ...paid, sessionsSold: 8, sessions: sessions('ssssssss'), now: week(0, -1) });
    expect(sums).toMatchObject({ totalFen: 14_500, rule: 'full-before-first-session', sessionsLeft: 8, sessionsHeld: 0 });
  });

  it('goes by the sessions left from then on, and a session counts as held from its start', () => {
    expect(countRefund({ ...paid, sessionsSold: 8, sessions: sessions('ssssssss'), now: week(0) })).toMatchObject({
      feeFen: 8750,
      sessionsLeft: 7,
    });
    expect(countRefund({ ...paid, sessionsSold: 8, sessions: sessions('ssssssss'), now: week(2, 1) })).toMatchObject({
      feeFen: 6250,
      sessionsLeft: 5,
      rule: 'by-sessions-left',
    });
  });

  it('gives sessions back that the school cancelled, past and future', () => {
    expect(countRefund({ ...paid, sessionsSold: 8, sessions: sessions('scsscsss'), now: week(3, 1) })).toMatchObject({
      feeFen: 6250,
      sessionsCancelled: 2,
      sessionsLeft: 3,
      sessionsHeld: 3,
    });
    expect(countRefund({ ...paid, sessionsSold: 2, sessions: sessions('cs'), now: week(0, 1) })).toMatchObject({
      feeFen: 10_000,
      rule: 'full-before-first-session',
    });
  });

  it('gives nothing back for a session that was moved: eight sold, one cancelled and made up for, eight held', () => {
    const moved = { ...paid, sessionsSold: 8, sessions: sessions('scsssssss') };
    expect(countRefund({ ...moved, now: week(9) })).toMatchObject({
      feeFen: 0,
      rule: 'nothing-left',
      sessionsCancelled: 0,
      sessionsHeld: 8,
    });
    expect(countRefund({ ...moved, now: week(4, 1) })).toMatchObject({
      feeFen: 5000,
      sessionsLeft: 4,
      sessionsCancelled: 0,
      sessionsHeld: 4,
    });
    // A term that grew: what is held beyond what was sold changes nothing.
    expect(countRefund({ ...moved, sessions: sessions('ssssssssss'), now: week(20) })).toMatchObject({ feeFen: 0, sessionsHeld: 8 });
  });

  it('is nothing of the fee once every session was held, and the pack only while it was not handed out', () => {
    const over = { sessionsSold: 2, sessions: sessions('ss'), now: week(9) };
    expect(countRefund({ ...paid, ...over })).toMatchObject({ totalFen: 4500, feeFen: 0, rule: 'nothing-left' });
    expect(countRefund({ ...paid, ...over, materialHandedOut: true })).toMatchObject({ totalFen: 0, materialFen: 0 });
  });

  it('never exceeds what was paid, never grows as sessions are held, and with what was used up makes the fee exactly', () => {
    const terms = fc.record({
      fee: fc.integer({ min: 0, max: 1_000_000 }),
      material: fc.integer({ min: 0, max: 100_000 }),
      pattern: fc.string({ unit: fc.constantFrom('s', 'c'), minLength: 0, maxLength: 60 }),
      handedOut: fc.boolean(),
    });
    fc.assert(
      fc.property(terms, ({ fee, material, pattern, handedOut }) => {
        let before = Number.POSITIVE_INFINITY;
        for (let held = -1; held <= pattern.length; held++) {
          const sums = countRefund({
            sessionsSold: pattern.length,
            paidFeeFen: fen(fee),
            paidMaterialFen: fen(material),
            materialHandedOut: handedOut,
            sessions: sessions(pattern),
            now: week(held, 1),
          });
          expect(sums.feeFen).toBeGreaterThanOrEqual(0);
          expect(sums.feeFen).toBeLessThanOrEqual(fee);
          expect(sums.totalFen).toBe(sums.feeFen + sums.materialFen);
          expect(sums.totalFen).toBeLessThanOrEqual(fee + material);
          expect(sums.feeFen).toBeLessThanOrEqual(before);
          expect(sums.sessionsLeft + sums.sessionsCancelled + sums.sessionsHeld).toBe(sums.sessionCount);
          const exact = sums.sessionsHeld === 0 ? fee : (fee * (sums.sessionCount - sums.sessionsHeld)) / sums.sessionCount;
          expect(Math.abs(sums.feeFen - exact)).toBeLessThan(1);
          before = sums.feeFen;
        }
      }),
    );
  });
});

describe('who approves a refund', () => {
  const settings = (when: 'automatic' | 'after-first-session' | 'always') => ({ when, chain: ['school' as const], timeLimitHours: 48 });

  it('is nobody, or the chain, as the school has set it', () => {
    const early = { totalFen: fen(100), sessionsHeld: 0 };
    const later = { totalFen: fen(100), sessionsHeld: 1 };
    expect(refundApprovers(settings('automatic'), later)).toEqual([]);
    expect(refundApprovers(settings('after-first-session'), early)).toEqual([]);
    expect(refundApprovers(settings('after-first-session'), later)).toEqual(['school']);
    expect(refundApprovers(settings('always'), early)).toEqual(['school']);
  });

  it('is nobody when there is nothing to give back', () => {
    expect(refundApprovers(settings('always'), { totalFen: fen(0), sessionsHeld: 5 })).toEqual([]);
  });

  it('goes down the chain one by one', () => {
    const at = START;
    const approval = { role: 'school' as const, personId: 'per_1' as never, at };
    expect(nextApprover({ chain: ['school', 'bureau'], approvals: [] })).toBe('school');
    expect(nextApprover({ chain: ['school', 'bureau'], approvals: [approval] })).toBe('bureau');
    expect(nextApprover({ chain: ['school'], approvals: [approval] })).toBeUndefined();
  });
});

describe("a refund's states", () => {
  it('end in succeeded or refused, and money on its way is never refused', () => {
    const reachable = (from: RefundStatus): Set<RefundStatus> => {
      const seen = new Set<RefundStatus>();
      const walk = (status: RefundStatus) => {
        for (const next of refundMoves[status]) if (!seen.has(next)) walk(seen.add(next) && next);
      };
      walk(from);
      return seen;
    };
    expect(refundMoves.succeeded).toEqual([]);
    expect(refundMoves.refused).toEqual([]);
    for (const status of ['approved', 'sending', 'attention'] as const) expect(reachable(status).has('refused')).toBe(false);
    for (const status of ['requested', 'approving', 'approved', 'sending', 'attention'] as const) {
      expect(reachable(status).has('succeeded')).toBe(true);
    }
  });
});
