import * as fc from 'fast-check';
import { fen, splitFen } from '../kernel/fen.ts';
import { newId } from '../kernel/id.ts';
import type { Instant } from '../kernel/time.ts';
import { Account, addBalances, balancesOfTransactions, LedgerTransaction, ledgerHolds } from './ledger.ts';
import { type OrderStatus, orderMoves, totalOf } from './order.ts';

const entries = (...pairs: [Account, number][]) => pairs.map(([account, amount]) => ({ account, amountFen: fen(amount) }));

describe('the ledger', () => {
  it('takes no transaction that does not sum to zero', () => {
    const transaction = {
      ledgerTransactionId: 'x',
      schoolId: newId('organisation'),
      at: '2026-11-23T12:00:00.000Z' as Instant,
      reason: 'payment',
      subject: 'y',
    };
    expect(LedgerTransaction.safeParse({ ...transaction, entries: entries(['transit', 100], ['fund', -100]) }).success).toBe(true);
    expect(LedgerTransaction.safeParse({ ...transaction, entries: entries(['transit', 100], ['fund', -99]) }).success).toBe(false);
  });

  it("keeps H2's sum through a payment, a refund, its settlement and a payout", () => {
    const steps = [
      entries(['transit', 10_000], ['fund', -10_000]),
      entries(['fund', 4000], ['parents', -4000]),
      entries(['parents', 4000], ['transit', -4000]),
      entries(['bank', 6000], ['transit', -6000]),
      entries(['fund', 1500], ['payees', -1500]),
      entries(['payees', 1500], ['bank', -1500]),
    ];
    for (let count = 0; count <= steps.length; count++) {
      expect(ledgerHolds(balancesOfTransactions(steps.slice(0, count).map((step) => ({ entries: step }))))).toBe(true);
    }
    expect(balancesOfTransactions(steps.map((step) => ({ entries: step })))).toEqual({
      bank: 4500,
      transit: 0,
      fees: 0,
      parents: 0,
      payees: 0,
      fund: -4500,
    });
  });

  it('says so when more left than was owed, or the sum does not hold', () => {
    expect(ledgerHolds(balancesOfTransactions([{ entries: entries(['parents', 100], ['transit', -100]) }]))).toBe(false);
    expect(ledgerHolds(balancesOfTransactions([{ entries: entries(['payees', 100], ['bank', -100]) }]))).toBe(false);
    expect(ledgerHolds(balancesOfTransactions([{ entries: entries(['bank', 1]) }]))).toBe(false);
  });

  it('counts a fee of the provider as owed by the operator, never as less fund, and never as less than nothing', () => {
    const paid = [{ entries: entries(['bank', 10_000], ['fund', -10_000]) }, { entries: entries(['fees', 60], ['bank', -60]) }];
    expect(balancesOfTransactions(paid)).toMatchObject({ bank: 9940, fees: 60, fund: -10_000 });
    expect(ledgerHolds(balancesOfTransactions(paid))).toBe(true);
    const repaid = (amount: number) => [...paid, { entries: entries(['bank', amount], ['fees', -amount]) }];
    expect(ledgerHolds(balancesOfTransactions(repaid(60)))).toBe(true);
    expect(ledgerHolds(balancesOfTransactions(repaid(61)))).toBe(false);
  });

  it('adds up to the same whether transactions or the balances of schools are added', () => {
    const movement = fc.record({
      from: fc.constantFrom(...Account.options),
      to: fc.array(fc.constantFrom(...Account.options), { minLength: 1, maxLength: 4 }),
      amount: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(movement, { maxLength: 30 }), (movements) => {
        const transactions = movements.map(({ from, to, amount }) => {
          const parts = splitFen(
            fen(amount),
            to.map(() => 1),
          );
          return { entries: entries([from, -amount], ...to.map((account, index): [Account, number] => [account, parts[index] ?? 0])) };
        });
        const whole = balancesOfTransactions(transactions);
        const half = Math.floor(transactions.length / 2);
        const parts = [transactions.slice(0, half), transactions.slice(half)].map(balancesOfTransactions);
        expect(addBalances(parts)).toEqual(whole);
        expect(Object.values(whole).reduce((sum, amount) => sum + amount, 0)).toBe(0);
      }),
    );
  });
});

describe('an order', () => {
  it('is paid or closed in the end, and a closed one is never paid', () => {
    const allowed = (from: OrderStatus, to: OrderStatus) => orderMoves[from].includes(to);
    expect(allowed('pending', 'paid')).toBe(true);
    expect(allowed('closing', 'paid')).toBe(true);
    expect(allowed('pending', 'closed')).toBe(false);
    expect(allowed('closed', 'paid')).toBe(false);
    expect(allowed('paid', 'closed')).toBe(false);
  });

  it('costs what its lines cost', () => {
    expect(totalOf([])).toBe(0);
    expect(
      totalOf([
        { feeFen: fen(100), materialFen: fen(1) },
        { feeFen: fen(200), materialFen: fen(0) },
      ]),
    ).toBe(301);
  });
});
