import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { SignJWT, UnsecuredJWT } from 'jose';
import { testTable } from '../../testing/engine.ts';
import { withFaults } from '../../testing/faults.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { nobody } from '../http/api.ts';
import { PEOPLE_AN_HOUR_MAX } from './count-device.ts';
import { identity } from './index.ts';
import { authenticate, SESSION_HOURS_MAX, TOKEN_MINUTES } from './session-token.ts';

const stranger = nobody('req');

test('the first sign-in makes the person, and every later one finds them', async () => {
  const platform = testPlatform(await testTable());
  const { signIn } = identity(platform).useCases;
  const first = await signIn({ code: platform.codes.login('anna') }, stranger);
  const again = await signIn({ code: platform.codes.login('anna') }, stranger);
  const other = await signIn({ code: platform.codes.login('bert') }, stranger);
  expect(first.me).toMatchObject({ roles: [], children: [], unreadMessages: 0 });
  expect(again.me.personId).toBe(first.me.personId);
  expect(other.me.personId).not.toBe(first.me.personId);
});

test('twenty sign-ins at once of one WeChat make one person', async () => {
  const platform = testPlatform(await testTable());
  const { signIn } = identity(platform).useCases;
  const sessions = await Promise.all(Array.from({ length: 20 }, () => signIn({ code: platform.codes.login('anna') }, stranger)));
  expect(new Set(sessions.map(({ me }) => me.personId)).size).toBe(1);
});

test('a sign-in whose write was throttled, in conflict, or answered by silence still makes one person', async () => {
  const table = await testTable();
  for (const fault of [{ throttle: 0.5 }, { conflict: 0.5 }, { lost: 0.6 }]) {
    const faults = await withFaults(table, { seed: 7, ...fault });
    const platform = testPlatform(faults.table);
    const { signIn } = identity(platform).useCases;
    const openId = `anna-${Object.keys(fault)[0]}`;
    const sessions = [];
    for (let round = 0; round < 6; round++) sessions.push(await signIn({ code: platform.codes.login(openId) }, stranger));
    expect(new Set(sessions.map(({ me }) => me.personId)).size).toBe(1);
    expect(Object.values(faults.injected()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  }
});

test('a code from WeChat works once', async () => {
  const platform = testPlatform(await testTable());
  const { signIn } = identity(platform).useCases;
  const code = platform.codes.login('anna');
  await signIn({ code }, stranger);
  await expect(signIn({ code }, stranger)).rejects.toMatchObject({ code: 'session.code_refused' });
});

test('a token speaks for its person until its half hour is over', async () => {
  const { platform, officer, city } = await identityWorld(await testTable());
  const session = await identity(platform).useCases.renewSession({}, officer);
  const read = authenticate(platform);
  expect(await read(session.token, 'r1')).toEqual({
    personId: officer.personId,
    memberships: [{ organisationId: city.organisationId, role: 'bureau' }],
    children: [],
    signedInAt: officer.signedInAt,
    requestId: 'r1',
  });
  platform.clock.addMinutes(TOKEN_MINUTES - 1);
  await read(session.token, 'r2');
  platform.clock.set(session.expiresAt as Instant);
  await expect(read(session.token, 'r3')).rejects.toMatchObject({ code: 'session.expired' });
});

test('forged, altered, unsigned and foreign tokens are refused, all alike', async () => {
  const { platform, officer } = await identityWorld(await testTable());
  const { token } = await identity(platform).useCases.renewSession({}, officer);
  const read = authenticate(platform);
  const claims = { memberships: [], children: [], signedInAt: platform.clock.now() };
  const signed = (key: Uint8Array, issuer = 'kehou', audience = 'kehou-api') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(newId('person'))
      .setExpirationTime(4_000_000_000)
      .sign(key);
  const { session: key, qr } = platform.secrets;
  // The yardstick: the very same claims, signed as they should be, are accepted.
  await expect(read(await signed(key), 'r')).resolves.toMatchObject({ memberships: [] });
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const raised = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: newId('person') }),
  ).toString('base64url');
  const refused = [
    '',
    'nonsense',
    `${header}.${raised}.${signature}`,
    `${header}.${payload}.`,
    await signed(qr),
    await signed(new Uint8Array(32)),
    await signed(key, 'someone'),
    await signed(key, 'kehou', 'elsewhere'),
    new UnsecuredJWT(claims)
      .setIssuer('kehou')
      .setAudience('kehou-api')
      .setSubject(officer.personId)
      .setExpirationTime(4_000_000_000)
      .encode(),
    await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('kehou')
      .setAudience('kehou-api')
      .setSubject(officer.personId)
      .sign(key),
    await new SignJWT({ ...claims, memberships: [{ organisationId: 'x', role: 'king' }] })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('kehou')
      .setAudience('kehou-api')
      .setSubject(officer.personId)
      .setExpirationTime(4_000_000_000)
      .sign(key),
  ];
  for (const each of refused) await expect(read(each, 'r')).rejects.toMatchObject({ code: 'session.expired' });
});

test('a session is renewed with the roles of now, and not for ever', async () => {
  const { platform, officer } = await identityWorld(await testTable());
  const { renewSession } = identity(platform).useCases;
  for (let minutes = 0; minutes < SESSION_HOURS_MAX * 60; minutes += 25) {
    await renewSession({}, officer);
    platform.clock.addMinutes(25);
  }
  await expect(renewSession({}, officer)).rejects.toMatchObject({ code: 'session.expired' });
});

test('a renewed token carries what was granted since, and not what was taken away', async () => {
  const { platform, officer, school, person } = await identityWorld(await testTable());
  const { grantRole, revokeRole, renewSession } = identity(platform).useCases;
  const teacher = await person('teacher', '13800000002');
  const role = { organisationId: school.organisationId, role: 'teacher', phone: '13800000002' as never } as const;
  await grantRole({ ...role, name: '李老师' }, officer);
  expect((await renewSession({}, teacher)).me).toMatchObject({
    name: '李老师',
    phone: '138****0002',
    roles: [{ organisationId: school.organisationId, role: 'teacher', organisationName: school.name }],
  });
  await revokeRole(role, officer);
  expect((await renewSession({}, teacher)).me.roles).toEqual([]);
});

test('who I am is one query of my own partition, however large the city', async () => {
  const calls: string[] = [];
  const { platform, person, pupil, staff, school } = await identityWorld(
    await testTable({ onCall: ({ operation }) => void calls.push(operation) }),
  );
  await pupil('小明', '2026001', ['13800000003']);
  await pupil('小红', '2026002', ['13800000003']);
  const actor = await staff('parent-and-teacher', '13800000003', school.organisationId, 'teacher');
  calls.length = 0;
  const me = await identity(platform).useCases.me({}, actor);
  expect(calls).toEqual(['query']);
  expect(me.children.map(({ name, schoolName }) => `${name} ${schoolName}`).sort()).toEqual(['小明 东湖一小', '小红 东湖一小']);
  expect(me.roles).toHaveLength(1);
  expect(JSON.stringify(me)).not.toContain('13800000003');
  expect((await person('parent-and-teacher')).children).toEqual(
    me.children.map(({ pupilId, schoolId, grade }) => ({ pupilId, schoolId, grade })),
  );
});

test('a name can be set and a token of someone unknown shows nobody', async () => {
  const { platform, person } = await identityWorld(await testTable());
  const { setName, me } = identity(platform).useCases;
  const actor = await person('anna');
  expect(await setName({ name: '安娜' }, actor)).toMatchObject({ name: '安娜' });
  const unknown = { ...actor, personId: newId('person') as Id<'person'> };
  await expect(me({}, unknown)).rejects.toMatchObject({ code: 'session.expired' });
  await expect(setName({ name: '鬼' }, unknown)).rejects.toMatchObject({ code: 'session.expired' });
});

test('one phone signs in so many different people an hour; the same people go on, and without a word about the phone nobody is counted', async () => {
  const platform = testPlatform(await testTable());
  const { signIn } = identity(platform).useCases;
  const deviceId = 'a-phone-of-the-family';
  const on = (openId: string, device = deviceId) => signIn({ code: platform.codes.login(openId), deviceId: device }, stranger);
  for (let index = 0; index < PEOPLE_AN_HOUR_MAX; index++) await on(`person-${index}`);
  await expect(on('one-more')).rejects.toMatchObject({ code: 'session.device_crowded' });
  await expect(on('person-0')).resolves.toBeDefined();
  await expect(on('one-more', 'another-phone-of-hers')).resolves.toBeDefined();
  await expect(signIn({ code: platform.codes.login('one-more') }, stranger)).resolves.toBeDefined();
  platform.clock.addMinutes(60);
  await expect(on('one-more')).resolves.toBeDefined();
});

test('many people on one phone at the same moment: never more than are let in an hour', async () => {
  const platform = testPlatform(await testTable());
  const { signIn } = identity(platform).useCases;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      signIn({ code: platform.codes.login(`person-${index}`), deviceId: 'a-farm-of-accounts' }, stranger),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(PEOPLE_AN_HOUR_MAX);
});
