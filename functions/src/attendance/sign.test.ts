import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash, withFaults } from '@kehou/functions/testing/faults';
import { actorOf, GATE, SECRETS, type TeachingWorld, teachingWorld } from '@kehou/functions/testing/teaching-world';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { StoredRecord } from './record.repository.ts';
import { showQr } from './show-qr.ts';
import { signIn, signOut } from './sign.ts';

const deps = (world: TeachingWorld, table: Table = world.table) => ({ table, clock: world.clock, secrets: SECRETS });

async function scan(world: TeachingWorld): Promise<string> {
  return (await showQr(deps(world))({ schoolId: world.school.organisationId, place: '东门' })).text;
}

async function theSession() {
  const world = await teachingWorld(await testTable());
  const [instructor] = world.instructors;
  const session = world.classes[0]?.sessions[0];
  if (!instructor || !session) throw new Error('the world is empty');
  const input = async (qrText?: string, position = GATE) => ({
    offeringId: session.offeringId,
    sessionId: session.sessionId,
    qrText: qrText ?? (await scan(world)),
    position,
  });
  return { world, actor: instructor.actor, session, input };
}

test('a teacher signs in at the gate, and out at the end', async () => {
  const { world, actor, session, input } = await theSession();
  const signedIn = await signIn(deps(world))(await input(), actor);
  expect(signedIn).toMatchObject({
    sessionId: session.sessionId,
    signedIn: { at: world.clock.now(), late: false, by: 'qr', distanceMetres: 0 },
  });
  world.clock.set(session.endsAt);
  const signedOut = await signOut(deps(world))(await input(), actor);
  expect(signedOut.signedOut).toMatchObject({ at: session.endsAt, by: 'qr' });
  expect(await world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord)).toMatchObject({
    signedIn: signedIn.signedIn,
    signedOut: signedOut.signedOut,
  });
});

test('six minutes after the start is late', async () => {
  const { world, actor, session, input } = await theSession();
  world.clock.set(addMinutes(session.startsAt, 6));
  expect((await signIn(deps(world))(await input(), actor)).signedIn?.late).toBe(true);
});

test('signing in again, with the same code or a later one, answers the first', async () => {
  const { world, actor, input } = await theSession();
  const same = await input();
  const first = await signIn(deps(world))(same, actor);
  world.clock.addMinutes(5);
  expect(await signIn(deps(world))(same, actor)).toEqual({ ...first, rollRevision: 0 });
  expect((await signIn(deps(world))(await input(), actor)).signedIn).toEqual(first.signedIn);
});

test('a code lapses after its turn and the next', async () => {
  const { world, actor, input } = await theSession();
  world.clock.set(instant(Math.floor(ms(world.clock.now()) / 30_000) * 30_000));
  const code = await input();
  const shown = world.clock.now();
  world.clock.set(instant(ms(shown) + 60_000));
  await expect(signIn(deps(world))(code, actor)).rejects.toThrow('attendance.qr_expired');
  world.clock.set(instant(ms(shown) + 59_999));
  await expect(signIn(deps(world))(code, actor)).resolves.toBeDefined();
});

test("another school's code, a made-up code and a code of tomorrow are refused", async () => {
  const { world, actor, input } = await theSession();
  const other = await teachingWorld(world.table);
  await expect(signIn(deps(world))(await input(await scan({ ...other, clock: world.clock })), actor)).rejects.toThrow(
    'attendance.qr_other_school',
  );
  await expect(signIn(deps(world))(await input('kehou-sign-1.e30.AAAA'), actor)).rejects.toThrow('attendance.qr_unreadable');
  const now = world.clock.now();
  world.clock.addMinutes(1440);
  const tomorrow = await input();
  world.clock.set(now);
  await expect(signIn(deps(world))(tomorrow, actor)).rejects.toThrow('attendance.qr_expired');
});

test('one code does not sign the same person in twice at two sessions', async () => {
  const table = await testTable();
  const world = await teachingWorld(table, { classes: [{ dates: ['2026-12-02'] }, { dates: ['2026-12-02'], instructorOf: 0 }] });
  const actor = world.instructors[0]?.actor ?? actorOf();
  const [one, two] = world.classes.map(({ sessions }) => sessions[0]);
  const qrText = await scan(world);
  await signIn(deps(world))(
    { offeringId: one?.offeringId ?? newId('offering'), sessionId: one?.sessionId ?? newId('session'), qrText, position: GATE },
    actor,
  );
  const again = { offeringId: two?.offeringId ?? newId('offering'), sessionId: two?.sessionId ?? newId('session'), qrText, position: GATE };
  await expect(signIn(deps(world))(again, actor)).rejects.toThrow('attendance.qr_used');
});

test('colleagues sign in by the same code', async () => {
  const world = await teachingWorld(await testTable(), { classes: [{ dates: ['2026-12-02'] }, { dates: ['2026-12-02'] }] });
  const qrText = await scan(world);
  for (const [index, instructor] of world.instructors.entries()) {
    const session = world.classes[index]?.sessions[0];
    if (!session) throw new Error('no session');
    await signIn(deps(world))({ offeringId: session.offeringId, sessionId: session.sessionId, qrText, position: GATE }, instructor.actor);
  }
});

test('too far, too vague and no fence are refused, each with its own words', async () => {
  const { world, actor, input } = await theSession();
  await expect(signIn(deps(world))(await input(undefined, { ...GATE, latitude: GATE.latitude + 0.01 }), actor)).rejects.toMatchObject({
    code: 'attendance.too_far',
    details: { distanceMetres: 1112 },
  });
  await expect(signIn(deps(world))(await input(undefined, { ...GATE, accuracyMetres: 500 }), actor)).rejects.toThrow(
    'attendance.position_vague',
  );
  await world.table.write([set(keys.organisation(world.school.organisationId), { fence: undefined })]);
  await expect(signIn(deps(world))(await input(), actor)).rejects.toThrow('attendance.no_fence');
});

test('nobody signs in at two schools two hundred kilometres apart within an hour', async () => {
  const { world, actor, session, input } = await theSession();
  await signIn(deps(world))(await input(), actor);
  const far = { ...GATE, latitude: GATE.latitude + 2 };
  await world.table.write([
    set(keys.organisation(world.school.organisationId), { fence: { latitude: far.latitude, longitude: far.longitude, radiusMetres: 200 } }),
  ]);
  world.clock.set(addMinutes(session.endsAt, -10));
  await expect(signOut(deps(world))(await input(undefined, far), actor)).rejects.toThrow('attendance.moved_too_fast');
  world.clock.set(addMinutes(session.endsAt, 60));
  await expect(signOut(deps(world))(await input(undefined, far), actor)).resolves.toBeDefined();
});

test('outside the hours is refused: before they open, after the end, and signing out before signing in', async () => {
  const { world, actor, session, input } = await theSession();
  world.clock.set(addMinutes(session.startsAt, -31));
  await expect(signIn(deps(world))(await input(), actor)).rejects.toThrow('attendance.too_early');
  world.clock.set(session.endsAt);
  await expect(signIn(deps(world))(await input(), actor)).rejects.toThrow('attendance.too_late');
  await expect(signOut(deps(world))(await input(), actor)).rejects.toThrow('attendance.not_signed_in');
});

test('a cancelled session cannot be signed in to', async () => {
  const { world, actor, session, input } = await theSession();
  await world.table.write([set(keys.session(session.offeringId, session.sessionId), { status: 'cancelled' })]);
  await expect(signIn(deps(world))(await input(), actor)).rejects.toThrow('attendance.session_cancelled');
});

test("a colleague's session is not found, nor is anything by someone who teaches nothing", async () => {
  const { world, session, input } = await theSession();
  const other = await teachingWorld(world.table);
  await expect(signIn(deps(world))(await input(), other.instructors[0]?.actor ?? actorOf())).rejects.toThrow('request.not_found');
  await expect(signIn(deps(world))(await input(), actorOf())).rejects.toThrow('request.not_found');
  expect(await world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord)).toBeUndefined();
});

test('two scans at once make one sign-in', async () => {
  const { world, actor, session, input } = await theSession();
  const codes = [await input(), await input(), await input()];
  const records = await Promise.all(codes.map((code) => signIn(deps(world))(code, actor)));
  expect(new Set(records.map(({ signedIn }) => signedIn?.at))).toEqual(new Set([world.clock.now()]));
  expect(await world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord)).toMatchObject({
    signedIn: { by: 'qr' },
  });
});

test('wherever the process dies, signing in again completes it, once', async () => {
  await atEveryCrash(async (fail) => {
    const { world, actor, session, input } = await theSession();
    const code = await input();
    const dying = (await fail(world.table)).table;
    await signIn(deps(world, dying))(code, actor).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    const at = world.clock.now();
    world.clock.set(instant(ms(at) + 10_000) as Instant);
    await signIn(deps(world))(code, actor);
    const record = await world.table.get(keys.sessionRecord(session.offeringId, session.sessionId), StoredRecord);
    expect(record?.signedIn).toBeDefined();
  });
});

test('throttling, conflicts and lost replies do not keep anyone from signing in', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { world, actor, input } = await theSession();
    const { table } = await withFaults(world.table, { seed, throttle: 0.2, conflict: 0.2, lost: 0.2 });
    expect((await signIn(deps(world, table))(await input(), actor)).signedIn).toBeDefined();
  }
});
