import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fen } from '@kehou/shared/kernel/fen';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Browser, Frame, Page } from 'playwright-core';
import qrcode from 'qrcode-generator';
import { errorsOf, launchBrowser } from '../../../miniapp/testing/browser.ts';
import { type Kehou, startKehou } from '../kehou.ts';

/** Stands in for the app: asks what the test tells it to, and notes what the host tells it. */
const app = `<!doctype html><title>app</title><script>
  let sequence = 0;
  const waiting = new Map();
  window.events = [];
  addEventListener('message', ({ data, source }) => {
    if (source !== parent || data?.kehou !== 1) return;
    if (data.kind === 'event') window.events.push(data.event);
    else { waiting.get(data.id)?.(data); waiting.delete(data.id); }
  });
  window.ask = (method, params = {}) => new Promise((resolve) => {
    const id = 'a' + ++sequence;
    waiting.set(id, resolve);
    parent.postMessage({ kehou: 1, kind: 'request', id, method, params }, '*');
  });
  if (parent !== window) window.hello = window.ask('hello', { version: 1 });
</script>`;

let folder: string;
let kehou: Kehou;
let browser: Browser;
let page: Page;
let errors: string[];
let parent: { openId: string };
let officer: { openId: string };

interface Reply {
  readonly ok: boolean;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly message?: string };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kehou-page-'));
  kehou = await startKehou({
    port: 0,
    dataFolder: folder,
    h5: false,
    demo: false,
    environment: {},
    now: '2026-11-23T11:55:00.000Z' as Instant,
  });
  parent = kehou.wechat.control.addPerson({ phone: '13800000001', nickname: '王芳' });
  officer = kehou.wechat.control.addPerson({ phone: '13800000002', nickname: '李老师' });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 980 } });
  // Wherever the app would be served: the frame, and desk windows with a code on show.
  await context.route(`${kehou.url}/`, (route) => route.fulfill({ contentType: 'text/html', body: app }));
  page = await context.newPage();
  errors = errorsOf(page);
  await page.goto(`${kehou.url}/super-app/`);
});
afterAll(async () => {
  await browser?.close();
  await kehou?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const press = (test: string) => page.click(`[data-test="${test}"]`);

async function take(person: { openId: string }): Promise<Frame> {
  await press(`person-${person.openId}`);
  const handle = await page.waitForSelector('iframe[data-test=app]');
  for (let attempt = 0; attempt < 200; attempt++) {
    const frame = await handle.contentFrame();
    const answered = await frame?.evaluate('window.hello?.then((reply) => reply.result.personKey)').catch(() => undefined);
    if (frame && answered === person.openId.replace(/[^\w-]/g, '-')) return frame;
    await page.waitForTimeout(25);
  }
  throw new Error('the app never said hello');
}
const ask = (frame: Frame, method: string, params: unknown = {}) =>
  frame.evaluate(`window.ask(${JSON.stringify(method)}, ${JSON.stringify(params)})`) as Promise<Reply>;

test('each person has a phone of their own, whose login code is theirs', async () => {
  for (const person of [parent, officer]) {
    const app = await take(person);
    const { result } = await ask(app, 'login');
    expect(await kehou.platform.wechat.session(String(result?.code))).toMatchObject({ openId: person.openId });
  }
});

test('the number is given only after the person agreed', async () => {
  const app = await take(parent);
  const refused = ask(app, 'phoneNumberCode');
  await press('sheet-deny');
  expect((await refused).error?.code).toBe('platform.denied');
  const given = ask(app, 'phoneNumberCode');
  await page.waitForSelector('text=138****0001');
  await press('sheet-allow');
  expect(await kehou.platform.wechat.phoneNumber(String((await given).result?.code))).toBe('13800000001');
});

test('the cashier shows what is paid, lets it be put off, and pays', async () => {
  const app = await take(parent);
  const payment = await kehou.platform.payments.prepay({
    paymentId: 'pay_01JD0000000000000000000001',
    description: '书法社团',
    amountFen: fen(123_450),
    payer: parent.openId,
    expiresAt: addMinutes(kehou.clock.now(), 15),
  });
  const later = ask(app, 'requestPayment', payment);
  await page.waitForSelector('.sum:has-text("¥1,234.50")');
  await press('cashier-cancel');
  expect((await later).error?.code).toBe('platform.cancelled');
  const now = ask(app, 'requestPayment', payment);
  await press('cashier-pay');
  expect((await now).ok).toBe(true);
  expect(await kehou.platform.payments.queryPayment('pay_01JD0000000000000000000001')).toMatchObject({ state: 'paid', amountFen: 123_450 });
  // Signed by nobody: refused before anything is shown.
  expect((await ask(app, 'requestPayment', { ...payment, paySign: 'AAAA' })).error?.code).toBe('platform.failed');
});

test('a card shared by one person is in the group chat of the other, and opens the page it names', async () => {
  const school = await take(officer);
  expect((await ask(school, 'setShareCard', { card: { title: '秋季选课今晚八点开始', path: '/parent/window/index?id=win_1' } })).ok).toBe(
    true,
  );
  await press('phone-share');
  await press('share-group');
  const app = await take(parent);
  await press('tab.chat');
  await page.click('[data-test="chat-card"]:has-text("秋季选课今晚八点开始")');
  await app.waitForFunction("window.events.some((event) => event.name === 'open')");
  expect(await app.evaluate("window.events.find((event) => event.name === 'open').path")).toBe('/parent/window/index?id=win_1');
});

test('the scanner takes a text, and sees the code on a desk that is open', async () => {
  const app = await take(parent);
  const typed = ask(app, 'scan');
  await page.fill('[data-test=scan-text]', 'kehou:typed');
  await press('scan-use');
  expect((await typed).result).toEqual({ text: 'kehou:typed' });

  await press('tab.place');
  const popup = page.waitForEvent('popup');
  await press('open-desk');
  const desk = await popup;
  await desk.waitForLoadState();
  const code = qrcode(0, 'M');
  code.addData('kehou:on-show');
  code.make();
  await desk.evaluate(`document.body.innerHTML = '<img src="${code.createDataURL(4, 0)}">'; document.images[0].decode()`);
  const seen = ask(app, 'scan');
  await page.click('[data-test=scan-code]');
  expect((await seen).result).toEqual({ text: 'kehou:on-show' });
  await desk.close();

  const closed = ask(app, 'scan');
  await press('sheet-close');
  expect((await closed).error?.code).toBe('platform.cancelled');
});

test('the phone is where it is set to be', async () => {
  const app = await take(parent);
  await press('tab.place');
  await page.fill('[data-test=place-latitude]', '28.7');
  await page.press('[data-test=place-latitude]', 'Tab');
  expect((await ask(app, 'locate')).result).toMatchObject({ latitude: 28.7, accuracyMetres: 20 });
});

test('a service message arrives only for who agreed, slides in, and opens its page', async () => {
  const app = await take(parent);
  const message = { openId: parent.openId, template: 'seat-confirmed', page: 'parent/order/index?id=1', data: { thing1: '书法社团' } };
  expect(await kehou.platform.wechat.sendSubscriptionMessage(message)).toBe(false);
  const agreed = ask(app, 'subscribe', { templateIds: ['seat-confirmed'] });
  await press('sheet-allow');
  expect((await agreed).result).toEqual({ accepted: ['seat-confirmed'] });
  await page.waitForTimeout(2000);
  expect(await kehou.platform.wechat.sendSubscriptionMessage(message)).toBe(true);
  await page.click('.banner button:has-text("书法社团")');
  await app.waitForFunction("window.events.some((event) => event.name === 'open' && event.path.includes('parent/order'))");
});

test('moving the clock moves the server, and tells the app that it was away', async () => {
  const app = await take(parent);
  await press('tab.clock');
  await press('clock-minutes-15');
  await app.waitForFunction("window.events.some((event) => event.name === 'show')");
  expect(kehou.clock.now() >= '2026-11-23T12:10:00.000Z').toBe(true);
  await press('clock-next');
  await page.waitForFunction("document.querySelector('[data-test=clock-now]').textContent.includes('12月1日')");
});

test('a fault is arranged for the next payment, seen, and taken back', async () => {
  await press('tab.faults');
  await press('fault-callback.lost');
  await page.waitForSelector('.event:has-text("不通知")');
  expect(kehou.wechat.control.listSwitches()).toMatchObject([{ kind: 'callback.lost', times: 1 }]);
  await page.click('.event:has-text("不通知") button');
  await page.waitForSelector('text=一切照常');
  expect(kehou.wechat.control.listSwitches()).toEqual([]);
});

test('a message from anywhere but the frame is not obeyed', async () => {
  const app = await take(parent);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/login-codes')) asked.push(request.url());
  });
  await page.evaluate("window.postMessage({ kehou: 1, kind: 'request', id: 'x', method: 'login', params: {} }, '*')");
  await page.waitForTimeout(100);
  expect(asked).toEqual([]);
  await ask(app, 'login');
  expect(asked).toHaveLength(1);
});

test('nothing on the page broke on the way', () => {
  // The one refusal is the payment that nobody had signed.
  expect(errors.filter((error) => !error.includes('422'))).toEqual([]);
});
