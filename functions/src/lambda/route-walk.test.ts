/**
 * Every route of the contract × every kind of person × another organisation's data, and bad input on every field of every
 * route. Driven by the contract alone: a route that is added is walked without a word here.
 */

import { QR_TURN_SECONDS } from '@kehou/shared/attendance/attendance';
import type { Phone } from '@kehou/shared/identity/person';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Access, OrganisationRole, Role } from '@kehou/shared/kernel/route';
import { addDays, addMinutes, type ChinaMonth, chinaDate, type Instant, ms } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { type BillingWorld, billingWorld } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { jsonSchemaOf, type Override, sampleOf } from '../../testing/sample.ts';
import { everyRoute, type NamedRoute, type TestApi, testApi } from '../../testing/test-api.ts';
import { TEST_SECRETS, type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { makeQr } from '../attendance/qr.ts';
import { guards } from '../identity/authorise.ts';
import { createLinkRequestWrite } from '../identity/link-request.repository.ts';
import { createPersonWrites, type PersonView } from '../identity/person.repository.ts';
import { issueSession } from '../identity/session-token.ts';
import { StoredRun } from '../payout/run.repository.ts';
import { keys } from '../platform/keys.ts';
import { put, set, type Table } from '../platform/table.ts';

/** What belongs to others: a school with a window, classes, a paid order, a refund, a request to be linked. */
interface Theirs {
  readonly world: BillingWorld;
  readonly ids: Readonly<Record<string, string>>;
  readonly bureauId: Id<'organisation'>;
  readonly operatorId: Id<'organisation'>;
}

const WAITING_MONTH = '2026-10' as ChinaMonth;

/** A payout of nothing that waits for the school's word, as it was counted the first time. */
function payoutRunOf(school: Organisation, at: Instant): StoredRun {
  return StoredRun.parse({
    payoutRunId: newId('payoutRun'),
    schoolId: school.organisationId,
    schoolName: school.name,
    month: WAITING_MONTH,
    status: 'approving',
    next: 'school',
    statements: 0,
    sessions: 0,
    totalFen: 0,
    paidFen: 0,
    rejectedFen: 0,
    chain: ['school', 'operator'],
    approvals: [],
    startedAt: at,
    version: 1,
    progressAt: at,
    reminders: 0,
  });
}

async function theirs(table: Table): Promise<Theirs> {
  const world = await billingWorld(table, { classes: [{ capacity: 10, withMaterialPack: true }], pupils: 2 });
  const { school, window } = world.selection;
  const bureauId = newId('organisation');
  const operatorId = newId('organisation');
  const offering = world.offering(0);
  const paid = await world.paidSeat(0);
  const refund = await world.requestRefund(paid.enrolment);
  const second = await world.paidSeat(1, 0, { withMaterialPack: true });
  const linkRequestId = newId('linkRequest');
  const [session] = (await table.query({ ...keys.sessions(offering.offeringId), limit: 1 }, Row)).items;
  await table.write([
    // As the offering area stores it; the billing world keeps less.
    set(keys.offering(offering.offeringId), { version: 1, fingerprint: 'theirs', lastDay: '2027-01-18' }),
    put(keys.term(school.organisationId, offering.termId), {
      termId: offering.termId,
      name: '2026 年秋季',
      firstDay: '2026-09-01',
      lastDay: '2027-01-20',
      serviceFirstDay: '2026-09-07',
      serviceLastDay: '2027-01-18',
    }),
    put(keys.organisation(bureauId), { organisationId: bureauId, kind: 'city-bureau', name: '别市教育局', ancestorIds: [] }),
    put(keys.organisation(operatorId), { organisationId: operatorId, kind: 'operator', name: '别家公司', ancestorIds: [bureauId] }),
    put(keys.organisation(school.organisationId), { ...school, parentId: bureauId, ancestorIds: [bureauId], operatorId }),
    put(keys.schoolUnder(bureauId, school.organisationId), { ...school, parentId: bureauId, ancestorIds: [bureauId], operatorId }),
    put(keys.payoutRun(school.organisationId, WAITING_MONTH), payoutRunOf(school, world.clock.now())),
    createLinkRequestWrite({
      linkRequestId,
      pupilId: world.pupil(1),
      pupilName: '学生1',
      schoolId: school.organisationId,
      requesterName: '某人',
      requesterPhone: '',
      relation: 'other',
      status: 'pending',
      requestedAt: world.clock.now(),
      requesterId: newId('person'),
      pupilNumber: '20260001',
    }),
  ]);
  const ids = {
    schoolId: school.organisationId,
    pupilId: world.pupil(1),
    windowId: window.windowId,
    offeringId: offering.offeringId,
    sessionId: String(session?.sessionId),
    termId: offering.termId,
    courseId: offering.courseId,
    instructorId: offering.instructorId,
    roomId: offering.roomId,
    enrolmentId: second.enrolment.enrolmentId,
    orderId: second.order.orderId,
    refundId: refund.refundId,
    linkRequestId,
    bureauId,
    parentId: bureauId,
    organisationId: school.organisationId,
  };
  return { world, ids, bureauId, operatorId };
}

/** An input that the route's schema allows, naming their things; `sparingly`: only in the path, everything else new. */
function inputFor(
  { route, name }: NamedRoute,
  { ids, bureauId, operatorId, world }: Theirs,
  sparingly = false,
  by?: Role,
): Record<string, unknown> {
  const { access } = route;
  const override: Override = (path) => {
    const field = path.split('.').at(-1) ?? '';
    if (access.by === 'role' && access.organisation === path && path === 'organisationId') {
      const at = { school: ids.schoolId, teacher: ids.schoolId, operator: operatorId, bureau: bureauId, parent: bureauId };
      return at[by ?? (access.roles.includes('school') ? 'school' : 'bureau')];
    }
    if (field === 'year') return 2026;
    // One payout waits for a decision; the month before has none yet, and one may be started.
    if (field === 'month') return name === 'startPayout' ? '2026-09' : WAITING_MONTH;
    const sound = soundValue(field, world.clock.now());
    if (sound !== undefined) return sound;
    if (field === 'qrText') return qrOnShow(ids.schoolId ?? '', world.clock.now());
    const inPath = route.path.includes(`{${path}}`);
    return sparingly && !inPath ? undefined : ids[field];
  };
  return sampleOf(jsonSchemaOf(route.input), override) as Record<string, unknown>;
}

/** What the rules of their own ask of a field, so that they refuse nothing before it comes to a write: hours that end, days that are over. */
function soundValue(field: string, now: Instant): string | undefined {
  switch (field) {
    case 'leftOn':
    case 'decidedOn':
      return chinaDate(now);
    case 'validUntil':
      return addDays(chinaDate(now), 300);
    case 'opensAt':
      return addMinutes(now, 30);
    case 'closesAt':
      return addMinutes(now, 90);
    case 'endsAt':
      return '17:30';
    default:
      return undefined;
  }
}

/** What a phone reads off their gate at this moment: being there is not enough. */
function qrOnShow(schoolId: string, now: Instant): string {
  const turn = Math.floor(ms(now) / (QR_TURN_SECONDS * 1000));
  return makeQr(TEST_SECRETS.qr, { schoolId: schoolId as Id<'organisation'>, place: '校门', turn });
}

/** Rows as they are. */
const Row = z.looseObject({});

interface Person {
  readonly name: string;
  readonly token: string;
  readonly roles: readonly OrganisationRole[];
}

/** Someone who is signed in, with these roles and children, and a row of their own. */
async function person(
  platform: TestPlatform,
  name: string,
  roles: PersonView['roles'],
  children: PersonView['children'] = [],
): Promise<Person> {
  const personId = newId('person');
  const row = { personId, openId: `open-${personId}`, createdAt: platform.clock.now() };
  await platform.table.write([
    ...createPersonWrites(row),
    ...children.map((child) => put(keys.personChild(personId, child.pupilId), child)),
  ]);
  const view: PersonView = { person: row, roles, children, unreadMessages: 0 };
  const { token } = await issueSession(platform, view, platform.clock.now());
  return { name, token, roles: roles.map(({ role }) => role) };
}
const role = (organisationId: string, held: OrganisationRole) => ({
  organisationId,
  role: held,
  organisationName: '某单位',
  viaPhone: '13800000000' as Phone,
});

interface Walk {
  readonly api: TestApi;
  readonly platform: TestPlatform;
  readonly theirs: Theirs;
  /** A parent, a teacher and people of every desk, of another city altogether. */
  readonly strangers: readonly Person[];
  /** Writes that the table has performed or refused since the last call of `forget`. */
  writes(): number;
  forget(): void;
}

async function walk(): Promise<Walk> {
  let writes = 0;
  const table = await testTable({ onCall: ({ writeUnits }) => void (writeUnits > 0 && writes++) });
  const made = await theirs(table);
  const ours = await identityWorld(table);
  const platform = testPlatform(table, {
    clock: made.world.clock,
    payments: made.world.payments,
    objects: { put: async () => undefined, get: async () => undefined, downloadUrl: async (key) => `https://files.test/${key}` },
  });
  const child = await ours.pupil('自家孩子', '2026777');
  const strangers = [
    await person(platform, 'parent', [], [{ ...child, linkedAt: platform.clock.now() }]),
    await person(platform, 'teacher', [role(ours.school.organisationId, 'teacher')]),
    await person(platform, 'school', [role(ours.school.organisationId, 'school')]),
    await person(platform, 'operator', [role(ours.operator.organisationId, 'operator')]),
    await person(platform, 'bureau', [role(ours.city.organisationId, 'bureau')]),
  ];
  const forget = () => {
    writes = 0;
  };
  forget();
  return { api: testApi(platform), platform, theirs: made, strangers, writes: () => writes, forget };
}

const isOpen = (access: Access) => access.by === 'anyone' || access.by === 'signed-in';
const label = ({ area, name }: NamedRoute) => `${area}.${name}`;
/** Does the input name anything of theirs? Lists of one's own (`listMySessions`) do not. */
const namesTheirs = (input: Record<string, unknown>, { ids }: Theirs) =>
  Object.values(ids).some((id) => JSON.stringify(input).includes(id));

test('every route that asks for a session answers 401 without one, and with one that is forged', async () => {
  const { api, theirs, writes } = await walk();
  const wrong: string[] = [];
  for (const each of everyRoute.filter(({ route }) => route.access.by !== 'anyone')) {
    for (const token of [undefined, 'forged', 'e30.e30.e30']) {
      const { status, body } = await api.call(each, inputFor(each, theirs), token);
      if (status !== 401) wrong.push(`${label(each)} → ${status} ${body.code}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(writes()).toBe(0);
});

/** Where strangers get further than a refusal, or than a list of their own that has nothing of theirs in it. */
async function whereStrangersGetIn({ theirs, strangers }: Walk, api: TestApi): Promise<{ walked: number; wrong: string[] }> {
  const wrong: string[] = [];
  let walked = 0;
  for (const each of everyRoute.filter(({ route }) => !isOpen(route.access))) {
    const input = inputFor(each, theirs);
    for (const stranger of strangers) {
      const { status, body } = await api.call(each, input, stranger.token);
      const refused = status === 403 || status === 404;
      const ownAndEmpty = status === 200 && !namesTheirs(input, theirs) && !namesTheirs(body, theirs);
      if (!refused && !ownAndEmpty) wrong.push(`${label(each)} by ${stranger.name} → ${status} ${body.code ?? ''}`);
      walked++;
    }
  }
  return { walked, wrong };
}

test('no role of another city gets at anything of theirs, by any route, and nothing is written', async () => {
  const made = await walk();
  const { walked, wrong } = await whereStrangersGetIn(made, made.api);
  expect(wrong).toEqual([]);
  expect(walked).toBeGreaterThan(400);
  expect(made.writes()).toBe(0);
});

test('the same walk finds the holes of a policy that lets everyone in', async () => {
  const made = await walk();
  const { authenticate } = guards(made.platform);
  const open = testApi(made.platform, { guards: { authenticate, authorise: async () => undefined } });
  const { wrong } = await whereStrangersGetIn(made, open);
  expect(wrong.length).toBeGreaterThan(200);
  // Many of them change something: the walk above would have seen it. (Rules of their own stop the others before they write.)
  expect(made.writes()).toBeGreaterThan(20);
});

test('a teacher, an operator and a bureau of theirs do not get in where the route does not name them', async () => {
  const { api, theirs, platform, writes, forget } = await walk();
  const { schoolId = '' } = theirs.ids;
  const people = [
    await person(platform, 'parent', []),
    await person(platform, 'teacher', [role(schoolId, 'teacher')]),
    await person(platform, 'school', [role(schoolId, 'school')]),
    await person(platform, 'operator', [role(theirs.operatorId, 'operator')]),
    await person(platform, 'bureau', [role(theirs.bureauId, 'bureau')]),
  ];
  forget();
  const wrong: string[] = [];
  for (const each of everyRoute) {
    const { access } = each.route;
    if (access.by !== 'role' && access.by !== 'owner') continue;
    for (const { name, token, roles } of people) {
      const mayTry = access.by === 'owner' && access.roles.includes('parent');
      if (mayTry || roles.some((held) => access.roles.includes(held))) continue;
      const { status, body } = await api.call(each, inputFor(each, theirs), token);
      if (status !== 403) wrong.push(`${label(each)} by their ${name} → ${status} ${body.code ?? ''}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(writes()).toBe(0);
});

test('those whom a route names get in, and whatever the schema allows is answered in words, never as a bug', async () => {
  const { api, theirs, platform } = await walk();
  const { schoolId = '', pupilId = '' } = theirs.ids;
  const linkedAt = platform.clock.now();
  const child = {
    pupilId: pupilId as Id<'pupil'>,
    name: '学生1',
    schoolId: schoolId as Id<'organisation'>,
    schoolName: '某校',
    grade: 3,
    className: '3班',
    linkedAt,
  };
  const byRole: Readonly<Record<OrganisationRole | 'parent', Person>> = {
    parent: await person(platform, 'parent', [], [child]),
    teacher: await person(platform, 'teacher', [role(schoolId, 'teacher')]),
    school: await person(platform, 'school', [role(schoolId, 'school')]),
    operator: await person(platform, 'operator', [role(theirs.operatorId, 'operator')]),
    bureau: await person(platform, 'bureau', [role(theirs.bureauId, 'bureau')]),
  };
  const wrong: string[] = [];
  const answered = new Map<number, number>();
  for (const each of everyRoute.filter(({ route }) => !route.raw)) {
    const { access } = each.route;
    const roles = access.by === 'role' || access.by === 'owner' ? access.roles : (['parent'] as const);
    for (const held of roles) {
      for (const sparingly of [true, false]) {
        const { status, body } = await api.call(each, inputFor(each, theirs, sparingly, held), byRole[held].token);
        answered.set(status, (answered.get(status) ?? 0) + 1);
        const outside = body.code === 'session.forbidden' || status === 401;
        if (status >= 500 || (outside && !mayRefuse(each))) wrong.push(`${label(each)} by their ${held} → ${status} ${body.code}`);
        if (status === 400 && body.code === 'request.invalid' && !body.fields?.length) wrong.push(`${label(each)} → 400 without a field`);
      }
    }
  }
  const bugs = platform.lines.filter(({ message }) => message === 'bug').map(({ fields }) => `${fields.area}: ${fields.stack}`);
  expect({ wrong, bugs }).toEqual({ wrong: [], bugs: [] });
  // The walk is no good if hardly anything gets past the door.
  expect(answered.get(200)).toBeGreaterThan(60);
});

/** Sessions that are opened by a code from elsewhere; and roles, which an operator gives in its own house only. */
function mayRefuse({ name }: NamedRoute): boolean {
  return ['signIn', 'verifyPhone', 'grantRole', 'revokeRole'].includes(name);
}

test('every field of every route refuses what is not of its kind, and says which field it was', async () => {
  const { api, theirs, strangers, writes } = await walk();
  const [parent] = strangers;
  const wrong: string[] = [];
  let tried = 0;
  for (const each of everyRoute.filter(({ route }) => !route.raw)) {
    const { properties = {}, required = [] } = jsonSchemaOf(each.route.input);
    const input = inputFor(each, theirs);
    for (const field of Object.keys(properties)) {
      const isText = each.route.method === 'GET' || each.route.path.includes(`{${field}}`);
      // In an address everything is text: only what is more than text can be wrong there.
      if (isText && takesAnyText(each, field)) continue;
      const bad = isText ? ['\u0000 no', 'x'.repeat(3000)] : [{ $no: 1 }, ['no'], 'x'.repeat(20_001)];
      for (const value of bad) {
        const { status, body } = await api.call(each, { ...input, [field]: value }, parent?.token);
        tried++;
        const named = body.fields?.some(({ path }: { path: string }) => path === field || path.startsWith(`${field}.`));
        if (status !== 400 || !named)
          wrong.push(`${label(each)}.${field} = ${JSON.stringify(value).slice(0, 20)} → ${status} ${body.code}`);
      }
      if (!required.includes(field) || each.route.path.includes(`{${field}}`)) continue;
      const { [field]: _, ...without } = input;
      const { status, body } = await api.call(each, without, parent?.token);
      tried++;
      if (status !== 400 || !body.fields?.some(({ path }: { path: string }) => path.startsWith(field)))
        wrong.push(`${label(each)} without ${field} → ${status}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(500);
  expect(writes()).toBe(0);
});

function takesAnyText({ route }: NamedRoute, field: string): boolean {
  const schema = (route.input as z.ZodObject).shape[field] as z.ZodType;
  return schema.safeParse('\u0000 no').success;
}
