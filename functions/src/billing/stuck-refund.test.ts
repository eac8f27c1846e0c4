/** Refunds that the provider closed or calls abnormal: what a person can do, and that nobody is paid twice. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addDays, chinaDate, chinaInstant, chinaMonth, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { balancesOf } from './ledger.repository.ts';
import { getRefund, refundOfNumber } from './refund.repository.ts';
import { CLOSED } from './send-refund.ts';
import { settleDay } from './settle.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A refund as its school finds it in the queue. */
async function stuck(mode: BillingWorld['payments']['refundMode']) {
  const world = await billingWorld(await testTable());
  const { paymentId, enrolment } = await world.paidSeat(0);
  world.payments.refundMode = mode;
  const { refundId } = await world.requestRefund(enrolment);
  await world.rest();
  world.payments.refundMode = 'succeed';
  const { organisationId: schoolId } = world.selection.school;
  const head = official('school', schoolId);
  const retry = (by = head, table: Table = world.table) => world.use(table).retryRefund({ schoolId, refundId }, by);
  const byHand = (document = '付款凭证 2026-118', by = head, table: Table = world.table) =>
    world.use(table).recordRefundPaid({ schoolId, refundId, document }, by);
  const stored = async () => must(await getRefund(world.table, refundId));
  const settle = (day = chinaDate(world.clock.now())) =>
    settleDay({ table: world.table, clock: world.clock, payments: world.payments, log: silent }, day);
  return { world, schoolId, paymentId, refundId, head, retry, byHand, stored, settle };
}

const noticeOf = (number: string, paymentId: string, refund: unknown) => ({ kind: 'refund', refundId: number, paymentId, refund });

describe('a refund that the provider closed', () => {
  it('goes again under the next number, is paid once, and settles under that number', async () => {
    const { world, schoolId, paymentId, refundId, retry, stored, settle } = await stuck('closed');
    expect(await stored()).toMatchObject({ status: 'attention', attentionReason: CLOSED, attempt: 1 });
    expect((await retry()).status).toBe('sending');
    expect((await retry()).status).toBe('sending');
    await world.rest();
    expect(await stored()).toMatchObject({ status: 'succeeded', attempt: 2 });
    expect([...world.payments.refunds.keys()]).toEqual([refundId, `${refundId}-2`]);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expect(retry()).rejects.toMatchObject({ code: 'refund.not_retryable' });
    // The news of the old number, once more and late, change nothing.
    await world.notice(noticeOf(refundId, paymentId, { state: 'closed' }));
    expect((await stored()).status).toBe('succeeded');
    const day = chinaDate(world.clock.now());
    world.clock.set(chinaInstant(addDays(day, 1), '10:00' as TimeOfDay));
    expect(await settle(day)).toMatchObject({ state: 'settled', movements: 2, breaks: 0 });
    await world.rest();
    expect((await balancesOf(world.table, [schoolId]))[0]).toMatchObject({ bank: 0, transit: 0, parents: 0 });
    await expectInvariants(world.table, { atRest: true });
  });

  it('goes out once when two people send it again at once', async () => {
    const { world, schoolId, paymentId, retry, stored } = await stuck('closed');
    const answers = await Promise.all([0, 1, 2].map(() => retry(official('school', schoolId))));
    expect(answers.map(({ status }) => status)).toEqual(['sending', 'sending', 'sending']);
    await world.rest();
    expect(await stored()).toMatchObject({ status: 'succeeded', attempt: 2, version: 2 });
    expect(world.payments.refunds.size).toBe(2);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is closed, sent, its answer lost, and sent again: under the same second number', async () => {
    const { world, paymentId, refundId, retry, stored } = await stuck('closed');
    await retry();
    world.payments.deaf.add('refund');
    await world.rest();
    world.payments.deaf.clear();
    // The machine gave up: whoever looks again finds it paid.
    expect((await stored()).status).toBe('attention');
    expect((await retry()).status).toBe('succeeded');
    await world.rest();
    expect([...world.payments.refunds.keys()]).toEqual([refundId, `${refundId}-2`]);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('that was closed a second time goes under the third number', async () => {
    const { world, paymentId, refundId, retry } = await stuck('closed');
    world.payments.refundMode = 'closed';
    await retry();
    await world.rest();
    world.payments.refundMode = 'succeed';
    await retry();
    await world.rest();
    expect([...world.payments.refunds.keys()]).toEqual([refundId, `${refundId}-2`, `${refundId}-3`]);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('keeps its number while the provider does not answer how it stands', async () => {
    const { world, retry, stored } = await stuck('closed');
    world.payments.down.add('queryRefund');
    await expect(retry()).rejects.toMatchObject({ code: 'provider.no_answer' });
    expect(await stored()).toMatchObject({ status: 'attention', attempt: 1 });
  });

  it('wherever the process dies while it is sent again, is sent once', async () => {
    await atEveryCrash(async (fail) => {
      const made = await stuck('closed');
      const dying = await fail(made.world.table);
      await made.retry(made.head, dying.table).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      expect((await made.retry()).status).toBe('sending');
      await made.world.rest();
      expect(await made.stored()).toMatchObject({ status: 'succeeded', attempt: 2 });
      expect(made.world.payments.refundedOf(made.paymentId)).toBe(24_000);
      await expectInvariants(made.world.table, { atRest: true });
    });
  });
});

describe('a refund that the provider calls abnormal', () => {
  it('cannot be mended by sending it again; handled on the merchant’s platform, the next look finishes it', async () => {
    const { world, paymentId, refundId, retry, stored } = await stuck('abnormal');
    await expect(retry()).rejects.toMatchObject({ code: 'refund.abnormal' });
    expect(await stored()).toMatchObject({ status: 'attention', attempt: 1, version: 1 });
    world.payments.finishRefund(refundId);
    expect((await retry()).status).toBe('succeeded');
    await world.rest();
    expect(world.payments.refunds.size).toBe(1);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is recorded as paid by hand: from the bank, with its document, on the audit trail and in the day’s figures', async () => {
    const { world, schoolId, head, refundId, byHand, retry, stored } = await stuck('abnormal');
    const paid = await byHand();
    expect(paid).toMatchObject({ status: 'succeeded', refundedFen: 24_000 });
    expect(paid.timeline.at(-1)).toMatchObject({ by: 'school', note: '付款凭证 2026-118' });
    expect(await byHand()).toMatchObject({ status: 'succeeded' });
    await expect(byHand('另一张凭证')).rejects.toMatchObject({ code: 'refund.not_retryable' });
    await expect(retry()).rejects.toMatchObject({ code: 'refund.not_retryable' });
    await world.rest();
    expect((await balancesOf(world.table, [schoolId]))[0]).toMatchObject({ bank: -24_000, transit: 24_000, parents: 0, fund: 0 });
    const today = chinaDate(world.clock.now());
    const { days } = await world.use().moneyByDay({ schoolId, from: today, to: today }, head);
    expect(days).toMatchObject([{ paidFen: 24_000, refundedFen: 24_000 }]);
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, chinaMonth(world.clock.now())), most: 100 }, AuditEntry);
    expect(trail.filter(({ action }) => action === 'billing.refund-paid-by-hand')).toMatchObject([
      { personId: head.personId, subject: refundId, details: { document: '付款凭证 2026-118', stood: 'abnormal' } },
    ]);
    expect((await stored()).paidByHand).toMatchObject({ personId: head.personId });
    await expectInvariants(world.table, { atRest: true });
  });

  it('paid by hand and then by the provider as well is no booking but a break', async () => {
    const { world, schoolId, paymentId, refundId, byHand, settle } = await stuck('abnormal');
    await byHand();
    const succeeded = world.payments.finishRefund(refundId);
    await world.notice(noticeOf(refundId, paymentId, succeeded));
    await world.rest();
    expect((await balancesOf(world.table, [schoolId]))[0]).toMatchObject({ parents: 0, bank: -24_000 });
    const day = chinaDate(world.clock.now());
    world.clock.set(chinaInstant(addDays(day, 1), '10:00' as TimeOfDay));
    expect(await settle(day)).toMatchObject({ breaks: 1 });
    await expectInvariants(world.table);
  });

  it('is not recorded as paid by hand when the provider has paid it: that is booked instead', async () => {
    const { world, schoolId, refundId, byHand, stored } = await stuck('abnormal');
    world.payments.finishRefund(refundId);
    await expect(byHand()).rejects.toMatchObject({ code: 'refund.not_by_hand' });
    expect(await stored()).toMatchObject({ status: 'succeeded' });
    expect((await stored()).paidByHand).toBeUndefined();
    await world.rest();
    expect((await balancesOf(world.table, [schoolId]))[0]).toMatchObject({ bank: 0, transit: 0 });
  });

  it('is recorded once when two people do so at once, and by nobody of another school', async () => {
    const { world, schoolId, refundId, byHand } = await stuck('abnormal');
    const elsewhere = newId('organisation') as Id<'organisation'>;
    await expect(
      world.use().recordRefundPaid({ schoolId: elsewhere, refundId, document: '凭证' }, official('school', elsewhere)),
    ).rejects.toMatchObject({ code: 'request.not_found' });
    const results = await Promise.allSettled([byHand('甲'), byHand('乙', official('school', schoolId))]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('wherever the process dies while it is recorded, is recorded once', async () => {
    await atEveryCrash(async (fail) => {
      const made = await stuck('abnormal');
      const dying = await fail(made.world.table);
      await made.byHand('凭证 9', made.head, dying.table).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      expect((await made.byHand('凭证 9')).status).toBe('succeeded');
      await made.world.rest();
      await expectInvariants(made.world.table, { atRest: true });
    });
  });
});

it('a refund that is processing, or whose request was never answered, is not paid by hand', async () => {
  const working = await stuck('process');
  await expect(working.byHand()).rejects.toMatchObject({ code: 'refund.not_retryable' });
  const world = await billingWorld(await testTable());
  world.payments.down.add('refund');
  const { enrolment } = await world.paidSeat(0);
  const { refundId } = await world.requestRefund(enrolment);
  await world.rest();
  const { organisationId: schoolId } = world.selection.school;
  await expect(world.use().recordRefundPaid({ schoolId, refundId, document: '凭证' }, official('school', schoolId))).rejects.toMatchObject({
    code: 'refund.not_by_hand',
  });
});

it('a number at the provider is a refund and an attempt, or nothing of ours', () => {
  const refundId = newId('refund');
  expect(refundOfNumber(refundId)).toEqual({ refundId, attempt: 1 });
  expect(refundOfNumber(`${refundId}-2`)).toEqual({ refundId, attempt: 2 });
  expect(refundOfNumber(`${refundId}-13`)).toEqual({ refundId, attempt: 13 });
  for (const odd of ['', `${refundId}-`, `${refundId}-1`, `${refundId}-02`, `${refundId}-2-2`, `x${refundId}`, newId('payment')]) {
    expect(refundOfNumber(odd)).toBeUndefined();
  }
});
