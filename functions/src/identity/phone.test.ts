import type { Child } from '@kehou/shared/identity/person';
import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, withFaults } from '../../testing/faults.ts';
import { type IdentityWorld, identityWorld } from '../../testing/identity-world.ts';
import { streamOf } from '../../testing/stream-of.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { guardiansOf, promiseChildWrites, refreshChild, withdrawChildWrites } from './guardian.repository.ts';
import { identity } from './index.ts';
import { mustReadPerson, personOfPhone } from './person.repository.ts';
import { membersOf, promiseRoleWrites } from './role.repository.ts';

const PHONE = '13800000010';
const OTHER = '13800000011';

async function worldWithStream() {
  const table = await testTable();
  const world = await identityWorld(table);
  const area = identity(world.platform);
  const stream = await streamOf(table);
  const settle = () => stream.settle(area.followers ?? []);
  await settle();
  const verify = (actor: Actor, phone: string) => area.useCases.verifyPhone({ phoneCode: world.platform.codes.phone(phone) }, actor);
  return { ...world, table, use: area.useCases, settle, verify };
}
const childrenOf = async (table: Table, actor: Actor) =>
  (await mustReadPerson(table, actor.personId)).children.map(({ name }) => name).sort();
const guardians = async (table: Table, child: Child) => (await guardiansOf(table, child.pupilId)).map(({ personId }) => personId).sort();

test('verifying a number links every child and role that rosters hold under it, both ways, at once', async () => {
  const { pupil, person, school, platform, table, verify } = await worldWithStream();
  const first = await pupil('小明', '2026001', [PHONE, OTHER]);
  await pupil('小红', '2026002', [PHONE]);
  await pupil('小刚', '2026003', [OTHER]);
  await table.write(
    promiseRoleWrites({
      phone: PHONE,
      organisationId: school.organisationId,
      organisationName: school.name,
      role: 'teacher',
      name: '王老师',
    }),
  );
  const mother = await person('mother');
  const session = await verify(mother, PHONE);
  expect(session.me).toMatchObject({ phone: '138****0010', name: '王老师', roles: [{ role: 'teacher' }] });
  expect(session.me.children.map(({ name }) => name).sort()).toEqual(['小明', '小红']);
  const father = await person('father', OTHER);
  expect(await guardians(table, first)).toEqual([mother.personId, father.personId].sort());
  expect((await membersOf(table, school.organisationId, 'teacher', { limit: 5 })).items).toMatchObject([
    { personId: mother.personId, name: '王老师' },
  ]);
  expect(JSON.stringify(platform.lines)).not.toContain(PHONE);
});

test('an import links at once when the number is verified already, renews what changed and unlinks what it leaves out', async () => {
  const { pupil, person, table, settle } = await worldWithStream();
  const parent = await person('parent', PHONE);
  const child = await pupil('小明', '2026001', [PHONE]);
  await settle();
  expect(await childrenOf(table, parent)).toEqual(['小明']);
  await table.write(promiseChildWrites({ phone: PHONE, child: { ...child, className: '5班', grade: 4 } }));
  await settle();
  expect((await mustReadPerson(table, parent.personId)).children).toMatchObject([{ grade: 4, className: '5班' }]);
  await table.write(withdrawChildWrites(PHONE, child.pupilId));
  await settle();
  expect(await childrenOf(table, parent)).toEqual([]);
  expect(await guardians(table, child)).toEqual([]);
});

test('a number that moves to another WeChat takes its children and roles with it', async () => {
  const { pupil, person, staff, school, table, verify, use } = await worldWithStream();
  const child = await pupil('小明', '2026001', [PHONE]);
  const before = await staff('old-phone', PHONE, school.organisationId, 'school');
  expect(await childrenOf(table, before)).toEqual(['小明']);
  const after = await person('new-phone');
  await verify(after, PHONE);
  expect(await guardians(table, child)).toEqual([after.personId]);
  expect(await use.me({}, before)).toMatchObject({ children: [], roles: [] });
  expect((await use.me({}, before)).phone).toBeUndefined();
  expect(await use.me({}, after)).toMatchObject({ roles: [{ role: 'school' }], phone: '138****0010' });
});

test('a person who changes their number keeps what the new one holds and loses what only the old one held', async () => {
  const { pupil, person, table, verify } = await worldWithStream();
  const both = await pupil('双号', '2026001', [PHONE, OTHER]);
  await pupil('旧号', '2026002', [PHONE]);
  await pupil('新号', '2026003', [OTHER]);
  const parent = await person('parent', PHONE);
  expect(await childrenOf(table, parent)).toEqual(['双号', '旧号'].sort());
  const session = await verify(parent, OTHER);
  expect(session.me.children.map(({ name }) => name).sort()).toEqual(['双号', '新号'].sort());
  expect(await guardians(table, both)).toEqual([parent.personId]);
  expect(await personOfPhone(table, PHONE)).toBeUndefined();
});

test('a foreign number is refused in words', async () => {
  const { person, verify } = await worldWithStream();
  await expect(verify(await person('guest'), '4155550123')).rejects.toMatchObject({ code: 'session.phone_foreign' });
});

test('a death anywhere in a verification leaves what the stream, or another try, completes', async () => {
  await atEveryCrash(async (fail) => {
    const { pupil, person, staff, school, table, platform, settle } = await worldWithStream();
    const kept = await pupil('小明', '2026001', [PHONE]);
    const lost = await pupil('旧号', '2026002', [OTHER]);
    const before = await staff('old-phone', PHONE, school.organisationId, 'teacher');
    const after = await person('new-phone', OTHER);
    const faults = await fail(table);
    const dying = testPlatform(faults.table, { clock: platform.clock });
    await identity(dying)
      .useCases.verifyPhone({ phoneCode: dying.codes.phone(PHONE) }, after)
      .catch(() => undefined);
    await settle();
    // Either it had not been decided, and nothing has moved, or it had, and everything has.
    const moved = (await personOfPhone(table, PHONE)) === after.personId;
    const holder = moved ? after : before;
    expect(await guardians(table, kept)).toEqual([holder.personId]);
    expect(await guardians(table, lost)).toEqual(moved ? [] : [after.personId]);
    expect((await membersOf(table, school.organisationId, 'teacher', { limit: 5 })).items.map(({ personId }) => personId)).toEqual([
      holder.personId,
    ]);
    const again = identity(platform).useCases.verifyPhone({ phoneCode: platform.codes.phone(PHONE) }, after);
    expect((await again).me.children.map(({ name }) => name)).toEqual(['小明']);
  });
});

test('numbers that move back and forth among several people at once end with one holder and one set of links', async () => {
  const { pupil, person, table, platform, settle } = await worldWithStream();
  const child = await pupil('小明', '2026001', [PHONE]);
  const people = await Promise.all(['a', 'b', 'c'].map((openId) => person(openId)));
  for (let seed = 1; seed <= 5; seed++) {
    const faults = await withFaults(table, { seed, conflict: 0.2, throttle: 0.1 });
    const flaky = testPlatform(faults.table, { clock: platform.clock });
    const { verifyPhone } = identity(flaky).useCases;
    await Promise.allSettled(people.map((actor) => verifyPhone({ phoneCode: flaky.codes.phone(PHONE) }, actor)));
    await settle();
    const holder = await personOfPhone(table, PHONE);
    expect(await guardians(table, child)).toEqual([holder]);
    for (const actor of people) expect(await childrenOf(table, actor)).toEqual(actor.personId === holder ? ['小明'] : []);
  }
});

test('a link approved on request survives the roster that no longer names the number', async () => {
  const { pupil, person, table, settle, use, platform } = await worldWithStream();
  const child = await pupil('小明', '2026001', [OTHER]);
  const aunt = await person('aunt', PHONE);
  const mother = await person('mother', OTHER);
  const asked = await use.requestChildLink(
    {
      linkRequestId: newId('linkRequest'),
      schoolId: child.schoolId,
      pupilNumber: '2026001',
      pupilName: '小明',
      myName: '姑姑',
      relation: 'other',
    },
    aunt,
  );
  await use.decideLinkRequest({ linkRequestId: asked.linkRequestId as never, approve: true }, mother);
  await table.write(promiseChildWrites({ phone: PHONE, child }));
  await settle();
  await table.write(withdrawChildWrites(PHONE, child.pupilId));
  await settle();
  expect(await childrenOf(table, aunt)).toEqual(['小明']);
  await refreshChild(platform, { ...child, name: '小明明' });
  expect(await childrenOf(table, aunt)).toEqual(['小明明']);
});

test("a number that a roster gives to a whole school brings no more than a family's worth, and is logged", async () => {
  const { person, table, platform, school, use } = await worldWithStream();
  const children = Array.from({ length: 60 }, (_, index) => ({
    pupilId: newId('pupil'),
    name: `学生${index}`,
    schoolId: school.organisationId,
    schoolName: school.name,
    grade: 1,
    className: '1班',
  }));
  await table.write(children.flatMap((child) => promiseChildWrites({ phone: PHONE, child })));
  const clerk = await person('clerk', PHONE);
  expect((await use.me({}, clerk)).children).toHaveLength(20);
  expect(platform.lines.some(({ level, message }) => level === 'warn' && message.includes('children'))).toBe(true);
});

test('settling a number again changes nothing and writes nothing', async () => {
  let writes = 0;
  const table = await testTable({ onCall: ({ writeUnits }) => void (writeUnits > 0 && writes++) });
  const world: IdentityWorld = await identityWorld(table);
  await world.pupil('小明', '2026001', [PHONE]);
  await world.staff('parent', PHONE, world.school.organisationId, 'teacher');
  const { followers = [] } = identity(world.platform);
  const key = keys.phoneChild(PHONE, 'x');
  writes = 0;
  for (const follower of followers) await follower({ sequence: '1', keys: key, before: undefined, after: { ...key } });
  expect(writes).toBe(0);
});
