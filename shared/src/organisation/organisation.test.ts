import fc from 'fast-check';
import { newId } from '../kernel/id.ts';
import type { Membership, OrganisationRole } from '../kernel/route.ts';
import {
  mayContain,
  type Organisation,
  type OrganisationKind,
  OrganisationKind as OrganisationKinds,
  reaches,
  rolesIn,
} from './organisation.ts';

const roles: OrganisationRole[] = ['teacher', 'school', 'operator', 'bureau'];
const at = (organisationId: string, role: OrganisationRole): Membership => ({ organisationId, role });

function organisation(kind: OrganisationKind, more: Partial<Organisation> = {}): Organisation {
  return { organisationId: newId('organisation'), kind, name: '某单位', ancestorIds: [], ...more };
}

const city = organisation('city-bureau');
const county = organisation('county-bureau', { parentId: city.organisationId, ancestorIds: [city.organisationId] });
const operator = organisation('operator', { ancestorIds: [city.organisationId] });
const school = organisation('school', {
  parentId: county.organisationId,
  ancestorIds: [city.organisationId, county.organisationId],
  operatorId: operator.organisationId,
});

test('a bureau reaches itself and everything below it, and nothing above', () => {
  expect(reaches(at(city.organisationId, 'bureau'), city)).toBe(true);
  expect(reaches(at(city.organisationId, 'bureau'), school)).toBe(true);
  expect(reaches(at(county.organisationId, 'bureau'), school)).toBe(true);
  expect(reaches(at(city.organisationId, 'bureau'), operator)).toBe(true);
  expect(reaches(at(county.organisationId, 'bureau'), city)).toBe(false);
  expect(reaches(at(county.organisationId, 'bureau'), operator)).toBe(false);
});

test('an operator reaches the schools that authorised it and no other', () => {
  expect(reaches(at(operator.organisationId, 'operator'), school)).toBe(true);
  expect(reaches(at(operator.organisationId, 'operator'), operator)).toBe(true);
  expect(reaches(at(operator.organisationId, 'operator'), organisation('school'))).toBe(false);
  expect(reaches(at(operator.organisationId, 'operator'), county)).toBe(false);
});

test('a role that an organisation of its kind cannot give reaches nothing, however it came about', () => {
  for (const target of [city, county, operator, school]) {
    for (const role of roles.filter((each) => !rolesIn[target.kind].includes(each))) {
      expect(reaches(at(target.organisationId, role), target)).toBe(false);
    }
  }
});

test("only a bureau's and an operator's roles reach beyond their own organisation", () => {
  fc.assert(
    fc.property(fc.constantFrom(city, county, operator, school), fc.constantFrom(city, county, operator, school), (mine, target) => {
      fc.pre(mine !== target);
      return (['teacher', 'school'] as const).every((role) => !reaches(at(mine.organisationId, role), target));
    }),
  );
});

test('the tree ends: nothing contains itself, at any depth', () => {
  const below = (kind: OrganisationKind): OrganisationKind[] => mayContain[kind].flatMap((child) => [child, ...below(child)]);
  for (const kind of OrganisationKinds.options) expect(below(kind)).not.toContain(kind);
});
