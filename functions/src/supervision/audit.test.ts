import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import { AuditAction, AuditRow } from '@kehou/shared/organisation/audit';
import { billingWorld } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { handOutMaterial } from '../billing/hand-out-material.ts';
import { identity } from '../identity/index.ts';
import { createPersonWrites } from '../identity/person.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { organisation } from '../organisation/index.ts';
import { keys } from '../platform/keys.ts';
import { set } from '../platform/table.ts';
import { supervision } from './index.ts';

const NOVEMBER = '2026-11' as ChinaMonth;
const anyId = /[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}/;

async function world() {
  const made = await identityWorld(await testTable());
  const { listAudit } = supervision(made.platform).useCases;
  const trail = async (organisationId: Id<'organisation'>, actor: Actor, page: { limit?: number; cursor?: string } = {}) => {
    const { items, cursor } = await listAudit({ organisationId, month: NOVEMBER, limit: 50, ...page }, actor);
    return { items: items.map((row) => AuditRow.parse(row)), cursor };
  };
  return { ...made, trail };
}

test('a trail tells who did what to whom, newest first, in names and never in ids', async () => {
  const { platform, officer, school, operator, city, staff, trail } = await world();
  const head = await staff('head', '13900000002', school.organisationId, 'school');
  await platform.table.write([set(keys.person(officer.personId), { name: '周局长' })]);
  platform.clock.addMinutes(1);
  await organisation(platform).useCases.changeSchool(
    { schoolId: school.organisationId, area: 'rural', stage: 'primary', fence: null, operatorId: null },
    officer,
  );
  const { items } = await trail(school.organisationId, head);
  expect(items).toMatchObject([
    {
      by: 'person',
      byName: '周局长',
      action: 'organisation.school-changed',
      about: school.name,
      changes: [
        { field: 'area', before: 'urban', after: 'rural' },
        { field: 'operator', before: operator.name, after: undefined },
      ],
    },
    { byName: '周局长', action: 'identity.role-granted', role: 'school', phone: '139****0002' },
  ]);
  expect(JSON.stringify(items)).not.toMatch(anyId);
  const bureaus = (await trail(city.organisationId, officer)).items;
  expect(bureaus.map(({ action, about }) => [action, about])).toEqual(
    expect.arrayContaining([
      ['organisation.organisation-created', '东湖区教育局'],
      ['organisation.city-bootstrapped', '江城市教育局'],
    ]),
  );
  expect(bureaus.find(({ action }) => action === 'organisation.city-bootstrapped')?.by).toBe('setup');
});

test('a bureau reads what is below it; a school, an operator and a neighbour read their own and nothing else', async () => {
  const { school, otherSchool, county, otherCounty, operator, officer, city, staff, trail } = await world();
  const head = await staff('head', '13900000002', school.organisationId, 'school');
  const manager = await staff('manager', '13900000003', operator.organisationId, 'operator');
  const countyOfficer = await staff('county', '13900000004', county.organisationId, 'bureau');
  const teacher = await staff('teacher', '13900000005', school.organisationId, 'teacher');
  const forbidden = { code: 'session.forbidden' };
  for (const { organisationId } of [school, otherSchool, county, operator]) {
    expect((await trail(organisationId, officer)).items).toEqual(expect.any(Array));
  }
  expect((await trail(school.organisationId, countyOfficer)).items).toHaveLength(2);
  expect((await trail(operator.organisationId, manager)).items).toMatchObject([{ action: 'identity.role-granted', role: 'operator' }]);
  expect((await trail(school.organisationId, head)).items).toHaveLength(2);
  await expect(trail(school.organisationId, manager)).rejects.toMatchObject(forbidden);
  await expect(trail(school.organisationId, teacher)).rejects.toMatchObject(forbidden);
  await expect(trail(otherSchool.organisationId, head)).rejects.toMatchObject(forbidden);
  await expect(trail(otherSchool.organisationId, countyOfficer)).rejects.toMatchObject(forbidden);
  await expect(trail(otherCounty.organisationId, countyOfficer)).rejects.toMatchObject(forbidden);
  await expect(trail(city.organisationId, countyOfficer)).rejects.toMatchObject(forbidden);
});

test('a month comes page by page, every row once, and another month is another list', async () => {
  const { platform, county, officer, trail } = await world();
  const use = identity(platform).useCases;
  for (let index = 0; index < 7; index++) {
    platform.clock.addMinutes(1);
    const phone = `1390000010${index}` as Parameters<typeof use.grantRole>[0]['phone'];
    await use.grantRole({ organisationId: county.organisationId, role: 'bureau', phone, name: '某人' }, officer);
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await trail(county.organisationId, officer, { limit: 3, ...(cursor ? { cursor } : {}) });
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ phone = '' }) => phone));
    cursor = page.cursor;
  } while (cursor);
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `139****010${index}`).concat(''));
  const { listAudit } = supervision(platform).useCases;
  const december = { organisationId: county.organisationId, month: '2026-12' as ChinaMonth, limit: 50 };
  expect(await listAudit(december, officer)).toEqual({ items: [], cursor: undefined });
});

test('money is told with its sum, whose it is and by whom: a person, the provider or the system', async () => {
  const table = await testTable();
  const billing = await billingWorld(table, { classes: [{ capacity: 10, withMaterialPack: true }], pupils: 1 });
  const platform = testPlatform(table, { clock: billing.clock });
  const { school } = billing.selection;
  const personId = newId('person');
  await table.write([
    ...createPersonWrites({ personId, openId: 'head', name: '李校长', createdAt: billing.clock.now() }),
    set(keys.pupil(billing.pupil(0)), { name: '学生0' }),
  ]);
  const head: Actor = {
    personId,
    memberships: [{ organisationId: school.organisationId, role: 'school' }],
    children: [],
    requestId: 'hand-out',
  };
  const { enrolment } = await billing.paidSeat(0, 0, { withMaterialPack: true });
  const { pupilId, enrolmentId } = enrolment;
  await handOutMaterial(platform)({ schoolId: school.organisationId, pupilId, enrolmentId }, head);
  await billing.requestRefund(enrolment);
  const month = billing.clock.now().slice(0, 7) as ChinaMonth;
  const { items } = await supervision(platform).useCases.listAudit({ organisationId: school.organisationId, month, limit: 100 }, head);
  const of = (action: AuditAction) => items.find((row) => row.action === action);
  const { courseName } = billing.offering(0);
  expect(of('billing.payment-received')).toMatchObject({ by: 'provider', about: expect.stringContaining(courseName) });
  expect(of('billing.payment-received')?.amountFen).toBeGreaterThan(0);
  expect(of('billing.material-handed-out')).toMatchObject({ by: 'person', byName: '李校长', about: `学生0 · ${courseName}` });
  expect(of('billing.refund-requested')).toMatchObject({ about: expect.stringContaining(courseName), amountFen: expect.any(Number) });
  expect(JSON.stringify(items)).not.toMatch(anyId);
});

test('details that are not of their kind are left out, and a row is told all the same', async () => {
  const { platform, school, officer, trail } = await world();
  await platform.table.write([
    auditWrite({
      organisationId: school.organisationId,
      at: platform.clock.now(),
      actor: { personId: 'workflow:refund', requestId: 'r' },
      action: 'offering.offering-changed',
      subject: `${newId('offering')}@2`,
      details: {
        month: 'soon',
        amountFen: 'much',
        capacity: { before: 20, after: 25 },
        roomId: { before: newId('room'), after: undefined },
        secret: { before: 1, after: 2 },
      },
    }),
  ]);
  const { items } = await trail(school.organisationId, officer);
  expect(items[0]).toMatchObject({ by: 'system', changes: expect.arrayContaining([{ field: 'capacity', before: 20, after: 25 }]) });
  expect(items[0]?.changes).toHaveLength(2);
  expect(JSON.stringify(items)).not.toMatch(anyId);
});

test('every action is of an area and says what was done', () => {
  for (const action of AuditAction.options) expect(action).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
});
