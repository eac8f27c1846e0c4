/** A family's basket to its end: seats over two children, one payment, and one part of it cancelled. */
import { newId } from '@kehou/shared/kernel/id';
import type { Actor, OutputOf } from '@kehou/shared/kernel/route';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { type BillingWorld, billingWorld, must } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { TEST_SECRETS } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { FullMemory } from '../selection/full-memory.ts';
import { Seat } from '../selection/seat.repository.ts';
import { submitBasket } from '../selection/submit-basket.ts';
import { TermsMemory } from '../selection/terms-memory.ts';

type Result = OutputOf<typeof selectionRoutes.submitBasket>;

async function submit(world: BillingWorld, actor: Actor, wanted: readonly (readonly number[])[], allOrNothing: readonly boolean[]) {
  const use = submitBasket({
    table: world.table,
    clock: world.clock,
    secrets: TEST_SECRETS,
    full: new FullMemory(),
    terms: new TermsMemory(),
  });
  const children = wanted.map((offerings, pupil) => ({
    pupilId: world.pupil(pupil),
    allOrNothing: allOrNothing[pupil] ?? false,
    lines: offerings.map((index) => ({ enrolmentId: newId('enrolment'), offeringId: world.offering(index).offeringId })),
  }));
  return (await use({ windowId: world.selection.window.windowId, children }, actor)) as Result;
}

async function holders(world: BillingWorld, offering: number): Promise<number> {
  return Object.keys((await world.table.mustGet(keys.seat(world.offering(offering).offeringId), Seat)).holders).length;
}

test('what was won for two children is one order, split by child, paid once; a part of it is cancelled and refunded by itself', async () => {
  const world = await billingWorld(await testTable(), { classes: [{ capacity: 5 }, { capacity: 1 }, { capacity: 5 }], pupils: 3 });
  await world.takeSeat(2, 1);
  const mother: Actor = { ...world.parent(0), children: [must(world.selection.pupils[0]), must(world.selection.pupils[1])] };
  await world.table.write([put(keys.personChild(mother.personId, world.pupil(1)), { ...must(world.selection.pupils[1]) })]);
  // The older child wants three by themselves, one of them full; the younger two or none.
  const result = await submit(
    world,
    mother,
    [
      [0, 1, 2],
      [2, 0],
    ],
    [false, true],
  );
  const won = await Promise.all(
    result.children.flatMap(({ lines }) => lines.flatMap(({ enrolment }) => (enrolment ? [world.enrolment(enrolment)] : []))),
  );
  expect(won.map(({ pupilId, offeringId }) => [pupilId, offeringId])).toEqual([
    [world.pupil(0), world.offering(0).offeringId],
    [world.pupil(0), world.offering(2).offeringId],
    [world.pupil(1), world.offering(2).offeringId],
    [world.pupil(1), world.offering(0).offeringId],
  ]);

  const order = await world.order(won, { by: mother });
  const feeOf = (pupil: number) =>
    order.lines.filter(({ pupilId }) => pupilId === world.pupil(pupil)).reduce((sum, { feeFen }) => sum + feeFen, 0);
  expect([feeOf(0), feeOf(1), order.totalFen]).toEqual([48_000, 48_000, 96_000]);
  expect(new Set(won.map(({ holdUntil }) => holdUntil))).toEqual(new Set([order.payBefore]));
  const paymentId = await world.startPayment(order.orderId, mother);
  world.payments.pay(paymentId);
  await world.callBack(paymentId);
  for (const enrolment of won) expect((await world.enrolment(enrolment)).status).toBe('confirmed');

  const part = must(won[2]);
  const where = { pupilId: part.pupilId, enrolmentId: part.enrolmentId };
  const { quoteToken, totalFen } = await world.use().quoteRefund(where, mother);
  expect(totalFen).toBe(24_000);
  await world.use().requestRefund({ ...where, refundId: newId('refund'), quoteToken }, mother);
  await world.rest();
  const { order: after } = await world.use().getOrder({ orderId: order.orderId }, mother);
  expect(after).toMatchObject({ status: 'paid', totalFen: 96_000, refundedFen: 24_000 });
  expect((await Promise.all(won.map((one) => world.enrolment(one)))).map(({ status }) => status)).toEqual([
    'confirmed',
    'confirmed',
    'cancelled',
    'confirmed',
  ]);
  expect([await holders(world, 0), await holders(world, 1), await holders(world, 2)]).toEqual([2, 1, 1]);
  await expectInvariants(world.table);
});

test('a basket that nobody pays for lapses whole, and a late payment gets seats or its money back', async () => {
  const world = await billingWorld(await testTable(), { classes: [{ capacity: 1 }, { capacity: 5 }], pupils: 2 });
  const mother = world.parent(0);
  const result = await submit(world, mother, [[0, 1]], [true]);
  const won = await Promise.all(result.children.flatMap(({ lines }) => lines.map(({ enrolment }) => world.enrolment(must(enrolment)))));
  const order = await world.order(won, { by: mother });
  const paymentId = await world.startPayment(order.orderId, mother);
  world.clock.addMinutes(16);
  await world.rest();
  expect((await Promise.all(won.map((one) => world.enrolment(one)))).map(({ status }) => status)).toEqual(['lapsed', 'lapsed']);
  await world.takeSeat(1, 0);
  world.payments.pay(paymentId, { force: true });
  await world.callBack(paymentId);
  await world.rest();
  await expectInvariants(world.table);
  expect([await holders(world, 0), await holders(world, 1)]).toEqual([1, 1]);
});
