import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash } from '@kehou/functions/testing/faults';
import { actorOf, teachingWorld } from '@kehou/functions/testing/teaching-world';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type ChinaDate } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { set, type TableCall } from '../platform/table.ts';
import { askLeave } from './ask-leave.ts';
import { callRoll } from './call-roll.ts';
import { getBoard } from './get-board.ts';
import { listChildLeaves } from './list-child-leaves.ts';
import { listChildSessions } from './list-child-sessions.ts';
import { listMySessions } from './list-my-sessions.ts';
import { withdrawLeave } from './withdraw-leave.ts';

const day = (date: string) => date as ChinaDate;

async function twoWeeks() {
  const calls: TableCall[] = [];
  const table = await testTable({ onCall: (call) => calls.push(call) });
  const world = await teachingWorld(table, {
    classes: [{ dates: ['2026-12-02', '2026-12-09'] }, { dates: ['2026-12-02'] }, { dates: ['2026-12-09'], instructorOf: 0 }],
  });
  const [mine] = world.classes;
  const session = mine?.sessions[0];
  if (!mine || !session) throw new Error('the world is empty');
  const teacher = world.instructors[0]?.actor ?? actorOf();
  const child = mine.pupilIds[0] as Id<'pupil'>;
  const where = { offeringId: session.offeringId, sessionId: session.sessionId };
  const ask = async (leaveId: Id<'leave'> = newId('leave'), pupilId = child, reason = '看牙医') => ({
    ...(await askLeave(world)({ ...where, pupilId, leaveId, reason }, actorOf())),
    leaveId,
  });
  return { world, calls, session, teacher, child, where, ask };
}

test('a teacher sees the sessions of these days, who is enrolled and what to do now', async () => {
  const { world, calls, teacher } = await twoWeeks();
  calls.length = 0;
  const { items } = await listMySessions(world)({ from: day('2026-12-01'), to: day('2026-12-14') }, teacher);
  expect(items.map(({ date, courseName, nextStep, enrolled }) => [date, courseName, nextStep, enrolled])).toEqual([
    ['2026-12-02', '课程0', 'sign-in', 3],
    ['2026-12-09', expect.any(String), 'wait', 3],
    ['2026-12-09', expect.any(String), 'wait', 3],
  ]);
  expect(calls).toHaveLength(3);
  await expect(listMySessions(world)({ from: day('2026-12-01'), to: day('2026-12-15') }, teacher)).rejects.toThrow('request.invalid');
  expect(await listMySessions(world)({ from: day('2026-12-01'), to: day('2026-12-14') }, actorOf())).toEqual({ items: [] });
});

test('guardians see whether the teacher and the child came, and the leave they asked for, in two queries and a batch', async () => {
  const { world, calls, session, teacher, child, where, ask } = await twoWeeks();
  const leave = await ask();
  calls.length = 0;
  const before = await listChildSessions(world)({ pupilId: child, from: day('2026-12-02'), to: day('2026-12-15') });
  expect(calls.map(({ operation }) => operation)).toEqual(['query', 'query', 'batchGet']);
  expect(before.items).toHaveLength(2);
  expect(before.items[0]).toMatchObject({ sessionId: session.sessionId, signedIn: false, leaveId: leave.leaveId });
  await callRoll(world)({ ...where, entries: [{ pupilId: child, presence: 'present' }] }, teacher);
  const [after] = (await listChildSessions(world)({ pupilId: child, from: day('2026-12-02'), to: day('2026-12-15') })).items;
  expect(after).toMatchObject({ presence: 'present', arrivedAt: world.clock.now() });
});

test('leave is asked once, found again by its id, withdrawn, and may be asked anew', async () => {
  const { world, child, ask } = await twoWeeks();
  const leaveId = newId('leave');
  const first = await ask(leaveId);
  expect(await ask(leaveId)).toEqual(first);
  await expect(ask(leaveId, child, '出门')).rejects.toThrow('request.id_reused');
  await expect(ask()).rejects.toThrow('attendance.leave_there');
  const withdrawn = await withdrawLeave(world)({ pupilId: child, leaveId });
  expect(withdrawn.status).toBe('withdrawn');
  expect(await withdrawLeave(world)({ pupilId: child, leaveId })).toEqual(withdrawn);
  await ask();
  const { items } = await listChildLeaves(world)({ pupilId: child, limit: 10 });
  expect(items.map(({ status }) => status).sort()).toEqual(['asked', 'withdrawn']);
});

test('no leave once the session has begun, after the roll, without a place, or from a cancelled session', async () => {
  const { world, session, teacher, child, where, ask } = await twoWeeks();
  await expect(ask(undefined, newId('pupil'))).rejects.toThrow('attendance.not_enrolled');
  const { leaveId } = await ask();
  await callRoll(world)({ ...where, entries: [{ pupilId: child, presence: 'leave' }] }, teacher);
  await expect(withdrawLeave(world)({ pupilId: child, leaveId })).rejects.toThrow('attendance.roll_called');
  const sibling = world.classes[0]?.pupilIds[1];
  await expect(ask(undefined, sibling)).rejects.toThrow('attendance.roll_called');
  world.clock.set(session.startsAt);
  await expect(ask(undefined, sibling)).rejects.toThrow('attendance.session_begun');
  await world.table.write([set(keys.session(session.offeringId, session.sessionId), { status: 'cancelled' })]);
  await expect(ask(undefined, sibling)).rejects.toThrow('attendance.session_cancelled');
});

test('another child cannot withdraw the leave', async () => {
  const { world, ask } = await twoWeeks();
  const { leaveId } = await ask();
  await expect(withdrawLeave(world)({ pupilId: newId('pupil'), leaveId })).rejects.toThrow('request.not_found');
});

test('two guardians asking at once make one leave', async () => {
  const { world, child, ask } = await twoWeeks();
  const outcomes = await Promise.allSettled([ask(), ask(), ask()]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await listChildLeaves(world)({ pupilId: child, limit: 10 })).items).toHaveLength(1);
});

test('wherever the process dies, asking again with the same id makes one leave', async () => {
  await atEveryCrash(async (fail) => {
    const { world, child, where } = await twoWeeks();
    const input = { ...where, pupilId: child, leaveId: newId('leave'), reason: '看牙医' };
    await askLeave({ ...world, table: (await fail(world.table)).table })(input, actorOf()).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await askLeave(world)(input, actorOf());
    expect((await listChildLeaves(world)({ pupilId: child, limit: 10 })).items).toHaveLength(1);
  });
});

test('the board shows each session of the day: who has signed in, who is late, who is missing', async () => {
  const { world, calls, session, teacher, child, where } = await twoWeeks();
  await callRoll(world)({ ...where, entries: [{ pupilId: child, presence: 'absent' }] }, teacher);
  world.clock.set(addMinutes(session.startsAt, 6));
  calls.length = 0;
  const board = await getBoard(world)({ schoolId: world.school.organisationId, date: day('2026-12-02') });
  expect(calls).toHaveLength(2);
  expect(board.items).toHaveLength(2);
  expect(board.items.find(({ sessionId }) => sessionId === session.sessionId)).toMatchObject({
    state: 'late',
    due: 3,
    present: 2,
    absent: 1,
    rollCalled: true,
    schoolName: '青山湖实验小学',
  });
  expect(board.items.find(({ sessionId }) => sessionId !== session.sessionId)).toMatchObject({ due: 3, present: 0, rollCalled: false });
  await expect(getBoard(world)({ schoolId: newId('organisation'), date: day('2026-12-02') })).rejects.toThrow('request.not_found');
});
