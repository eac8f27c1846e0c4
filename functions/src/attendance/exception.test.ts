import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash } from '@kehou/functions/testing/faults';
import { actorOf, GATE, SECRETS, type TeachingWorld, teachingWorld } from '@kehou/functions/testing/teaching-world';
import { turnAt } from '@kehou/shared/attendance/rules';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, chinaMonth } from '@kehou/shared/kernel/time';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { decideException } from './decide-exception.ts';
import { listExceptions } from './list-exceptions.ts';
import { listMyExceptions } from './list-my-exceptions.ts';
import { makeQr } from './qr.ts';
import { StoredRecord } from './record.repository.ts';
import { requestException } from './request-exception.ts';
import { signIn } from './sign.ts';

async function missed() {
  const world = await teachingWorld(await testTable());
  const session = world.classes[0]?.sessions[0];
  const teacher = world.instructors[0]?.actor;
  if (!session || !teacher) throw new Error('the world is empty');
  world.clock.set(session.endsAt);
  const ask = async (id: Id<'attendanceException'> = newId('attendanceException'), reason = '手机没电了') => {
    const where = { offeringId: session.offeringId, sessionId: session.sessionId };
    const asked = await requestException(world)({ ...where, attendanceExceptionId: id, mark: 'sign-in', reason }, teacher);
    return { ...asked, attendanceExceptionId: id };
  };
  const officer = actorOf([{ organisationId: world.school.organisationId, role: 'school' }]);
  const decide = (id: Id<'attendanceException'>, approve: boolean, actor = officer, table: Table = world.table) =>
    decideException({ table, clock: world.clock })(
      { schoolId: world.school.organisationId, attendanceExceptionId: id, approve, ...(approve ? {} : { note: '当天没有看到上课' }) },
      actor,
    );
  const record = () => world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord);
  return { world, session, teacher, ask, decide, officer, record };
}

async function audits(world: TeachingWorld) {
  const at = world.clock.now();
  return world.table.queryAll({ ...keys.auditOf(world.school.organisationId, chinaMonth(at)), most: 50 }, AuditEntry);
}

test('what the school accepts counts as a sign-in at the session’s own time, with who decided on record', async () => {
  const { world, session, ask, decide, officer, record } = await missed();
  const asked = await ask();
  expect(asked.status).toBe('asked');
  world.clock.addMinutes(60);
  expect(await decide(asked.attendanceExceptionId, true)).toMatchObject({ status: 'approved', decidedAt: world.clock.now() });
  expect((await record())?.signedIn).toEqual({ at: session.startsAt, late: false, by: 'exception' });
  expect(await audits(world)).toEqual([
    expect.objectContaining({ action: 'attendance.exception-approved', personId: officer.personId, subject: asked.attendanceExceptionId }),
  ]);
});

test('what is called off as not held in the very moment of granting is not granted, and leaves no mark', async () => {
  const { world, session, ask, decide, record } = await missed();
  const asked = await ask();
  const { table } = world;
  const meanwhile = new Proxy(table, {
    get(target, name, receiver) {
      if (name !== 'tryWrite') return Reflect.get(target, name, receiver);
      return async (writes: Parameters<Table['tryWrite']>[0]) => {
        await table.write([set(keys.session(session.offeringId, session.sessionId), { status: 'cancelled' })]);
        return table.tryWrite(writes);
      };
    },
  });
  await expect(decide(asked.attendanceExceptionId, true, undefined, meanwhile)).rejects.toThrow('attendance.session_cancelled');
  expect((await record())?.signedIn).toBeUndefined();
  expect((await decide(asked.attendanceExceptionId, false)).status).toBe('refused');
});

test('what the school refuses leaves no mark, and the teacher may ask once more', async () => {
  const { ask, decide, record } = await missed();
  const asked = await ask();
  await expect(ask()).rejects.toThrow('attendance.exception_open');
  await decide(asked.attendanceExceptionId, false);
  expect(await record()).toBeUndefined();
  await expect(ask()).resolves.toMatchObject({ status: 'asked' });
});

test('nobody decides on their own request, nor on one that would pay themself', async () => {
  const { world, ask, decide, teacher } = await missed();
  const asked = await ask();
  await expect(decide(asked.attendanceExceptionId, true, teacher)).rejects.toThrow('attendance.exception_own');
  const otherPhone = actorOf();
  await world.table.write([set(keys.personInstructor(otherPhone.personId), { instructorId: asked.instructorId })]);
  await expect(decide(asked.attendanceExceptionId, true, otherPhone)).rejects.toThrow('attendance.exception_own');
});

test('the same request and the same decision again answer the first; others are refused', async () => {
  const { ask, decide } = await missed();
  const id = newId('attendanceException');
  const first = await ask(id);
  expect(await ask(id)).toEqual(first);
  await expect(ask(id, '忘了')).rejects.toThrow('request.id_reused');
  const decided = await decide(id, true);
  expect(await decide(id, true)).toEqual(decided);
  await expect(decide(id, false)).rejects.toThrow('attendance.exception_decided');
});

test('two officers at once make one decision', async () => {
  const { world, ask, decide, record } = await missed();
  const { attendanceExceptionId } = await ask();
  const colleague = actorOf([{ organisationId: world.school.organisationId, role: 'school' }]);
  const outcomes = await Promise.allSettled([decide(attendanceExceptionId, true), decide(attendanceExceptionId, false, colleague)]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await record()) !== undefined).toBe(outcomes[0]?.status === 'fulfilled');
  expect(await audits(world)).toHaveLength(1);
});

test('a scan that came first stands, and an exception for it is refused', async () => {
  const { world, session, teacher, ask, decide, record } = await missed();
  world.clock.set(session.startsAt);
  const asked = await ask();
  const qrText = makeQr(SECRETS.qr, { schoolId: world.school.organisationId, place: '东门', turn: turnAt(world.clock.now()) });
  await signIn({ ...world, secrets: SECRETS })(
    { offeringId: session.offeringId, sessionId: session.sessionId, qrText, position: GATE },
    teacher,
  );
  await decide(asked.attendanceExceptionId, true);
  expect((await record())?.signedIn?.by).toBe('qr');
  await expect(ask()).rejects.toThrow('attendance.mark_there');
});

test('an exception is refused before the time, after a month, and by a stranger', async () => {
  const { world, session, ask } = await missed();
  world.clock.set(addMinutes(session.startsAt, -60));
  await expect(ask()).rejects.toThrow('attendance.too_early');
  world.clock.set(addMinutes(session.endsAt, 31 * 1440));
  await expect(ask()).rejects.toThrow('attendance.too_late');
  const where = { offeringId: session.offeringId, sessionId: session.sessionId };
  const request = { ...where, attendanceExceptionId: newId('attendanceException'), mark: 'sign-in' as const, reason: '手机没电了' };
  await expect(requestException(world)(request, actorOf())).rejects.toThrow('request.not_found');
});

test('another school does not see it, nor decide on it', async () => {
  const { world, ask, officer } = await missed();
  const { attendanceExceptionId } = await ask();
  const schoolId = newId('organisation');
  await expect(decideException(world)({ schoolId, attendanceExceptionId, approve: true }, officer)).rejects.toThrow('request.not_found');
  expect((await listExceptions(world)({ schoolId, limit: 50 })).items).toEqual([]);
});

test('open ones are listed before decided ones', async () => {
  const world = await teachingWorld(await testTable(), { classes: [{ dates: ['2026-12-02', '2026-12-09', '2026-12-16'] }] });
  const [taught] = world.classes;
  const teacher = world.instructors[0]?.actor ?? actorOf();
  const schoolId = world.school.organisationId;
  const ids: Id<'attendanceException'>[] = [];
  for (const session of taught?.sessions ?? []) {
    world.clock.set(session.endsAt);
    const id = newId('attendanceException');
    ids.push(id);
    const where = { offeringId: session.offeringId, sessionId: session.sessionId };
    await requestException(world)({ ...where, attendanceExceptionId: id, mark: 'sign-in', reason: '手机没电了' }, teacher);
  }
  await decideException(world)(
    { schoolId, attendanceExceptionId: ids[2] as Id<'attendanceException'>, approve: false, note: '当天没有看到上课' },
    actorOf(),
  );
  const { items } = await listExceptions(world)({ schoolId, limit: 50 });
  expect(items.map(({ attendanceExceptionId }) => attendanceExceptionId)).toEqual([ids[1], ids[0], ids[2]]);
});

test('teachers see what became of what they asked for: waiting, accepted, or refused and why; nobody sees another’s', async () => {
  const world = await teachingWorld(await testTable(), { classes: [{ dates: ['2026-12-02', '2026-12-09', '2026-12-16'] }] });
  const [taught] = world.classes;
  const teacher = world.instructors[0]?.actor ?? actorOf();
  const schoolId = world.school.organisationId;
  const ids: Id<'attendanceException'>[] = [];
  for (const session of taught?.sessions ?? []) {
    world.clock.set(session.endsAt);
    const id = newId('attendanceException');
    ids.push(id);
    const where = { offeringId: session.offeringId, sessionId: session.sessionId };
    await requestException(world)({ ...where, attendanceExceptionId: id, mark: 'sign-in', reason: '手机没电了' }, teacher);
  }
  const [first, second, third] = ids as [Id<'attendanceException'>, Id<'attendanceException'>, Id<'attendanceException'>];
  await decideException(world)({ schoolId, attendanceExceptionId: first, approve: true }, actorOf());
  await decideException(world)({ schoolId, attendanceExceptionId: second, approve: false, note: '当天没有看到上课' }, actorOf());
  const mine = await listMyExceptions(world)({ limit: 2 }, teacher);
  expect(mine.items).toMatchObject([
    { attendanceExceptionId: third, status: 'asked' },
    { attendanceExceptionId: second, status: 'refused', note: '当天没有看到上课', decidedAt: expect.any(String) },
  ]);
  const rest = await listMyExceptions(world)({ limit: 2, cursor: mine.cursor }, teacher);
  expect(rest.items).toMatchObject([{ attendanceExceptionId: first, status: 'approved' }]);
  expect(await listMyExceptions(world)({ limit: 50 }, actorOf())).toEqual({ items: [] });
});

test('nobody is refused without a word', async () => {
  const { world, ask, officer } = await missed();
  const { attendanceExceptionId } = await ask();
  const refuse = decideException(world)({ schoolId: world.school.organisationId, attendanceExceptionId, approve: false }, officer);
  await expect(refuse).rejects.toMatchObject({ code: 'request.invalid', details: { fields: [{ path: 'note' }] } });
});

test('wherever the process dies, the decision made again stands once', async () => {
  await atEveryCrash(async (fail) => {
    const { world, ask, decide, record } = await missed();
    const { attendanceExceptionId } = await ask();
    await decide(attendanceExceptionId, true, undefined, (await fail(world.table)).table).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await decide(attendanceExceptionId, true);
    expect((await record())?.signedIn?.by).toBe('exception');
    expect(await audits(world)).toHaveLength(1);
  });
});
