/**
 * A full class and its waiting list, by finger: a parent joins, another family gives its seat up, the place is offered on the parent's
 * home page, paid for in the cashier, and the next in line moves up; and a child who has another class at that hour, which has to go
 * first. In a real browser, against everything that `npm start` runs. The pages must have been built.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Browser, Frame, Page } from 'playwright-core';
import { errorsOf, launchBrowser, newContext } from '../../../miniapp/testing/browser.ts';
import { accountOf } from '../demo/accounts.ts';
import { type Caller, Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { seedDemo } from '../demo/index.ts';
import { pupilsOf } from '../demo/people.ts';
import { type Kehou, startKehou } from '../kehou.ts';
import { root } from '../miniapp-build.ts';

const PATIENCE_MS = 60_000;
/** `KEHOU_SCREENSHOTS=folder` keeps a picture of each step. */
const pictures = process.env.KEHOU_SCREENSHOTS;
const size = { schools: 1, pupilsEach: 40 };
const SMALL = '创意美术';

let folder: string;
let kehou: Kehou;
let browser: Browser;
let page: Page;
let callers: Callers;
let small: Offering;
/** Another class at the very hour of the small one, in a window of its own. */
let other: Offering;
const errors: string[] = [];
let step = 0;

beforeAll(async () => {
  if (!existsSync(join(root, 'miniapp/dist/h5/index.html'))) throw new Error('build the pages first: npm run build:h5');
  folder = mkdtempSync(join(tmpdir(), 'kehou-browser-'));
  const now = '2026-08-31T11:50:00.000Z' as Instant;
  kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: false, environment: {}, now });
  const { wechat, clock, platform, url } = kehou;
  await seedDemo({ baseUrl: url, simulator: wechat, clock, platform, progress: () => undefined, size });
  wechat.control.changeSettings({ consentToAll: true });
  callers = new Callers(url, wechat);
  await offerAtTheSameHour();
  await clock.jumpTo('2026-08-31T12:00:01.000Z' as Instant);
  callers = new Callers(url, wechat);
  browser = await launchBrowser();
  const context = await newContext(browser, { size: 'desk' });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  errors.push(...errorsOf(page));
  await page.goto(`${url}/super-app/`);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await kehou?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function offerAtTheSameHour(): Promise<void> {
  const [school] = schools;
  if (!school) throw new Error('the demo has a school');
  const { api } = await callers.as(accountOf(school.head));
  const schoolId = school.organisationId;
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  const offerings = (await api.offering.listOfferings({ schoolId, termId: window.termId, limit: 100 })).items;
  const found = offerings.find(({ courseName }) => courseName === SMALL);
  const like = offerings.find(({ courseName }) => courseName === '口琴');
  if (!found || !like) throw new Error('the demo has its classes');
  small = found;
  const { courseId, instructorId, roomId, termId, grades, feePerSessionFen, payPerSessionFen } = like;
  other = await api.offering.createOffering({
    schoolId,
    offeringId: newId('offering'),
    ...{ courseId, instructorId, roomId, termId, grades, feePerSessionFen, payPerSessionFen },
    slots: small.slots,
    capacity: 20,
    smallestSize: 1,
  });
  const again = { schoolId, windowId: newId('window') };
  await api.selection.createWindow({
    ...again,
    termId,
    name: '口琴加开班',
    opensAt: window.opensAt,
    closesAt: window.closesAt,
    offeringIds: [other.offeringId],
  });
  await api.selection.publishWindow(again);
}

async function picture(name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  step += 1;
  await page.screenshot({ path: join(pictures, `${String(step).padStart(2, '0')}-${name}.png`) });
}

/** A family of the demo: its first guardian, signed in, and the child. */
async function familyOf(child: string) {
  const guardian = pupilsOf(schools.slice(0, size.schools), size.pupilsEach).find(({ name }) => name === child)?.guardians[0];
  if (!guardian) throw new Error(`${child} has no guardian in the demo`);
  const account = accountOf(guardian);
  const { api, me }: Caller = await callers.as(account);
  const pupilId = me().children.find(({ name }) => name === child)?.pupilId;
  if (!pupilId) throw new Error(`${guardian.name} is not linked to ${child}`);
  const take = async ({ offeringId }: Offering) => {
    const { items } = await api.selection.listChildWindows({ pupilId });
    for (const { windowId } of items) {
      const { classes } = await api.selection.getClassPage({ pupilId, windowId });
      if (!classes.some((card) => card.offeringId === offeringId)) continue;
      return api.selection.takeSeat({ pupilId, windowId, offeringId, enrolmentId: newId('enrolment') });
    }
    throw new Error('no window has this class');
  };
  const giveUp = async () => {
    const { items } = await api.selection.listChildEnrolments({ pupilId });
    const held = items.find(({ status, offeringId }) => status === 'held' && offeringId === small.offeringId);
    if (!held) throw new Error(`${child} holds no seat`);
    await api.billing.giveUpSeat({ pupilId, enrolmentId: held.enrolmentId });
    await kehou.clock.settled();
    return held;
  };
  return { api, pupilId, openId: account.openId, take, giveUp };
}

/** Takes up somebody's phone and waits for the app in it. */
async function phoneOf({ openId }: { readonly openId: string }): Promise<Frame> {
  await page.click(`[data-test="person-${openId}"]`);
  const handle = await page.waitForSelector('iframe[data-test=app]');
  const frame = await handle.contentFrame();
  if (!frame) throw new Error('the phone shows no app');
  await frame.waitForSelector('.k-shell__content', { timeout: PATIENCE_MS });
  return frame;
}

/** From home to the classes of the window that the small class is in. */
async function classesOn(phone: Frame): Promise<void> {
  await phone.locator('.k-card', { hasText: '2026 年秋季课后服务选课' }).locator('[id^=choose-]').click();
  await phone.locator(`#row-${small.offeringId}`).waitFor();
}

const see = (phone: Frame, words: string) => phone.getByText(words).first().waitFor({ timeout: PATIENCE_MS });

test('a parent waits in line, is offered the place that comes free, pays for it, and the next moves up', async () => {
  const holders = await Promise.all(['赵子墨', '卢致远', '李承泽', '张安然'].map(familyOf));
  for (const family of holders) await family.take(small);
  await kehou.clock.settled();

  const mother = await familyOf('林晓雨');
  let phone = await phoneOf(mother);
  await classesOn(phone);
  await see(phone, '满了可以候补；空出的名额按先后顺序保留 2 小时');
  await phone.locator(`#wait-${small.offeringId}`).click();
  const place = phone.locator(`#place-${small.offeringId}`);
  await place.waitFor();
  expect(await place.textContent()).toBe('候补第 1 位');
  await picture('in-line');

  // Leaving and joining again is one tap each; it says that one then stands at the end.
  await phone.locator(`#leave-${small.offeringId}`).click();
  await see(phone, '已退出；再候补要从最后排起');
  await picture('left');
  await phone.locator(`#wait-${small.offeringId}`).click();
  await place.waitFor();

  const next = await familyOf('丁雅静');
  const { windowId } = (await mother.api.selection.listChildWaits(mother)).items[0] ?? {};
  if (!windowId) throw new Error('she is in line');
  const wish = { pupilId: next.pupilId, windowId, offeringId: small.offeringId, waitId: newId('wait') };
  expect(await next.api.selection.joinWaitingList(wish)).toMatchObject({ ahead: 1 });

  await holders[0]?.giveUp();
  // No newcomer slips in, and the page that is open shows the place as hers.
  await expect((await familyOf('陈颖')).take(small)).rejects.toMatchObject({ code: 'selection.full' });
  await phone.locator(`#kept-${small.offeringId}`).waitFor();
  await picture('kept');
  phone = await phoneOf(mother);
  await see(phone, `候补到名额了：${SMALL}`);
  await picture('home-offer');
  await phone.locator('[id^=pay-]').first().click();
  await phone.locator('#pay-countdown').waitFor();
  await picture('pay');
  await phone.locator('#pay-now').click();
  await page.click('[data-test=cashier-pay]');
  await phone.locator('#order-status').waitFor();
  expect(await phone.locator('#order-status').textContent()).toContain('已付款');
  const { items } = await mother.api.selection.listChildEnrolments(mother);
  expect(items.find(({ offeringId }) => offeringId === small.offeringId)).toMatchObject({ status: 'confirmed' });
  expect((await next.api.selection.listChildWaits(next)).items).toMatchObject([{ ahead: 0 }]);
}, 240_000);

test('a child with another class at that hour waits too; when the turn comes that class goes first', async () => {
  const father = await familyOf('陈可欣');
  const { enrolmentId, pupilId } = await father.take(other);
  const orderId = newId('order');
  await father.api.billing.placeOrder({ orderId, lines: [{ pupilId, enrolmentId, withMaterialPack: false }] });
  const started = await father.api.billing.startPayment({ orderId, provider: 'wechat' });
  if (started.status !== 'pay') throw new Error('there is something to pay');
  kehou.wechat.control.pay(father.openId, started.parameters);
  await kehou.clock.settled();

  let phone = await phoneOf(father);
  await classesOn(phone);
  await see(phone, '和“口琴”同一时间，轮到时先退它再付款');
  await picture('clash');
  await phone.locator(`#wait-${small.offeringId}`).click();
  const place = phone.locator(`#place-${small.offeringId}`);
  await place.waitFor();
  expect(await place.textContent()).toBe('候补第 2 位');
  await picture('clash-in-line');

  // The first in line is offered the place and does not want it.
  await (await familyOf('卢致远')).giveUp();
  const declined = await (await familyOf('丁雅静')).giveUp();
  expect(declined.offer).toBeDefined();
  phone = await phoneOf(father);
  await see(phone, '孩子这个时间还有别的课');
  await picture('home-offer-clash');
  await phone.locator('[id^=pay-]').first().click();
  await phone.locator('#in-the-way').waitFor();
  expect(await phone.locator('#in-the-way').textContent()).toContain('口琴');
  expect(await phone.locator('#pay-now').isDisabled()).toBe(true);
  await picture('in-the-way');
  await phone.locator('#cancel-first').click();
  await phone.locator('#refund-submit').click();
  await phone.locator('dialog[open] button').last().click();
  await phone.locator('#refund-status').waitFor();
  await kehou.clock.settled();
  await kehou.clock.jumpTo(addMinutes(kehou.clock.now(), 5));

  phone = await phoneOf(father);
  await phone.locator('[id^=pay-]').first().click();
  await phone.locator('#pay-now').click();
  await page.click('[data-test=cashier-pay]');
  await phone.locator('#order-status').waitFor();
  const { items } = await father.api.selection.listChildEnrolments(father);
  expect(items.find(({ offeringId }) => offeringId === small.offeringId)).toMatchObject({ status: 'confirmed' });
  expect(items.find((one) => one.enrolmentId === enrolmentId)).toMatchObject({ status: 'cancelled' });
}, 240_000);

test('nothing went wrong in any page meanwhile', () => {
  expect(errors).toEqual([]);
});
