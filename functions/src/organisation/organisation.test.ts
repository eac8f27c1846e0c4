import { type Id, newId } from '@kehou/shared/kernel/id';
import { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { keys } from '../platform/keys.ts';
import { AuditEntry } from './audit.ts';
import { organisation } from './index.ts';
import { organisationDirectory } from './organisation.repository.ts';

const world = async () => {
  const made = await identityWorld(await testTable());
  return { ...made, tree: organisation(made.platform).useCases, table: made.platform.table };
};
const listed = (page: { items: { organisationId: string }[] }) => page.items.map((item) => item.organisationId).sort();
const page = { limit: 50 };

test('a school is listed under every bureau above it and under its operator, whatever the depth', async () => {
  const { tree, city, county, otherCounty, operator, school, otherSchool, officer } = await world();
  const office = Organisation.parse(
    await tree.createOrganisation(
      { parentId: county.organisationId, organisationId: newId('organisation'), kind: 'office', name: '滨江街道教育办' },
      officer,
    ),
  );
  const deep = await tree.createOrganisation(
    {
      parentId: office.organisationId,
      organisationId: newId('organisation'),
      kind: 'school',
      name: '滨江小学',
      area: 'rural',
      stage: 'primary',
    },
    officer,
  );
  const direct = await tree.createOrganisation(
    {
      parentId: city.organisationId,
      organisationId: newId('organisation'),
      kind: 'school',
      name: '市直实验学校',
      area: 'urban',
      stage: 'nine-year',
    },
    officer,
  );
  expect(deep.ancestorIds).toEqual([city.organisationId, county.organisationId, office.organisationId]);
  const under = async (organisationId: Id<'organisation'>) => listed(await tree.listSchools({ organisationId, ...page }, officer));
  const ids = (...schools: { organisationId: string }[]) => schools.map((each) => each.organisationId).sort();
  expect(await under(city.organisationId)).toEqual(ids(school, otherSchool, deep, direct));
  expect(await under(county.organisationId)).toEqual(ids(school, deep));
  expect(await under(office.organisationId)).toEqual(ids(deep));
  expect(await under(otherCounty.organisationId)).toEqual(ids(otherSchool));
  expect(await under(operator.organisationId)).toEqual(ids(school));
});

test('bureaus and operators are found again by those above them, page by page, and by nobody else', async () => {
  const { tree, city, county, otherCounty, operator, officer } = await world();
  const office = Organisation.parse(
    await tree.createOrganisation(
      { parentId: county.organisationId, organisationId: newId('organisation'), kind: 'office', name: '滨江街道教育办' },
      officer,
    ),
  );
  const bureaus = async (bureauId: Id<'organisation'>) => (await tree.listBureaus({ bureauId, ...page }, officer)).items;
  const ids = (...some: { organisationId: string }[]) => some.map((each) => each.organisationId).sort();
  expect(listed({ items: await bureaus(city.organisationId) })).toEqual(ids(county, otherCounty, office));
  expect(await bureaus(county.organisationId)).toEqual([office]);
  expect(await bureaus(otherCounty.organisationId)).toEqual([]);
  const first = await tree.listBureaus({ bureauId: city.organisationId, limit: 2 }, officer);
  const second = await tree.listBureaus({ bureauId: city.organisationId, limit: 2, cursor: first.cursor }, officer);
  expect(listed({ items: [...first.items, ...second.items] })).toEqual(ids(county, otherCounty, office));
  for (const { organisationId } of [city, county, office]) {
    expect((await tree.listOperators({ bureauId: organisationId, ...page }, officer)).items).toEqual([operator]);
  }
});

test('making one again with the same id and content answers the first; other content is refused', async () => {
  const { tree, county, officer, table } = await world();
  const input = {
    parentId: county.organisationId,
    organisationId: newId('organisation'),
    kind: 'school',
    name: '南湖小学',
    area: 'urban',
    stage: 'primary',
  } as const;
  const first = await tree.createOrganisation(input, officer);
  expect(await tree.createOrganisation(input, officer)).toEqual(first);
  await expect(tree.createOrganisation({ ...input, name: '北湖小学' }, officer)).rejects.toMatchObject({ code: 'request.id_reused' });
  const { items } = await table.query({ ...keys.schoolsUnder(county.organisationId), limit: 10 }, z.object({ name: z.string() }));
  expect(items.map(({ name }) => name).sort()).toEqual(['东湖一小', '南湖小学']);
});

test('nothing stands where it cannot, and a school names where it is', async () => {
  const { tree, county, school, otherCounty, officer } = await world();
  const organisationId = newId('organisation');
  const under = (parentId: Id<'organisation'>, kind: 'county-bureau' | 'school' | 'office', more = {}) =>
    tree.createOrganisation({ parentId, organisationId, kind, name: '某单位', ...more }, officer);
  await expect(under(county.organisationId, 'county-bureau')).rejects.toMatchObject({ code: 'organisation.not_contained' });
  await expect(under(school.organisationId, 'school')).rejects.toMatchObject({ code: 'organisation.not_contained' });
  await expect(under(county.organisationId, 'school')).rejects.toMatchObject({
    code: 'request.invalid',
    details: { fields: [{ path: 'area' }, { path: 'stage' }] },
  });
  await expect(under(county.organisationId, 'office', { area: 'urban' })).rejects.toMatchObject({ code: 'request.invalid' });
  await expect(
    under(county.organisationId, 'school', { area: 'urban', stage: 'primary', operatorId: otherCounty.organisationId }),
  ).rejects.toMatchObject({ details: { fields: [{ path: 'operatorId' }] } });
  await expect(tree.createOperator({ bureauId: county.organisationId, organisationId, name: '某公司' }, officer)).rejects.toMatchObject({
    code: 'organisation.not_contained',
  });
});

test('a school changes its operator in every list at once, and the change is on the audit trail', async () => {
  const { tree, city, operator, school, officer, table, platform } = await world();
  const other = Organisation.parse(
    await tree.createOperator({ bureauId: city.organisationId, organisationId: newId('organisation'), name: '另一公司' }, officer),
  );
  const fence = { latitude: 28.68, longitude: 115.85, radiusMetres: 200 };
  const place = { schoolId: school.organisationId, area: 'rural', stage: 'primary', fence, operatorId: other.organisationId } as const;
  const changed = await tree.changeSchool(place, officer);
  expect(changed).toMatchObject({ area: 'rural', fence, operatorId: other.organisationId, name: school.name });
  expect(listed(await tree.listSchools({ organisationId: operator.organisationId, ...page }, officer))).toEqual([]);
  const [copy] = (await tree.listSchools({ organisationId: other.organisationId, ...page }, officer)).items;
  expect(copy).toEqual(changed);
  const { items } = await table.query({ ...keys.auditOf(school.organisationId, '2026-11' as never), limit: 10 }, AuditEntry);
  expect(items).toMatchObject([
    { action: 'organisation.school-changed', personId: officer.personId, details: { before: { operatorId: operator.organisationId } } },
  ]);
  expect(JSON.stringify(platform.lines)).not.toContain('28.68');
});

test("a stranger sees a school's name and not its fence", async () => {
  const { tree, school, officer, person } = await world();
  await tree.changeSchool(
    {
      schoolId: school.organisationId,
      area: 'urban',
      stage: 'primary',
      fence: { latitude: 28.68, longitude: 115.85, radiusMetres: 200 },
      operatorId: null,
    },
    officer,
  );
  const input = { organisationId: school.organisationId };
  expect((await tree.getOrganisation(input, officer)).fence).toBeDefined();
  const seen = await tree.getOrganisation(input, await person('stranger'));
  expect(seen).toMatchObject({ name: school.name });
  expect(seen.fence).toBeUndefined();
  await expect(tree.getOrganisation({ organisationId: newId('organisation') }, officer)).rejects.toMatchObject({
    code: 'request.not_found',
  });
});

test('the directory reads an organisation once a minute, and never remembers that one was missing', async () => {
  let reads = 0;
  const made = await identityWorld(await testTable({ onCall: ({ operation }) => void (operation === 'get' && reads++) }));
  const directory = organisationDirectory(made.platform);
  reads = 0;
  for (let round = 0; round < 5; round++) expect((await directory.find(made.school.organisationId))?.name).toBe('东湖一小');
  expect(reads).toBe(1);
  made.platform.clock.addMinutes(1);
  await directory.find(made.school.organisationId);
  expect(reads).toBe(2);
  const missing = newId('organisation');
  expect(await directory.find(missing)).toBeUndefined();
  expect(await directory.find(missing)).toBeUndefined();
  expect(reads).toBe(4);
});
