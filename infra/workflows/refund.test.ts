/** The refund state machine as it deploys: its form, and refunds on the local runtime with the real steps, stream and provider. */
import { readFileSync } from 'node:fs';
import { billing } from '@kehou/functions/billing/index';
import { silentLog } from '@kehou/functions/platform/log';
import { type BillingWorldOptions, billingWorld, official } from '@kehou/functions/testing/billing-world';
import { testTable } from '@kehou/functions/testing/engine';
import { expectInvariants } from '@kehou/functions/testing/invariants';
import { streamOf } from '@kehou/functions/testing/stream-of';
import { addMinutes } from '@kehou/shared/kernel/time';
import validate from 'asl-validator';
import { LocalClock } from '../local/clock.ts';
import { Store } from '../local/store.ts';
import { Workflows } from '../local/workflows/runtime.ts';

const asl = readFileSync(new URL('./refund.asl.json', import.meta.url), 'utf8');
const DAY_MINUTES = 1440;
const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** A paid seat whose parent asks for the money back, on the local runtime. */
async function machine(options: BillingWorldOptions = {}) {
  const world = await billingWorld(await testTable(), options);
  const { enrolment, paymentId } = await world.paidSeat(0);
  const store = Store.open(':memory:');
  const clock = new LocalClock({ initial: world.clock.now(), store });
  const calls: string[] = [];
  const begin = () => {
    const workflows: Workflows = new Workflows({
      store,
      clock,
      machines: { refund: asl },
      log: silentLog,
      tasks: async (payload) => {
        calls.push(String(payload.task));
        const task = area.tasks?.[String(payload.task)];
        if (!task) throw new Error(`no task ${payload.task}`);
        return task(payload);
      },
    });
    const { table, payments } = world;
    const objects = { put: async () => undefined, get: async () => undefined, downloadUrl: async () => '' };
    const secrets = { session: new Uint8Array(32).fill(7), qr: new Uint8Array(32).fill(8) };
    const area = billing({ table, clock, log: silentLog, payments, workflows, objects, secrets });
    clock.join(workflows);
    ended.push(() => workflows.stop());
    return { workflows, area };
  };
  let now = begin();
  ended.push(async () => clock.stop());
  const stream = await streamOf(world.table);
  const settle = async () => {
    for (let round = 0; round < 20; round++) {
      const changes = await stream.settle(now.area.followers ?? []);
      await clock.settled();
      if (changes.length === 0) return;
    }
  };
  const refund = await world.requestRefund(enrolment);
  return {
    world,
    schoolId: world.selection.school.organisationId,
    enrolment,
    paymentId,
    refund,
    calls,
    settle,
    use: () => now.area.useCases,
    later: async (minutes: number) => {
      const until = addMinutes(clock.now(), minutes);
      await clock.jumpTo(until);
      world.clock.set(clock.now());
      await settle();
    },
    /** The process ends and another begins on what was kept. */
    restart: async () => {
      await now.workflows.stop();
      now = begin();
      now.workflows.resume();
      await settle();
    },
    execution: (version = 1) => now.workflows.execution(`refund:${refund.refundId}-v${version}`),
    status: async () => (await now.area.useCases.getRefund(refund, world.parent(0))).status,
  };
}

const needed = { refundApproval: { when: 'always' as const, chain: ['school' as const], timeLimitHours: 48 } };

test('the definition is valid Amazon States Language', () => {
  expect(validate(JSON.parse(asl))).toMatchObject({ isValid: true, errors: [] });
});

test('an automatic refund goes from request to booking without anyone', async () => {
  const { world, settle, execution, status, paymentId, calls } = await machine();
  await settle();
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await status()).toBe('succeeded');
  expect(world.payments.refundedOf(paymentId)).toBe(24_000);
  expect(calls).toEqual(['billing.assessRefund', 'billing.approveRefund', 'billing.assessRefund', 'billing.sendRefund']);
  await expectInvariants(world.table, { atRest: true });
});

test('one that needs approval waits for the word, over a restart, reminds when it does not come, and then goes on', async () => {
  const { world, schoolId, settle, later, restart, execution, status, use, refund, paymentId, calls } = await machine(needed);
  await settle();
  expect(execution()?.at).toMatchObject([{ state: 'AskApprovers', waitsForToken: true }]);
  await restart();
  await later(48 * 60 + 1);
  expect(calls.filter((name) => name === 'billing.remindApprovers')).toHaveLength(1);
  await later(DAY_MINUTES + 1);
  expect(calls.filter((name) => name === 'billing.remindApprovers')).toHaveLength(2);
  expect(execution()?.at).toMatchObject([{ state: 'AskApprovers', waitsForToken: true }]);
  await restart();
  await use().decideRefund({ schoolId, refundId: refund.refundId, approve: true }, official('school', schoolId));
  await settle();
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await status()).toBe('succeeded');
  expect(world.payments.refundedOf(paymentId)).toBe(24_000);
  await expectInvariants(world.table, { atRest: true });
});

test('one that is refused ends, and no money moves', async () => {
  const { world, schoolId, settle, execution, status, use, refund, paymentId } = await machine(needed);
  await settle();
  await use().decideRefund({ schoolId, refundId: refund.refundId, approve: false, note: '请先和班主任联系' }, official('school', schoolId));
  await settle();
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await status()).toBe('refused');
  expect(world.payments.refundedOf(paymentId)).toBe(0);
  await expectInvariants(world.table, { atRest: true });
});

test('one that the provider takes its time over is asked about, and ends when it is there', async () => {
  const { world, settle, later, restart, execution, status, refund, calls } = await machine();
  world.payments.refundMode = 'process';
  await settle();
  expect(execution()?.at).toMatchObject([{ state: 'WaitForResult' }]);
  await later(2);
  await restart();
  expect(await status()).toBe('sending');
  world.payments.finishRefund(refund.refundId);
  await later(10);
  expect(await status()).toBe('succeeded');
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(calls.filter((name) => name === 'billing.sendRefund')).toHaveLength(1);
  await expectInvariants(world.table, { atRest: true });
});

test('one that the provider closes ends in the queue; a retry is the next version under the next number, and a repeated start does nothing', async () => {
  const { world, schoolId, settle, execution, status, use, refund, paymentId } = await machine();
  world.payments.refundMode = 'closed';
  await settle();
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await status()).toBe('attention');
  world.payments.refundMode = 'succeed';
  await use().retryRefund({ schoolId, refundId: refund.refundId }, official('school', schoolId));
  await settle();
  expect(execution(2)).toMatchObject({ status: 'SUCCEEDED' });
  expect([...world.payments.refunds.keys()]).toEqual([refund.refundId, `${refund.refundId}-2`]);
  expect(await status()).toBe('succeeded');
  expect(world.payments.refundedOf(paymentId)).toBe(24_000);
  await expectInvariants(world.table, { atRest: true });
});

test('a provider that does not answer at all ends in the queue after the retries', async () => {
  const { world, settle, later, execution, status, calls } = await machine();
  world.payments.down.add('refund');
  await settle();
  await later(DAY_MINUTES);
  expect(execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await status()).toBe('attention');
  expect(calls.filter((name) => name === 'billing.sendRefund')).toHaveLength(11);
  expect(calls.at(-1)).toBe('billing.parkRefund');
  await expectInvariants(world.table, { atRest: true });
});
