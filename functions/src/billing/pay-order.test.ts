import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes } from '@kehou/shared/kernel/time';
import { type BillingWorld, billingWorld, must } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import { put, remove } from '../platform/table.ts';
import { resolveTaking } from '../selection/enrolment.repository.ts';
import { readOrder } from './order.repository.ts';

const classes = (count: number, capacity = 5, more = {}) =>
  Array.from({ length: count }, (_, index) => ({ capacity, weekday: index + 1, ...more }));

async function statusOf(world: BillingWorld, orderId: string) {
  return must(await readOrder(world.table, orderId as Parameters<typeof readOrder>[1])).order.status;
}

/** A second guardian of the first child. */
async function father(world: BillingWorld): Promise<Actor> {
  const personId = newId('person');
  await world.table.write([put(keys.person(personId), { personId, openId: 'open-father', createdAt: world.clock.now() })]);
  const child = must(world.selection.pupils[0]);
  await world.table.write([put(keys.personChild(personId, child.pupilId), child)]);
  return { personId, memberships: [], children: [child], requestId: 'father' };
}

describe('placing an order', () => {
  it('takes held seats of several classes, with the pack where it was ticked, and answers the same again', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(2, 5, { withMaterialPack: true }) });
    const seats = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
    const [first, second] = world.linesOf(seats);
    const input = { orderId: newId('order'), lines: [{ ...must(first), withMaterialPack: true }, must(second)] };
    const order = await world.use().placeOrder(input, world.parent(0));
    expect(order).toMatchObject({ status: 'pending', totalFen: 24_000 * 2 + 4500, payBefore: must(seats[0]).holdUntil });
    expect(order.lines.map((line) => [line.feeFen, line.materialFen, line.pupilName])).toEqual([
      [24_000, 4500, '学生0'],
      [24_000, 0, '学生0'],
    ]);
    expect(await world.use().placeOrder(input, world.parent(0))).toEqual(order);
    const reversed = { ...input, lines: [...input.lines].reverse() };
    expect((await world.use().placeOrder(reversed, world.parent(0))).orderId).toBe(order.orderId);
    await expect(world.use().placeOrder({ ...input, lines: input.lines.slice(0, 1) }, world.parent(0))).rejects.toMatchObject({
      code: 'request.id_reused',
    });
    const { items } = await world.use().listChildOrders({ pupilId: world.pupil(0), limit: 10 }, world.parent(0));
    expect(items.map((item) => item.orderId)).toEqual([order.orderId]);
  });

  it('puts a seat into one live order at most, however many taps there are', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => world.order([seat])));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(['order.seat_in_order', 'request.changed']).toContain(result.reason.code);
    }
    const { items } = await world.use().listChildOrders({ pupilId: world.pupil(0), limit: 10 }, world.parent(0));
    expect(items).toHaveLength(1);
  });

  it('refuses what is not theirs, not held, too late, listed twice, and a pack that is not sold', async () => {
    const world = await billingWorld(await testTable(), { pupils: 2 });
    const seat = await world.takeSeat(0);
    const place = (lines: ReturnType<BillingWorld['linesOf']>, by = world.parent(0)) =>
      world.use().placeOrder({ orderId: newId('order'), lines }, by);
    const [line] = world.linesOf([seat]);
    await expect(place([must(line)], world.parent(1))).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(place([{ ...must(line), enrolmentId: newId('enrolment') }])).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(place([must(line), must(line)])).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(place([{ ...must(line), withMaterialPack: true }])).rejects.toMatchObject({ code: 'order.no_material' });
    world.clock.set(seat.holdUntil);
    await expect(place([must(line)])).rejects.toMatchObject({ code: 'selection.hold_over' });
    expect((await world.enrolment(seat)).orderId).toBeUndefined();
  });

  it('confirms what is free of charge at once', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 5, feePerSessionFen: 0 }] });
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    expect(order).toMatchObject({ status: 'paid', totalFen: 0 });
    expect(await world.enrolment(seat)).toMatchObject({ status: 'confirmed', paidFen: 0, orderId: order.orderId });
    expect(world.payments.calls).toEqual([]);
    const again = await world.use().startPayment({ orderId: order.orderId, provider: 'wechat' }, world.parent(0));
    expect(again.status).toBe('paid');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });
});

describe('paying', () => {
  it('confirms seats and books the money when the provider calls back, once however often it calls', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(2) });
    const seats = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
    const order = await world.order(seats);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    expect(await world.startPayment(order.orderId, world.parent(0))).toBe(paymentId);
    world.payments.pay(paymentId);
    await Promise.all(Array.from({ length: 5 }, () => world.callBack(paymentId)));
    await world.callBack(paymentId);
    for (const seat of seats) expect(await world.enrolment(seat)).toMatchObject({ status: 'confirmed', paidFen: 24_000 });
    expect(await statusOf(world, order.orderId)).toBe('paid');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
    const { balances, holds } = await world.use().proveLedger({ organisationId: world.selection.school.organisationId }, world.parent(0));
    expect(balances).toEqual({ bank: 0, transit: 48_000, fees: 0, parents: 0, payees: 0, fund: -48_000 });
    expect(holds).toBe(true);
    await expect(world.use().giveUpSeat(must(seats[0]), world.parent(0))).rejects.toMatchObject({ code: 'order.already_paid' });
  });

  it('asks the provider when no callback comes', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    const look = (refresh: boolean) => world.use().getOrder({ orderId: order.orderId, refresh }, world.parent(0));
    expect((await look(true)).order.status).toBe('pending');
    world.payments.pay(paymentId);
    expect((await look(false)).order.status).toBe('pending');
    world.payments.down.add('queryPayment');
    expect((await look(true)).order.status).toBe('pending');
    world.payments.down.clear();
    expect((await look(true)).order.status).toBe('paid');
    await expect(world.use().getOrder({ orderId: order.orderId }, world.parent(1))).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('lets both guardians pay the same order, one payment at a time', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    const mothers = await world.startPayment(order.orderId, world.parent(0));
    const fathers = await world.startPayment(order.orderId, await father(world));
    expect(fathers).not.toBe(mothers);
    expect(() => world.payments.pay(mothers)).toThrow('closed');
    world.payments.pay(fathers);
    await world.callBack(fathers);
    expect(await statusOf(world, order.orderId)).toBe('paid');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('stays to be seen by who paid it when their link is ended, with the refunds of their own money alone; who paid nothing sees nothing', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(1, 5), pupils: 1 });
    const order = await world.order([await world.takeSeat(0)]);
    const hisActor = await father(world);
    const mothers = await world.startPayment(order.orderId, world.parent(0));
    const his = await world.startPayment(order.orderId, hisActor);
    world.payments.pay(his);
    await world.callBack(his);
    world.payments.pay(mothers, { force: true });
    await world.callBack(mothers);
    await world.rest();
    const look = (actor: Actor) => world.use().getOrder({ orderId: order.orderId }, actor);
    expect((await look(hisActor)).refunds).toMatchObject([{ paymentId: mothers }]);
    await world.table.write([remove(keys.personChild(hisActor.personId, world.pupil(0)))]);
    const seen = await look(hisActor);
    expect(seen.order).toMatchObject({ status: 'paid', totalFen: 24_000 });
    expect(seen.refunds).toEqual([]);
    await expect(world.startPayment(order.orderId, hisActor)).rejects.toMatchObject({ code: 'request.not_found' });
    expect((await world.use().listChildOrders({ pupilId: world.pupil(0), limit: 10 }, hisActor)).items).toEqual([]);
    await expect(look({ ...hisActor, personId: newId('person') })).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('shows a guardian of one child of an order that child alone, and lets only a guardian of all of them pay', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(1, 5), pupils: 2 });
    const both: Actor = { ...world.parent(0), children: [...world.parent(0).children, ...world.parent(1).children] };
    await world.table.write([put(keys.personChild(both.personId, world.pupil(1)), must(world.selection.pupils[1]))]);
    const seats = [await world.takeSeat(0), await world.takeSeat(1)];
    const order = await world.order(seats, { by: both });
    expect(order.totalFen).toBe(48_000);
    const { order: seen } = await world.use().getOrder({ orderId: order.orderId, refresh: false }, world.parent(1));
    expect(seen.lines.map(({ pupilId }) => pupilId)).toEqual([world.pupil(1)]);
    expect(seen.totalFen).toBe(24_000);
    const { items } = await world.use().listChildOrders({ pupilId: world.pupil(1), limit: 10 }, world.parent(1));
    expect(items).toEqual([seen]);
    await expect(world.startPayment(order.orderId, world.parent(1))).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(world.startPayment(order.orderId, both)).resolves.toBeTruthy();
  });

  it('finds the other guardian paid just before, instead of opening a second cashier', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    world.payments.pay(await world.startPayment(order.orderId, world.parent(0)));
    const reply = await world.use().startPayment({ orderId: order.orderId, provider: 'wechat' }, await father(world));
    expect(reply).toMatchObject({ status: 'paid', order: { orderId: order.orderId } });
    await expectInvariants(world.table);
  });

  it('gives a second payment of the same order back whole', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    const mothers = await world.startPayment(order.orderId, world.parent(0));
    const fathers = await world.startPayment(order.orderId, await father(world));
    world.payments.pay(fathers);
    await world.callBack(fathers);
    world.payments.pay(mothers, { force: true });
    await world.callBack(mothers);
    await world.callBack(mothers);
    await world.rest();
    expect(world.payments.refundedOf(mothers)).toBe(24_000);
    expect(world.payments.refundedOf(fathers)).toBe(0);
    expect((await world.enrolment(seat)).status).toBe('confirmed');
    await expectInvariants(world.table, { atRest: true });
    const { refunds, order: shown } = await world.use().getOrder({ orderId: order.orderId }, world.parent(0));
    expect(refunds).toMatchObject([{ cause: 'late-payment', status: 'succeeded', amountFen: 24_000 }]);
    expect(shown.refundedFen).toBe(0);
  });

  it('parks a payment whose sum is not what was asked, and books nothing', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    world.payments.pay(paymentId, { amountFen: 1 });
    await world.callBack(paymentId);
    await world.callBack(paymentId);
    expect(await statusOf(world, order.orderId)).toBe('pending');
    const rows = await world.scan();
    expect(rows.filter((row) => row.GSI2PK === 'PARKED')).toHaveLength(1);
    expect(rows.filter((row) => row.action === 'billing.payment-parked')).toHaveLength(1);
    expect(rows.filter((row) => row.PK.startsWith('LEDGER#'))).toEqual([]);
  });

  it('refuses a forged callback, and takes one about an unknown payment without effect', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    world.payments.pay(paymentId);
    const content = { kind: 'payment', paymentId, payment: await world.payments.queryPayment(paymentId) };
    await expect(world.notice(content, world.table, 'forged')).rejects.toMatchObject({ code: 'payment.forged_notice' });
    expect(await statusOf(world, order.orderId)).toBe('pending');
    await world.notice({ ...content, paymentId: newId('payment') });
    await world.notice({ ...content, paymentId: '../../etc' });
    expect(await statusOf(world, order.orderId)).toBe('pending');
  });

  it('says so when the provider does not answer, and goes on with the same payment', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    const start = () => world.use().startPayment({ orderId: order.orderId, provider: 'wechat' }, world.parent(0));
    world.payments.down.add('prepay');
    await expect(start()).rejects.toMatchObject({ code: 'payment.provider_silent' });
    world.payments.down.clear();
    world.payments.deaf.add('prepay');
    await expect(start()).rejects.toMatchObject({ code: 'payment.provider_silent' });
    world.payments.deaf.clear();
    expect((await start()).status).toBe('pay');
    expect(world.payments.orders.size).toBe(1);
  });

  it('does not start once the time to pay is over', async () => {
    const world = await billingWorld(await testTable());
    const order = await world.order([await world.takeSeat(0)]);
    world.clock.set(order.payBefore);
    const start = () => world.use().startPayment({ orderId: order.orderId, provider: 'wechat' }, world.parent(0));
    await expect(start()).rejects.toMatchObject({ code: 'selection.hold_over' });
    await world.sweep();
    await expect(start()).rejects.toMatchObject({ code: 'order.closed' });
  });
});

describe('holds that end', () => {
  it('lapse when their time is over: order closed, payment closed at the provider, seat free', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 1 }] });
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    world.clock.set(addMinutes(seat.holdUntil, -1));
    await world.sweep();
    expect((await world.enrolment(seat)).status).toBe('held');
    world.clock.set(seat.holdUntil);
    await world.sweep();
    await world.sweep();
    expect((await world.enrolment(seat)).status).toBe('lapsed');
    expect(await statusOf(world, order.orderId)).toBe('closed');
    expect(() => world.payments.pay(paymentId)).toThrow('closed');
    expect((await world.takeSeat(1)).status).toBe('held');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('are confirmed when closing finds that they were paid', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    world.payments.pay(await world.startPayment(order.orderId, world.parent(0)));
    world.clock.set(seat.holdUntil);
    await world.sweep();
    expect((await world.enrolment(seat)).status).toBe('confirmed');
    expect(await statusOf(world, order.orderId)).toBe('paid');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('close the whole order when one seat is given up; the other seat stays held and is ordered anew', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(2) });
    const [one, other] = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
    const order = await world.order([one, other]);
    await world.startPayment(order.orderId, world.parent(0));
    expect(await world.use().giveUpSeat(one, world.parent(0))).toMatchObject({ status: 'lapsed', givenUp: true });
    expect((await world.use().giveUpSeat(one, world.parent(0))).status).toBe('lapsed');
    expect(await statusOf(world, order.orderId)).toBe('closed');
    expect((await world.enrolment(other)).status).toBe('held');
    const again = await world.order([other]);
    const paymentId = await world.startPayment(again.orderId, world.parent(0));
    world.payments.pay(paymentId);
    await world.callBack(paymentId);
    expect((await world.enrolment(other)).status).toBe('confirmed');
    await world.rest();
    await expectInvariants(world.table, { atRest: true });
  });

  it('wait for a provider that does not answer, and end when it does', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    const order = await world.order([seat]);
    await world.startPayment(order.orderId, world.parent(0));
    world.payments.down.add('closePayment');
    expect((await world.use().giveUpSeat(seat, world.parent(0))).status).toBe('closing');
    await expect(world.order([seat])).rejects.toMatchObject({ code: 'selection.hold_over' });
    world.payments.down.clear();
    world.clock.addMinutes(1);
    await world.sweep();
    expect((await world.enrolment(seat)).status).toBe('lapsed');
    expect(await statusOf(world, order.orderId)).toBe('closed');
  });

  it('finish a try that nobody finished', async () => {
    const world = await billingWorld(await testTable());
    const seat = await world.takeSeat(0);
    await world.table.write([
      put(keys.enrolment(seat.pupilId, seat.enrolmentId), { ...seat, status: 'taking', ...keys.due(seat.enrolmentId, seat.takenAt) }),
    ]);
    await world.sweep();
    expect((await world.enrolment(seat)).status).toBe('lost');
    await resolveTaking(world, seat);
    expect((await world.takeSeat(0)).status).toBe('held');
  });
});

describe('a payment that comes late', () => {
  async function lapsedOrder(world: BillingWorld, pupil = 0, offerings = [0]) {
    const seats = [];
    for (const offering of offerings) seats.push(await world.takeSeat(pupil, offering));
    const order = await world.order(seats);
    const paymentId = await world.startPayment(order.orderId, world.parent(pupil));
    world.clock.set(order.payBefore);
    await world.sweep();
    return { seats, order, paymentId };
  }

  it('becomes a place again when there is room', async () => {
    const world = await billingWorld(await testTable());
    const { seats, order, paymentId } = await lapsedOrder(world);
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.callBack(paymentId);
    await world.rest();
    expect((await world.enrolment(must(seats[0]))).status).toBe('lapsed');
    const rows = (await world.scan()).filter((row) => row.SK.startsWith('ENROLMENT#') && row.status === 'confirmed');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ orderId: order.orderId, paidFen: 24_000 });
    expect(world.payments.refunds.size).toBe(0);
    await expectInvariants(world.table, { atRest: true });
  });

  it('goes back when the class is full, without anybody asking', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 1 }] });
    const { paymentId } = await lapsedOrder(world);
    await world.paidSeat(1);
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    const { items } = await world.use().listChildRefunds({ pupilId: world.pupil(0), limit: 10 }, world.parent(0));
    expect(items).toMatchObject([{ cause: 'late-payment', status: 'succeeded' }]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is decided line by line', async () => {
    const world = await billingWorld(await testTable(), {
      classes: [
        { capacity: 1, weekday: 1 },
        { capacity: 5, weekday: 2 },
      ],
    });
    const { paymentId } = await lapsedOrder(world, 0, [0, 1]);
    await world.paidSeat(1, 0);
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    const confirmed = (await world.scan()).filter((row) => row.SK.startsWith('ENROLMENT#') && row.status === 'confirmed');
    expect(confirmed.map((row) => row.offeringId).sort()).toEqual([world.offering(0).offeringId, world.offering(1).offeringId].sort());
    await expectInvariants(world.table, { atRest: true });
  });

  it('goes back when the child has taken and ordered the seat anew meanwhile', async () => {
    const world = await billingWorld(await testTable());
    const { paymentId } = await lapsedOrder(world);
    const { enrolment } = await world.paidSeat(0);
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    expect((await world.enrolment(enrolment)).status).toBe('confirmed');
    await expectInvariants(world.table, { atRest: true });
  });

  it('confirms a seat of the closed order that is still held', async () => {
    const world = await billingWorld(await testTable(), { classes: classes(2) });
    const [one, other] = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
    const order = await world.order([one, other]);
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    await world.use().giveUpSeat(one, world.parent(0));
    world.payments.pay(paymentId, { force: true });
    await world.callBack(paymentId);
    await world.rest();
    expect((await world.enrolment(other)).status).toBe('confirmed');
    await expectInvariants(world.table, { atRest: true });
  });
});
