/** A move meets what else may happen to a place or its money: the pupil leaves the school, a wrong sum is paid, the provider closes a refund. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, chinaDate, type Instant, ms } from '@kehou/shared/kernel/time';
import { type BillingWorld, type BillingWorldOptions, must, official } from '../../testing/billing-world.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { askOf, codeOf, decideAll, hasBoth, holders, move, pay, settled } from '../../testing/move-world.ts';
import { keys } from '../platform/keys.ts';
import { put, type Table } from '../platform/table.ts';
import { markPupilLeft } from '../school/leave-school.ts';
import { getRefund } from './refund.repository.ts';

const ignore = () => undefined;
const automatic: BillingWorldOptions['refundApproval'] = { when: 'automatic', chain: ['school'], timeLimitHours: 24 };
const needed: BillingWorldOptions['refundApproval'] = { when: 'always', chain: ['school'], timeLimitHours: 24 };

function leave(world: BillingWorld, table: Table = world.table) {
  const { organisationId: schoolId } = world.selection.school;
  const ask = { schoolId, pupilId: world.pupil(0), leftOn: chinaDate(world.clock.now()), reason: '随父母迁往外市' };
  return markPupilLeft({ table, clock: world.clock })(ask, official('school', schoolId));
}

/** What is left to be ended of pupils who left. */
async function unfinished(world: BillingWorld) {
  return (await world.scan()).filter(({ SK }) => SK === 'LEAVING').length;
}

function refunded(world: BillingWorld, ...paymentIds: readonly string[]): number[] {
  return paymentIds.map((paymentId) => world.payments.refundedOf(paymentId));
}

describe('a pupil who leaves the school in the middle of a move', () => {
  // Ids are made by phones and say nothing about what came first: both orders must end in one pass.
  for (const [name, madeAt] of [
    ['before', 0],
    ['after', ms('2040-01-01T00:00:00.000Z' as Instant)],
  ] as const) {
    it(`has both places ended at once, where the new one is read ${name} the old one`, async () => {
      const one = await settled({ refundApproval: automatic });
      const { world, old, paymentId } = one;
      const place = await move(world, { ...askOf(one, 2, 12_000), newEnrolmentId: newId('enrolment', madeAt) });
      const second = await world.startPayment(must(place.orderId), world.parent(0));
      await leave(world);
      await world.follow();
      expect(await unfinished(world)).toBe(0);
      await world.rest({ settled: true });
      expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'lapsed']);
      expect(await world.enrolment(old)).toMatchObject({ cancelReason: 'left-school' });
      expect(() => world.payments.pay(second)).toThrow('closed');
      expect(refunded(world, paymentId)).toEqual([18_000]);
      expect([await holders(world, 0), await holders(world, 2)]).toEqual([0, 0]);
      await expectInvariants(world.table, { atRest: true });
    });
  }

  it('and whose difference was on its way has moved, and gets back what both payments brought', async () => {
    const one = await settled({ refundApproval: automatic });
    const { world, old, paymentId } = one;
    const place = await move(world, askOf(one, 2, 12_000));
    const second = await world.startPayment(must(place.orderId), world.parent(0));
    world.payments.pay(second);
    await leave(world);
    await world.follow();
    await world.rest({ settled: true });
    expect(await unfinished(world)).toBe(0);
    expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'cancelled']);
    expect([(await world.enrolment(old)).cancelReason, (await world.enrolment(place)).cancelReason]).toEqual(['moved', 'left-school']);
    expect(refunded(world, paymentId, second)).toEqual([18_000, 12_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('keeps the old place until the school has agreed, and begins no move from it meanwhile', async () => {
    const one = await settled({ refundApproval: needed });
    const { world, old, paymentId } = one;
    const place = await move(world, askOf(one, 2, 12_000));
    await leave(world);
    expect(await codeOf(move(world, askOf(one, 1, 0)))).toBe('move.under_way');
    await world.follow();
    await world.rest({ settled: true });
    expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
    expect(await world.enrolment(old)).toMatchObject({ leaving: true });
    expect(await codeOf(move(world, askOf(one, 1, 0)))).toBe('refund.already_asked');
    await decideAll(world);
    expect(refunded(world, paymentId)).toEqual([18_000]);
    await expectInvariants(world.table, { atRest: true });
  });

  it('begins none once they are marked, though nothing is ended yet', async () => {
    const one = await settled({ refundApproval: automatic });
    await leave(one.world);
    for (const [to, differenceFen] of [
      [1, 0],
      [2, 12_000],
    ] as const) {
      expect(await codeOf(move(one.world, askOf(one, to, differenceFen)))).toBe('selection.pupil_left');
    }
    await one.world.follow();
    await one.world.rest({ settled: true });
    expect(refunded(one.world, one.paymentId)).toEqual([18_000]);
    await expectInvariants(one.world.table, { atRest: true });
  });

  it('at the very moment of it has one place ended, whichever was quicker', async () => {
    for (let round = 0; round < 8; round++) {
      const one = await settled({ refundApproval: automatic });
      const { world, old, paymentId } = one;
      const ask = askOf(one, 1, 0);
      await Promise.allSettled([move(world, ask), leave(world).then(() => world.follow())]);
      await world.rest();
      world.clock.addMinutes(2);
      await world.rest();
      await world.rest({ settled: true });
      expect((await world.enrolment(old)).status).toBe('cancelled');
      expect(await unfinished(world)).toBe(0);
      expect(refunded(world, paymentId)).toEqual([18_000]);
      expect([await holders(world, 0), await holders(world, 1)]).toEqual([0, 0]);
      await expectInvariants(world.table, { atRest: true });
    }
  });

  it('has both ended wherever the process dies that ends them', async () => {
    await atEveryCrash(async (fail) => {
      const one = await settled({ refundApproval: automatic });
      const { world, old, paymentId } = one;
      const place = await move(world, askOf(one, 2, 12_000));
      await leave(world);
      const faults = await fail(world.table);
      await world.follow(faults.table).catch(ignore);
      await expectInvariants(world.table);
      await world.rest();
      world.clock.set(addMinutes(place.holdUntil, 1));
      await world.rest();
      await world.rest({ settled: true });
      expect(await hasBoth(world, old, place)).toEqual(['cancelled', 'lapsed']);
      expect(refunded(world, paymentId)).toEqual([18_000]);
      await expectInvariants(world.table, { atRest: true });
    }, 60);
  }, 300_000);
});

it('a place is refunded or moved, never both, when the family asks for both at once', async () => {
  for (let round = 0; round < 8; round++) {
    const one = await settled({ refundApproval: needed });
    const { world, old, paymentId } = one;
    const ask = askOf(one, 1, 0);
    const [moving, asking] = await Promise.allSettled([move(world, ask), world.requestRefund(old)]);
    expect([moving.status, asking.status].sort()).toEqual(['fulfilled', 'rejected']);
    await decideAll(world);
    expect((await world.enrolment(old)).cancelReason).toBe(moving.status === 'fulfilled' ? 'moved' : 'parent');
    expect(refunded(world, paymentId)).toEqual([moving.status === 'fulfilled' ? 0 : 18_000]);
    await expectInvariants(world.table, { atRest: true });
  }
});

it('a difference of which another sum was paid moves nobody, goes back whole, and is no part of the place', async () => {
  const one = await settled();
  const { world, old, paymentId } = one;
  const operatorId = newId('organisation');
  const { school } = world.selection;
  await world.table.write([
    put(keys.organisation(operatorId), { organisationId: operatorId, kind: 'operator', name: '新华课后', ancestorIds: [] }),
    put(keys.organisation(school.organisationId), { ...school, operatorId }),
  ]);
  const place = await move(world, askOf(one, 2, 12_000));
  const orderId = must(place.orderId);
  const wrong = await world.startPayment(orderId, world.parent(0));
  world.payments.pay(wrong, { amountFen: 11_000 });
  await world.callBack(wrong);
  expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'held']);
  world.clock.set(place.holdUntil);
  await world.rest();
  await world.rest();
  expect(await hasBoth(world, old, place)).toEqual(['confirmed', 'lapsed']);
  const ask = { organisationId: operatorId, orderId, paymentId: wrong as Id<'payment'> };
  expect(await world.use().returnPayment(ask, official('operator', operatorId))).toMatchObject({ outcome: 'returning' });
  await world.rest();
  expect(refunded(world, paymentId, wrong)).toEqual([0, 11_000]);
  await world.requestRefund(await world.enrolment(old));
  await decideAll(world);
  expect(refunded(world, paymentId, wrong)).toEqual([18_000, 11_000]);
  await expectInvariants(world.table, { atRest: true });
});

it('each payment that a refund goes back to has its own refund at the provider, with its own attempts', async () => {
  const one = await settled();
  const { world, paymentId } = one;
  const place = await move(world, askOf(one, 2, 12_000));
  const second = await pay(world, place);
  world.payments.refundMode = 'closed';
  const { refundId } = await world.requestRefund(await world.enrolment(place));
  await world.rest();
  world.payments.refundMode = 'succeed';
  const [piece] = must((await getRefund(world.table, refundId))?.rest);
  const other = must(piece).refundId;
  const { organisationId: schoolId } = world.selection.school;
  const retry = (id: Id<'refund'>) => world.use().retryRefund({ schoolId, refundId: id }, official('school', schoolId));
  await retry(other);
  await world.rest();
  expect([...world.payments.refunds.keys()].sort()).toEqual([refundId, other, `${other}-2`].sort());
  expect(await getRefund(world.table, refundId)).toMatchObject({ status: 'attention', attempt: 1, paymentId: second });
  expect(await getRefund(world.table, other)).toMatchObject({ status: 'succeeded', attempt: 2, paymentId });
  expect(refunded(world, second, paymentId)).toEqual([0, 18_000]);
  await expectInvariants(world.table);
  await retry(refundId);
  await world.rest();
  expect(refunded(world, second, paymentId)).toEqual([12_000, 18_000]);
  await expectInvariants(world.table, { atRest: true });
});
