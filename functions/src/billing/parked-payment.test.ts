/** A payment of another sum than was asked: seen by the operator, given back whole by a person's word, and never lost or booked twice. */

import { type Id, newId } from '@kehou/shared/kernel/id';
import { addDays, chinaDate, chinaInstant, chinaMonth, type TimeOfDay } from '@kehou/shared/kernel/time';
import { billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { balancesOf } from './ledger.repository.ts';
import { readOrder } from './order.repository.ts';
import { settleDay } from './settle.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function parked(takenFen = 1) {
  const world = await billingWorld(await testTable());
  const [bureauId, operatorId, otherId] = [newId('organisation'), newId('organisation'), newId('organisation')];
  const school = { ...world.selection.school, ancestorIds: [bureauId], operatorId };
  await world.table.write([
    put(keys.organisation(bureauId), { organisationId: bureauId, kind: 'city-bureau', name: '市教育局', ancestorIds: [] }),
    put(keys.organisation(operatorId), { organisationId: operatorId, kind: 'operator', name: '新华课后', ancestorIds: [bureauId] }),
    put(keys.organisation(otherId), { organisationId: otherId, kind: 'operator', name: '别家', ancestorIds: [bureauId] }),
    put(keys.organisation(school.organisationId), school),
  ]);
  const seat = await world.takeSeat(0);
  const order = await world.order([seat]);
  const paymentId = (await world.startPayment(order.orderId, world.parent(0))) as Id<'payment'>;
  world.payments.pay(paymentId, { amountFen: takenFen });
  await world.callBack(paymentId);
  const officer = official('operator', operatorId);
  const give = (by = officer, organisationId = operatorId) =>
    world.use().returnPayment({ organisationId, orderId: order.orderId, paymentId }, by);
  const list = async (organisationId = operatorId, role: 'operator' | 'bureau' = 'operator') =>
    (await world.use().listParkedPayments({ organisationId, limit: 20 }, official(role, organisationId))).items;
  const payment = async () => must(must(await readOrder(world.table, order.orderId)).payments.find((one) => one.paymentId === paymentId));
  const settle = (day: Parameters<typeof settleDay>[1]) =>
    settleDay({ ...world, table: world.table, clock: world.clock, log: silent }, day);
  return { world, school, bureauId, operatorId, otherId, seat, order, paymentId, officer, give, list, payment, settle };
}

test('is listed for its operator and its bureau with what was ordered, asked and taken; to nobody else', async () => {
  const { world, school, bureauId, otherId, order, paymentId, list } = await parked();
  const [found, ...others] = await list();
  expect(others).toEqual([]);
  expect(found).toEqual({
    paymentId,
    orderId: order.orderId,
    schoolId: school.organisationId,
    schoolName: school.name,
    askedFen: 24_000,
    takenFen: 1,
    parkedAt: world.clock.now(),
    createdAt: world.clock.now(),
    lines: order.lines,
    orderStatus: 'pending',
  });
  expect(await list(bureauId, 'bureau')).toEqual([found]);
  expect(await list(otherId)).toEqual([]);
});

test('goes back whole: booked, owed and sent once, on the audit trail, while the family may pay what was asked', async () => {
  const { world, school, order, officer, paymentId, give, list, payment } = await parked(30_000);
  const answer = await give();
  expect(answer).toMatchObject({ outcome: 'returning' });
  expect(await give()).toEqual(answer);
  expect(await list()).toEqual([]);
  expect(await payment()).toMatchObject({ status: 'paid', amountFen: 30_000, owedFen: 30_000 });
  await world.callBack(paymentId);
  const paid = await world.startPayment(order.orderId, world.parent(0));
  world.payments.pay(paid);
  await world.callBack(paid);
  await world.rest();
  expect(world.payments.refundedOf(paymentId)).toBe(30_000);
  expect(world.payments.refundedOf(paid)).toBe(0);
  const shown = await world.use().getOrder({ orderId: order.orderId }, world.parent(0));
  expect(shown.order).toMatchObject({ status: 'paid', refundedFen: 0 });
  expect(shown.refunds).toMatchObject([{ refundId: must(answer.refundId), cause: 'wrong-sum', status: 'succeeded', amountFen: 30_000 }]);
  const trail = await world.table.queryAll(
    { ...keys.auditOf(school.organisationId, chinaMonth(world.clock.now())), most: 100 },
    AuditEntry,
  );
  expect(trail.filter(({ action }) => action === 'billing.payment-returned')).toMatchObject([
    { personId: officer.personId, subject: paymentId, details: { askedFen: 24_000, takenFen: 30_000, refundId: must(answer.refundId) } },
  ]);
  await expectInvariants(world.table, { atRest: true });
});

test('whose order has ended meanwhile goes back all the same', async () => {
  const { world, order, paymentId, give, list } = await parked();
  world.clock.addMinutes(60);
  await world.rest();
  expect(must(await readOrder(world.table, order.orderId)).order.status).toBe('closed');
  expect(await list()).toMatchObject([{ orderStatus: 'closed', takenFen: 1 }]);
  await give();
  await world.rest();
  expect(world.payments.refundedOf(paymentId)).toBe(1);
  await expectInvariants(world.table, { atRest: true });
});

test('for which the provider now names the right sum pays its order', async () => {
  const { world, order, paymentId, give, list } = await parked();
  world.payments.pay(paymentId, { force: true });
  expect(await give()).toEqual({ outcome: 'applied' });
  expect(must(await readOrder(world.table, order.orderId)).order.status).toBe('paid');
  expect(await list()).toEqual([]);
  await expect(give()).rejects.toMatchObject({ code: 'payment.not_parked' });
  await world.rest();
  await expectInvariants(world.table, { atRest: true });
});

test('that the provider knows nothing of is taken off the list, with nothing booked; its money would bring it back', async () => {
  const { world, paymentId, give, list, payment } = await parked();
  const there = must(world.payments.orders.get(paymentId));
  there.state = 'not-paid';
  expect(await give()).toEqual({ outcome: 'not-paid' });
  expect(await list()).toEqual([]);
  expect(await payment()).toMatchObject({ status: 'created', amountFen: 24_000 });
  there.state = 'paid';
  await world.callBack(paymentId);
  expect(await list()).toHaveLength(1);
});

test('is not touched while the provider does not answer, nor by whom it does not concern', async () => {
  const { world, bureauId, otherId, give, list } = await parked();
  await expect(give(official('operator', otherId), otherId)).rejects.toMatchObject({ code: 'request.not_found' });
  await expect(give(official('bureau', bureauId), bureauId)).rejects.toMatchObject({ code: 'session.forbidden' });
  world.payments.down.add('queryPayment');
  await expect(give()).rejects.toMatchObject({ code: 'provider.no_answer' });
  expect(await list()).toHaveLength(1);
});

test('two people at once make one refund', async () => {
  const { world, operatorId, paymentId, give } = await parked(30_000);
  const answers = await Promise.all(Array.from({ length: 4 }, () => give(official('operator', operatorId))));
  expect(new Set(answers.map(({ refundId }) => refundId)).size).toBe(1);
  await world.rest();
  expect(world.payments.refundedOf(paymentId)).toBe(30_000);
  expect(world.payments.refunds.size).toBe(1);
  await expectInvariants(world.table, { atRest: true });
});

test('returned after its day was settled, the day is settled again, and nothing is left in transit', async () => {
  const { world, school, give, settle } = await parked(30_000);
  const day = chinaDate(world.clock.now());
  world.clock.set(chinaInstant(addDays(day, 1), '10:00' as TimeOfDay));
  expect(await settle(day)).toMatchObject({ state: 'settled', breaks: 1 });
  await give();
  await world.rest();
  const balances = async () => must((await balancesOf(world.table, [school.organisationId]))[0]);
  expect(await balances()).toMatchObject({ bank: 30_000, transit: -30_000, parents: 0, fund: 0 });
  world.clock.set(chinaInstant(addDays(day, 2), '10:00' as TimeOfDay));
  await settle(addDays(day, 1));
  await world.rest();
  expect(await balances()).toMatchObject({ bank: 0, transit: 0, parents: 0, fund: 0 });
  await expectInvariants(world.table, { atRest: true });
});

test('wherever the process dies while it is returned, trying again returns it once', async () => {
  await atEveryCrash(async (fail) => {
    const made = await parked(30_000);
    const { world, operatorId, order, paymentId, officer } = made;
    const dying = await fail(world.table);
    const input = { organisationId: operatorId, orderId: order.orderId, paymentId };
    await world
      .use(dying.table)
      .returnPayment(input, officer)
      .catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
    expect(await made.give()).toMatchObject({ outcome: 'returning' });
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(30_000);
    await expectInvariants(world.table, { atRest: true });
  });
});
