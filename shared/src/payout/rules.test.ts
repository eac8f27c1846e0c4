import fc from 'fast-check';
import { Balances } from '../billing/ledger.ts';
import { chainFor } from '../billing/refund.ts';
import { newId } from '../kernel/id.ts';
import { addMinutes, type ChinaMonth, type Instant } from '../kernel/time.ts';
import { isPayoutChain } from '../school/settings.ts';
import { PayoutStatus, payoutMoves, StatementStatus, statementMoves } from './payout.ts';
import { bankCheckMinutes, blockOf, daysCounted, isPayable, isSettled, isStalled, linesFen, monthDue, runSums } from './rules.ts';

const month = (text: string) => text as ChinaMonth;
const at = (text: string) => text as Instant;

test('on the first at two in the morning in China, the month before is due, across the year too', () => {
  expect(monthDue(at('2026-12-31T18:00:00.000Z'))).toBe('2026-12');
  expect(monthDue(at('2026-12-31T15:59:59.999Z'))).toBe('2026-11');
});

test('a payout looks at its month and the two before', () => {
  expect(daysCounted(month('2027-01'))).toEqual({ first: '2026-11-01', last: '2027-01-31' });
  expect(daysCounted(month('2028-02'))).toEqual({ first: '2027-12-01', last: '2028-02-29' });
});

test('only a session signed in to, with its roll called and not cancelled, is paid', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('scheduled' as const, 'cancelled' as const, undefined),
      (signed, called, status) => {
        const record = { ...(signed ? { signedIn: {} } : {}), ...(called ? { rollCalledAt: 'x' } : {}) };
        expect(isPayable(record, status && { status })).toBe(signed && called && status === 'scheduled');
      },
    ),
  );
});

const anyStatement = fc
  .record({ status: fc.constantFrom(...StatementStatus.options), pays: fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 30 }) })
  .map(({ status, pays }) => {
    const lines = pays.map((payFen) => ({
      sessionId: newId('session'),
      offeringId: newId('offering'),
      date: '2026-12-02' as never,
      courseName: '书法',
      payFen: payFen as never,
    }));
    return { status, lines, totalFen: linesFen(lines) };
  });

test('a run’s parts never exceed its whole, and once settled they make it up', () => {
  fc.assert(
    fc.property(fc.array(anyStatement, { maxLength: 20 }), (statements) => {
      const sums = runSums(statements);
      expect(sums.paidFen + sums.rejectedFen).toBeLessThanOrEqual(sums.totalFen);
      expect(sums.sessions).toBe(statements.flatMap(({ lines }) => lines).length);
      if (isSettled(statements)) expect(sums.paidFen + sums.rejectedFen).toBe(sums.totalFen);
    }),
  );
});

test('nothing leaves paid, and nothing comes back to counting', () => {
  expect(statementMoves.paid).toEqual([]);
  expect(Object.values(statementMoves).flat()).not.toContain('counting');
  expect(payoutMoves.done).toEqual([]);
});

test('a payout is blocked after it was approved and before it is done, and from there it can only pay', () => {
  expect(PayoutStatus.options.filter((from) => payoutMoves[from].includes('blocked'))).toEqual(['paying']);
  expect(payoutMoves.blocked).toEqual(['paying']);
  for (const status of ['counting', 'approving', 'done', 'refused'] as const) expect(payoutMoves[status]).not.toContain('blocked');
});

test('a payout that may go overdraws neither fund nor bank, and owes parents no less; each fen that is missing blocks', () => {
  const amount = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(
      amount,
      fc.integer({ min: -50_000, max: 100_000 }),
      fc.array(amount, { minLength: 4, maxLength: 4 }),
      (bank, transit, others) => {
        const [fees = 0, parents = 0, payees = 0, toOweFen = 0] = others;
        const before = { bank, transit, fees, parents: -parents, payees: -payees, fund: parents + payees - bank - transit - fees };
        const block = blockOf({ breaks: 0, balances: Balances.parse(before), toOweFen });
        const after = { fundFen: -before.fund - fees - toOweFen, leftFen: bank - payees - toOweFen };
        if (!block) {
          expect(Math.min(after.fundFen, after.leftFen)).toBeGreaterThanOrEqual(0);
          // Once payees are paid, bank and transit still hold what parents are owed.
          expect(bank + transit - payees - toOweFen).toBeGreaterThanOrEqual(parents);
        } else if (block.reason !== 'open-break') {
          expect(block.missingFen).toBe(block.reason === 'fund-short' ? -after.fundFen : -after.leftFen);
          expect(block.missingFen).toBeGreaterThan(0);
        }
        expect(blockOf({ breaks: 1, balances: Balances.parse(before), toOweFen })).toEqual({ reason: 'open-break', breaks: 1 });
      },
    ),
  );
});

test('every statement that is frozen can come to an end', () => {
  const ends = (from: StatementStatus): boolean => statementMoves[from].length === 0 || statementMoves[from].some(ends);
  for (const status of StatementStatus.options) expect(ends(status)).toBe(true);
});

test('the bank is asked less and less often, and never less than four times a day', () => {
  expect([0, 1, 2, 10, 10_000].map(bankCheckMinutes)).toEqual([5, 10, 20, 360, 360]);
});

test('a run is stalled after a day without progress, four while people are asked, at once when it is stuck, never at its end', () => {
  const run = { status: 'paying' as const, progressAt: at('2026-12-01T00:00:00.000Z') };
  const after = (hours: number) => addMinutes(run.progressAt, hours * 60);
  expect(isStalled(run, after(23))).toBe(false);
  expect(isStalled(run, after(24))).toBe(true);
  expect(isStalled({ ...run, status: 'approving' }, after(95))).toBe(false);
  expect(isStalled({ ...run, status: 'approving' }, after(96))).toBe(true);
  expect(isStalled({ ...run, stuckAt: run.progressAt }, after(0))).toBe(true);
  expect(isStalled({ ...run, status: 'blocked' }, after(0))).toBe(true);
  expect(isStalled({ ...run, status: 'done' }, after(1000))).toBe(false);
});

test('who approves goes by the school as it is: no operator is waited for that is not there, what was approved stays, somebody is next', () => {
  const parties = ['school', 'operator', 'bureau'] as const;
  const moment = at('2026-12-01T00:00:00.000Z');
  const chains = fc.shuffledSubarray([...parties], { minLength: 1 }).filter((chain) => isPayoutChain([...chain]));
  fc.assert(
    fc.property(chains, fc.nat(), fc.boolean(), (chain, many, hasOperator) => {
      const school = hasOperator ? { operatorId: newId('organisation') } : {};
      const approvals = chain.slice(0, many % chain.length).map((role) => ({ role, personId: newId('person'), at: moment }));
      const now = chainFor({ chain, approvals }, school);
      expect(now.slice(0, approvals.length)).toEqual(approvals.map(({ role }) => role));
      const left = now.slice(approvals.length);
      expect(left.length).toBeGreaterThan(0);
      expect(new Set(left).size).toBe(left.length);
      if (hasOperator) expect(now).toEqual(chain);
      else expect(left).not.toContain('operator');
      // Looked at again, it is the same.
      expect(chainFor({ chain: now, approvals }, school)).toEqual(now);
    }),
  );
});
