import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash, withFaults } from '@kehou/functions/testing/faults';
import { actorOf, type TeachingOptions, teachingWorld } from '@kehou/functions/testing/teaching-world';
import type { Presence } from '@kehou/shared/attendance/attendance';
import { countRoll } from '@kehou/shared/attendance/rules';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { StoredEnrolment } from '../selection/enrolment.repository.ts';
import { askLeave } from './ask-leave.ts';
import { callRoll } from './call-roll.ts';
import { getRoll } from './get-roll.ts';
import { StoredRecord } from './record.repository.ts';
import { commentedWrite, readRoll } from './roll.repository.ts';

/** Each crash has a class of 110 of its own to set up. */
const CRASHES_MS_MAX = 300_000;

async function theClass(pupils = 3, options: TeachingOptions = { classes: [{ dates: ['2026-12-02'], pupils }] }) {
  const world = await teachingWorld(await testTable(), options);
  const [taught] = world.classes;
  const session = taught?.sessions[0];
  if (!taught || !session) throw new Error('the world is empty');
  const actor = world.instructors[0]?.actor ?? actorOf();
  const where = { offeringId: session.offeringId, sessionId: session.sessionId };
  const call = (said: Readonly<Record<string, Presence>>, table: Table = world.table) =>
    callRoll({ table, clock: world.clock })(
      { ...where, entries: Object.entries(said).map(([pupilId, presence]) => ({ pupilId: pupilId as Id<'pupil'>, presence })) },
      actor,
    );
  /** What the table holds: the record's counts and the counts of the entries themselves. */
  const kept = async () => {
    const record = await world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord);
    const { entries } = await readRoll(world.table, session.sessionId);
    return { record, entries, counted: countRoll(entries) };
  };
  return { world, session, actor, where, call, kept, pupilIds: taught.pupilIds, first: taught.pupilIds[0] as Id<'pupil'> };
}

async function cancelPlace(table: Table, pupilId: Id<'pupil'>): Promise<void> {
  const [enrolment] = (await table.query({ ...keys.enrolments(pupilId), limit: 5 }, StoredEnrolment)).items;
  if (!enrolment) throw new Error('no enrolment');
  await table.write([set(keys.enrolment(pupilId, enrolment.enrolmentId), { status: 'cancelled' })]);
}

test('before it is called, everyone with a confirmed place is due and present', async () => {
  const { world, where, actor, kept } = await theClass();
  const { record, entries } = await getRoll(world)(where, actor);
  expect(record).toMatchObject({ due: 3, present: 3, absent: 0, onLeave: 0 });
  expect(entries.map(({ presence }) => presence)).toEqual(['present', 'present', 'present']);
  expect((await kept()).entries).toEqual([]);
});

test('a place that is held, lapsed or cancelled is not due', async () => {
  const { world, where, actor, first } = await theClass();
  await cancelPlace(world.table, first);
  expect((await getRoll(world)(where, actor)).record.due).toBe(2);
});

test('who is not named is present, who asked leave is on leave, and the counts say so', async () => {
  const { world, where, actor, call, kept, pupilIds } = await theClass();
  const [absent, away] = pupilIds as [Id<'pupil'>, Id<'pupil'>];
  await askLeave(world)({ ...where, pupilId: away, leaveId: newId('leave'), reason: '看牙医' }, actor);
  const reply = await call({ [absent]: 'absent' });
  expect(reply.record).toMatchObject({ due: 3, present: 1, absent: 1, onLeave: 1, rollCalledAt: world.clock.now() });
  expect(reply.entries.find(({ pupilId }) => pupilId === away)).toMatchObject({ presence: 'leave', leaveReason: '看牙医' });
  const { record, counted } = await kept();
  expect(record).toMatchObject(counted);
  expect(await getRoll(world)(where, actor)).toEqual({ record: { ...reply.record, rollRevision: 1 }, entries: reply.entries });
});

test('a correction keeps what it was and who changed it; saying the same again changes nothing', async () => {
  const { world, actor, call, kept, first } = await theClass();
  await call({ [first]: 'absent' });
  const calledAt = world.clock.now();
  world.clock.addMinutes(10);
  const corrected = await call({ [first]: 'present' });
  expect(corrected.record).toMatchObject({ present: 3, absent: 0, rollCalledAt: calledAt });
  expect(corrected.entries.find(({ pupilId }) => pupilId === first)?.corrections).toEqual([
    { at: world.clock.now(), by: actor.personId, from: 'absent', to: 'present' },
  ]);
  const before = await kept();
  await call({ [first]: 'present' });
  expect(await kept()).toEqual(before);
});

test('a place cancelled between reading and sending refuses the roll whole, and the list read anew can be sent with the marks made', async () => {
  const { world, where, actor, call, kept, pupilIds, first } = await theClass();
  const opened = (await getRoll(world)(where, actor)).entries;
  const marks = Object.fromEntries(opened.map(({ pupilId }, index) => [pupilId, index === 0 ? ('present' as const) : ('absent' as const)]));
  await cancelPlace(world.table, first);
  await expect(call(marks)).rejects.toThrow('attendance.not_on_roll');
  expect(await kept()).toMatchObject({ record: undefined, entries: [] });
  const still = (await getRoll(world)(where, actor)).entries.map(({ pupilId }) => pupilId);
  expect(still.sort()).toEqual(pupilIds.filter((pupilId) => pupilId !== first).sort());
  const called = await call(Object.fromEntries(still.map((pupilId) => [pupilId, marks[pupilId] ?? 'present'])));
  expect(called.entries.map(({ pupilId, presence }) => [pupilId, presence]).sort()).toEqual(
    still.map((pupilId) => [pupilId, marks[pupilId]]).sort(),
  );
  expect(await kept()).toMatchObject({ record: { due: 2 }, counted: { due: 2 } });
});

test('a pupil of another class is refused and nothing is written', async () => {
  const { call, kept } = await theClass();
  await expect(call({ [newId('pupil')]: 'absent' })).rejects.toThrow('attendance.not_on_roll');
  expect(await kept()).toMatchObject({ record: undefined, entries: [] });
});

test('who enrols after the roll was called is not on it', async () => {
  const { world, where, actor, call, first } = await theClass(2);
  await call({ [first]: 'absent' });
  await expect(call({ [newId('pupil')]: 'present' })).rejects.toThrow('attendance.not_on_roll');
  expect((await getRoll(world)(where, actor)).entries).toHaveLength(2);
});

test('a roll is refused too early, too late, for a cancelled session, for an empty class and for a stranger', async () => {
  const { world, session, where, call, first } = await theClass();
  world.clock.set(addMinutes(session.startsAt, -31));
  await expect(call({ [first]: 'absent' })).rejects.toThrow('attendance.roll_not_open');
  world.clock.set(addMinutes(session.endsAt, 7 * 1440));
  await expect(call({ [first]: 'absent' })).rejects.toThrow('attendance.roll_over');
  world.clock.set(session.startsAt);
  await expect(callRoll(world)({ ...where, entries: [{ pupilId: first, presence: 'absent' }] }, actorOf())).rejects.toThrow(
    'request.not_found',
  );
  await world.table.write([set(keys.session(session.offeringId, session.sessionId), { status: 'cancelled' })]);
  await expect(call({ [first]: 'absent' })).rejects.toThrow('attendance.session_cancelled');
  const empty = await theClass(0);
  await expect(empty.call({ [newId('pupil')]: 'absent' })).rejects.toThrow('attendance.nobody_due');
});

test('a comment written while a correction is on its way survives it', async () => {
  const { world, session, call, first } = await theClass();
  await call({ [first]: 'absent' });
  await world.table.write([commentedWrite(session.sessionId, first, { stars: 5, comment: '进步很大' })]);
  await call({ [first]: 'present' });
  const entry = (await readRoll(world.table, session.sessionId)).entries.find(({ pupilId }) => pupilId === first);
  expect(entry).toMatchObject({ presence: 'present', commented: true, comment: '进步很大' });
});

test('teachers who call and correct one roll at once leave counts that agree with its entries', async () => {
  const { call, kept, pupilIds } = await theClass(12);
  await Promise.all(pupilIds.slice(0, 4).map((pupilId) => call({ [pupilId]: 'absent' })));
  const { record, counted, entries } = await kept();
  expect(entries).toHaveLength(12);
  expect(record).toMatchObject({ due: 12, present: 8, absent: 4 });
  expect(record).toMatchObject(counted);
});

test(
  'a roll of 110 that dies between two chunks has true counts, is not called called, and is finished by the same request',
  async () => {
    const chunks = await atEveryCrash(async (fail) => {
      const { world, call, kept, first } = await theClass(110);
      await call({ [first]: 'absent' }, (await fail(world.table)).table).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      const broken = await kept();
      if (broken.record) expect(broken.record).toMatchObject(broken.counted);
      if (broken.entries.length < 110) expect(broken.record?.rollCalledAt).toBeUndefined();
      await call({ [first]: 'absent' });
      const whole = await kept();
      expect(whole.record).toMatchObject({ due: 110, present: 109, absent: 1, rollCalledAt: world.clock.now() });
      expect(whole.counted).toEqual({ due: 110, present: 109, absent: 1, onLeave: 0 });
      expect(whole.entries.every(({ corrections }) => corrections.length === 0)).toBe(true);
    });
    expect(chunks).toBe(2);
  },
  CRASHES_MS_MAX,
);

test('throttling, conflicts and lost replies leave one roll with true counts', async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const { world, call, kept, first } = await theClass(120);
    const { table } = await withFaults(world.table, { seed, throttle: 0.1, conflict: 0.2, lost: 0.2 });
    await call({ [first]: 'absent' }, table);
    const { record, counted } = await kept();
    expect(record).toMatchObject({ ...counted, due: 120, absent: 1 });
  }
});
