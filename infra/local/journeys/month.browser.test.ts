/**
 * What people do with their fingers: a parent takes a seat at eight, pays and later cancels; a teacher signs in by the code
 * on show, calls the roll and comments; desks sign in by the phone. In a real browser, through the page that plays WeChat (a
 * phone of 390 px) and desks of 1440 px, against everything that `npm start` runs. The pages must have been built.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { errorsOf, launchBrowser, newContext } from '../../../miniapp/testing/browser.ts';
import { seedDemo } from '../demo/index.ts';
import { type Kehou, startKehou } from '../kehou.ts';
import { root } from '../miniapp-build.ts';

const PATIENCE_MS = 60_000;
/** `KEHOU_SCREENSHOTS=folder` keeps a picture of each step. */
const pictures = process.env.KEHOU_SCREENSHOTS;

let folder: string;
let kehou: Kehou;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let people: Awaited<ReturnType<typeof seedDemo>>['people'];
let places: Awaited<ReturnType<typeof seedDemo>>['places'];
const errors: string[] = [];
let step = 0;

beforeAll(async () => {
  if (!existsSync(join(root, 'miniapp/dist/h5/index.html'))) throw new Error('build the pages first: npm run build:h5');
  folder = mkdtempSync(join(tmpdir(), 'kehou-browser-'));
  const now = '2026-08-31T11:50:00.000Z' as Instant;
  kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: false, environment: {}, now });
  const { wechat, clock, platform, url } = kehou;
  ({ people, places } = await seedDemo({
    baseUrl: url,
    simulator: wechat,
    clock,
    platform,
    progress: () => undefined,
    size: { schools: 1, pupilsEach: 40 },
  }));
  wechat.control.changeSettings({ consentToAll: true });
  browser = await launchBrowser();
  context = await newContext(browser, { size: 'desk' });
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

async function picture(name: string, of: Page = page): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  step += 1;
  await of.screenshot({ path: join(pictures, `${String(step).padStart(2, '0')}-${name}.png`) });
}

const personOf = (role: string, words = '') => {
  const found = people.find((person) => person.role === role && `${person.name} ${person.note ?? ''}`.includes(words));
  if (!found) throw new Error(`nobody in the demo is ${role} ${words}`);
  return found;
};

/** Takes up somebody's phone and waits for the app in it. */
async function phoneOf(openId: string): Promise<Frame> {
  await page.click(`[data-test="person-${openId}"]`);
  const handle = await page.waitForSelector('iframe[data-test=app]');
  const frame = await handle.contentFrame();
  if (!frame) throw new Error('the phone shows no app');
  await frame.waitForSelector('.k-shell__content', { timeout: PATIENCE_MS });
  return frame;
}

const see = (frame: Frame | Page, words: string) => frame.getByText(words).first().waitFor({ timeout: PATIENCE_MS });
const jump = async (to: Instant) => {
  await kehou.clock.jumpTo(to);
};

test('a parent takes a seat at eight o’clock, pays in the cashier, and cancels it again with everything back', async () => {
  const mother = personOf('家长', '林晓雨');
  let phone = await phoneOf(mother.openId);
  await see(phone, '2026 年秋季课后服务选课');
  await picture('home-before');
  await jump('2026-08-31T12:00:01.000Z' as Instant);
  await phone.locator('[id^=choose-]').click();
  const take = phone.locator('[id^=take-]');
  await take.first().waitFor();
  await picture('classes');
  await take.first().click();
  await phone.locator('#basket-pay').click();
  await picture('pay');
  await phone.locator('[id^=pay-now]').click();
  await page.waitForSelector('[data-test=cashier-pay]');
  await picture('cashier');
  await page.click('[data-test=cashier-pay]');
  await phone.locator('#order-status').waitFor();
  expect(await phone.locator('#order-status').textContent()).toContain('已付款');
  await picture('order');

  await phone.locator('[id^=cancel-]').click();
  await phone.locator('#refund-sum').waitFor();
  await picture('refund-quote');
  await phone.locator('#refund-submit').click();
  await confirm(phone);
  await phone.locator('#refund-status').waitFor();
  await kehou.clock.settled();
  await jump(addMinutes(kehou.clock.now(), 5));
  await phone.getByText('已退回').first().waitFor({ timeout: PATIENCE_MS });
  await picture('refund-done');
  phone = await phoneOf(mother.openId);
  await see(phone, '林晓雨');
}, 240_000);

/** The app's own question: yes. */
async function confirm(phone: Frame): Promise<void> {
  await phone.locator('dialog[open] button').last().click();
}

test('a desk signs in by the phone, shows the code, and the teacher signs in by it, calls the roll and comments', async () => {
  // Another child takes a class whose teacher we know, so that there is somebody to teach.
  const father = personOf('家长', '陈可欣');
  let phone = await phoneOf(father.openId);
  await phone.locator('[id^=choose-]').click();
  const row = phone.locator('.p-class', { has: phone.locator('[id^=take-]') }).first();
  const words = (await row.textContent()) ?? '';
  await row.locator('[id^=take-]').click();
  await phone.locator('#basket-pay').click();
  await phone.locator('[id^=pay-now]').click();
  await page.click('[data-test=cashier-pay]');
  await phone.locator('#order-status').waitFor();
  const teacher = people.find(({ role, name }) => role === '教师' && words.includes(name));
  if (!teacher) throw new Error(`no teacher of the demo in "${words}"`);

  // The window closes and settles; the day before the first session passes.
  await jump('2026-09-03T12:00:00.000Z' as Instant);
  const enrolled = await sessionOf(father.openId);
  await jump(addMinutes(enrolled.startsAt, -5));

  const head = personOf('学校', '校长');
  const desk = await context.newPage();
  desk.setDefaultTimeout(PATIENCE_MS);
  errors.push(...errorsOf(desk));
  const opening = desk.waitForResponse(
    (response) => response.url().endsWith('/api/desk-tickets') && response.request().method() === 'POST',
  );
  await desk.goto(`${kehou.url}/#/entry/desk/index`);
  const ticket = (await (await opening).json()) as { qrText: string };
  await desk.locator('#desk-code').waitFor();
  await picture('desk-code', desk);
  await page.bringToFront();
  phone = await phoneOf(head.openId);
  await scan(phone, ticket.qrText);
  await phone.locator('#desk-confirm').click();
  await desk.bringToFront();
  await see(desk, '青湖第一小学');
  await picture('desk-school', desk);
  const showing = desk.waitForResponse((response) => /\/qr\?/.test(response.url()));
  await desk.goto(`${kehou.url}/#/school/show-qr/index?place=${encodeURIComponent('校门口')}`);
  const shown = (await (await showing).json()) as { text: string };
  await desk.locator('#qr-code').waitFor();
  await picture('qr-on-show', desk);

  await page.bringToFront();
  phone = await phoneOf(teacher.openId);
  await atSchool();
  // The scanner opens by itself: the teacher stands in the doorway.
  await phone.locator('#next-step').click();
  await page.fill('[data-test=scan-text]', shown.text);
  await page.click('[data-test=scan-use]');
  await phone.locator('#sign-done').waitFor();
  await picture('signed-in');
  await jump(addMinutes(enrolled.startsAt, 2));
  await phone.locator('#to-roll').click();
  await phone.locator('#roll-submit').click();
  await kehou.clock.settled();
  await picture('roll');
  phone = await phoneOf(father.openId);
  await see(phone, '已到课');
  await picture('home-arrived');
}, 240_000);

/** The app's scanning page; the phone's scanner is given the text, as if the camera had seen it. */
async function scan(phone: Frame, text: string): Promise<void> {
  await phone.evaluate("location.hash = '#/entry/scan/index?now=1'");
  await page.fill('[data-test=scan-text]', text);
  await page.click('[data-test=scan-use]');
}

/** The phone is at the demo's school. */
async function atSchool(): Promise<void> {
  await page.click('[data-test="tab.place"]');
  const [school] = places;
  if (!school) throw new Error('the demo has no place');
  for (const [field, value] of [
    ['latitude', school.latitude],
    ['longitude', school.longitude],
    ['accuracy', 20],
  ] as const) {
    await page.fill(`[data-test=place-${field}]`, String(value));
    await page.locator(`[data-test=place-${field}]`).blur();
  }
}

/** The first session that this parent's child is due in. */
async function sessionOf(openId: string): Promise<{ startsAt: Instant }> {
  const code = kehou.wechat.control.loginCode(openId);
  const call = async (path: string, token = '', body?: object) => {
    const reply = await fetch(`${kehou.url}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    });
    return (await reply.json()) as never;
  };
  const { token, me } = (await call('/api/sessions', '', { code })) as { token: string; me: { children: { pupilId: string }[] } };
  const { items } = (await call(`/api/pupils/${me.children[0]?.pupilId}/sessions?from=2026-09-04&to=2026-09-16`, token)) as {
    items: { startsAt: Instant }[];
  };
  const [first] = items;
  if (!first) throw new Error('the child is due in no session');
  return first;
}

test('nothing went wrong in any page meanwhile', () => {
  expect(errors).toEqual([]);
});
