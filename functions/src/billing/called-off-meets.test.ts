/**
 * A class is called off while somebody's place in it is on its way: the key is in the seat already, the next step is not made. Everybody
 * else is paid back, and nobody looks at the class any more; then that process goes on, or its request comes again. It gets no place there,
 * and every fen ends right.
 */
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { withFaults } from '../../testing/faults.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { askOf, holders, move, settled } from '../../testing/move-world.ts';
import { keys } from '../platform/keys.ts';
import { ProviderUnavailable } from '../platform/payment-provider.ts';
import { set, type Table } from '../platform/table.ts';
import { Attempt } from '../selection/enrolment.repository.ts';
import { FullMemory } from '../selection/full-memory.ts';
import { giveReservedPlace } from '../selection/give-reserved-place.ts';
import { cancelSeatIfUnder, Seat } from '../selection/seat.repository.ts';
import { takeSeat } from '../selection/take-seat.ts';
import { TermsMemory } from '../selection/terms-memory.ts';

const Raw = z.record(z.string(), z.unknown());
const Held = z.object({ status: z.string() });
const ignore = () => undefined;

/** Somebody on their way into a class: what they do, by the table of a process, and how many writes that makes until the key is in. */
interface Scene {
  readonly world: BillingWorld;
  readonly into: number;
  readonly writesToKey: number;
  /** Its request looks at the class before it goes on with anything: what it left is cleared up by whoever pays back. */
  readonly looksFirst?: true;
  act(table?: Table): Promise<unknown>;
  /** What must be so at the end. */
  ends(): Promise<void>;
}

async function running(world: BillingWorld): Promise<void> {
  for (const { offeringId } of world.selection.offerings)
    await world.table.write([set(keys.offering(offeringId), { status: 'running', fingerprint: 'f', lastDay: '2027-01-20', version: 1 })]);
}

function taking(world: BillingWorld, pupil: number, table: Table, enrolmentId = newId('enrolment')) {
  const { offeringId } = world.offering(0);
  const { windowId } = world.selection.window;
  const deps = { table, clock: world.clock, secrets: world.selection.secrets, full: new FullMemory(), terms: new TermsMemory() };
  return takeSeat(deps)({ pupilId: world.pupil(pupil), enrolmentId, offeringId, windowId }, world.parent(pupil));
}

/** One child is in class 0, paid for; another comes. */
async function classWithOne(classes: Parameters<typeof billingWorld>[1] = {}) {
  const world = await billingWorld(await testTable(), { classes: [{ capacity: 4, smallestSize: 3 }], pupils: 2, ...classes });
  const { paymentId } = await world.paidSeat(0);
  await running(world);
  return { world, paidBack: () => expect(world.payments.refundedOf(paymentId)).toBe(24_000) };
}

async function moveTo(into: number, differenceFen: number): Promise<Scene> {
  const one = await settled();
  const { world, old, paymentId } = one;
  await running(world);
  const ask = askOf(one, into, differenceFen);
  return {
    world,
    into,
    writesToKey: 2,
    act: (table) => move(world, ask, table),
    ends: async () => {
      const { status, movingTo } = await world.enrolment(old);
      expect({ status, movingTo }).toEqual({ status: 'confirmed', movingTo: undefined });
      expect((await world.enrolment({ pupilId: old.pupilId, enrolmentId: ask.newEnrolmentId })).status).toBe('lost');
      expect((await world.scan()).filter(({ SK, status: is }) => SK === 'ORDER' && is !== 'paid')).toEqual([]);
      expect(world.payments.refundedOf(paymentId)).toBe(0);
    },
  };
}

const scenes: Readonly<Record<string, () => Promise<Scene>>> = {
  'a move at the same price': () => moveTo(1, 0),
  'a move to a dearer class': () => moveTo(2, 12_000),
  'a seat that is taken': async () => {
    const { world, paidBack } = await classWithOne();
    const enrolmentId = newId('enrolment');
    return {
      world,
      into: 0,
      writesToKey: 2,
      act: (table = world.table) => taking(world, 1, table, enrolmentId),
      ends: async () => {
        paidBack();
        expect(await world.enrolment({ pupilId: world.pupil(1), enrolmentId })).toMatchObject({
          status: 'lost',
          lost: { code: 'selection.class_cancelled' },
        });
      },
    };
  },
  'a kept place that is given': async () => {
    const classes = [{ capacity: 4, smallestSize: 3, reserved: [{ purpose: '教工子女', places: 1 }] }];
    const { world, paidBack } = await classWithOne({ classes });
    const { offeringId, schoolId } = world.offering(0);
    const { name, pupilNumber } = must(world.selection.pupils[1]);
    const ask = { schoolId, offeringId, purpose: '教工子女', pupilNumber, name, enrolmentId: newId('enrolment') };
    return {
      world,
      into: 0,
      writesToKey: 2,
      looksFirst: true,
      act: (table = world.table) => giveReservedPlace({ table, clock: world.clock })(ask, official('school', schoolId)),
      ends: async () => {
        paidBack();
        expect((await world.enrolment({ pupilId: world.pupil(1), enrolmentId: ask.enrolmentId })).status).toBe('lost');
      },
    };
  },
  'a payment that came late': async () => {
    const { world, paidBack } = await classWithOne();
    const seat = await world.takeSeat(1);
    const order = await world.order([seat]);
    const paymentId = await world.startPayment(order.orderId, world.parent(1));
    world.clock.set(order.payBefore);
    await world.sweep();
    world.payments.pay(paymentId, { force: true });
    return {
      world,
      into: 0,
      // Paid and booked, on record as `taking`, the key.
      writesToKey: 3,
      act: (table) => world.callBack(paymentId, table),
      ends: async () => {
        paidBack();
        expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      },
    };
  },
};

/** How a class is called off: from then on nobody gets a place in it; and then everybody is paid back, until there is nothing left to do. */
interface End {
  callOff(world: BillingWorld, index: number): Promise<void>;
  payBack(world: BillingWorld, index: number): Promise<void>;
}

async function callOff(world: BillingWorld, index: number): Promise<void> {
  const { offeringId, schoolId } = world.offering(index);
  const head = official('school', schoolId);
  const { pupils, totalFen } = await world.use().quoteCallOff({ schoolId, offeringId }, head);
  await world.use().callOff({ schoolId, offeringId, reason: '教师离职', pupils, totalFen: fen(totalFen) }, head);
}

async function runJob(world: BillingWorld, index: number): Promise<void> {
  const key = keys.callOff(world.offering(index).offeringId);
  for (let page = 0; page < 5; page++) {
    const after = await world.table.get(key, Raw);
    if (!after) return;
    for (const follow of world.area().followers ?? [])
      await follow({ sequence: '1', keys: { PK: String(after.PK), SK: 'CALLOFF' }, before: undefined, after });
  }
  throw new Error('the job is never done');
}

async function callOffUnderSize(world: BillingWorld, index: number): Promise<void> {
  const { offeringId, smallestSize } = world.offering(index);
  expect(await cancelSeatIfUnder(world.table, offeringId, smallestSize)).toEqual({ cancelled: true });
  await world.table.write([set(keys.offering(offeringId), { status: 'cancelled' })]);
}

async function runTask(world: BillingWorld, index: number): Promise<void> {
  const { offeringId } = world.offering(index);
  expect(await must(world.area().tasks?.['billing.refundOffering'])({ offeringId })).toMatchObject({ done: true });
}

const ends: Readonly<Record<string, End>> = {
  'by its school': { callOff, payBack: runJob },
  'under its size': { callOff: callOffUnderSize, payBack: runTask },
};

const statusOf = async (world: BillingWorld, index: number) =>
  (await world.table.mustGet(keys.seat(world.offering(index).offeringId), Seat)).status;

/** A process that stands still before one write: `stood` when it does, and from `goOn` on it does not any more. */
async function standing(table: Table, before: number) {
  let goOn = (): void => undefined;
  let arrive = (): void => undefined;
  const stood = new Promise<void>((resolve) => (arrive = resolve));
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  const faults = await withFaults(table, {
    beforeWrite: (write) => {
      if (write !== before) return undefined;
      arrive();
      return gate;
    },
  });
  return { table: faults.table, stood, goOn: () => goOn() };
}

async function atRest({ world, into, ends }: Scene): Promise<void> {
  world.clock.addMinutes(20);
  await world.rest({ settled: true });
  await world.rest({ settled: true });
  expect(await holders(world, into)).toBe(0);
  await ends();
  await expectInvariants(world.table, { atRest: true });
}

for (const [name, begin] of Object.entries(scenes)) {
  for (const [how, { callOff, payBack }] of Object.entries(ends)) {
    // Nobody moves into a class that is judged at its close without being counted in it: its seats are enough.
    if (how === 'under its size' && name.startsWith('a move')) continue;

    it(`${name} stands still after its key is in, goes on when the class was called off ${how} and all is paid back: no place`, async () => {
      const scene = await begin();
      const process = await standing(scene.world.table, scene.writesToKey + 1);
      const going = scene.act(process.table).catch(ignore);
      await process.stood;
      expect(await holders(scene.world, scene.into)).toBeGreaterThan(0);
      await callOff(scene.world, scene.into);
      await payBack(scene.world, scene.into);
      expect(await holders(scene.world, scene.into)).toBe(0);
      process.goOn();
      await going;
      expect(await holders(scene.world, scene.into)).toBe(0);
      await expectInvariants(scene.world.table);
      await atRest(scene);
    });

    it(`${name} stands still before its key is in, goes on when the class was called off ${how}: no place`, async () => {
      const scene = await begin();
      const process = await standing(scene.world.table, scene.writesToKey);
      const going = scene.act(process.table).catch(ignore);
      await process.stood;
      await callOff(scene.world, scene.into);
      await payBack(scene.world, scene.into);
      process.goOn();
      await going;
      expect(await holders(scene.world, scene.into)).toBe(0);
      await atRest(scene);
    });

    it(`${name} dies after its key is in, and is asked for again when the class was called off ${how}: no place`, async () => {
      for (const again of ['before all is paid back', 'after'] as const) {
        const scene = await begin();
        const { world, into } = scene;
        const faults = await withFaults(world.table, { crashAfterWrites: scene.writesToKey, crashWhen: 'before-next-write' });
        await scene.act(faults.table).catch(ignore);
        expect(faults.crashed()).toBe(true);
        const before = await holders(world, into);
        await callOff(world, into);
        if (again === 'before all is paid back') {
          await scene.act().catch(ignore);
          expect(await holders(world, into)).toBe(scene.looksFirst ? before : before - 1);
        }
        await payBack(world, into);
        await scene.act().catch(ignore);
        expect(await statusOf(world, into)).toBe('cancelled');
        await expectInvariants(world.table);
        await atRest(scene);
      }
    });
  }
}

it('the new place of a move that is to be paid for ends with its class, for that reason, and the old place is as before', async () => {
  const one = await settled();
  const { world, old } = one;
  await running(world);
  const place = await move(world, askOf(one, 2, 12_000));
  const paymentId = await world.startPayment(must(place.orderId), world.parent(0));
  await callOff(world, 2);
  await runJob(world, 2);
  expect(await world.enrolment(place)).toMatchObject({ status: 'lapsed', cancelReason: 'school' });
  expect((await world.table.mustGet(keys.attempt(place.pupilId, place.offeringId), Attempt)).lapses).toBeUndefined();
  expect((await world.enrolment(old)).movingTo).toBeUndefined();
  expect(() => world.payments.pay(paymentId)).toThrow('closed');
  await world.rest({ settled: true });
  expect((await world.enrolment(old)).status).toBe('confirmed');
  await expectInvariants(world.table, { atRest: true });
});

it('a hold that had run out before its class was called off is a lapse like any other', async () => {
  const { world } = await classWithOne();
  const seat = await world.takeSeat(1);
  await world.startPayment((await world.order([seat])).orderId, world.parent(1));
  world.clock.set(seat.holdUntil);
  world.payments.down.add('closePayment');
  await expect(must(world.area().due?.ENROLMENT)({ ...(await world.enrolment(seat)) })).rejects.toThrow(ProviderUnavailable);
  expect((await world.enrolment(seat)).status).toBe('closing');
  world.payments.down.clear();
  await callOff(world, 0);
  await runJob(world, 0);
  const { status, cancelReason } = await world.enrolment(seat);
  expect({ status, cancelReason }).toEqual({ status: 'lapsed', cancelReason: undefined });
  expect((await world.table.mustGet(keys.attempt(seat.pupilId, seat.offeringId), Attempt)).lapses).toBe(1);
});

it('a seat that a first request got is answered to the second that comes too late to the class, and ends with it', async () => {
  const { world } = await classWithOne();
  const enrolmentId = newId('enrolment');
  // The second has read the try as `taking`, and stands before its own write to the seat.
  const first = await standing(world.table, 3);
  const going = taking(world, 1, first.table, enrolmentId);
  await first.stood;
  const second = await standing(world.table, 1);
  const repeat = taking(world, 1, second.table, enrolmentId);
  await second.stood;
  first.goOn();
  expect(Held.parse(await going).status).toBe('held');
  await callOffUnderSize(world, 0);
  second.goOn();
  expect(Held.parse(await repeat).status).toBe('held');
  expect(await holders(world, 0)).toBe(2);
  await runTask(world, 0);
  expect((await world.enrolment({ pupilId: world.pupil(1), enrolmentId })).status).toBe('lapsed');
  expect(await holders(world, 0)).toBe(0);
  await world.rest({ settled: true });
  await expectInvariants(world.table, { atRest: true });
});
