/** The monthly-payout state machine as it deploys: its form, and a month of it on the local runtime with the real steps. */
import { readFileSync } from 'node:fs';
import { payout } from '@kehou/functions/payout/index';
import { startPayout } from '@kehou/functions/payout/start-payout';
import type { PayoutDeps } from '@kehou/functions/payout/tasks';
import { silentLog } from '@kehou/functions/platform/log';
import { expectPayoutInvariants } from '@kehou/functions/testing/payout-invariants';
import { FIRST_OF_JANUARY, type PayoutWorld, payoutWorld } from '@kehou/functions/testing/payout-world';
import { streamOf } from '@kehou/functions/testing/stream-of';
import { actorOf } from '@kehou/functions/testing/teaching-world';
import { addMinutes, type ChinaMonth, instant, ms } from '@kehou/shared/kernel/time';
import validate from 'asl-validator';
import { LocalClock } from '../local/clock.ts';
import { Store } from '../local/store.ts';
import { Workflows } from '../local/workflows/runtime.ts';

const asl = readFileSync(new URL('./monthly-payout.asl.json', import.meta.url), 'utf8');
const DAY_MINUTES = 1440;
const ended: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

/** A school with two instructors and a December taught, on the local runtime. */
async function machine() {
  const town: PayoutWorld = await payoutWorld({
    classes: [{ dates: ['2026-12-02', '2026-12-09'] }, { dates: ['2026-12-02'], payPerSessionFen: 5000 }],
  });
  for (const { sessions } of town.world.classes) for (const session of sessions) await town.teach(session);
  const store = Store.open(':memory:');
  const clock = new LocalClock({ initial: FIRST_OF_JANUARY, store });
  let failing: string | undefined;
  const calls: string[] = [];
  const workflows: Workflows = new Workflows({
    store,
    clock,
    machines: { 'monthly-payout': asl },
    log: silentLog,
    tasks: async (payload) => {
      const name = String(payload.task);
      calls.push(name);
      if (name === failing) throw new Error('injected');
      const task = area.tasks?.[name];
      if (!task) throw new Error(`no task ${name}`);
      return task(payload);
    },
  });
  const deps: PayoutDeps = { ...town.deps(), clock, workflows };
  const area = payout(deps);
  clock.join(workflows);
  ended.push(async () => {
    await workflows.stop();
    clock.stop();
  });
  const stream = await streamOf(town.world.table);
  /** Everything that follows from what was committed. */
  const settle = async () => {
    for (let round = 0; round < 20; round++) {
      const changes = await stream.settle(area.followers ?? []);
      await clock.settled();
      if (changes.length === 0) return;
    }
  };
  await settle();
  return {
    town,
    clock,
    calls,
    settle,
    fail: (task: string | undefined) => {
      failing = task;
    },
    start: async () => {
      await startPayout(deps)({ schoolId: town.schoolId, month: '2026-12' as ChinaMonth }, town.officers.school);
      await settle();
    },
    decide: async (who: 'school' | 'operator', approve = true) => {
      await town.decide('2026-12', who, approve);
      await settle();
    },
    later: async (minutes: number) => {
      await clock.jumpTo(addMinutes(instant(ms(clock.now())), minutes));
      await settle();
    },
    execution: async (version = 1) => workflows.execution(`monthly-payout:${(await town.run('2026-12')).payoutRunId}-v${version}`),
  };
}

test('the definition is valid Amazon States Language', () => {
  expect(validate(JSON.parse(asl))).toMatchObject({ isValid: true, errors: [] });
});

test('a month goes from counting to paid: asked along the chain, sent, waited for, booked', async () => {
  const { town, start, decide, later, execution, calls } = await machine();
  await start();
  expect(await town.run('2026-12')).toMatchObject({ status: 'approving', next: 'school' });
  expect((await execution())?.at).toMatchObject([{ state: 'AskApproval', waitsForToken: true }]);
  await decide('school');
  expect((await execution())?.at).toMatchObject([{ state: 'AskApproval', waitsForToken: true }]);
  await decide('operator');
  expect((await execution())?.at).toMatchObject([{ state: 'WaitForBank' }]);
  await later(6);
  expect(calls.filter((name) => name === 'payout.checkBank')).toHaveLength(1);
  town.bank.decide((name) => (name === '教师1' ? '户名不符' : undefined));
  await later(11);
  expect(await execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', paidFen: 24_000, rejectedFen: 5000 });
  await expectPayoutInvariants(town.world.table, { atRest: true });
});

test('nobody decides for three days: whoever is next is reminded, and asked again under a new token that works', async () => {
  const { town, start, decide, later, execution } = await machine();
  await start();
  const { taskToken } = await town.run('2026-12');
  await later(3 * DAY_MINUTES + 1);
  const reminded = await town.run('2026-12');
  expect(reminded.remindedAt).toBeDefined();
  expect(reminded.taskToken).not.toBe(taskToken);
  await decide('school');
  await decide('operator');
  expect((await execution())?.at).toMatchObject([{ state: 'WaitForBank' }]);
});

test('refused, it gives the sessions back and ends; started anew, the next version pays', async () => {
  const { town, start, decide, later, execution } = await machine();
  await start();
  await decide('school', false);
  expect(await execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await town.statements('2026-12')).toEqual([]);
  await start();
  await decide('school');
  await decide('operator');
  town.bank.decide(() => undefined);
  await later(6);
  expect(await execution(2)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', paidFen: 29_000 });
  await expectPayoutInvariants(town.world.table, { atRest: true });
});

test('a step that fails for good is shown to people and tried again by itself', async () => {
  const { town, start, decide, later, execution, fail } = await machine();
  await start();
  fail('payout.send');
  await decide('school');
  await decide('operator');
  await later(60);
  expect(await town.run('2026-12')).toMatchObject({ status: 'paying', stuckAt: expect.any(String) });
  expect((await execution())?.at).toMatchObject([{ state: 'WaitForPerson' }]);
  fail(undefined);
  await later(360);
  expect((await town.run('2026-12')).stuckAt).toBeUndefined();
  town.bank.decide(() => undefined);
  await later(60);
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', paidFen: 29_000 });
});

test('a run that people take up again overtakes the execution that stood still', async () => {
  const { town, start, decide, later, execution, fail } = await machine();
  await start();
  fail('payout.send');
  await decide('school');
  await decide('operator');
  await later(60);
  fail(undefined);
  await start();
  expect((await execution(2))?.at).toMatchObject([{ state: 'WaitForBank' }]);
  town.bank.decide(() => undefined);
  await later(400);
  expect(await execution(1)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await execution(2)).toMatchObject({ status: 'SUCCEEDED' });
  expect([...town.bank.paidFen.values()].sort()).toEqual([24_000, 5000]);
  await expectPayoutInvariants(town.world.table, { atRest: true });
});

test('blocked by an open break, it shows why, looks again every other hour, and pays by itself once the break is closed', async () => {
  const { town, start, decide, later, execution, calls } = await machine();
  await start();
  await decide('school');
  const found = await town.breakOpens();
  await decide('operator');
  expect(await town.run('2026-12')).toMatchObject({ status: 'blocked', block: { reason: 'open-break', breaks: 1 } });
  expect((await execution())?.at).toMatchObject([{ state: 'WaitBlocked' }]);
  await later(4 * 60 + 1);
  expect(calls.filter((name) => name === 'payout.approve')).toHaveLength(3);
  expect(calls).not.toContain('payout.send');
  await town.breakCloses(found);
  await later(120);
  expect((await execution())?.at).toMatchObject([{ state: 'WaitForBank' }]);
  town.bank.decide(() => undefined);
  await later(20);
  expect(await execution()).toMatchObject({ status: 'SUCCEEDED' });
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', paidFen: 29_000 });
  await expectPayoutInvariants(town.world.table, { atRest: true });
});

test('blocked right before the file, it goes back to the gate; tried again by a person, the version that waited ends without effect', async () => {
  const { town, start, decide, later, execution } = await machine();
  await start();
  await decide('school');
  // The bank hears nothing: the lines are numbered, the file has not arrived.
  town.bank.fail('before', 2);
  await decide('operator');
  expect((await execution())?.at).toMatchObject([{ state: 'WaitForBank' }]);
  const found = await town.breakOpens();
  await later(6);
  expect((await execution())?.at).toMatchObject([{ state: 'WaitBlocked' }]);
  expect(town.bank.files.size).toBe(0);
  await town.breakCloses(found);
  await start();
  expect((await execution(2))?.at).toMatchObject([{ state: 'WaitForBank' }]);
  town.bank.decide(() => undefined);
  await later(130);
  expect(await execution(1)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await execution(2)).toMatchObject({ status: 'SUCCEEDED' });
  expect([...town.bank.paidFen.values()].sort()).toEqual([24_000, 5000]);
});

test('somebody who may not decide changes nothing that waits', async () => {
  const { town, start, execution } = await machine();
  await start();
  const { decidePayout } = await import('@kehou/functions/payout/decide-payout');
  const decide = decidePayout(town.deps());
  const stranger = actorOf([{ organisationId: town.world.bureauId, role: 'bureau' }]);
  const { version, totalFen } = await town.run('2026-12');
  await expect(
    decide({ schoolId: town.schoolId, month: '2026-12' as ChinaMonth, approve: true, version, totalFen }, stranger),
  ).rejects.toThrow('payout.not_your_turn');
  expect((await execution())?.at).toMatchObject([{ state: 'AskApproval', waitsForToken: true }]);
});
