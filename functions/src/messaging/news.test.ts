/** What each kind of change tells to whom: items as the other areas store them go into the table, and the stream brings them. */
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { streamOf } from '../../testing/stream-of.ts';
import { promiseChildWrites } from '../identity/guardian.repository.ts';
import { identity } from '../identity/index.ts';
import { keys } from '../platform/keys.ts';
import { type Item, type Key, put, set } from '../platform/table.ts';
import { messaging } from './index.ts';

const PHONES = {
  mother: '13800000001',
  father: '13800000002',
  stranger: '13800000003',
  clerk: '13800000004',
  teacher: '13800000005',
  runner: '13800000006',
};
const at = '2026-12-02T08:30:00.000Z';

async function newsWorld() {
  const table = await testTable();
  const world = await identityWorld(table);
  const { platform, school, operator, county } = world;
  const child = await world.pupil('小明', '2026001', [PHONES.mother, PHONES.father]);
  await world.pupil('别家', '2026002', [PHONES.stranger]);
  const people = {
    mother: await world.person('mother', PHONES.mother),
    father: await world.person('father', PHONES.father),
    stranger: await world.person('stranger', PHONES.stranger),
    clerk: await world.staff('clerk', PHONES.clerk, school.organisationId, 'school'),
    teacher: await world.staff('teacher', PHONES.teacher, school.organisationId, 'teacher'),
    runner: await world.staff('runner', PHONES.runner, operator.organisationId, 'operator'),
    countyOfficer: await world.staff('county', '13800000007', county.organisationId, 'bureau'),
    cityOfficer: world.officer,
  };
  const instructorId = newId('instructor');
  await table.write([
    put(keys.instructor(instructorId), {
      instructorId,
      name: '王老师',
      kind: 'own',
      courseKinds: ['science'],
      introduction: '',
      phone: PHONES.teacher,
      fingerprint: 'f',
      version: 1,
      admission: {
        admissionId: newId('admission'),
        bureauId: county.organisationId,
        document: '教办〔2026〕1号',
        decidedOn: '2026-08-01',
        validUntil: '2027-08-01',
        status: 'admitted',
        recordedBy: 'x',
        recordedAt: at,
      },
    }),
  ]);
  const area = messaging(platform);
  const stream = await streamOf(table);
  const followers = [...(identity(platform).followers ?? []), ...(area.followers ?? [])];
  await stream.settle(followers);
  const seen = new Set<string>();

  /** Writes, lets the stream come to rest, and answers who got which new message. */
  const after = async (...changes: readonly (readonly [Key, Item])[]): Promise<Record<string, string[]>> => {
    for (const [key, item] of changes) await table.write([put(key, item)]);
    return told();
  };
  const told = async (): Promise<Record<string, string[]>> => {
    await stream.settle(followers);
    const result: Record<string, string[]> = {};
    for (const [name, actor] of Object.entries(people)) {
      const { items } = await area.useCases.listMessages({ limit: 50 }, actor);
      const fresh = items.filter(({ messageId }) => !seen.has(messageId));
      for (const { messageId } of fresh) seen.add(messageId);
      if (fresh.length > 0) result[name] = fresh.map(({ kind, title }) => `${kind}: ${title}`).sort();
    }
    return result;
  };
  await told();

  const offeringId = newId('offering');
  const offering = {
    offeringId,
    courseId: newId('course'),
    instructorId,
    roomId: newId('room'),
    slots: [{ weekday: 3, period: 1 }],
    capacity: 30,
    smallestSize: 10,
    grades: [3],
    feePerSessionFen: 1000,
    payPerSessionFen: 8000,
    termId: newId('term'),
    schoolId: school.organisationId,
    courseName: '机器人',
    courseKind: 'science',
    introduction: '',
    instructorName: '王老师',
    instructorKind: 'own',
    roomName: '301',
    status: 'running',
    sessionCount: 10,
    feeFen: 10000,
    updatedAt: at,
    version: 1,
    fingerprint: 'f',
    lastDay: '2027-01-15',
  };
  const enrolment = {
    enrolmentId: newId('enrolment'),
    pupilId: child.pupilId,
    offeringId,
    schoolId: school.organisationId,
    termId: offering.termId,
    windowId: newId('window'),
    status: 'held',
    courseName: '机器人',
    instructorName: '王老师',
    roomName: '301',
    slots: offering.slots,
    feeFen: 10000,
    sessionCount: 10,
    takenAt: at,
    holdUntil: at,
    attempt: 1,
    ...keys.enrolmentsOfOffering(offeringId, at as never, 'enr'),
  };
  return { ...world, table, people, after, told, child, instructorId, offering, enrolment, area };
}

test('a place that is paid for, one that ran out, and a class that does not run reach both guardians and nobody else', async () => {
  const { after, enrolment } = await newsWorld();
  const next = (status: string, more: Item = {}) => {
    const item = { ...enrolment, ...more, status, enrolmentId: newId('enrolment') };
    const key = keys.enrolment(item.pupilId, item.enrolmentId);
    return after([key, { ...item, status: 'held' }], [key, item]);
  };
  const both = (message: string) => ({ mother: [message], father: [message] });
  expect(await next('confirmed')).toEqual(both('seat-confirmed: 报名成功'));
  expect(await next('lapsed')).toEqual(both('hold-lapsed: 名额已释放'));
  // Who gave it up is not told that it ran out.
  expect(await next('lapsed', { givenUp: true })).toEqual(both('hold-lapsed: 名额已放弃'));
  const declined = await next('lapsed', { givenUp: true, offer: { waitId: newId('wait'), joinedAt: at } });
  expect(declined.mother).toContain('hold-lapsed: 名额已放弃');
  expect(declined.mother).not.toContain('hold-lapsed: 候补名额已给下一位');
  expect(await next('cancelled', { cancelReason: 'under-size' })).toEqual(both('class-cancelled: 《机器人》不开班'));
  expect(await next('cancelled', { cancelReason: 'parent' })).toEqual({});
  // A place that there was still time to pay for, in a class that is called off: however it came, nobody is told that they were late.
  const pending = { offer: { waitId: newId('wait'), joinedAt: at }, drawn: true, reservedFor: '校队队员' };
  for (const how of [{}, ...Object.entries(pending).map((entry) => Object.fromEntries([entry]))]) {
    for (const [cancelReason, told] of [
      ['school', '停办'],
      ['under-size', '不开班'],
    ]) {
      const { mother, father } = await next('lapsed', { ...how, cancelReason });
      expect(mother).toContain(`class-cancelled: 《机器人》${told}`);
      expect(mother?.filter((message) => message.startsWith('hold-lapsed'))).toEqual([]);
      expect(father).toEqual(mother);
    }
  }
  expect(await next('closing')).toEqual({});
});

test('a window tells the whole school when it is published, when its hours change and when it is withdrawn, and not when it opens', async () => {
  const { after, school, enrolment } = await newsWorld();
  const window = {
    windowId: newId('window'),
    schoolId: school.organisationId,
    schoolName: school.name,
    termId: enrolment.termId,
    name: '春季选课',
    opensAt: '2026-12-02T12:00:00.000Z',
    closesAt: '2026-12-03T12:00:00.000Z',
    offeringIds: [enrolment.offeringId],
    status: 'draft',
    version: 1,
  };
  const key = keys.window(window.windowId);
  const all = (message: string) => ({ mother: [message], father: [message], stranger: [message] });
  expect(await after([key, window])).toEqual({});
  expect(await after([key, { ...window, status: 'published' }])).toEqual(all('window-published: 东湖一小：春季选课'));
  const moved = { ...window, status: 'published', version: 2, opensAt: '2026-12-02T11:00:00.000Z' };
  expect(await after([key, moved])).toEqual(all('window-changed: 选课时间有变'));
  expect(await after([key, { ...moved, note: '带好笔' }])).toEqual({});
  expect(await after([key, { ...moved, status: 'open' }])).toEqual({});
  const firstCome = { opensAt: '2026-12-05T12:00:00.000Z', closesAt: '2026-12-05T14:00:00.000Z' };
  const lottery = { rounds: 1, payHours: 2, seedSource: { kind: 'secret' } };
  const closed = { ...moved, status: 'closed', lottery: { ...lottery, firstCome } };
  expect(await after([key, closed])).toEqual({});
  const late = { opensAt: '2026-12-06T12:00:00.000Z', closesAt: '2026-12-06T14:00:00.000Z' };
  const shifted = { ...closed, lottery: { ...lottery, firstCome: late } };
  expect(await after([key, shifted])).toEqual(all('window-changed: 剩余名额的选课时间有变'));
  expect(await after([key, { ...shifted, note: '再看' }])).toEqual({});
  expect(await after([key, { ...closed, lottery }])).toMatchObject({
    ...all('window-changed: 剩余名额不再开放选课'),
    clerk: ['remainder-dropped: 抽签太晚，剩余名额没有开放'],
  });
  expect(await after([key, moved], [key, { ...moved, status: 'withdrawn' }])).toEqual(all('window-changed: 选课已取消'));
});

test('a cancelled session and a changed class reach those enrolled and the instructor; a class called off, its instructor', async () => {
  const { after, offering, enrolment, instructorId } = await newsWorld();
  const key = keys.offering(offering.offeringId);
  await after([key, offering], [keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), { ...enrolment, status: 'confirmed' }]);
  const session = {
    sessionId: newId('session'),
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    number: 1,
    date: '2026-12-02',
    period: 1,
    startsAt: at,
    endsAt: '2026-12-02T09:20:00.000Z',
    courseName: '机器人',
    roomName: '301',
    instructorId,
    instructorName: '王老师',
    status: 'scheduled',
  };
  const sessionKey = keys.session(offering.offeringId, session.sessionId);
  const cancelled = { ...session, status: 'cancelled', cancelReason: '校运会' };
  const stop = ['session-cancelled: 停课：机器人'];
  expect(await after([sessionKey, session], [sessionKey, cancelled])).toEqual({ mother: stop, father: stop, teacher: stop });
  const changed = ['class-changed: 课程有变：机器人'];
  const elsewhere = { ...offering, roomId: newId('room'), roomName: '502', version: 2 };
  expect(await after([key, elsewhere])).toEqual({ mother: changed, father: changed, teacher: changed });
  expect(await after([key, { ...elsewhere, capacity: 40, version: 3 }])).toEqual({});
  expect(await after([key, { ...elsewhere, status: 'cancelled', version: 4 }])).toEqual({ teacher: ['class-cancelled: 《机器人》不开班'] });
  // Its sessions fall with it: nothing more to say.
  const other = { ...session, sessionId: newId('session'), number: 2 };
  const otherKey = keys.session(offering.offeringId, other.sessionId);
  expect(await after([otherKey, other], [otherKey, { ...other, status: 'cancelled' }])).toEqual({});
});

test('sessions that moved are told to those enrolled and the instructor, once, whatever else changes of the class later', async () => {
  const { after, offering, enrolment } = await newsWorld();
  const key = keys.offering(offering.offeringId);
  await after([key, offering], [keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), { ...enrolment, status: 'confirmed' }]);
  const some = { count: 1, first: [{ date: '2026-12-09', startsAt: '2026-12-09T08:20:00.000Z', endsAt: '2026-12-09T09:10:00.000Z' }] };
  const none = { count: 0, first: [] };
  const moved = { ...offering, version: 2, moved: { version: 2, fingerprint: 'a', hours: some, days: none } };
  const news = ['class-changed: 上课时间有变：机器人'];
  expect(await after([key, moved])).toEqual({ mother: news, father: news, teacher: news });
  expect(await after([key, { ...moved, version: 3, capacity: 40 }])).toEqual({});
  expect(await after([key, { ...moved, version: 4, moved: { version: 4, fingerprint: 'b', hours: none, days: some } }])).toEqual({
    mother: news,
    father: news,
    teacher: news,
  });
});

test('an absence, its correction and a first comment reach both guardians at once; being there is no news', async () => {
  const { after, child, offering } = await newsWorld();
  const sessionId = newId('session');
  const entry = {
    pupilId: child.pupilId,
    name: '小明',
    className: '2班',
    presence: 'present',
    commented: false,
    corrections: [] as Item[],
    sessionId,
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    date: '2026-12-02',
    courseName: '机器人',
  };
  const key = keys.rollEntry(sessionId, child.pupilId);
  const both = (message: string) => ({ mother: [message], father: [message] });
  expect(await after([key, entry])).toEqual({});
  const correction = { at, by: 'x', from: 'present', to: 'absent' };
  const absent = { ...entry, presence: 'absent', corrections: [correction] };
  expect(await after([key, absent])).toEqual(both('absent: 小明未到课'));
  expect(await after([key, { ...absent, commented: true }])).toEqual({});
  const corrected = { ...absent, presence: 'present', corrections: [correction, { ...correction, from: 'absent', to: 'present' }] };
  expect(await after([key, corrected])).toEqual(both('absent: 考勤更正：小明'));
  const comment = {
    commentId: newId('comment'),
    pupilId: child.pupilId,
    sessionId,
    offeringId: offering.offeringId,
    courseName: '机器人',
    instructorName: '王老师',
    stars: 5,
    text: '很棒',
    writtenAt: at,
  };
  const commentKey = keys.comment(sessionId, child.pupilId);
  expect(await after([commentKey, comment])).toEqual(both('comment: 王老师点评了小明'));
  expect(await after([commentKey, { ...comment, text: '非常棒' }])).toEqual({});
});

test('an exception waits at the school’s desk and its decision reaches the teacher who asked', async () => {
  const { after, people, offering, instructorId } = await newsWorld();
  const exception = {
    attendanceExceptionId: newId('attendanceException'),
    sessionId: newId('session'),
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    instructorId,
    instructorName: '王老师',
    courseName: '机器人',
    date: '2026-12-02',
    mark: 'sign-in',
    reason: '手机没电',
    status: 'asked',
    askedAt: at,
    askedBy: people.teacher.personId,
  };
  const key = keys.exception(offering.schoolId, exception.attendanceExceptionId);
  expect(await after([key, exception])).toEqual({ clerk: ['approval-needed: 签到补登待处理'] });
  expect(await after([key, { ...exception, status: 'refused', decidedAt: at }])).toEqual({ teacher: ['exception-decided: 补登未通过'] });
});

test('a refund tells the guardians each step they wait for, the desk whose turn it is, and the school when it is stuck', async () => {
  const { after, child, offering } = await newsWorld();
  const refund = {
    refundId: newId('refund'),
    enrolmentId: newId('enrolment'),
    orderId: newId('order'),
    paymentId: newId('payment'),
    schoolId: offering.schoolId,
    pupilId: child.pupilId,
    pupilName: '小明',
    courseName: '机器人',
    amountFen: fen(10000),
    feeFen: fen(10000),
    materialFen: fen(0),
    sessionsLeft: 10,
    cause: 'parent',
    status: 'requested',
    chain: ['school', 'operator', 'bureau'],
    approvals: [] as Item[],
    timeline: [],
    requestedAt: at,
  };
  const key = keys.refund(refund.refundId);
  const approval = (role: string) => ({ role, personId: newId('person'), at });
  const both = (message: string) => ({ mother: [message], father: [message] });
  expect(await after([key, refund])).toEqual({});
  const approving = { ...refund, status: 'approving' };
  expect(await after([key, approving])).toEqual({ ...both('refund-progress: 退款申请已提交'), clerk: ['approval-needed: 退款待审批'] });
  const reminded = ['approval-needed: 催办：退款待审批'];
  expect(await after([key, { ...approving, reminders: 1, remindedAt: at }])).toEqual({ clerk: reminded });
  expect(await after([key, { ...approving, reminders: 1, taskToken: 'another' }])).toEqual({});
  expect(await after([key, { ...approving, reminders: 2, remindedAt: at }])).toEqual({ clerk: reminded });
  const second = { ...approving, reminders: 2, approvals: [approval('school')] };
  expect(await after([key, second])).toEqual({ runner: ['approval-needed: 退款待审批'] });
  expect(await after([key, { ...second, reminders: 3 }])).toEqual({ runner: reminded });
  const third = { ...approving, approvals: [approval('school'), approval('operator')] };
  expect(await after([key, third])).toEqual({ countyOfficer: ['approval-needed: 退款待审批'] });
  const approved = { ...third, status: 'approved', approvals: [...third.approvals, approval('bureau')] };
  expect(await after([key, approved])).toEqual(both('refund-progress: 退款已通过'));
  expect(await after([key, { ...approved, status: 'sending' }])).toEqual({});
  expect(await after([key, { ...approved, status: 'attention' }])).toEqual({ clerk: ['approval-needed: 有一笔退款需要处理'] });
  expect(await after([key, { ...approved, status: 'succeeded' }])).toEqual(both('refund-progress: 退款已到账'));
});

test('a payment of another sum is told to the operator, once; to the bureau, which may give it back, where there is no operator', async () => {
  const { after, school, table } = await newsWorld();
  const payment = { paymentId: newId('payment'), schoolId: school.organisationId, amountFen: 24_000, status: 'created' };
  const key = keys.payment(newId('order'), payment.paymentId);
  const told = { runner: ['approval-needed: 有一笔付款金额不符'] };
  expect(await after([key, payment])).toEqual({});
  expect(await after([key, { ...payment, takenFen: 1, parkedAt: at }])).toEqual(told);
  expect(await after([key, { ...payment, takenFen: 1, parkedAt: at, status: 'closed' }])).toEqual({});
  expect(await after([key, { ...payment, status: 'paid', amountFen: 1 }])).toEqual({});
  await table.write([set(keys.organisation(school.organisationId), { operatorId: undefined })]);
  const another = { ...payment, paymentId: newId('payment'), takenFen: 1, parkedAt: at };
  expect(await after([keys.payment(newId('order'), another.paymentId), another])).toEqual({ countyOfficer: told.runner });
});

test('a payout goes from desk to desk, and a statement reaches the instructor', async () => {
  const { after, school, offering, instructorId } = await newsWorld();
  const month = '2026-11' as ChinaMonth;
  const run = {
    payoutRunId: newId('payoutRun'),
    schoolId: offering.schoolId,
    schoolName: school.name,
    month,
    status: 'counting',
    statements: 1,
    sessions: 4,
    totalFen: 32000,
    paidFen: 0,
    rejectedFen: 0,
    chain: ['school', 'operator'],
    approvals: [] as Item[],
    startedAt: at,
    version: 1,
  };
  const key = keys.payoutRun(run.schoolId, month);
  expect(await after([key, run])).toEqual({});
  const approving = { ...run, status: 'approving', next: 'school' };
  expect(await after([key, approving])).toEqual({ clerk: ['approval-needed: 课时费待审批'] });
  const reminded = ['approval-needed: 催办：课时费待审批'];
  expect(await after([key, { ...approving, remindedAt: at, reminders: 1 }])).toEqual({ clerk: reminded });
  expect(await after([key, { ...approving, reminders: 1, taskToken: 'another' }])).toEqual({});
  expect(await after([key, { ...approving, reminders: 2 }])).toEqual({ clerk: reminded });
  const second = { ...approving, reminders: 2, next: 'operator', approvals: [{ role: 'school', personId: newId('person'), at }] };
  expect(await after([key, second])).toEqual({ runner: ['approval-needed: 课时费待审批'] });
  expect(await after([key, { ...second, reminders: 3 }])).toEqual({ runner: reminded });
  const paying = { ...run, status: 'paying' };
  expect(await after([key, paying])).toEqual({});
  const held = ['approval-needed: 课时费暂缓发放'];
  const blocked = { ...run, status: 'blocked', block: { reason: 'open-break', breaks: 2 } };
  expect(await after([key, blocked])).toEqual({ clerk: held, runner: held });
  expect(await after([key, { ...blocked, block: { reason: 'open-break', breaks: 1 }, progressAt: at }])).toEqual({});
  expect(await after([key, { ...blocked, block: { reason: 'fund-short', missingFen: 100 } }])).toEqual({ clerk: held, runner: held });
  expect(await after([key, paying])).toEqual({});
  const statement = {
    statementId: newId('statement'),
    payoutRunId: run.payoutRunId,
    schoolId: run.schoolId,
    schoolName: school.name,
    instructorId,
    instructorName: '王老师',
    month,
    lines: [],
    carriedFen: 0,
    carriedFrom: [],
    totalFen: 32000,
    status: 'frozen',
  };
  const statementKey = keys.statement(run.schoolId, month, instructorId);
  expect(await after([statementKey, statement])).toEqual({});
  expect(await after([statementKey, { ...statement, status: 'sent' }])).toEqual({});
  expect(await after([statementKey, { ...statement, status: 'rejected', rejectReason: '户名不符' }])).toEqual({
    teacher: ['statement: 课时费未能发放'],
  });
});

/** A school's payout of November as the payout area stores it. */
test('a class that was held back and runs after all: because enough have come, or because the school says so', async () => {
  for (const [seat, title] of [
    [{}, '《机器人》开班了'],
    [{ runs: true }, '《机器人》照常开班'],
  ] as const) {
    const { after, offering, enrolment } = await newsWorld();
    const key = keys.offering(offering.offeringId);
    const heldBack = { ...offering, status: 'published', heldBack: { until: '2026-12-05T12:00:00.000Z' } };
    const place = { ...enrolment, status: 'confirmed' };
    const item = {
      windowId: enrolment.windowId,
      holders: {},
      capacity: 30,
      opensMs: 0,
      closesMs: 1,
      status: 'open',
      revision: 1,
      windowVersion: 1,
    };
    await after(
      [keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), place],
      [keys.seat(offering.offeringId), { ...item, ...seat }],
      [key, heldBack],
    );
    const news = await after([key, { ...heldBack, status: 'running', updatedAt: '2026-12-05T12:00:01.000Z' }]);
    expect(news).toEqual({ mother: [`class-changed: ${title}`], father: [`class-changed: ${title}`] });
  }
});

function payoutRun({ school, offering }: Pick<Awaited<ReturnType<typeof newsWorld>>, 'school' | 'offering'>) {
  const month = '2026-11' as ChinaMonth;
  const run = {
    payoutRunId: newId('payoutRun'),
    schoolId: offering.schoolId,
    schoolName: school.name,
    month,
    status: 'paying',
    statements: 1,
    sessions: 4,
    totalFen: 32000,
    paidFen: 0,
    rejectedFen: 0,
    chain: ['school', 'operator'],
    approvals: [] as Item[],
    startedAt: at,
    version: 1,
  };
  return { run, key: keys.payoutRun(run.schoolId, month) };
}

test('a payout that is stuck is told to school and operator, once each time; to the bureau where there is no operator', async () => {
  const world = await newsWorld();
  const { after, table, school } = world;
  const { run, key } = payoutRun(world);
  const stuck = ['approval-needed: 课时费发放出错'];
  expect(await after([key, run])).toEqual({});
  expect(await after([key, { ...run, stuckAt: at }])).toEqual({ clerk: stuck, runner: stuck });
  // Tried again by itself, and no better.
  expect(await after([key, { ...run, stuckAt: at, progressAt: '2026-12-02T14:30:00.000Z' }])).toEqual({});
  expect(await after([key, run])).toEqual({});
  expect(await after([key, { ...run, stuckAt: '2026-12-03T08:30:00.000Z' }])).toEqual({ clerk: stuck, runner: stuck });
  await table.write([set(keys.organisation(school.organisationId), { operatorId: undefined })]);
  const counting = { ...run, status: 'counting', version: 2 };
  expect(await after([key, counting], [key, { ...counting, stuckAt: at }])).toEqual({ clerk: stuck, countyOfficer: stuck });
});

test('a payout that was sent back is told to those who had approved it, with who and why; what the school sends back itself is no news', async () => {
  const world = await newsWorld();
  const { after, area, people } = world;
  const { run, key } = payoutRun(world);
  const refused = { ...run, status: 'refused', refusedNote: '少了两节课', refusedBy: newId('person') };
  expect(await after([key, run], [key, refused])).toEqual({});
  const approved = (role: string) => ({ role, personId: newId('person'), at });
  const again = { ...refused, version: 2, chain: ['school', 'operator', 'bureau'], approvals: [approved('school'), approved('operator')] };
  const back = ['approval-needed: 课时费被退回'];
  expect(await after([key, { ...again, status: 'approving' }], [key, again])).toMatchObject({ clerk: back, runner: back });
  const { items } = await area.useCases.listMessages({ limit: 1 }, people.clerk);
  expect(items[0]?.body).toContain('被教育局退回，原因：少了两节课。');
  expect(await after([key, { ...again, remindedAt: at }])).toEqual({});
});

test('a payout that is held back again for the same reason is told again; without an operator the bureau is told', async () => {
  const world = await newsWorld();
  const { after, table, school } = world;
  const { run, key } = payoutRun(world);
  const held = ['approval-needed: 课时费暂缓发放'];
  const blocked = { ...run, status: 'blocked', block: { reason: 'fund-short', missingFen: 100 }, blockedAt: at };
  expect(await after([key, run], [key, blocked])).toEqual({ clerk: held, runner: held });
  expect(await after([key, { ...blocked, block: { reason: 'fund-short', missingFen: 200 } }])).toEqual({});
  expect(await after([key, run], [key, { ...blocked, blockedAt: '2026-12-02T10:30:00.000Z' }])).toEqual({ clerk: held, runner: held });
  await table.write([set(keys.organisation(school.organisationId), { operatorId: undefined })]);
  const third = { ...blocked, blockedAt: '2026-12-02T12:30:00.000Z' };
  expect(await after([key, run], [key, third])).toEqual({ clerk: held, countyOfficer: held });
});

test('a payout that waits for an operator who is gone is told to the bureau at once, and so are its reminders; a new operator hears of it', async () => {
  const world = await newsWorld();
  const { after, told, table, school, operator } = world;
  const { run, key } = payoutRun(world);
  const waiting = ['approval-needed: 课时费待审批'];
  const turn = { ...run, status: 'approving', next: 'operator', approvals: [{ role: 'school', personId: newId('person'), at }] };
  expect(await after([key, turn])).toEqual({ runner: waiting });
  const operatorIs = async (operatorId: string | undefined) => {
    await table.write([set(keys.organisation(school.organisationId), { operatorId })]);
    return told();
  };
  expect(await operatorIs(undefined)).toEqual({ countyOfficer: waiting });
  expect(await after([key, { ...turn, reminders: 1 }])).toEqual({ countyOfficer: ['approval-needed: 催办：课时费待审批'] });
  expect(await operatorIs(operator.organisationId)).toEqual({ runner: waiting });
  expect(await after([key, { ...turn, reminders: 2 }])).toEqual({ runner: ['approval-needed: 催办：课时费待审批'] });
  // Nothing waits for an operator: nothing to tell.
  expect(await after([key, { ...turn, status: 'paying', next: undefined }])).toEqual({});
  expect(await operatorIs(undefined)).toEqual({});
});

test('a link request reaches guardians and school; once approved, the new guardian and those there were before', async () => {
  const { told, people, child, platform } = await newsWorld();
  const { requestChildLink, decideLinkRequest } = identity(platform).useCases;
  const input = {
    linkRequestId: newId('linkRequest'),
    schoolId: child.schoolId,
    pupilNumber: '2026001',
    pupilName: '小明',
    myName: '奶奶',
    relation: 'grandparent' as const,
  };
  await requestChildLink(input, people.stranger);
  const asked = ['link-request: 有人申请关联孩子'];
  expect(await told()).toEqual({ mother: asked, father: asked, clerk: asked });
  await decideLinkRequest({ linkRequestId: input.linkRequestId, approve: true }, people.mother);
  const joined = ['child-linked: 小明有了新的家长'];
  expect(await told()).toEqual({ mother: joined, father: joined, stranger: ['child-linked: 已关联小明'] });
});

test('a link request that is refused is told to who asked, and one approved for somebody who is linked already too; each once', async () => {
  const { told, people, child, platform, table } = await newsWorld();
  const { requestChildLink, decideLinkRequest } = identity(platform).useCases;
  const ask = async () => {
    const linkRequestId = newId('linkRequest');
    const { schoolId } = child;
    const named = { pupilNumber: '2026001', pupilName: '小明', myName: '奶奶', relation: 'grandparent' as const };
    expect(await requestChildLink({ linkRequestId, schoolId, ...named }, people.stranger)).toMatchObject({ status: 'pending' });
    return linkRequestId;
  };
  const refused = await ask();
  await told();
  await decideLinkRequest({ linkRequestId: refused, approve: false }, people.clerk);
  await decideLinkRequest({ linkRequestId: refused, approve: false }, people.clerk);
  expect(await told()).toEqual({ stranger: ['link-request: 绑定申请没有通过'] });
  expect(await told()).toEqual({});
  // Linked by the roster while the request waited: the decision is told all the same.
  const approved = await ask();
  await table.write(promiseChildWrites({ phone: PHONES.stranger, child }));
  expect((await told()).stranger).toEqual(['child-linked: 已关联小明']);
  platform.clock.addMinutes(1);
  await decideLinkRequest({ linkRequestId: approved, approve: true }, people.clerk);
  expect(await told()).toEqual({ stranger: ['child-linked: 已关联小明'] });
});

test('the whole stream read once more tells nobody anything', async () => {
  const { table, area, after, enrolment, people } = await newsWorld();
  const key = keys.enrolment(enrolment.pupilId, enrolment.enrolmentId);
  await after([key, enrolment], [key, { ...enrolment, status: 'confirmed' }]);
  const before = (await area.useCases.listMessages({ limit: 50 }, people.mother)).items.length;
  const again = await streamOf(table);
  await again.settle(area.followers ?? []);
  expect((await area.useCases.listMessages({ limit: 50 }, people.mother)).items).toHaveLength(before);
});

test('a draw tells winners what to pay by when, the others where they stand, and the desk that its value is wanted; each once', async () => {
  const { after, enrolment, school, child, area, people } = await newsWorld();
  const both = (message: string) => ({ mother: [message], father: [message] });
  /** The newest message first. */
  const wordsFor = async () => (await area.useCases.listMessages({ limit: 50 }, people.mother)).items.map(({ body }) => body);
  const key = keys.enrolment(enrolment.pupilId, enrolment.enrolmentId);
  const won = { ...enrolment, drawn: true };
  expect(await after([key, { ...won, status: 'taking' }], [key, won])).toEqual(both('place-drawn: 抽中了'));
  const choices = {
    pupilId: child.pupilId,
    windowId: enrolment.windowId,
    offeringIds: [enrolment.offeringId],
    together: [],
    at,
    receipt: {
      windowId: enrolment.windowId,
      entrant: 'a'.repeat(32),
      offeringIds: [enrolment.offeringId],
      together: [],
      at,
      signature: 's',
    },
  };
  const choiceKey = keys.choice(enrolment.windowId, child.pupilId);
  expect(await after([choiceKey, choices])).toEqual({});
  const lost = { ...choices, outcome: 'lost', standing: [{ courseName: '机器人', place: 2 }] };
  expect(await after([choiceKey, lost])).toEqual(both('not-drawn: 这次没有抽中'));
  expect((await wordsFor()).at(0)).toContain('空出名额会通知您。');
  expect((await wordsFor()).at(0)).not.toContain('多一张签');
  const luckier = { ...choices, windowId: newId('window'), receipt: choices.receipt };
  await after([keys.choice(luckier.windowId, child.pupilId), { ...luckier, outcome: 'lost', standing: [], luckier: true }]);
  expect((await wordsFor()).at(0)).toContain('这学期一直没有抽中的话，下学期抽签多一张签。');
  // Drawn for a class that had begun by then: nobody is told that they were not drawn, nor that it counts as won.
  const begun = { offeringId: enrolment.offeringId, courseName: '机器人', why: 'begun' };
  const none = { ...choices, windowId: newId('window') };
  const noneKey = keys.choice(none.windowId, child.pupilId);
  const told = { ...none, outcome: 'lost', standing: [], notGiven: [begun], luckier: true };
  expect(await after([noneKey, none], [noneKey, told])).toEqual(both('not-drawn: 抽中了，但没有名额'));
  const [why] = await wordsFor();
  expect(why).toContain('抽中了《机器人》，但抽签完成时已经开课，没能给到名额。');
  expect(why).toContain('这次不算抽中。');
  expect(why).not.toContain('没有抽中，');
  expect(await after([noneKey, told])).toEqual({});
  // With a place in another class it has won.
  const partly = { ...choices, windowId: newId('window'), outcome: 'won', standing: [], notGiven: [{ ...begun, why: 'called-off' }] };
  expect(await after([keys.choice(partly.windowId, child.pupilId), partly])).toEqual(both('not-drawn: 抽中了，但没有名额'));
  expect((await wordsFor()).at(0)).toContain('分配名额前这门课停办了');
  expect((await wordsFor()).at(0)).not.toContain('不算抽中');
  // Won and not paid for: it goes down the drawn order, however it ends.
  for (const [givenUp, what] of [
    [undefined, '抽中的名额已释放'],
    [true, '名额已放弃'],
  ] as const) {
    const place = { ...won, enrolmentId: newId('enrolment'), status: 'lapsed', ...(givenUp ? { givenUp } : {}) };
    expect((await after([keys.enrolment(place.pupilId, place.enrolmentId), place])).mother).toEqual([`hold-lapsed: ${what}`]);
    const [text] = await wordsFor();
    expect(text).toContain('按抽签顺序');
    expect(text).not.toContain('重新报');
  }
  const other = keys.choice(newId('window'), child.pupilId);
  expect(await after([other, { ...choices, outcome: 'won', standing: [] }])).toEqual({});
  const draw = {
    windowId: enrolment.windowId,
    schoolId: school.organisationId,
    windowName: '春季选课',
    stage: 'fixed',
    fixedAt: at,
    entries: 1,
    root: 'r',
    commitment: 'c',
    rounds: 1,
    seedSource: { kind: 'public', name: '双色球开奖号码', bornAt: at },
  };
  const drawKey = keys.draw(enrolment.windowId);
  expect(await after([drawKey, draw])).toEqual({});
  expect(await after([drawKey, { ...draw, wantedAt: at }])).toEqual({ clerk: ['value-wanted: 抽签等着登记公开值'] });
  expect(await after([drawKey, { ...draw, wantedAt: at, publicValue: '1' }])).toEqual({});
});
