/** An order that is paid while another payment of it is still open at the provider: the other guardian's cashier. */
import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { type BillingWorld, billingWorld, must } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { readOrder } from './order.repository.ts';

async function pendingOrder() {
  const world = await billingWorld(await testTable());
  const { orderId } = await world.order([await world.takeSeat(0)]);
  const father: Actor = { ...world.parent(0), personId: newId('person') };
  await world.table.write([
    put(keys.person(father.personId), { personId: father.personId, openId: 'father', createdAt: world.clock.now() }),
    put(keys.personChild(father.personId, world.pupil(0)), must(world.selection.pupils[0])),
  ]);
  return { world, orderId, father };
}

/** The mother's payment was closed when the father opened his; her money was on its way all the same, and pays the order. */
async function paidByTheFirst() {
  const { world, orderId, father } = await pendingOrder();
  const mothers = await world.startPayment(orderId, world.parent(0));
  const fathers = await world.startPayment(orderId, father);
  world.payments.pay(mothers, { force: true });
  await world.callBack(mothers);
  return { world, orderId, mothers, fathers };
}

async function paymentsOf(world: BillingWorld, orderId: Parameters<typeof readOrder>[1]) {
  const { payments } = must(await readOrder(world.table, orderId));
  return Object.fromEntries(payments.map(({ paymentId, status }) => [paymentId as string, status]));
}

it('has the other one closed at the provider, so that nobody pays twice', async () => {
  const { world, orderId, mothers, fathers } = await paidByTheFirst();
  await world.sweep();
  expect(() => world.payments.pay(fathers)).toThrow('closed');
  expect(await paymentsOf(world, orderId)).toEqual({ [mothers]: 'paid', [fathers]: 'closed' });
  const calls = world.payments.calls.length;
  await world.sweep();
  expect(world.payments.calls).toHaveLength(calls);
  await expectInvariants(world.table);
});

it('gives the other one back when it was paid too and no callback ever came', async () => {
  const { world, orderId, mothers, fathers } = await paidByTheFirst();
  world.payments.pay(fathers);
  await world.rest();
  expect(await paymentsOf(world, orderId)).toEqual({ [mothers]: 'paid', [fathers]: 'paid' });
  expect(world.payments.refundedOf(fathers)).toBe(24_000);
  expect(world.payments.refundedOf(mothers)).toBe(0);
  await expectInvariants(world.table, { atRest: true });
});

it('waits for a provider that does not answer', async () => {
  const { world, orderId, fathers } = await paidByTheFirst();
  world.payments.down.add('closePayment');
  await expect(world.sweep()).rejects.toThrow('closePayment');
  world.payments.down.clear();
  await world.sweep();
  expect((await paymentsOf(world, orderId))[fathers]).toBe('closed');
});

function signal() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((go) => {
    resolve = go;
  });
  return { promise, resolve };
}

describe('two guardians who start paying at once', () => {
  /** The mother's payment reaches the provider after the father had it closed there, and before his takes its place. */
  async function atOnce() {
    const { world, orderId, father } = await pendingOrder();
    const { payments } = world;
    const [prepay, close] = [payments.prepay.bind(payments), payments.closePayment.bind(payments)];
    const asked = signal();
    const closed = signal();
    const opened = signal();
    payments.prepay = async (input) => {
      payments.prepay = prepay;
      asked.resolve();
      await closed.promise;
      return prepay(input);
    };
    payments.closePayment = async (paymentId) => {
      payments.closePayment = close;
      const state = await close(paymentId);
      closed.resolve();
      await opened.promise;
      return state;
    };
    const mothers = world.startPayment(orderId, world.parent(0)).finally(() => opened.resolve());
    await asked.promise;
    const fathers = world.startPayment(orderId, father);
    return { world, orderId, mothers: await mothers, fathers: await fathers };
  }

  it('have one cashier open in the end, not two', async () => {
    const { world, orderId, mothers, fathers } = await atOnce();
    expect(fathers).not.toBe(mothers);
    expect(() => world.payments.pay(mothers)).toThrow('closed');
    expect(await paymentsOf(world, orderId)).toEqual({ [mothers]: 'closed', [fathers]: 'created' });
    world.payments.pay(fathers);
    await world.callBack(fathers);
    await expectInvariants(world.table);
  });
});
