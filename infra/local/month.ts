/**
 * A whole month of one school, over HTTP, against everything that `npm start` runs: the same handlers, table, stream and state
 * machines, the simulators of WeChat and the bank, and the clock. What the browser tests do by tapping, this does by the
 * contract; at the end the money must add up. Played by a test, and by the benchmark that counts what each call costs.
 */
import { bootstrapCity } from '@kehou/functions/identity/bootstrap-city';
import { areas } from '@kehou/shared/api';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { type Client, createClient, type HttpReply } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import type { ClassCard } from '@kehou/shared/selection/window';
import { expect } from 'expect';
import type { Kehou } from './kehou.ts';

type Api = Client<typeof areas>;
const fence = { latitude: 28.6829, longitude: 115.8579, radiusMetres: 200 };
const atSchool = { latitude: 28.683, longitude: 115.858, accuracyMetres: 20 };
/** A Sunday afternoon in autumn, before the service begins. */
export const MONTH_BEGINS = '2026-10-25T08:00:00.000Z' as Instant;

/** A person with a phone: signs in with WeChat, verifies the number, and again whenever the half hour is over. */
class Someone {
  readonly openId: string;
  readonly phone: string;
  readonly api: Api;
  private token = '';
  private expiresAt = '' as Instant;

  private readonly kehou: Kehou;

  constructor(kehou: Kehou, phone: string, nickname: string) {
    this.kehou = kehou;
    this.phone = phone;
    this.openId = kehou.wechat.control.addPerson({ phone, nickname }).openId;
    this.api = createClient(
      areas,
      async (request): Promise<HttpReply> => {
        const reply = await fetch(`${kehou.url}${request.url}`, {
          method: request.method,
          headers: request.headers,
          ...(request.body === undefined ? {} : { body: request.body }),
        });
        return { status: reply.status, body: await reply.json().catch(() => null) };
      },
      (): Record<string, string> => (this.token ? { authorization: `Bearer ${this.token}` } : {}),
    );
  }

  /** Fresh roles and children, and a token that is good now. */
  async here(): Promise<Api> {
    this.token = '';
    const session = await this.api.identity.signIn({ code: this.kehou.wechat.control.loginCode(this.openId) });
    this.token = session.token;
    this.expiresAt = session.expiresAt;
    if (!session.me.phone) {
      const verified = await this.api.identity.verifyPhone({ phoneCode: this.kehou.wechat.control.phoneCode(this.openId) });
      this.token = verified.token;
    }
    expect(ms(this.expiresAt)).toBeGreaterThan(ms(this.kehou.clock.now()));
    return this.api;
  }

  async pay(orderId: Id<'order'>): Promise<void> {
    const started = await this.api.billing.startPayment({ orderId, provider: 'wechat' });
    if (started.status !== 'pay') throw new Error('there is nothing to pay');
    this.kehou.wechat.control.pay(this.openId, started.parameters);
    await this.kehou.clock.settled();
  }
}

const csv = (rows: readonly (readonly string[])[]) => Buffer.from(rows.map((row) => row.join(',')).join('\r\n')).toString('base64');

/** Plays it from an empty table; throws at the first thing that is not as it should be. */
export async function playMonth(kehou: Kehou): Promise<void> {
  const ids = {
    city: newId('organisation'),
    operator: newId('organisation'),
    school: newId('organisation'),
    term: newId('term'),
    room: newId('room'),
    window: newId('window'),
  };
  const soon = async () => {
    await kehou.clock.settled();
  };
  const jump = async (to: string) => {
    await kehou.clock.jumpTo(to as Instant);
  };
  const someone = (phone: string, nickname: string) => new Someone(kehou, phone, nickname);

  // --- the bureau: the tree, the calendar, the scale, who and what is admitted
  const bureau = someone('13800000001', '王局');
  await bootstrapCity(kehou.platform, { organisationId: ids.city, name: '南湖市教育局', officer: { name: '王建国', phone: bureau.phone } });
  const city = await bureau.here();
  await city.organisation.createOperator({ bureauId: ids.city, organisationId: ids.operator, name: '新华课后运营' });
  await city.organisation.createOrganisation({
    parentId: ids.city,
    organisationId: ids.school,
    kind: 'school',
    name: '青山湖实验小学',
    area: 'urban',
    stage: 'primary',
    fence,
    operatorId: ids.operator,
  });
  const proposal = await city.school.proposeCalendarYear({ bureauId: ids.city, year: 2026 });
  await city.school.putCalendarYear({ ...proposal, bureauId: ids.city, year: 2026 });
  await city.school.recordScale({
    bureauId: ids.city,
    scaleId: newId('scale'),
    document: '发改价格〔2026〕18 号',
    validFrom: '2026-09-01',
    feePerSessionFenMax: 3000,
    ownTeacherPayFenMax: 12_000,
    outsideInstructorPayFenMax: 15_000,
  });
  const admission = () => ({
    admissionId: newId('admission'),
    document: '课程准入〔2026〕7 号',
    decidedOn: '2026-08-20',
    validUntil: '2027-08-31',
  });
  const course = {
    courseId: newId('course'),
    name: '科学小实验',
    kind: 'science' as const,
    introduction: '每次动手做一个小实验，学会观察、记录和提问。',
    gradeFrom: 1,
    gradeTo: 6,
    lessonMinutes: 50,
  };
  const chess = { ...course, courseId: newId('course'), name: '围棋入门', kind: 'sports' as const };
  for (const one of [course, chess]) await city.library.admitCourse({ ...one, bureauId: ids.city, admission: admission() });
  const instructorId = newId('instructor');
  const coach = someone('13800000005', '李老师');
  await city.library.admitInstructor({
    bureauId: ids.city,
    instructorId,
    name: '李秀英',
    kind: 'outside',
    institutionName: '启明科学馆',
    courseKinds: ['science', 'sports'],
    introduction: '十年科学教育经验。',
    phone: coach.phone,
    account: { holder: '李秀英', bank: '中国工商银行', number: '6222020000000000005' },
    admission: admission(),
  });
  for (const [organisationId, role, phone, name] of [
    [ids.school, 'school', '13800000002', '陈校长'],
    [ids.operator, 'operator', '13800000003', '赵运营'],
  ] as const) {
    await city.identity.grantRole({ organisationId, role, phone, name });
  }

  // Who an instructor is follows the number that they verify, by way of the stream.
  await coach.here();
  await soon();

  // --- the school: rosters, term, room, classes, a window
  const head = someone('13800000002', '陈校长');
  let school = await head.here();
  const roster = [
    ['学号', '姓名', '年级', '班级', '家长手机1', '家长姓名1', '关系1', '家长手机2', '家长姓名2', '关系2'],
    ['20260001', '张小雨', '3', '3班', '13900000001', '张伟', '父亲', '13900000002', '刘芳', '母亲'],
    ['20260002', '王乐乐', '3', '3班', '13900000003', '王强', '父亲', '', '', ''],
  ];
  const importing = (rows: readonly (readonly string[])[]) =>
    school.school.importRoster({
      schoolId: ids.school,
      rosterImportId: newId('rosterImport'),
      kind: 'pupils',
      filename: '学生名单.csv',
      contentBase64: csv(rows),
    });
  const refused = await importing([...roster, ['', '没有学号', '3', '3班', '1390000', '', '', '', '', '']]);
  expect(refused).toMatchObject({ status: 'refused', applied: 0 });
  expect(refused.problems.every((problem) => problem.line === 4)).toBe(true);
  expect((await school.school.listPupils({ schoolId: ids.school })).items).toEqual([]);
  await importing(roster);
  await soon();
  await school.school.putTerm({
    schoolId: ids.school,
    termId: ids.term,
    name: '2026 年秋季学期',
    firstDay: '2026-09-01',
    lastDay: '2026-12-31',
    serviceFirstDay: '2026-11-02',
    serviceLastDay: '2026-12-25',
  });
  await school.school.putRoom({ schoolId: ids.school, roomId: ids.room, name: '科学教室', capacity: 30 });
  for (const { courseId } of [course, chess]) await school.library.pickCourse({ schoolId: ids.school, courseId });
  await school.library.pickInstructor({ schoolId: ids.school, instructorId });
  const offeringOf = (courseId: Id<'course'>, weekday: number, more: { smallestSize?: number; feePerSessionFen?: number } = {}) => ({
    schoolId: ids.school,
    offeringId: newId('offering'),
    courseId,
    instructorId,
    roomId: ids.room,
    slots: [{ weekday, period: 1 }],
    capacity: 1,
    smallestSize: 1,
    grades: [3],
    feePerSessionFen: 2500,
    payPerSessionFen: 2_000,
    materialPack: { name: '实验材料包', priceFen: 4500, description: '一学期的实验材料' },
    termId: ids.term,
    ...more,
  });
  const science = offeringOf(course.courseId, 3);
  const made = await school.offering.createOffering(science);
  expect(made.sessionCount).toBe(8);
  expect(made.feeFen).toBe(20_000);
  await expect(school.offering.createOffering(offeringOf(chess.courseId, 3))).rejects.toMatchObject({ status: 409 });
  await expect(school.offering.createOffering(offeringOf(chess.courseId, 4, { feePerSessionFen: 3001 }))).rejects.toMatchObject({
    status: 409,
  });
  const lonely = offeringOf(chess.courseId, 5);
  await school.offering.createOffering({ ...lonely, capacity: 5, smallestSize: 2 });
  const opensAt = '2026-10-26T12:00:00.000Z';
  await school.selection.createWindow({
    schoolId: ids.school,
    windowId: ids.window,
    termId: ids.term,
    name: '秋季选课',
    opensAt,
    closesAt: addMinutes(opensAt as Instant, 120),
    offeringIds: [science.offeringId, lonely.offeringId],
  });
  const father = someone('13900000001', '张伟');
  const mother = someone('13900000002', '刘芳');
  const other = someone('13900000003', '王强');
  let dad = await father.here();
  await school.selection.publishWindow({ schoolId: ids.school, windowId: ids.window });
  await soon();

  // --- parents: before it opens, at the opening, the last seat
  const mum = await mother.here();
  const [child] = (await dad.identity.me({})).children;
  if (!child) throw new Error('the roster names a child');
  expect((await mum.identity.me({})).children).toEqual([child]);
  const { windows } = await dad.messaging.getHome({ pupilId: child.pupilId });
  expect(windows).toMatchObject([{ windowId: ids.window, status: 'published' }]);
  const seeing = async (api: Api, pupilId: Id<'pupil'>) => {
    const { classes } = await api.selection.getClassPage({ pupilId, windowId: ids.window });
    return classes.find(({ offeringId }) => offeringId === science.offeringId) as ClassCard;
  };
  expect(await seeing(dad, child.pupilId)).toMatchObject({ seatsLeft: 1, notNow: 'not-open' });
  const taking = (pupilId: Id<'pupil'>, offeringId = science.offeringId) => ({
    pupilId,
    windowId: ids.window,
    offeringId,
    enrolmentId: newId('enrolment'),
  });
  await expect(dad.selection.takeSeat(taking(child.pupilId))).rejects.toMatchObject({ code: 'selection.not_open' });
  // What the father marks is on the mother's list too.
  for (const { offeringId } of [science, lonely])
    await dad.selection.changeShortlist({ pupilId: child.pupilId, windowId: ids.window, add: offeringId });
  const { shortlist } = await mum.selection.getClassPage({ pupilId: child.pupilId, windowId: ids.window });
  expect(shortlist?.offeringIds).toEqual([science.offeringId, lonely.offeringId]);

  await jump(opensAt);
  dad = await father.here();
  const parents = [await mother.here(), dad];
  expect(
    (
      await school.selection
        .listWindows({ schoolId: ids.school })
        .catch(async () => (await head.here()).selection.listWindows({ schoolId: ids.school }))
    ).items,
  ).toMatchObject([{ status: 'open' }]);
  const taps = await Promise.allSettled(parents.map((api) => api.selection.takeSeat(taking(child.pupilId))));
  const [held] = taps.flatMap((tap) => (tap.status === 'fulfilled' ? [tap.value] : []));
  if (!held) throw new Error('one of the two taps takes the seat');
  expect(taps.filter((tap) => tap.status === 'fulfilled')).toHaveLength(1);
  expect(held.status).toBe('held');
  const rival = await other.here();
  const [friend] = (await rival.identity.me({})).children;
  if (!friend) throw new Error('the roster names a child');
  await expect(rival.selection.takeSeat(taking(friend.pupilId))).rejects.toMatchObject({ code: 'selection.full' });
  await expect(rival.selection.getClassPage({ pupilId: child.pupilId, windowId: ids.window })).rejects.toMatchObject({ status: 404 });
  await soon();
  expect(await seeing(dad, child.pupilId)).toMatchObject({ seatsLeft: 0, enrolment: { status: 'held' } });

  // --- a hold that lapses goes to the next; a payment that arrives makes it firm
  await jump(addMinutes(held.holdUntil, 2));
  await soon();
  let rivalApi = await other.here();
  const won = await rivalApi.selection.takeSeat(taking(friend.pupilId));
  const orderId = newId('order');
  const order = await rivalApi.billing.placeOrder({
    orderId,
    lines: [{ pupilId: friend.pupilId, enrolmentId: won.enrolmentId, withMaterialPack: true }],
  });
  expect(order.totalFen).toBe(24_500);
  await other.pay(orderId);
  expect((await rivalApi.billing.getOrder({ orderId })).order.status).toBe('paid');
  expect(await rivalApi.selection.listChildEnrolments({ pupilId: friend.pupilId })).toMatchObject({
    items: [{ status: 'confirmed', paidFen: 20_000 }],
  });

  // --- a class under size is called off at the close, with everything refunded
  dad = await father.here();
  const lines = (shortlist?.offeringIds ?? []).map((offeringId) => ({ offeringId, enrolmentId: newId('enrolment') }));
  const basket = { windowId: ids.window, children: [{ pupilId: child.pupilId, allOrNothing: false, lines }] };
  const submitted = await dad.selection.submitBasket(basket);
  expect(submitted.children).toMatchObject([{ lines: [{ refusal: { code: 'selection.full' } }, { enrolment: { status: 'held' } }] }]);
  expect(await dad.selection.submitBasket(basket)).toEqual(submitted);
  const [, { enrolment: alone } = {}] = submitted.children[0]?.lines ?? [];
  if (!alone) throw new Error('there is room in the lonely class');
  const loneOrder = newId('order');
  await dad.billing.placeOrder({
    orderId: loneOrder,
    lines: [{ pupilId: child.pupilId, enrolmentId: alone.enrolmentId, withMaterialPack: false }],
  });
  await father.pay(loneOrder);
  await jump(addMinutes(opensAt as Instant, 120 + 30));
  await jump(addMinutes(kehou.clock.now(), 60));
  school = await head.here();
  expect((await school.selection.listWindows({ schoolId: ids.school })).items).toMatchObject([{ status: 'settled' }]);
  dad = await father.here();
  expect((await dad.billing.listChildRefunds({ pupilId: child.pupilId })).items).toMatchObject([
    { cause: 'under-size', status: 'succeeded', amountFen: 20_000 },
  ]);
  const inbox = (await dad.messaging.listMessages({})).items.map(({ kind }) => kind);
  expect(inbox).toEqual(expect.arrayContaining(['window-published', 'class-cancelled', 'refund-progress', 'hold-lapsed']));

  // --- the first session: signed in by the code on show, at the school, and the roll
  const [first, second] = (
    await rivalApi.offering
      .getOffering({ offeringId: science.offeringId })
      .catch(async () => (await other.here()).offering.getOffering({ offeringId: science.offeringId }))
  ).sessions;
  if (!first || !second) throw new Error('the class has sessions');
  for (const session of [first, second]) {
    await jump(addMinutes(session.startsAt, -5));
    const desk = await head.here();
    const teacher = await coach.here();
    const where = { offeringId: session.offeringId, sessionId: session.sessionId };
    const shown = await desk.attendance.showQr({ schoolId: ids.school, place: '校门口' });
    const far = { ...atSchool, latitude: 28.7 };
    await expect(teacher.attendance.signIn({ ...where, qrText: shown.text, position: far })).rejects.toMatchObject({ status: 409 });
    await expect(teacher.attendance.signIn({ ...where, qrText: `${shown.text}x`, position: atSchool })).rejects.toThrow();
    const signed = await teacher.attendance.signIn({ ...where, qrText: shown.text, position: atSchool });
    expect(signed.signedIn).toMatchObject({ by: 'qr', late: false });
    await jump(addMinutes(session.startsAt, 5));
    const inClass = await coach.here();
    const { entries } = await inClass.attendance.getRoll(where);
    expect(entries).toMatchObject([{ pupilId: friend.pupilId, presence: 'present' }]);
    await inClass.attendance.callRoll({ ...where, entries: [{ pupilId: friend.pupilId, presence: 'present' }] });
    await inClass.teaching.writeComment({ ...where, commentId: newId('comment'), pupilId: friend.pupilId, stars: 5, text: '观察得很仔细' });
    rivalApi = await other.here();
    expect((await rivalApi.messaging.getHome({ pupilId: friend.pupilId })).today).toMatchObject([
      { presence: 'present', stars: 5, comment: '观察得很仔细' },
    ]);
    await jump(addMinutes(session.endsAt, 1));
    const after = await coach.here();
    const leaving = await (await head.here()).attendance.showQr({ schoolId: ids.school, place: '校门口' });
    await after.attendance.signOut({ ...where, qrText: leaving.text, position: atSchool });
  }

  // --- cancelling after it began: quoted, approved by the school, paid back by what is left
  rivalApi = await other.here();
  const quote = await rivalApi.billing.quoteRefund({ pupilId: friend.pupilId, enrolmentId: won.enrolmentId });
  expect(quote).toMatchObject({ sessionsLeft: 6, feeFen: 15_000, materialFen: 4500, totalFen: 19_500, approval: 'needed' });
  const refundId = newId('refund');
  const asking = { pupilId: friend.pupilId, enrolmentId: won.enrolmentId, refundId, quoteToken: quote.quoteToken };
  const asked = await rivalApi.billing.requestRefund(asking);
  expect(await rivalApi.billing.requestRefund(asking)).toMatchObject({ refundId: asked.refundId });
  await soon();
  school = await head.here();
  expect((await school.billing.listRefunds({ schoolId: ids.school, queue: 'approving' })).items).toMatchObject([{ refundId }]);
  await school.billing.decideRefund({ schoolId: ids.school, refundId, approve: true });
  await soon();
  await jump(addMinutes(kehou.clock.now(), 10));
  rivalApi = await other.here();
  expect(await rivalApi.billing.getRefund({ pupilId: friend.pupilId, refundId })).toMatchObject({
    status: 'succeeded',
    refundedFen: 19_500,
  });
  expect(kehou.wechat.control.listRefunds().filter((one) => one.outRefundNo === refundId)).toHaveLength(1);

  // --- the month ends: the payout counts, is approved twice, and the bank pays
  await jump('2026-11-30T18:05:00.000Z');
  school = await head.here();
  const { run, statements } = await school.payout.getPayout({ schoolId: ids.school, month: '2026-11' });
  expect(run).toMatchObject({ status: 'approving', next: 'school', sessions: 2, totalFen: 4_000 });
  expect(statements).toMatchObject([{ instructorId, totalFen: 4_000 }]);
  const seen = { version: run.version, totalFen: run.totalFen };
  await school.payout.decidePayout({ schoolId: ids.school, month: '2026-11', approve: true, ...seen });
  // The same person again is a repeat of the first approval, not the operator's.
  const again = await school.payout.decidePayout({ schoolId: ids.school, month: '2026-11', approve: true, ...seen });
  expect([again.approvals.length, again.next]).toEqual([1, 'operator']);
  await soon();
  const runner = someone('13800000003', '赵运营');
  const operator = await runner.here();
  await operator.payout.decidePayout({ schoolId: ids.school, month: '2026-11', approve: true, ...seen });
  await soon();
  await jump('2026-12-03T02:00:00.000Z');
  const paid = await (await coach.here()).payout.listMyStatements({});
  expect(paid.items.find(({ month }) => month === '2026-11')).toMatchObject({ status: 'paid', totalFen: 4_000 });
  school = await head.here();
  await school.payout.startPayout({ schoolId: ids.school, month: '2026-11' });
  await jump('2026-12-04T02:00:00.000Z');
  school = await head.here();
  expect((await school.payout.getPayout({ schoolId: ids.school, month: '2026-11' })).run).toMatchObject({
    status: 'done',
    paidFen: 4_000,
  });

  // --- and the money adds up, for the school and for the city
  const proof = await (await bureau.here()).billing.proveLedger({ organisationId: ids.city });
  expect(proof.holds).toBe(true);
  expect(proof.balances).toMatchObject({ parents: 0, payees: 0 });
  const { bank = 0, transit = 0, fund = 0 } = proof.balances;
  // Paid 44,500; sent back 20,000 and 19,500; paid out 4,000.
  expect(bank + transit).toBe(44_500 - 20_000 - 19_500 - 4_000);
  expect(-fund).toBe(bank + transit);
  const figures = await (await bureau.here()).supervision.getFigures({ organisationId: ids.city });
  expect(figures.total).toMatchObject({ pupils: 2, sessionsHeld: 2, refundedFen: 39_500 });
}
