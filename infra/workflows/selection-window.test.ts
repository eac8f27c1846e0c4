/** The selection-window state machine as it deploys: its form, and selection night on the local runtime with the real steps. */
import { readFileSync } from 'node:fs';
import { changeOf } from '@kehou/functions/platform/change-of';
import { keys } from '@kehou/functions/platform/keys';
import { silentLog } from '@kehou/functions/platform/log';
import { MemoryObjects } from '@kehou/functions/platform/memory-objects';
import { set } from '@kehou/functions/platform/table';
import { getDraw } from '@kehou/functions/selection/draw.repository';
import { confirmWrites, StoredEnrolment } from '@kehou/functions/selection/enrolment.repository';
import { selection } from '@kehou/functions/selection/index';
import { testEngine, testTable } from '@kehou/functions/testing/engine';
import { OPENING, selectionWorld } from '@kehou/functions/testing/selection-world';
import { NO_WECHAT, TEST_SECRETS } from '@kehou/functions/testing/test-platform';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import type { Lottery } from '@kehou/shared/selection/lottery';
import { Window } from '@kehou/shared/selection/window';
import validate from 'asl-validator';
import { LocalClock } from '../local/clock.ts';
import { Store } from '../local/store.ts';
import { Streams } from '../local/streams.ts';
import { Workflows } from '../local/workflows/runtime.ts';

const asl = readFileSync(new URL('./selection-window.asl.json', import.meta.url), 'utf8');
const officer: Actor = { personId: 'per_officer', memberships: [], children: [], requestId: 'test' };
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The machinery over one table and one store: made again, it is the next start of the same machine. */
async function machinery(table: Awaited<ReturnType<typeof testTable>>, store: Store, objects = new MemoryObjects()) {
  const clock = new LocalClock({ initial: OPENING, store });
  const refunds: string[] = [];
  const workflows: Workflows = new Workflows({
    store,
    clock,
    log: silentLog,
    machines: { 'selection-window': asl },
    tasks: async (payload) => {
      if (payload.task === 'billing.refundOffering') {
        refunds.push(`${payload.offeringId} ${payload.cursor}`);
        return payload.cursor === '' ? { done: false, cursor: 'page-2' } : { done: true, cursor: '' };
      }
      const task = area.tasks?.[String(payload.task)];
      if (!task) throw new Error(`no task ${payload.task}`);
      return task(payload);
    },
  });
  const area = selection({ table, clock, workflows, objects, secrets: TEST_SECRETS, wechat: NO_WECHAT });
  const streams = new Streams({
    config: (await testEngine()).config,
    table: table.name,
    store,
    clock,
    log: silentLog,
    pollMs: 20,
    handler: async ({ Records }) => {
      for (const record of Records) {
        const change = changeOf(record);
        for (const follower of change ? (area.followers ?? []) : []) await follower(change as NonNullable<typeof change>);
      }
    },
  });
  clock.join(streams);
  clock.join(workflows);
  workflows.resume();
  streams.start();
  const stop = async () => {
    await streams.stop();
    await workflows.stop();
    clock.stop();
  };
  ends.push(stop);
  return { clock, workflows, area, refunds, stop };
}

/** A school with two classes in a draft window that opens in an hour: one that runs with a single pupil, one that needs three. */
async function evening(options: { readonly lottery?: Lottery; readonly pupils?: number } = {}) {
  const table = await testTable();
  const world = await selectionWorld(table, { classes: [{ capacity: 10 }, { capacity: 10 }], pupils: options.pupils ?? 2 });
  const offeringIds: Id<'offering'>[] = [];
  for (const [index, offering] of world.offerings.entries()) {
    const offeringId = newId('offering');
    offeringIds.push(offeringId);
    const { windowId: _, ...fresh } = offering;
    await table.write([set(keys.offering(offeringId), { ...fresh, offeringId, status: 'draft', smallestSize: index === 0 ? 1 : 3 })]);
  }
  const store = Store.open(':memory:');
  const objects = new MemoryObjects();
  const machine = await machinery(table, store, objects);
  const input = {
    schoolId: world.school.organisationId,
    windowId: newId('window'),
    termId: world.window.termId,
    name: '第二轮选课',
    opensAt: addMinutes(OPENING, 60),
    closesAt: addMinutes(OPENING, 120),
    offeringIds,
    ...(options.lottery ? { lottery: options.lottery } : {}),
  };
  await machine.area.useCases.createWindow(input, officer);
  await machine.area.useCases.publishWindow({ schoolId: input.schoolId, windowId: input.windowId }, officer);
  const statusOf = async () => (await table.mustGet(keys.window(input.windowId), Window)).status;
  /** A pupil takes a seat of each class and pays. */
  const attend = async ({ area }: typeof machine) => {
    const [pupil] = world.pupils;
    if (!pupil) throw new Error('nobody there');
    for (const offeringId of offeringIds) {
      const taken = await area.useCases.takeSeat(
        { pupilId: pupil.pupilId, offeringId, windowId: input.windowId, enrolmentId: newId('enrolment') },
        officer,
      );
      const enrolment = await table.mustGet(keys.enrolment(pupil.pupilId, taken.enrolmentId), StoredEnrolment);
      await table.write(confirmWrites(enrolment, { orderId: newId('order'), paidFen: enrolment.feeFen, materialFen: 0 }));
    }
  };
  const offering = (index: number) => table.mustGet(keys.offering(offeringIds[index] as string), Offering);
  return { table, store, objects, world, machine, input, offeringIds, statusOf, offering, attend };
}
const at = (minutes: number): Instant => addMinutes(OPENING, minutes);

test('the definition is valid as AWS has it', () => {
  expect(validate(JSON.parse(asl))).toMatchObject({ isValid: true, errors: [] });
});

test('a published window opens, closes and is settled on time; a class under its size is called off and refunded, page by page', async () => {
  const { machine, input, offeringIds, statusOf, offering, attend } = await evening();
  await machine.clock.jumpTo(at(59));
  expect(await statusOf()).toBe('published');
  await machine.clock.jumpTo(at(61));
  expect(await statusOf()).toBe('open');
  await attend(machine);
  await machine.clock.jumpTo(at(121));
  expect(await statusOf()).toBe('closed');
  // The last hold may still be paid.
  expect((await offering(1)).status).toBe('published');
  await machine.clock.jumpTo(at(150));
  expect(await statusOf()).toBe('settled');
  expect([(await offering(0)).status, (await offering(1)).status]).toEqual(['running', 'cancelled']);
  // The window that the world brings along is settled too: only ours is looked at.
  expect(machine.refunds.filter((refund) => offeringIds.some((id) => refund.startsWith(id)))).toEqual([
    `${offeringIds[1]} `,
    `${offeringIds[1]} page-2`,
  ]);
  expect(machine.workflows.execution(`selection-window:${input.windowId}-v1`)).toMatchObject({ status: 'SUCCEEDED' });
});

test('hours that are changed while it runs make the older version stale: it ends without effect, the newer opens and closes', async () => {
  const { machine, input, statusOf } = await evening();
  await machine.clock.settled();
  await machine.area.useCases.changeWindow({ ...input, opensAt: at(90), closesAt: at(180) }, officer);
  await machine.clock.jumpTo(at(61));
  expect(await statusOf()).toBe('published');
  expect(machine.workflows.execution(`selection-window:${input.windowId}-v1`)).toMatchObject({ status: 'SUCCEEDED' });
  await machine.clock.jumpTo(at(91));
  expect(await statusOf()).toBe('open');
  await machine.clock.jumpTo(at(121));
  expect(await statusOf()).toBe('open');
  await machine.clock.jumpTo(at(220));
  expect(await statusOf()).toBe('settled');
});

test('a restart between any two of its waits changes nothing', async () => {
  const { table, store, machine, input, statusOf, offering, attend } = await evening();
  const seen: string[] = [];
  let running = machine;
  for (const minutes of [30, 61, 90, 121, 136, 150]) {
    await running.clock.jumpTo(at(minutes));
    seen.push(await statusOf());
    if (minutes === 61) await attend(running);
    await running.stop();
    running = await machinery(table, store);
    await running.clock.settled();
  }
  expect(seen).toEqual(['published', 'open', 'open', 'closed', 'closed', 'settled']);
  expect([(await offering(0)).status, (await offering(1)).status]).toEqual(['running', 'cancelled']);
  expect(running.workflows.executions().filter(({ name }) => name.startsWith(input.windowId))).toHaveLength(1);
  expect(running.workflows.execution(`selection-window:${input.windowId}-v1`)?.status).toBe('SUCCEEDED');
});

test('a lottery is drawn and allotted after its close, and settled when the winners’ time is over; nobody has to do anything', async () => {
  const lottery: Lottery = { rounds: 1, payHours: 2, seedSource: { kind: 'secret' } };
  const { machine, table, world, input, offeringIds, statusOf } = await evening({ lottery, pupils: 3 });
  await machine.clock.jumpTo(at(61));
  for (const { pupilId } of world.pupils)
    await machine.area.useCases.submitChoices({ pupilId, windowId: input.windowId, offeringIds, together: [] }, officer);
  await machine.clock.jumpTo(at(121));
  const draw = await getDraw(table, input.windowId);
  expect(draw).toMatchObject({ stage: 'allotted', entries: 3 });
  expect(await statusOf()).toBe('closed');
  const held = async () => {
    const all = world.pupils.map(({ pupilId }) =>
      table.queryAll({ ...keys.enrolments(pupilId), most: 20, consistent: true }, StoredEnrolment),
    );
    return (await Promise.all(all)).flat().filter(({ windowId }) => windowId === input.windowId);
  };
  const won = await held();
  expect(won.map(({ status, holdUntil, drawn }) => ({ status, holdUntil, drawn }))).toEqual(
    Array(3).fill({ status: 'held', holdUntil: draw?.payBefore, drawn: true }),
  );
  for (const enrolment of won)
    await table.write(confirmWrites(enrolment, { orderId: newId('order'), paidFen: enrolment.feeFen, materialFen: 0 }));
  await machine.clock.jumpTo(at(200));
  expect(await statusOf()).toBe('closed');
  await machine.clock.jumpTo(at(250));
  expect(await statusOf()).toBe('settled');
  expect(machine.workflows.execution(`selection-window:${input.windowId}-v1`)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a lottery waits for its public value through restarts, draws when it is there, and only once', async () => {
  const seedSource = { kind: 'public', name: '双色球开奖号码', bornAt: at(180) } as const;
  const evening1 = await evening({ lottery: { rounds: 1, payHours: 1, seedSource } });
  const { table, store, objects, world, input, offeringIds } = evening1;
  let running = evening1.machine;
  const restart = async () => {
    await running.stop();
    running = await machinery(table, store, objects);
    await running.clock.settled();
  };
  await running.clock.jumpTo(at(61));
  const [pupil] = world.pupils;
  if (!pupil) throw new Error('nobody there');
  await running.area.useCases.submitChoices({ pupilId: pupil.pupilId, windowId: input.windowId, offeringIds, together: [] }, officer);
  await running.clock.jumpTo(at(130));
  expect(await getDraw(table, input.windowId)).toMatchObject({ stage: 'fixed' });
  await restart();
  await running.clock.jumpTo(at(200));
  expect(await getDraw(table, input.windowId)).toMatchObject({ stage: 'fixed', wantedAt: expect.any(String) });
  await running.area.useCases.recordPublicValue({ schoolId: input.schoolId, windowId: input.windowId, value: '1,2,3' }, officer);
  await restart();
  await running.clock.jumpTo(at(230));
  const draw = await getDraw(table, input.windowId);
  expect(draw).toMatchObject({ stage: 'allotted', publicValue: '1,2,3' });
  await restart();
  await running.clock.jumpTo(at(260));
  expect((await getDraw(table, input.windowId))?.seed).toBe(draw?.seed);
});
