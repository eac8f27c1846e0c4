import { newId } from '@kehou/shared/kernel/id';
import { addDays, chinaDate, chinaInstant, chinaMonth, type TimeOfDay } from '@kehou/shared/kernel/time';
import readExcelFile from 'read-excel-file/node';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { createOrganisationWrites } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, put } from '../platform/table.ts';
import { termWrites } from '../school/term.repository.ts';
import { ledgerWrites } from './ledger.repository.ts';
import { recomputeLedger } from './recompute-ledger.ts';
import { settleDay } from './settle.ts';

const deps = (world: BillingWorld) => ({
  table: world.table,
  clock: world.clock,
  payments: world.payments,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
});

/** 10:00 in China on the day after. */
function nextMorning(world: BillingWorld): void {
  world.clock.set(chinaInstant(addDays(chinaDate(world.clock.now()), 1), '10:00' as TimeOfDay));
}

describe('booking', () => {
  it('books an event once, under whatever instant it is told again', async () => {
    const table = await testTable();
    const schoolId = newId('organisation');
    const input = {
      id: 'payment#1',
      schoolId,
      reason: 'payment' as const,
      subject: 'ord',
      entries: [
        { account: 'transit' as const, amountFen: 100 },
        { account: 'fund' as const, amountFen: -100 },
      ],
    };
    await table.write(ledgerWrites({ ...input, at: '2026-11-23T12:00:00.000Z' as never }));
    await expect(table.write(ledgerWrites({ ...input, at: '2026-12-23T12:00:00.000Z' as never }))).rejects.toThrow(ConditionFailed);
    expect(() => ledgerWrites({ ...input, at: '2026-11-23T12:00:00.000Z' as never, entries: input.entries.slice(0, 1) })).toThrow();
    expect(ledgerWrites({ ...input, at: '2026-11-23T12:00:00.000Z' as never, entries: [{ account: 'fund', amountFen: 0 }] })).toEqual([]);
  });

  it('adds up anew to what the screens show, and counts what the stream has missed', async () => {
    const world = await billingWorld(await testTable());
    const { organisationId } = world.selection.school;
    const { enrolment } = await world.paidSeat(0);
    await world.paidSeat(1);
    await world.requestRefund(enrolment);
    await world.rest();
    const month = chinaMonth(world.clock.now());
    const months = { from: month, to: month };
    const sum = { bank: 0, transit: 24_000, fees: 0, parents: 0, payees: 0, fund: -24_000 };
    expect(await recomputeLedger(world.table, organisationId, months)).toMatchObject({
      transactions: 4,
      balances: sum,
      shown: sum,
      holds: true,
    });
    await world.table.write(
      ledgerWrites({
        id: 'missed',
        schoolId: organisationId,
        at: world.clock.now(),
        reason: 'settlement',
        subject: 'x',
        entries: [
          { account: 'bank', amountFen: 1000 },
          { account: 'transit', amountFen: -1000 },
        ],
      }),
    );
    expect(await recomputeLedger(world.table, organisationId, months)).toMatchObject({ holds: false, repaired: 0 });
    expect(await recomputeLedger(world.table, organisationId, months, { repair: true })).toMatchObject({ holds: true, repaired: 1 });
    expect(await recomputeLedger(world.table, organisationId, months, { repair: true })).toMatchObject({ holds: true, repaired: 0 });
    await world.follow();
    await expectInvariants(world.table, { atRest: true });
  });
});

describe('settlement', () => {
  it("moves a day's payments and refunds from transit to the bank, once however often the day is settled", async () => {
    const world = await billingWorld(await testTable());
    const { enrolment } = await world.paidSeat(0);
    await world.paidSeat(1);
    await world.requestRefund(enrolment);
    await world.rest();
    nextMorning(world);
    for (let count = 0; count < 3; count++) {
      expect(await settleDay(deps(world))).toMatchObject({ state: 'settled', movements: 3, breaks: 0 });
    }
    await world.rest();
    const { balances, holds } = await world.use().proveLedger({ organisationId: world.selection.school.organisationId }, world.parent(0));
    expect(balances).toEqual({ bank: 24_000, transit: 0, fees: 0, parents: 0, payees: 0, fund: -24_000 });
    expect(holds).toBe(true);
    await expectInvariants(world.table, { atRest: true });
  });

  it('finds a payment whose callback was lost, and books it', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    world.payments.pay(await world.startPayment(order.orderId, world.parent(0)));
    nextMorning(world);
    expect(await settleDay(deps(world))).toMatchObject({ movements: 1, breaks: 0 });
    expect((await world.enrolment(seat)).status).toBe('confirmed');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('keeps open what does not match, and settles nothing of it', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    world.payments.pay(paymentId, { amountFen: 1 });
    await world.payments.prepay({
      paymentId: newId('payment'),
      description: 'x',
      amountFen: 500 as never,
      payer: 'y',
      expiresAt: order.payBefore,
    });
    world.payments.pay(must([...world.payments.orders.keys()][1]));
    nextMorning(world);
    expect(await settleDay(deps(world))).toMatchObject({ movements: 2, breaks: 2 });
    expect(await settleDay(deps(world))).toMatchObject({ breaks: 2 });
    const rows = (await world.scan()).filter((row) => row.GSI2PK === keys.openBreaksPartition());
    expect(rows.map((row) => row.kind).sort()).toEqual(['not-booked', 'unknown']);
    expect((await world.scan()).filter((row) => row.PK.startsWith('LEDGER#'))).toEqual([]);
  });

  it('comes back by itself for a bill that is not ready', async () => {
    const world = await billingWorld(await testTable());
    await world.paidSeat(0);
    nextMorning(world);
    world.payments.billsReady = false;
    const task = must(must(world.area().tasks)['billing.settle']);
    expect(await task({})).toMatchObject({ state: 'waiting' });
    world.payments.billsReady = true;
    world.clock.addMinutes(31);
    await world.rest();
    const { balances } = await world.use().proveLedger({ organisationId: world.selection.school.organisationId }, world.parent(0));
    expect(balances).toMatchObject({ bank: 24_000, transit: 0 });
  });
});

test('a settlement that was missed for days is caught up by the next', async () => {
  const world = await billingWorld(await testTable());
  await world.paidSeat(0);
  for (let day = 0; day < 4; day++) nextMorning(world);
  const task = must(must(world.area().tasks)['billing.settle']);
  expect(await task({})).toMatchObject({ state: 'settled', movements: 0 });
  await world.follow();
  const { balances } = await world.use().proveLedger({ organisationId: world.selection.school.organisationId }, world.parent(0));
  expect(balances).toMatchObject({ bank: 24_000, transit: 0 });
});

describe('what people see of the money', () => {
  it('is a list of payments with what each was for, the ledger, and paid and refunded by day', async () => {
    const world = await billingWorld(await testTable());
    const { organisationId: schoolId } = world.selection.school;
    const first = await world.paidSeat(0);
    world.clock.addMinutes(1);
    const second = await world.paidSeat(1);
    await world.requestRefund(first.enrolment);
    await world.rest();
    const head = official('school', schoolId);
    const payments = await world.use().listPayments({ schoolId, limit: 1 }, head);
    expect(payments.items).toMatchObject([
      { paymentId: second.paymentId, status: 'paid', lines: [{ courseName: '课程0', feeFen: 24_000 }] },
    ]);
    const next = await world.use().listPayments({ schoolId, limit: 1, cursor: payments.cursor }, head);
    expect(next.items).toMatchObject([{ paymentId: first.paymentId }]);
    const ledger = await world.use().listLedger({ schoolId, month: chinaMonth(world.clock.now()), limit: 50 }, head);
    expect(ledger.items.map((one) => one.reason)).toEqual(['payment', 'payment', 'refund-owed', 'refund-paid']);
    const today = chinaDate(world.clock.now());
    const { days } = await world.use().moneyByDay({ schoolId, from: addDays(today, -1), to: today }, head);
    expect(days).toEqual([
      { date: addDays(today, -1), paidFen: 0, refundedFen: 0 },
      { date: today, paidFen: 48_000, refundedFen: 24_000 },
    ]);
    await expect(world.use().moneyByDay({ schoolId, from: today, to: addDays(today, 92) }, head)).rejects.toMatchObject({
      code: 'request.invalid',
    });
    await expect(world.use().moneyByDay({ schoolId, from: today, to: addDays(today, -1) }, head)).rejects.toMatchObject({
      code: 'request.invalid',
    });
  });

  it("proves the sum over a bureau's schools, and names the one that breaks it", async () => {
    const world = await billingWorld(await testTable());
    const bureauId = newId('organisation');
    const { school } = world.selection;
    const other = { ...school, organisationId: newId('organisation'), name: '另一所小学', ancestorIds: [bureauId] };
    await world.table.write([
      put(keys.organisation(bureauId), { organisationId: bureauId, kind: 'city-bureau', name: '市教育局', ancestorIds: [] }),
      put(keys.schoolUnder(bureauId, school.organisationId), { ...school, ancestorIds: [bureauId] }),
      ...createOrganisationWrites(other),
    ]);
    await world.paidSeat(0);
    await world.rest();
    const prove = () => world.use().proveLedger({ organisationId: bureauId }, official('bureau', bureauId));
    expect(await prove()).toMatchObject({ holds: true, balances: { transit: 24_000, fund: -24_000 } });
    await world.table.write([put(keys.balances(other.organisationId), { parents: 500, bank: -500 })]);
    const proof = await prove();
    expect(proof.holds).toBe(false);
    expect(proof.schools.filter((row) => !row.holds).map((row) => row.schoolName)).toEqual(['另一所小学']);
  });

  it('exports enrolments, payments and refunds as a workbook in which text stays text', async () => {
    const world = await billingWorld(await testTable());
    const { organisationId: schoolId } = world.selection.school;
    const { termId } = world.selection.window;
    const term = {
      termId,
      name: '2026 秋季',
      firstDay: '2026-09-01',
      lastDay: '2027-01-22',
      serviceFirstDay: '2026-09-07',
      serviceLastDay: '2027-01-15',
    };
    await world.table.write(termWrites(schoolId, term as never, 0, []));
    await world.table.write([put(keys.pupil(world.pupil(0)), { ...must(world.selection.pupils[0]), name: '=HYPERLINK(1)' })]);
    const { enrolment } = await world.paidSeat(0);
    await world.requestRefund(enrolment);
    await world.rest();
    const { url, filename } = await world.use().exportMoney({ schoolId, termId }, official('school', schoolId));
    expect(filename).toBe(`2026 秋季 选课与收退费 ${chinaDate(world.clock.now())}.xlsx`);
    expect(url).toContain(schoolId);
    const file = Buffer.from([...world.files.values()][0] as Uint8Array);
    const sheets = await readExcelFile(file);
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['选课', '支付', '退费']);
    const [enrolments, payments, refunds] = sheets.map(({ data }) => data);
    expect(enrolments?.[1]).toEqual(expect.arrayContaining(['课程0', '=HYPERLINK(1)', '已退课', 240]));
    expect(payments?.[1]).toEqual(expect.arrayContaining(['课程0', '已支付', 240]));
    expect(refunds?.[1]).toEqual(expect.arrayContaining(['课程0', '家长申请', '已退款', 240]));
    await expect(world.use().exportMoney({ schoolId, termId: newId('term') }, official('school', schoolId))).rejects.toMatchObject({
      code: 'request.not_found',
    });
  });
});
