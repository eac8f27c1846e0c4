import type { Id } from '@kehou/shared/kernel/id';
import { newId } from '@kehou/shared/kernel/id';
import type { OrganisationRole } from '@kehou/shared/kernel/route';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { testTable } from '../../testing/engine.ts';
import { identityWorld, OFFICER_PHONE } from '../../testing/identity-world.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { remove } from '../platform/table.ts';
import { bootstrapCity } from './bootstrap-city.ts';
import { identity } from './index.ts';

const NEWCOMER = '13700000000' as never;

async function roleWorld() {
  const table = await testTable();
  const world = await identityWorld(table);
  const use = identity(world.platform).useCases;
  const { school, county, operator } = world;
  const actors = {
    officer: world.officer,
    countyOfficer: await world.staff('county', '13900000002', county.organisationId, 'bureau'),
    clerk: await world.staff('clerk', '13900000003', school.organisationId, 'school'),
    teacher: await world.staff('teacher', '13900000004', school.organisationId, 'teacher'),
    runner: await world.staff('runner', '13900000005', operator.organisationId, 'operator'),
  };
  const grant = (
    actor: keyof typeof actors,
    organisation: { organisationId: Id<'organisation'> },
    role: OrganisationRole,
    phone = NEWCOMER,
  ) =>
    use
      .grantRole({ organisationId: organisation.organisationId, role, phone, name: '新人' }, actors[actor])
      .then(() => 'granted')
      .catch(({ code }) => code as string);
  return { ...world, table, use, actors, grant };
}

test('a school grants in itself, an operator in itself, a bureau in its whole subtree, and nobody elsewhere', async () => {
  const { grant, school, otherSchool, county, otherCounty, operator, city } = await roleWorld();
  const granted: string[] = [];
  const places = { school, otherSchool, county, otherCounty, operator, city };
  const fitting = {
    school: 'teacher',
    otherSchool: 'school',
    county: 'bureau',
    otherCounty: 'bureau',
    operator: 'operator',
    city: 'bureau',
  } as const;
  for (const actor of ['officer', 'countyOfficer', 'clerk', 'teacher', 'runner'] as const) {
    for (const [place, organisation] of Object.entries(places)) {
      const result = await grant(actor, organisation, fitting[place as keyof typeof places]);
      if (result === 'granted') granted.push(`${actor} in ${place}`);
      else expect(result).toBe('session.forbidden');
    }
  }
  expect(granted.sort()).toEqual(
    [
      ...Object.keys(places).map((place) => `officer in ${place}`),
      'countyOfficer in school',
      'countyOfficer in county',
      'clerk in school',
      'runner in operator',
    ].sort(),
  );
});

test('an organisation gives only the roles of its kind', async () => {
  const { grant, school, county, operator } = await roleWorld();
  for (const role of ['operator', 'bureau'] as const) expect(await grant('clerk', school, role)).toBe('identity.role_not_here');
  for (const role of ['teacher', 'school', 'operator'] as const)
    expect(await grant('countyOfficer', county, role)).toBe('identity.role_not_here');
  for (const role of ['teacher', 'school', 'bureau'] as const) expect(await grant('runner', operator, role)).toBe('identity.role_not_here');
});

test('nobody changes their own roles, up or down', async () => {
  const { grant, use, actors, school, city } = await roleWorld();
  expect(await grant('officer', school, 'school', OFFICER_PHONE as never)).toBe('identity.own_role');
  const own = { organisationId: city.organisationId, role: 'bureau' as const, phone: OFFICER_PHONE as never };
  await expect(use.revokeRole(own, actors.officer)).rejects.toMatchObject({ code: 'identity.own_role' });
});

test('a grant waits for the number to be verified; a revocation ends it; both are on the trail without the number', async () => {
  const { use, actors, school, person, table } = await roleWorld();
  const role = { organisationId: school.organisationId, role: 'teacher' as const, phone: NEWCOMER };
  await use.grantRole({ ...role, name: '新老师' }, actors.clerk);
  await use.grantRole({ ...role, name: '新老师' }, actors.clerk);
  const newcomer = await person('newcomer', NEWCOMER);
  expect(newcomer.memberships).toEqual([{ organisationId: school.organisationId, role: 'teacher' }]);
  await use.revokeRole(role, actors.clerk);
  await use.revokeRole(role, actors.clerk);
  expect((await person('newcomer')).memberships).toEqual([]);
  const { items } = await table.query({ ...keys.auditOf(school.organisationId, '2026-11' as ChinaMonth), limit: 50 }, AuditEntry);
  const mine = items.filter(({ personId }) => personId === actors.clerk.personId);
  expect(mine.map(({ action }) => action)).toEqual(expect.arrayContaining(['identity.role-granted', 'identity.role-revoked']));
  expect(JSON.stringify(items)).not.toContain(NEWCOMER);
});

test('the city is bootstrapped once; again it names another officer, and an id that names something else is refused', async () => {
  const { platform, city, school, person } = await roleWorld();
  const officer = { name: '副局长', phone: '13900000099' };
  await bootstrapCity(platform, { organisationId: city.organisationId, name: city.name, officer });
  // Listed with its making, for whoever begins at the cities; no follower has run. One that was missed is listed by the command.
  const { table } = platform;
  const cities = async () => (await table.query({ ...keys.cities, limit: 10, consistent: true }, Organisation)).items;
  expect(await cities()).toEqual([city]);
  await table.write([remove(keys.city(city.organisationId))]);
  await bootstrapCity(platform, { organisationId: city.organisationId, name: city.name, officer });
  expect(await cities()).toEqual([city]);
  expect((await person('deputy', officer.phone)).memberships).toEqual([{ organisationId: city.organisationId, role: 'bureau' }]);
  for (const organisationId of [school.organisationId, city.organisationId]) {
    const other = bootstrapCity(platform, { organisationId, name: '别的教育局', officer: { name: '某人', phone: '13900000098' } });
    await expect(other).rejects.toMatchObject({ code: 'request.id_reused' });
  }
  expect((await person('someone', '13900000098')).memberships).toEqual([]);
  await expect(
    bootstrapCity(platform, { organisationId: newId('organisation'), name: '某局', officer: { name: '某', phone: '123' } }),
  ).rejects.toThrow();
});
