/** Processes that die between any two writes, replies that are lost, conflicts, throttling: then everything goes on, and the invariants hold. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, mulberry32, withFaults } from '../../testing/faults.ts';
import { brokenInvariants, expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import type { StoredEnrolment } from '../selection/enrolment.repository.ts';
import { approveRefund } from './approve-refund.ts';
import { endHold } from './close-order.ts';
import { readOrder } from './order.repository.ts';

const ignore = () => undefined;

async function orderStatus(world: BillingWorld, orderId: string) {
  return (await readOrder(world.table, orderId as Id<'order'>))?.order.status;
}

async function inCashier(world: BillingWorld, pupil = 0, offerings = [0]) {
  const seats: StoredEnrolment[] = [];
  for (const offering of offerings) seats.push(await world.takeSeat(pupil, offering));
  const order = await world.order(seats);
  const paymentId = await world.startPayment(order.orderId, world.parent(pupil));
  return { seats, seat: must(seats[0]), order, paymentId };
}

/** Goes on in another way at each place where the process died, so that every way meets replies lost and not lost. */
function inTurn<W>(ways: readonly W[], scenario: (way: W, fail: (table: Table) => ReturnType<typeof withFaults>) => Promise<void>) {
  let count = 0;
  return (fail: (table: Table) => ReturnType<typeof withFaults>): Promise<void> => {
    const way = ways[(count + Math.floor(count / 2)) % ways.length] as W;
    count += 1;
    return scenario(way, fail);
  };
}

const twoClasses = {
  classes: [
    { capacity: 1, weekday: 1 },
    { capacity: 2, weekday: 2 },
  ],
};

describe('wherever the process dies', () => {
  it('placing an order leaves all of it or nothing, and the same request finishes it', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable(), twoClasses);
      const seats = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
      const input = { orderId: newId('order'), lines: world.linesOf(seats) };
      const faults = await fail(world.table);
      await world.use(faults.table).placeOrder(input, world.parent(0)).catch(ignore);
      expect(await world.use().placeOrder(input, world.parent(0))).toMatchObject({ status: 'pending' });
      await expectInvariants(world.table);
    });
    expect(writes).toBe(1);
  });

  it('placing an order that is free of charge ends confirmed', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable(), { classes: [{ capacity: 1, feePerSessionFen: 0 }] });
      const seat = await world.takeSeat(0);
      const input = { orderId: newId('order'), lines: world.linesOf([seat]) };
      const faults = await fail(world.table);
      await world.use(faults.table).placeOrder(input, world.parent(0)).catch(ignore);
      expect(await world.use().placeOrder(input, world.parent(0))).toMatchObject({ status: 'paid' });
      expect((await world.enrolment(seat)).status).toBe('confirmed');
      await expectInvariants(world.table, { atRest: true });
    });
    expect(writes).toBe(2);
  });

  it('starting to pay goes on with one payment that can be paid', async () => {
    await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable());
      const order = await world.order([await world.takeSeat(0)]);
      const faults = await fail(world.table);
      await world.use(faults.table).startPayment({ orderId: order.orderId, provider: 'wechat' }, world.parent(0)).catch(ignore);
      const paymentId = await world.startPayment(order.orderId, world.parent(0));
      const payable = [...world.payments.orders.values()].filter(({ state }) => state === 'not-paid');
      expect(payable.map(({ input }) => input.paymentId)).toEqual([paymentId]);
      world.payments.pay(paymentId);
      await world.callBack(paymentId);
      await world.rest();
      expect(await orderStatus(world, order.orderId)).toBe('paid');
      await expectInvariants(world.table, { atRest: true });
    });
  });

  it('applying a payment happens once, by the next callback or by asking', async () => {
    const writes = await atEveryCrash(
      inTurn(['callback', 'query'], async (redrive, fail) => {
        const world = await billingWorld(await testTable(), twoClasses);
        const { seats, order, paymentId } = await inCashier(world, 0, [0, 1]);
        world.payments.pay(paymentId);
        const faults = await fail(world.table);
        await world.callBack(paymentId, faults.table).catch(ignore);
        await expectInvariants(world.table);
        if (redrive === 'callback') await world.callBack(paymentId);
        else await world.use().getOrder({ orderId: order.orderId, refresh: true }, world.parent(0));
        for (const seat of seats) expect((await world.enrolment(seat)).status).toBe('confirmed');
        await world.rest();
        await expectInvariants(world.table, { atRest: true });
      }),
    );
    expect(writes).toBe(1);
  });

  it('a hold that runs out ends all the same, paid or not', async () => {
    await atEveryCrash(
      inTurn([false, true], async (paid, fail) => {
        const world = await billingWorld(await testTable(), twoClasses);
        const { seats, order, paymentId } = await inCashier(world, 0, [0, 1]);
        if (paid) world.payments.pay(paymentId);
        world.clock.set(order.payBefore);
        const faults = await fail(world.table);
        await world.sweep(faults.table).catch(ignore);
        await expectInvariants(world.table);
        await world.rest();
        await world.rest();
        expect(await orderStatus(world, order.orderId)).toBe(paid ? 'paid' : 'closed');
        for (const seat of seats) expect((await world.enrolment(seat)).status).toBe(paid ? 'confirmed' : 'lapsed');
        await expectInvariants(world.table, { atRest: true });
      }),
    );
  });

  it('a seat given up is lapsed by the next try, or by the sweeper', async () => {
    await atEveryCrash(
      inTurn(['again', 'sweeper'], async (redrive, fail) => {
        const world = await billingWorld(await testTable());
        const { seat, order } = await inCashier(world);
        const faults = await fail(world.table);
        await world.use(faults.table).giveUpSeat(seat, world.parent(0)).catch(ignore);
        if (redrive === 'again') await world.use().giveUpSeat(seat, world.parent(0));
        else world.clock.set(seat.holdUntil);
        await world.rest();
        await world.rest();
        expect((await world.enrolment(seat)).status).toBe('lapsed');
        expect(await orderStatus(world, order.orderId)).toBe('closed');
        await expectInvariants(world.table, { atRest: true });
      }),
    );
  });

  it('a late payment becomes its places and refunds, once', async () => {
    await atEveryCrash(
      inTurn(['callback', 'sweeper'], async (redrive, fail) => {
        const world = await billingWorld(await testTable(), twoClasses);
        const { order, paymentId } = await inCashier(world, 0, [0, 1]);
        world.clock.set(order.payBefore);
        await world.sweep();
        await world.paidSeat(1, 0);
        world.payments.pay(paymentId, { force: true });
        const faults = await fail(world.table);
        await world.callBack(paymentId, faults.table).catch(ignore);
        await expectInvariants(world.table);
        if (redrive === 'callback') await world.callBack(paymentId);
        // A callback that wrote nothing leaves nothing to sweep: then the provider calls again, as it does 15 times.
        else if ((await readOrder(world.table, order.orderId))?.payments[0]?.status !== 'paid') await world.callBack(paymentId);
        world.clock.addMinutes(3);
        await world.rest();
        expect(world.payments.refundedOf(paymentId)).toBe(24_000);
        await expectInvariants(world.table, { atRest: true });
      }),
    );
  });

  it('a refund is asked for once', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable());
      const { enrolment, paymentId } = await world.paidSeat(0);
      const where = { pupilId: enrolment.pupilId, enrolmentId: enrolment.enrolmentId };
      const { quoteToken } = await world.use().quoteRefund(where, world.parent(0));
      const input = { ...where, refundId: newId('refund'), quoteToken };
      const faults = await fail(world.table);
      await world.use(faults.table).requestRefund(input, world.parent(0)).catch(ignore);
      await world.use().requestRefund(input, world.parent(0));
      await world.rest();
      expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      await expectInvariants(world.table, { atRest: true });
    });
    expect(writes).toBe(1);
  });

  it('a refund goes all the way, and the provider pays once', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable());
      const { enrolment, paymentId } = await world.paidSeat(0);
      await world.requestRefund(enrolment);
      await world.follow();
      const faults = await fail(world.table);
      await world.runMachines(faults.table).catch(ignore);
      await expectInvariants(world.table);
      await world.rest({ settled: true });
      expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      await expectInvariants(world.table, { atRest: true });
    });
    expect(writes).toBeGreaterThanOrEqual(4);
  });

  it('an approval frees the seat and owes the money together', async () => {
    await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable(), { refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 1 } });
      const { organisationId: schoolId } = world.selection.school;
      const { enrolment, paymentId } = await world.paidSeat(0);
      const { refundId } = await world.requestRefund(enrolment);
      await world.rest();
      const head = official('school', schoolId);
      const faults = await fail(world.table);
      await world.use(faults.table).decideRefund({ schoolId, refundId, approve: true }, head).catch(ignore);
      await expectInvariants(world.table);
      await world.use().decideRefund({ schoolId, refundId, approve: true }, head);
      await world.rest({ settled: true });
      expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      await expectInvariants(world.table, { atRest: true });
    });
  });

  it('a class that does not run pays everybody back once', async () => {
    await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable(), { classes: [{ capacity: 3 }] });
      const paid = [await world.paidSeat(0), await world.paidSeat(1)];
      const payload = { offeringId: world.offering(0).offeringId, cursor: '' };
      const faults = await fail(world.table);
      const task = (table: Table) => must(must(world.area(table).tasks)['billing.refundOffering'])(payload);
      await task(faults.table).catch(ignore);
      await expectInvariants(world.table);
      await task(world.table);
      await world.rest();
      for (const { paymentId } of paid) expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      await expectInvariants(world.table, { atRest: true });
    });
  });

  it('the balances count every entry once', async () => {
    await atEveryCrash(async (fail) => {
      const world = await billingWorld(await testTable());
      const { enrolment } = await world.paidSeat(0);
      await approveRefund(
        { ...world.selection, log: { info: ignore, warn: ignore, error: ignore } },
        (await world.requestRefund(enrolment)).refundId,
      );
      const faults = await fail(world.table);
      await world.follow(faults.table).catch(ignore);
      await world.follow();
      await expectInvariants(world.table, { atRest: true });
    });
  });
});

describe('when many things happen at once', () => {
  it('a payment that meets its own closing ends as a place or a refund', async () => {
    for (let round = 0; round < 12; round++) {
      const world = await billingWorld(await testTable());
      const { seat, order, paymentId } = await inCashier(world);
      world.clock.set(order.payBefore);
      world.payments.pay(paymentId, { force: true });
      const closing = {
        table: world.table,
        clock: world.clock,
        payments: world.payments,
        log: { info: ignore, warn: ignore, error: ignore },
      };
      await Promise.allSettled([
        world.callBack(paymentId),
        endHold(closing, seat),
        world.callBack(paymentId),
        world.use().getOrder({ orderId: order.orderId, refresh: true }, world.parent(0)),
        world.sweep(),
      ]);
      await world.rest();
      expect((await world.enrolment(seat)).status).toBe('confirmed');
      await expectInvariants(world.table, { atRest: true });
    }
  });

  it('a late payment that several processes resolve at once ends once', async () => {
    for (let round = 0; round < 10; round++) {
      const world = await billingWorld(await testTable(), twoClasses);
      const { order, paymentId } = await inCashier(world, 0, [0, 1]);
      world.clock.set(order.payBefore);
      await world.sweep();
      if (round % 2) await world.paidSeat(1, 0);
      world.payments.pay(paymentId, { force: true });
      const look = () => world.use().getOrder({ orderId: order.orderId, refresh: true }, world.parent(0));
      await Promise.allSettled([world.callBack(paymentId), look(), world.callBack(paymentId), look(), world.callBack(paymentId)]);
      await world.callBack(paymentId);
      // A new attempt that lost to its own refund is a hold like any other, and runs out.
      world.clock.addMinutes(16);
      await world.rest();
      await expectInvariants(world.table, { atRest: true });
      const bought = (await world.scan()).filter((row) => row.SK.startsWith('RECEIPT#') && row.paymentId === paymentId).length;
      expect(world.payments.refundedOf(paymentId)).toBe((2 - bought) * 24_000);
    }
  });

  it('storms of throttling, conflicts and lost replies change nothing about the outcome', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const world = await billingWorld(await testTable(), { classes: [{ capacity: 3 }], pupils: 5 });
      const random = mulberry32(seed);
      const faults = await withFaults(world.table, { seed, throttle: 0.05, conflict: 0.1, lost: 0.1 });
      const insist = async (action: () => Promise<unknown>) => {
        for (let attempt = 0; attempt < 12; attempt++) {
          try {
            return await action();
          } catch {
            // Sent again, as phones and providers do.
          }
        }
        throw new Error('never got through');
      };
      const seats = [await world.takeSeat(0), await world.takeSeat(1), await world.takeSeat(2)];
      await Promise.all(
        seats.map(async (seat, index) => {
          const parent = world.parent(index);
          const order = { orderId: newId('order'), lines: world.linesOf([seat]) };
          await insist(() => world.use(faults.table).placeOrder(order, parent));
          await insist(() => world.use(faults.table).startPayment({ orderId: order.orderId, provider: 'wechat' }, parent));
          const payable = must(
            [...world.payments.orders.values()].find(
              ({ input, state }) => state === 'not-paid' && input.payer === `open-${parent.personId}`,
            ),
          );
          world.payments.pay(payable.input.paymentId);
          await insist(() => world.callBack(payable.input.paymentId, faults.table));
          if (random() < 0.6) {
            const where = { pupilId: seat.pupilId, enrolmentId: seat.enrolmentId };
            const { quoteToken } = await world.use().quoteRefund(where, parent);
            const refund = { ...where, refundId: newId('refund'), quoteToken };
            await insist(() => world.use(faults.table).requestRefund(refund, parent));
          }
        }),
      );
      await insist(() => world.follow(faults.table));
      await insist(() => world.runMachines(faults.table));
      await insist(() => world.sweep(faults.table));
      await world.rest();
      await expectInvariants(world.table, { atRest: true });
      expect(faults.injected().lost + faults.injected().conflict + faults.injected().throttle).toBeGreaterThan(5);
    }
  });
});

test('the invariants notice what is wrong: a place taken away from someone who paid, and money that went nowhere', async () => {
  const world = await billingWorld(await testTable());
  const { enrolment, order, paymentId } = await world.paidSeat(0);
  await world.rest();
  expect(await brokenInvariants(world.table, { atRest: true })).toEqual([]);
  await world.table.write([set(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), { status: 'lapsed' })]);
  expect((await brokenInvariants(world.table)).join()).toContain('paid, and not refunded');
  await world.table.write([set(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), { status: 'confirmed' })]);
  await world.table.write([set(keys.payment(order.orderId, paymentId), { owedFen: 5 })]);
  expect((await brokenInvariants(world.table)).join()).toContain('owed back');
  await world.table.write([set(keys.balances(world.selection.school.organisationId), { fund: 1 })]);
  expect((await brokenInvariants(world.table, { atRest: true })).join()).toContain('fund shows 1');
});
