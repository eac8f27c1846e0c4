/**
 * What people do with their fingers in a month: a parent takes a seat at eight, pays and cancels; a teacher signs in by the code
 * on show, calls the roll, comments and signs out; leave is asked for; on the 1st the payout is approved at two desks and paid.
 * In a real browser, against everything that `npm start` runs. `people.fixture.ts` has the phones and the desks.
 */
import { addMinutes, chinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { Page } from 'playwright-core';
import type { DemoPerson } from '../control.ts';
import { arrive, type Journey, on, PATIENCE_MS, read, sayYes, see, startJourney, tap, turnTo } from './people.fixture.ts';

let journey: Journey;
/** Whose child takes part, and who teaches it. */
let father: DemoPerson;
let teacher: DemoPerson;
let first: { readonly startsAt: Instant; readonly endsAt: Instant };

beforeAll(async () => {
  journey = await startJourney('month', { schools: 1, pupilsEach: 40 });
  father = journey.person('家长', '陈可欣');
}, 300_000);
afterAll(() => journey?.end());

const instant = (text: string) => text as Instant;

test('a parent takes a seat at eight o’clock, pays in the cashier, and cancels it again with everything back', async () => {
  const { phone, picture } = journey;
  const app = await phone.takenBy(journey.person('家长', '林晓雨'));
  await read(app, '2026 年秋季课后服务选课');
  await picture('home-before');
  await journey.jump(instant('2026-08-31T12:00:01.000Z'));
  await tap(app, '[id^=choose-]');
  await see(app, '[id^=take-]');
  await picture('classes');
  await tap(app, '[id^=take-]');
  await tap(app, '#basket-pay');
  await see(app, '[id^=pay-now]');
  await picture('pay');
  await tap(app, '[id^=pay-now]');
  await phone.page.waitForSelector('[data-test=cashier-pay]');
  await picture('cashier');
  await phone.pay();
  await see(app, '#order-status', '已付款');
  await picture('order');

  await tap(app, '[id^=cancel-]');
  await see(app, '#refund-sum');
  await picture('refund-quote');
  await tap(app, '#refund-submit');
  await sayYes(app);
  await see(app, '#refund-status');
  await journey.kehou.clock.settled();
  await journey.pass(5);
  await see(app, '#refund-status', '已退回');
  await picture('refund-done');
}, 240_000);

test('a desk signs in by the phone, shows the code, and the teacher signs in by it and calls the roll', async () => {
  const { phone, picture } = journey;
  // Another child takes a class whose teacher we know, so that there is somebody to teach.
  let app = await phone.takenBy(father);
  await tap(app, '[id^=choose-]');
  const row = app.locator('.p-class', { has: app.locator('[id^=take-]') }).first();
  const words = (await row.textContent({ timeout: PATIENCE_MS })) ?? '';
  await row.locator('[id^=take-]').click();
  await tap(app, '#basket-pay');
  await tap(app, '[id^=pay-now]');
  await phone.pay();
  await see(app, '#order-status');
  teacher = journey.person('教师', journey.people.find(({ role, name }) => role === '教师' && words.includes(name))?.name ?? words);

  // The window closes and settles; the days before the first session pass.
  await journey.jump(instant('2026-09-03T12:00:00.000Z'));
  first = await firstSession(father);
  await journey.jump(addMinutes(first.startsAt, -5));

  const desk = await codeOnShow();

  app = await phone.takenBy(teacher);
  await phone.standAt('青湖第一小学');
  await picture('teacher-before');
  // The scanner opens by itself: the teacher stands in the doorway.
  await tap(app, '#next-step');
  await phone.scan(desk);
  await see(app, '#sign-done');
  await picture('signed-in');
  await desk.close();
  await journey.jump(addMinutes(first.startsAt, 2));
  await tap(app, '#to-roll');
  await tap(app, '#roll-submit');
  await see(app, '#session-card', '写评语');
  await picture('teacher-after-roll');
  app = await phone.takenBy(father);
  await read(app, '已到课');
  await picture('home-arrived');
}, 240_000);

test('the teacher comments on a pupil and the parent, who is looking, sees it; after class the teacher signs out', async () => {
  const { phone, picture } = journey;
  const atHome = await journey.anotherPhone();
  const home = await atHome.takenBy(father);
  await read(home, '已到课');
  const app = await phone.takenBy(teacher);
  await tap(app, '#next-step');
  await tap(app, '[id^=comment-pup_]');
  await picture('comment');
  await tap(app, '#star-5');
  await tap(app, '#comment-sheet .k-chips__one');
  await on(app, '#comment-text').pressSequentially('观察得很仔细');
  await picture('comment-written');
  await tap(app, '#comment-save');
  await see(app, '#comments-progress', '1 / 1');
  await picture('comments');
  await atHome.page.bringToFront();
  await read(home, /观察得很仔细/);
  await picture('home-comment', atHome.page);

  await journey.jump(addMinutes(first.endsAt, 1));
  const desk = await codeOnShow();
  const after = await phone.takenBy(teacher);
  await tap(after, '#next-step');
  await phone.scan(desk);
  await see(after, '#sign-done');
  await picture('signed-out');
  await desk.close();
  await tap(after, '#sign-back');
  await see(after, '#session-state');
  await picture('teacher-after-class');
}, 240_000);

test('a parent asks for leave from a later session, and the teacher’s roll shows it with the reason', async () => {
  const { phone, picture } = journey;
  let app = await phone.takenBy(father);
  await tap(app, '#tab-parent-week');
  await tap(app, '#week-next');
  await tap(app, '[id^=leave-]');
  await see(app, '#leave-sheet');
  await tap(app, '#leave-sheet .k-chips__one');
  await picture('leave');
  await tap(app, '#leave-send');
  await see(app, '[id^=withdraw-]');
  await picture('week-with-leave');
  app = await phone.takenBy(teacher);
  // Today's class is over: the large one is the next week's, and it has its list.
  await see(app, '#session-card', '周一 9月14日');
  await tap(app, '#open-roll');
  await arrive(app, 'teacher/roll');
  await see(app, '.t-roll__row--leave', '请假');
  expect(await on(app, '#roll-leave').textContent()).toBe('1');
  await picture('roll-with-leave');
}, 240_000);

test('on the 1st the payout is approved at the school’s desk and at the operator’s, the bank pays, and the teacher’s statement says paid', async () => {
  const { phone, picture } = journey;
  await journey.jump(instant('2026-09-30T18:05:00.000Z'));
  const school = await journey.deskOf(journey.person('学校', '校长'));
  await picture('desk-payout-waits', school);
  await turnTo(school, 'school/payouts');
  await picture('school-payouts', school);
  await approve(school, 'school-payout');
  await see(school, '#payout-drawer', '待审批');
  await picture('school-payout-approved', school);

  const operator = await journey.deskOf(journey.person('运营方', '苏倩'));
  await turnTo(operator, 'operator/payouts');
  await picture('operator-payouts', operator);
  await approve(operator, 'operator-payout');
  await journey.kehou.clock.settled();
  await journey.jump(instant('2026-10-02T02:00:00.000Z'));
  const app = await phone.takenBy(teacher);
  await tap(app, '#tab-teacher-statements');
  await see(app, '#statement-2026-09', '已到账');
  await picture('statement-paid');
}, 240_000);

/** The school's desk, signed in by the head's phone, with the code for teachers on its screen. */
async function codeOnShow(): Promise<Page> {
  const desk = await journey.deskOf(journey.person('学校', '校长'));
  await read(desk, '青湖第一小学');
  await journey.picture('desk-school', desk);
  await turnTo(desk, 'school/qr');
  await journey.picture('qr-place', desk);
  await tap(desk, '#qr-show');
  await see(desk, '#qr-code');
  await journey.picture('qr-on-show', desk);
  return desk;
}

/** Opens the month at the top, and approves it. */
async function approve(desk: Page, name: string): Promise<void> {
  await tap(desk, '.k-table tbody tr');
  await see(desk, '#payout-approve');
  await journey.picture(name, desk);
  await tap(desk, '#payout-approve');
  await journey.picture(`${name}-ask`, desk);
  await sayYes(desk);
  await on(desk, '#payout-approve').waitFor({ state: 'hidden' });
}

/** The first session that this parent's child is due in. */
async function firstSession({ openId }: DemoPerson): Promise<typeof first> {
  const { kehou } = journey;
  const call = async (path: string, token = '', body?: object) => {
    const reply = await fetch(`${kehou.url}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });
    return (await reply.json()) as never;
  };
  const code = kehou.wechat.control.loginCode(openId);
  const { token, me } = (await call('/api/sessions', '', { code })) as { token: string; me: { children: { pupilId: string }[] } };
  const from = chinaDate(kehou.clock.now());
  const { items } = (await call(`/api/pupils/${me.children[0]?.pupilId}/sessions?from=${from}&to=2026-09-16`, token)) as {
    items: (typeof first)[];
  };
  const [soonest] = items;
  if (!soonest) throw new Error('the child is due in no session');
  return soonest;
}

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
