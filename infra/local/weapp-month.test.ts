/**
 * The bundle that ships to WeChat, run in Node against everything that `npm start` runs: a parent signs in, marks a class, submits the
 * basket at the opening, takes another seat, pays both, and finds the class in the orders and the timetable; a school draws the poster of a
 * link. The bundle must have been built.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@kehou/shared/kernel/time';
import { launchWeapp } from '../../miniapp/testing/weapp.ts';
import { seedDemo } from './demo/index.ts';
import { type Kehou, startKehou } from './kehou.ts';
import { root } from './miniapp-build.ts';

const dist = join(root, 'miniapp/dist/weapp');
let folder: string;
let kehou: Kehou;
let mother: { readonly openId: string };
let head: { readonly openId: string };

beforeAll(async () => {
  if (!existsSync(join(dist, 'app.json'))) throw new Error('build the mini-program first: npm run build:weapp');
  folder = mkdtempSync(join(tmpdir(), 'kehou-weapp-'));
  const now = '2026-08-31T11:50:00.000Z' as Instant;
  kehou = await startKehou({ port: 0, dataFolder: folder, h5: false, demo: false, environment: {}, now });
  const { wechat, clock, platform, url } = kehou;
  const size = { schools: 1, pupilsEach: 40 };
  const { people } = await seedDemo({ baseUrl: url, simulator: wechat, clock, platform, progress: () => undefined, size });
  const found = people.find(({ role, note }) => role === '家长' && note?.includes('林晓雨'));
  const office = people.find(({ role }) => role === '学校');
  if (!found || !office) throw new Error('the demo has this family and this school');
  [mother, head] = [found, office];
}, 300_000);

afterAll(async () => {
  await kehou?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a parent marks a class beforehand and submits the basket at the opening, in the bundle that ships', async () => {
  const { control } = kehou.wechat;
  const host = { login: () => control.loginCode(mother.openId), phoneCode: () => control.phoneCode(mother.openId) };
  const app = await launchWeapp({ root: dist, baseUrl: kehou.url, host });
  try {
    await app.waitForRoute('parent/home/index');
    await app.waitForText('先看看有哪些班');
    await app.tapText('先看看有哪些班');
    await app.waitForRoute('parent/classes/index');
    await app.waitForText('加入选课单');
    await app.tapText('加入选课单');
    await app.waitForElement('to-basket');
    await app.tap('to-basket');
    await app.waitForRoute('parent/basket/index');
    await app.waitForText('提交选课单 ·');
    await kehou.clock.jumpTo('2026-08-31T12:00:01.000Z' as Instant);
    await app.waitFor(() => app.text().includes('提交选课单') && !app.text().includes('提交选课单 ·'), 'the button of the open window');
    await app.tap('basket-submit');
    await app.waitForText('1 门占到了');
    expect(app.errors).toEqual([]);
  } finally {
    app.close();
  }
}, 120_000);

test('a parent signs in, takes a seat, pays and sees it, in the bundle that ships', async () => {
  const { control } = kehou.wechat;
  const paid: string[] = [];
  const app = await launchWeapp({
    root: dist,
    baseUrl: kehou.url,
    host: {
      login: () => control.loginCode(mother.openId),
      phoneCode: () => control.phoneCode(mother.openId),
      pay: (params) => {
        control.pay(mother.openId, params as never);
        paid.push(params.package ?? '');
      },
    },
  });
  try {
    await app.waitForRoute('parent/home/index');
    await app.waitForText('2026 年秋季课后服务选课');
    await app.tapText('去选课');
    await app.waitForRoute('parent/classes/index');
    await app.waitForText('剩');
    await app.tapText('选');
    await app.waitForElement('basket-pay');
    await app.tap('basket-pay');
    await app.waitForRoute('parent/pay/index');
    await app.waitForText('微信支付');
    await app.tap('pay-now');
    await app.waitForRoute('parent/order/index');
    await app.waitForText('已付款');
    expect(paid).toHaveLength(1);
    expect(kehou.wechat.control.listOrders()).toMatchObject([{ state: 'SUCCESS' }]);
    await app.open('/parent/week/index');
    // The service begins the week after: the class is on the timetable from then on.
    await app.tap('week-next');
    await app.waitForText('9月7日');
  } finally {
    app.close();
  }
}, 120_000);

test('a school makes a link, and its card and poster are drawn on the canvas of the phone', async () => {
  const { control } = kehou.wechat;
  const host = { login: () => control.loginCode(head.openId), phoneCode: () => control.phoneCode(head.openId) };
  const app = await launchWeapp({ root: dist, baseUrl: kehou.url, host });
  const drawn = (width: number) => [...app.pictures.values()].find((picture) => picture.width === width);
  try {
    await app.waitForRoute('school/home/index');
    await app.open('/school/windows/index');
    await app.waitForText('2026 年秋季课后服务选课');
    await app.tapText('2026 年秋季课后服务选课');
    await app.waitForElement('window-share');
    await app.tap('window-share');
    await app.waitForElement('share-make');
    await app.tap('share-make');
    await app.waitForElement('share-poster-make');
    await app.waitFor(() => drawn(500) !== undefined, 'the picture of the card');
    expect(drawn(500)?.written.map(({ text }) => text)).toEqual(expect.arrayContaining(['青湖第一小学', '2026 年秋季课后服务选课']));
    await app.tap('share-poster-make');
    await app.waitFor(() => drawn(750) !== undefined, 'the poster');
    const poster = drawn(750);
    expect(poster?.written.map(({ text }) => text)).toEqual(expect.arrayContaining(['青湖第一小学', '2026 年秋季课后服务选课']));
    // The mini-program code, as WeChat made it for this link.
    expect(poster?.placed).toMatchObject([{ width: 360, height: 360 }]);
    await app.waitForElement('share-poster');
    expect(app.errors).toEqual([]);
  } finally {
    app.close();
  }
}, 120_000);
