import { ProviderRefused, ProviderUnavailable, type RefundInput } from '@kehou/functions/platform/payment-provider';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { paidOrder, startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

async function refundable(paidFen = 12_000): Promise<(refundFen: number) => RefundInput> {
  const { input } = await paidOrder(world, paidFen);
  await world.timers.settle();
  world.callbacks.length = 0;
  return (refundFen) => ({
    refundId: newId('refund'),
    paymentId: input.paymentId,
    refundFen: fen(refundFen),
    paidFen: fen(paidFen),
    reason: '退课：少儿编程（周三），未上课全额退',
  });
}

test('a refund is accepted, takes its time, and ends with a callback; the payment then says that it was refunded', async () => {
  const refund = (await refundable())(4000);
  expect(await world.pay.refund(refund)).toEqual({ state: 'processing' });
  expect(await world.pay.queryRefund(refund.refundId)).toEqual({ state: 'processing' });
  expect(world.simulator.control.balanceFen()).toBe(8000);
  await world.timers.advance({ minutes: 1 });
  const succeeded = {
    state: 'succeeded',
    providerRefundId: world.simulator.control.refund(refund.refundId)?.refundId,
    refundedAt: world.timers.now(),
    amountFen: 4000,
  };
  expect(world.callbacks.map(({ notice }) => notice)).toEqual([
    { kind: 'refund', refundId: refund.refundId, paymentId: refund.paymentId, refund: succeeded },
  ]);
  expect(await world.pay.queryRefund(refund.refundId)).toEqual(succeeded);
  expect(await world.pay.queryPayment(refund.paymentId)).toMatchObject({ state: 'refunded', amountFen: 12_000 });
});

test('the same number again is the same refund; with another amount it is refused', async () => {
  const refund = (await refundable())(4000);
  await world.pay.refund(refund);
  // Within the minute WeChat says "too often": the answer is how the first one stands.
  expect(await world.pay.refund(refund)).toEqual({ state: 'processing' });
  await world.timers.advance({ minutes: 2 });
  expect(await world.pay.refund(refund)).toMatchObject({ state: 'succeeded', amountFen: 4000 });
  await world.timers.advance({ minutes: 2 });
  await expect(world.pay.refund({ ...refund, refundFen: fen(5000) })).rejects.toMatchObject({ reason: 'other-content' });
  expect(world.simulator.control.listRefunds()).toHaveLength(1);
  expect(world.simulator.control.balanceFen()).toBe(8000);
});

test('two refunds of one order have to be a minute apart, and never exceed what was paid', async () => {
  const make = await refundable();
  await world.pay.refund(make(4000));
  await expect(world.pay.refund(make(4000))).rejects.toBeInstanceOf(ProviderUnavailable);
  await world.timers.advance({ minutes: 1 });
  await expect(world.pay.refund(make(8001))).rejects.toMatchObject({ name: 'ProviderRefused', code: 'INVALID_REQUEST' });
  await world.timers.advance({ minutes: 1 });
  expect(await world.pay.refund(make(8000))).toEqual({ state: 'processing' });
  await world.timers.advance({ minutes: 1 });
  await expect(world.pay.refund(make(1))).rejects.toBeInstanceOf(ProviderRefused);
});

test('the fifty-first part is refused', async () => {
  const make = await refundable(100);
  world.simulator.control.changeSettings({ refundIntervalSeconds: 0 });
  for (let part = 0; part < 50; part++) await world.pay.refund(make(1));
  await expect(world.pay.refund(make(1))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect(world.simulator.control.balanceFen()).toBe(50);
});

test('what was not paid, is not known, or was paid over a year ago is not refunded', async () => {
  const make = await refundable();
  await expect(world.pay.refund({ ...make(1), paymentId: newId('payment') })).rejects.toMatchObject({ code: 'RESOURCE_NOT_EXISTS' });
  await expect(world.pay.refund({ ...make(1), paidFen: fen(1) })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  expect(await world.pay.queryRefund(newId('refund'))).toEqual({ state: 'unknown' });
  await world.timers.advance({ days: 366 });
  await expect(world.pay.refund(make(1))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test("what the merchant's balance cannot cover waits; later the same number goes through", async () => {
  const refund = (await refundable())(4000);
  world.simulator.control.setBalance(3999);
  expect(await world.pay.refund(refund)).toEqual({ state: 'not-enough-balance' });
  expect(await world.pay.queryRefund(refund.refundId)).toEqual({ state: 'unknown' });
  world.simulator.control.setBalance(4000);
  await world.timers.advance({ minutes: 1 });
  expect(await world.pay.refund(refund)).toEqual({ state: 'processing' });
  expect(world.simulator.control.balanceFen()).toBe(0);
});

test('abnormal: the money is back with the merchant, and a person can end it', async () => {
  const refund = (await refundable())(4000);
  world.simulator.control.setSwitch({ kind: 'refund.abnormal' });
  await world.pay.refund(refund);
  await world.timers.advance({ minutes: 1 });
  expect(world.callbacks.at(-1)?.notice).toMatchObject({ kind: 'refund', refund: { state: 'abnormal' } });
  expect(await world.pay.queryRefund(refund.refundId)).toMatchObject({ state: 'abnormal' });
  expect(world.simulator.control.balanceFen()).toBe(12_000);

  world.simulator.control.settleRefund(refund.refundId, 'SUCCESS');
  await world.timers.settle();
  expect(world.callbacks.at(-1)?.notice).toMatchObject({ kind: 'refund', refund: { state: 'succeeded', amountFen: 4000 } });
  expect(world.simulator.control.balanceFen()).toBe(8000);
});

test('closed: nothing was refunded; its number is refused for ever, and the amount can be refunded under another', async () => {
  const make = await refundable();
  const refund = make(12_000);
  world.simulator.control.setSwitch({ kind: 'refund.closed' });
  await world.pay.refund(refund);
  await world.timers.advance({ minutes: 1 });
  expect(world.callbacks.at(-1)?.notice).toMatchObject({ refund: { state: 'closed' } });
  await world.timers.advance({ minutes: 2 });
  expect(await world.pay.refund(refund)).toEqual({ state: 'closed' });
  await world.timers.advance({ minutes: 2 });
  expect(await world.pay.queryRefund(refund.refundId)).toEqual({ state: 'closed' });
  expect(world.simulator.control.balanceFen()).toBe(12_000);
  expect(await world.pay.refund(make(12_000))).toEqual({ state: 'processing' });
});

test('silent: processing for ever, until a person ends it', async () => {
  const refund = (await refundable())(4000);
  world.simulator.control.setSwitch({ kind: 'refund.silent' });
  await world.pay.refund(refund);
  await world.timers.advance({ days: 30 });
  expect(await world.pay.queryRefund(refund.refundId)).toEqual({ state: 'processing' });
  expect(world.callbacks).toEqual([]);
  world.simulator.control.settleRefund(refund.refundId, 'SUCCESS');
  await world.timers.settle();
  expect(world.callbacks).toHaveLength(1);
  expect(await world.pay.queryRefund(refund.refundId)).toMatchObject({ state: 'succeeded' });
});

test('a lost reply and a lost callback: the same number, or a query, tells how it ended', async () => {
  const refund = (await refundable())(4000);
  world.simulator.control.setSwitch({ kind: 'http.lost-reply', operation: 'refund' });
  world.simulator.control.setSwitch({ kind: 'callback.lost', of: 'refund' });
  await expect(world.pay.refund(refund)).rejects.toBeInstanceOf(ProviderUnavailable);
  expect(await world.pay.refund(refund)).toEqual({ state: 'processing' });
  await world.timers.advance({ days: 2 });
  expect(world.callbacks).toEqual([]);
  expect(await world.pay.queryRefund(refund.refundId)).toMatchObject({ state: 'succeeded' });
});

test('forged and doubled refund callbacks are told apart like those of payments', async () => {
  const refund = (await refundable())(4000);
  for (const kind of ['callback.forged-signature', 'callback.tampered', 'callback.stale'] as const) {
    world.simulator.control.setSwitch({ kind, of: 'refund' });
  }
  world.simulator.control.setSwitch({ kind: 'callback.duplicate', of: 'refund' });
  await world.pay.refund(refund);
  await world.timers.advance({ minutes: 5 });
  expect(world.callbacks.map(({ notice }) => notice?.kind)).toEqual([undefined, undefined, undefined, 'refund', 'refund']);
});

test('a refund under way survives a restart of WeChat', async () => {
  const refund = (await refundable())(4000);
  await world.pay.refund(refund);
  await world.restart();
  await world.timers.advance({ minutes: 1 });
  expect(await world.pay.queryRefund(refund.refundId)).toMatchObject({ state: 'succeeded' });
  expect(world.callbacks.at(-1)?.notice).toMatchObject({ kind: 'refund' });
});
