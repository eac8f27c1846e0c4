/** A move wherever the process dies: the child has one of the two classes, and every fen is somewhere. */
import { must } from '../../testing/billing-world.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { askOf, decideAll, hasBoth, holders, move, pay, settled } from '../../testing/move-world.ts';
import { approveRefund } from './approve-refund.ts';

const ignore = () => undefined;

describe('wherever the process dies', () => {
  for (const [name, to, differenceFen] of [
    ['a move at the same price', 1, 0],
    ['a move to a cheaper class', 3, -12_000],
  ] as const) {
    it(`${name} is done by the same request, or has not happened`, async () => {
      // By turns: with lost replies and without, so that both meet both.
      let count = 0;
      const writes = await atEveryCrash(async (fail) => {
        const redrive = (count + Math.floor(count++ / 2)) % 2 === 0 ? 'again' : 'never';
        const one = await settled();
        const { world, old, paymentId } = one;
        const ask = askOf(one, to, differenceFen);
        const faults = await fail(world.table);
        await move(world, ask, faults.table).catch(ignore);
        await expectInvariants(world.table);
        if (redrive === 'again') await move(world, ask);
        world.clock.addMinutes(20);
        await world.rest({ settled: true });
        const place = await world.enrolment({ pupilId: old.pupilId, enrolmentId: ask.newEnrolmentId }).catch(ignore);
        const moved = place?.status === 'confirmed';
        if (redrive === 'again') expect(moved).toBe(true);
        expect((await world.enrolment(old)).status).toBe(moved ? 'cancelled' : 'confirmed');
        expect(world.payments.refundedOf(paymentId)).toBe(moved ? Math.abs(differenceFen) : 0);
        expect([await holders(world, 0), await holders(world, to)]).toEqual(moved ? [0, 1] : [1, 0]);
        await expectInvariants(world.table, { atRest: true });
      });
      expect(writes).toBe(5);
    });
  }

  it('a move that is to be paid for is held by the same request, or has not happened', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const one = await settled();
      const { world, old } = one;
      const ask = askOf(one, 2, 12_000);
      const faults = await fail(world.table);
      await move(world, ask, faults.table).catch(ignore);
      await expectInvariants(world.table);
      const place = await move(world, ask);
      await pay(world, place);
      await world.rest({ settled: true });
      expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'confirmed']);
      await expectInvariants(world.table, { atRest: true });
    });
    expect(writes).toBe(3);
  });

  it('the payment of a difference moves once, by another callback or by the sweeper', async () => {
    const writes = await atEveryCrash(async (fail) => {
      const one = await settled();
      const { world, old } = one;
      const place = await move(world, askOf(one, 2, 12_000));
      const paymentId = await world.startPayment(must(place.orderId), world.parent(0));
      world.payments.pay(paymentId);
      const faults = await fail(world.table);
      await world.callBack(paymentId, faults.table).catch(ignore);
      await expectInvariants(world.table);
      world.clock.set(place.holdUntil);
      await world.rest({ settled: true });
      expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'confirmed']);
      expect([await holders(world, 0), await holders(world, 2)]).toEqual([0, 1]);
      await expectInvariants(world.table, { atRest: true });
    });
    expect(writes).toBe(3);
  });

  it('a move that ends unpaid lets go of the old place', async () => {
    await atEveryCrash(async (fail) => {
      const one = await settled();
      const { world, old } = one;
      const place = await move(world, askOf(one, 2, 12_000));
      world.clock.set(place.holdUntil);
      const faults = await fail(world.table);
      await world.sweep(faults.table).catch(ignore);
      await expectInvariants(world.table);
      await world.rest();
      await world.rest();
      expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
      await expectInvariants(world.table, { atRest: true });
    });
  });

  it('a refund of a place that two payments paid for goes to both, once', async () => {
    await atEveryCrash(async (fail) => {
      const one = await settled();
      const { world, old, paymentId } = one;
      const place = await move(world, askOf(one, 2, 12_000));
      const second = await pay(world, place);
      const { refundId } = await world.requestRefund(await world.enrolment(place));
      const faults = await fail(world.table);
      const log = { info: ignore, warn: ignore, error: ignore };
      await approveRefund({ table: faults.table, clock: world.clock, log }, refundId).catch(ignore);
      await expectInvariants(world.table);
      await decideAll(world);
      expect([world.payments.refundedOf(second), world.payments.refundedOf(paymentId)]).toEqual([12_000, 18_000]);
      expect((await world.enrolment(old)).status).toBe('cancelled');
      await expectInvariants(world.table, { atRest: true });
    });
  });
});
