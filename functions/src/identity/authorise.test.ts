import { newId } from '@kehou/shared/kernel/id';
import type { Access, Actor, OrganisationRole } from '@kehou/shared/kernel/route';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { guards } from './authorise.ts';

async function policyWorld() {
  let reads = 0;
  const world = await identityWorld(await testTable({ onCall: ({ readUnits }) => void (readUnits > 0 && reads++) }));
  const { authorise } = guards(world.platform);
  const judge = (access: Access, input: Record<string, unknown>, actor: Actor) =>
    authorise(access, input, actor).then(
      () => 'allowed',
      ({ code }) => code as string,
    );
  const forget = () => {
    reads = 0;
  };
  return { ...world, judge, reads: () => reads, forget };
}
const actorWith = (role: OrganisationRole, organisationId: string): Actor => ({
  personId: newId('person'),
  memberships: [{ organisationId, role }],
  children: [],
  requestId: 'req',
});
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const byAll = { by: 'role', roles: ['school', 'teacher', 'operator', 'bureau'], organisation: 'schoolId' } as const;

test("a school's route opens to the school, its operator and every bureau above it, as far as the route names them", async () => {
  const { judge, school, otherSchool, operator, county, otherCounty, city } = await policyWorld();
  const input = { schoolId: school.organisationId };
  const allowed: string[] = [];
  const people: Record<string, Actor> = {
    school: actorWith('school', school.organisationId),
    teacher: actorWith('teacher', school.organisationId),
    operator: actorWith('operator', operator.organisationId),
    county: actorWith('bureau', county.organisationId),
    city: actorWith('bureau', city.organisationId),
    otherSchool: actorWith('school', otherSchool.organisationId),
    otherCounty: actorWith('bureau', otherCounty.organisationId),
    otherOperator: actorWith('operator', newId('organisation')),
    parent: {
      ...actorWith('school', school.organisationId),
      memberships: [],
      children: [{ pupilId: newId('pupil'), schoolId: school.organisationId, grade: 3 }],
    },
  };
  for (const [name, actor] of Object.entries(people)) {
    const result = await judge(byAll, input, actor);
    if (result === 'allowed') allowed.push(name);
    else expect(result).toBe('session.forbidden');
    expect(await judge(bySchool, input, actor)).toBe(name === 'school' ? 'allowed' : 'session.forbidden');
  }
  expect(allowed).toEqual(['school', 'teacher', 'operator', 'county', 'city']);
});

test('a field that must name a school does not take a bureau, nor the other way round, nor what is not there', async () => {
  const { judge, city, county, school, officer } = await policyWorld();
  expect(await judge(byAll, { schoolId: county.organisationId }, officer)).toBe('request.not_found');
  expect(await judge(byAll, { schoolId: newId('organisation') }, officer)).toBe('request.not_found');
  const byBureau = { by: 'role', roles: ['bureau'], organisation: 'bureauId' } as const;
  expect(await judge(byBureau, { bureauId: school.organisationId }, officer)).toBe('request.not_found');
  expect(await judge(byBureau, { bureauId: city.organisationId }, officer)).toBe('allowed');
  // Without any role that the route names, not even that much is told.
  const parent = { ...officer, memberships: [] };
  expect(await judge(byAll, { schoolId: newId('organisation') }, parent)).toBe('session.forbidden');
});

test('a guardian reaches their own children and nobody else’s, by the table and not by the token: one read', async () => {
  const { judge, pupil, person, reads, forget, platform } = await policyWorld();
  const access = { by: 'guardian', pupil: 'pupilId' } as const;
  const mine = await pupil('小明', '2026001', ['13800000001']);
  const other = await pupil('小红', '2026002', ['13800000002']);
  const parent = await person('parent', '13800000001');
  forget();
  expect(await judge(access, { pupilId: mine.pupilId }, parent)).toBe('allowed');
  expect(reads()).toBe(1);
  expect(await judge(access, { pupilId: other.pupilId }, parent)).toBe('request.not_found');
  expect(await judge(access, { pupilId: mine.pupilId }, { ...parent, children: [] })).toBe('allowed');
  const claims = { ...parent, children: [{ pupilId: other.pupilId, schoolId: other.schoolId, grade: other.grade }] };
  expect(await judge(access, { pupilId: other.pupilId }, claims)).toBe('request.not_found');
  expect(reads()).toBe(4);
  expect(platform.lines).toEqual([]);
});

test('where the token’s word is enough, nothing is read for a child that it names; one linked since costs one read', async () => {
  const { judge, pupil, person, reads, forget } = await policyWorld();
  const access = { by: 'guardian', pupil: 'pupilId', byToken: true } as const;
  const mine = await pupil('小明', '2026001', ['13800000001']);
  const other = await pupil('小红', '2026002', ['13800000002']);
  const parent = await person('parent', '13800000001');
  forget();
  expect(await judge(access, { pupilId: mine.pupilId }, parent)).toBe('allowed');
  expect(reads()).toBe(0);
  expect(await judge(access, { pupilId: mine.pupilId }, { ...parent, children: [] })).toBe('allowed');
  expect(await judge(access, { pupilId: other.pupilId }, parent)).toBe('request.not_found');
  expect(reads()).toBe(2);
});

test("a school's own people need no look-up, and a bureau's look-up is kept for a minute", async () => {
  const { judge, school, city, reads, forget } = await policyWorld();
  forget();
  const input = { schoolId: school.organisationId };
  await judge(bySchool, input, actorWith('school', school.organisationId));
  expect(reads()).toBe(0);
  for (let round = 0; round < 4; round++) await judge(byAll, input, actorWith('bureau', city.organisationId));
  expect(reads()).toBe(1);
});

test('an owner’s route asks for one of its roles anywhere; anyone may be a parent', async () => {
  const { judge, school } = await policyWorld();
  const teacher = actorWith('teacher', school.organisationId);
  const nobody = { ...teacher, memberships: [] };
  expect(await judge({ by: 'owner', roles: ['teacher'] }, {}, teacher)).toBe('allowed');
  expect(await judge({ by: 'owner', roles: ['teacher'] }, {}, nobody)).toBe('session.forbidden');
  expect(await judge({ by: 'owner', roles: ['parent'] }, {}, nobody)).toBe('allowed');
  expect(await judge({ by: 'anyone' }, {}, nobody)).toBe('allowed');
  expect(await judge({ by: 'signed-in' }, {}, nobody)).toBe('allowed');
});
