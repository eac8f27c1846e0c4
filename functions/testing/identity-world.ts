/** A small city, for tests of who may do what: made through the product's own use cases, people signed in by their tokens. */
import type { Child } from '@kehou/shared/identity/person';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { bootstrapCity } from '../src/identity/bootstrap-city.ts';
import { promiseChildWrites } from '../src/identity/guardian.repository.ts';
import { identity } from '../src/identity/index.ts';
import { authenticate } from '../src/identity/session-token.ts';
import { organisation } from '../src/organisation/index.ts';
import { derivedId } from '../src/platform/derived-id.ts';
import { keys } from '../src/platform/keys.ts';
import { put, type Table } from '../src/platform/table.ts';
import { type TestPlatform, testPlatform } from './test-platform.ts';

export const OFFICER_PHONE = '13900000001';

export interface IdentityWorld {
  readonly platform: TestPlatform;
  readonly city: Organisation;
  readonly county: Organisation;
  readonly otherCounty: Organisation;
  readonly operator: Organisation;
  readonly school: Organisation;
  readonly otherSchool: Organisation;
  /** The city's first officer. */
  readonly officer: Actor;
  /** Signs in with this WeChat and, when a number is given, verifies it. */
  person(openId: string, phone?: string): Promise<Actor>;
  /** Gives a role to a number, by the city's officer, and signs that person in. */
  staff(openId: string, phone: string, organisationId: string, role: 'teacher' | 'school' | 'operator' | 'bureau'): Promise<Actor>;
  /** Puts a pupil on a school's roster as an import does, with guardians' numbers. */
  pupil(name: string, pupilNumber: string, phones?: readonly string[], at?: Organisation): Promise<Child>;
}

export async function identityWorld(table: Table): Promise<IdentityWorld> {
  const platform = testPlatform(table);
  const use = identity(platform).useCases;
  const tree = organisation(platform).useCases;
  let requests = 0;
  const nobody = () => ({ personId: 'nobody', memberships: [], children: [], requestId: `req-${++requests}` });

  const person = async (openId: string, phone?: string): Promise<Actor> => {
    const actorOf = (token: string) => authenticate(platform)(token, `req-${++requests}`);
    let session = await use.signIn({ code: platform.codes.login(openId) }, nobody());
    if (phone) session = await use.verifyPhone({ phoneCode: platform.codes.phone(phone) }, await actorOf(session.token));
    return actorOf(session.token);
  };

  const city = await bootstrapCity(platform, {
    organisationId: newId('organisation'),
    name: '江城市教育局',
    officer: { name: '周局长', phone: OFFICER_PHONE },
  });
  const officer = await person('officer', OFFICER_PHONE);
  // What a use case answers is parsed once more before it leaves: so here.
  const made = async (reply: Promise<unknown>) => Organisation.parse(await reply);
  const id = () => newId('organisation');
  const bureau = (name: string) =>
    made(tree.createOrganisation({ parentId: city.organisationId, organisationId: id(), kind: 'county-bureau', name }, officer));
  const county = await bureau('东湖区教育局');
  const otherCounty = await bureau('西湖区教育局');
  const operator = await made(
    tree.createOperator({ bureauId: city.organisationId, organisationId: id(), name: '江城课后服务公司' }, officer),
  );
  const school = (name: string, parentId: Id<'organisation'>, operatorId?: Id<'organisation'>) =>
    made(
      tree.createOrganisation(
        { parentId, organisationId: id(), kind: 'school', name, area: 'urban', stage: 'primary', operatorId },
        officer,
      ),
    );
  const first = await school('东湖一小', county.organisationId, operator.organisationId);
  const second = await school('西湖一小', otherCounty.organisationId);

  return {
    platform,
    city,
    county,
    otherCounty,
    operator,
    school: first,
    otherSchool: second,
    officer,
    person,
    async staff(openId, phone, organisationId, role) {
      const input = { organisationId: organisationId as Id<'organisation'>, role, phone, name: '某老师' };
      await use.grantRole(input as Parameters<typeof use.grantRole>[0], officer);
      return person(openId, phone);
    },
    async pupil(name, pupilNumber, phones = [], at = first) {
      const child: Child = {
        pupilId: derivedId('pupil', at.organisationId, pupilNumber),
        name,
        schoolId: at.organisationId,
        schoolName: at.name,
        grade: 3,
        className: '2班',
      };
      await table.write([
        put(keys.pupil(child.pupilId), {
          ...child,
          pupilNumber,
          rosterGuardians: [],
          version: 1,
          ...keys.pupilsOfSchool(at.organisationId, 3, '2班', pupilNumber),
        }),
        put(keys.pupilNumber(at.organisationId, pupilNumber), { pupilId: child.pupilId, name }),
        ...phones.flatMap((phone) => promiseChildWrites({ phone, child, name: '家长', relation: '父亲' })),
      ]);
      return child;
    },
  };
}
