/** The provider's fees: on the books as the operator's to pay, no break while the bills explain them, repaid once a document. */
import { addDays, chinaDate, chinaInstant, chinaMonth, type TimeOfDay } from '@kehou/shared/kernel/time';
import { billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { breaksConcerning } from './break.repository.ts';
import { recomputeLedger } from './recompute-ledger.ts';
import { settleDay } from './settle.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Two payments of ¥240, of each of which the provider kept ¥1.44, on yesterday's bill. */
async function billed(chargedFen?: number) {
  const world = await billingWorld(await testTable());
  world.payments.chargeFen = 144;
  world.payments.chargedFen = chargedFen;
  await world.paidSeat(0);
  await world.paidSeat(1);
  const day = chinaDate(world.clock.now());
  world.clock.set(chinaInstant(addDays(day, 1), '10:00' as TimeOfDay));
  const { organisationId: schoolId } = world.selection.school;
  const settle = () => settleDay({ table: world.table, clock: world.clock, payments: world.payments, log: silent }, day);
  const officer = official('operator', schoolId);
  const repay = (amountFen: number, document: string, table: Table = world.table) =>
    world.use(table).recordFeesRepaid({ schoolId, amountFen: amountFen as never, document }, officer);
  const proof = () => world.use().proveLedger({ organisationId: schoolId }, officer);
  return { world, schoolId, settle, repay, proof, officer };
}

test('fees that the bills explain are booked once, are no break, and the sum of the supervised money holds', async () => {
  const { world, schoolId, settle, proof } = await billed();
  for (let count = 0; count < 3; count++) expect(await settle()).toMatchObject({ state: 'settled', movements: 4, breaks: 0 });
  await world.rest();
  expect(await breaksConcerning(world.table, schoolId)).toBe(0);
  const { balances, holds } = await proof();
  expect(balances).toEqual({ bank: 48_000 - 288, transit: 0, fees: 288, parents: 0, payees: 0, fund: -48_000 });
  expect(holds).toBe(true);
  const month = chinaMonth(world.clock.now());
  expect(await recomputeLedger(world.table, schoolId, { from: month, to: month })).toMatchObject({ holds: true, balances });
  await expectInvariants(world.table, { atRest: true });
});

test('a fee that is not the one the bill states is a break of its school, and books nothing', async () => {
  const { world, schoolId, settle, proof } = await billed(145);
  expect(await settle()).toMatchObject({ breaks: 2 });
  await world.rest();
  const rows = (await world.scan()).filter((row) => row.GSI2PK === keys.openBreaksPartition());
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ kind: 'charge', billFen: 145, booksFen: 144, schoolId });
  expect((await proof()).balances).toMatchObject({ bank: 48_000, fees: 0 });
});

test('a fee of a payment that nobody knows is a break without a school', async () => {
  const { world, settle } = await billed();
  const [known] = [...world.payments.orders.values()];
  const foreign = { ...must(known).input, paymentId: 'pay_01ARZ3NDEKTSV4RRFFQ69G5FAV' };
  await world.payments.prepay(foreign);
  world.payments.pay(foreign.paymentId, { force: true });
  must(world.payments.orders.get(foreign.paymentId)).paidAt = must(must(known).paidAt);
  expect(await settle()).toMatchObject({ movements: 6, breaks: 2 });
  const rows = (await world.scan()).filter((row) => row.GSI2PK === keys.openBreaksPartition());
  expect(rows.map(({ kind, schoolId }) => [kind, schoolId]).sort()).toEqual([
    ['charge', undefined],
    ['unknown', undefined],
  ]);
});

test('what the operator pays in is booked once a document, never more than is owed, and on the audit trail', async () => {
  const { world, schoolId, settle, repay, proof, officer } = await billed();
  await settle();
  await world.rest();
  await expect(repay(289, '回单 1')).rejects.toMatchObject({ code: 'fees.more_than_owed' });
  const first = await repay(200, '回单 1');
  expect(await repay(200, '回单 1')).toEqual(first);
  await expect(repay(88, '回单 1')).rejects.toMatchObject({ code: 'fees.document_used' });
  await expect(repay(100, '回单 2')).rejects.toMatchObject({ code: 'fees.more_than_owed' });
  world.clock.addMinutes(1);
  const both = await Promise.allSettled([repay(88, '回单 2'), repay(88, '回单 3')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await world.rest();
  expect(await proof()).toMatchObject({ holds: true, balances: { bank: 48_000, fees: 0, fund: -48_000 } });
  const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, chinaMonth(world.clock.now())), most: 100 }, AuditEntry);
  expect(trail.filter(({ action }) => action === 'billing.fees-repaid')).toMatchObject([
    { personId: officer.personId, details: { amountFen: 200, document: '回单 1' } },
    { details: { amountFen: 88 } },
  ]);
  await expectInvariants(world.table, { atRest: true });
});

test('wherever the process dies while it is recorded, it is booked once', async () => {
  await atEveryCrash(async (fail) => {
    const { world, settle, repay, proof } = await billed();
    await settle();
    await world.rest();
    const dying = await fail(world.table);
    await repay(288, '回单 7', dying.table).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await repay(288, '回单 7');
    await world.rest();
    expect((await proof()).balances).toMatchObject({ bank: 48_000, fees: 0 });
    await expectInvariants(world.table, { atRest: true });
  });
});
