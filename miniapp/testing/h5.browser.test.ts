/**
 * The browser's bundle, as it lies in `dist/h5` (`npm run build:h5 -w miniapp` first), in a real browser: every page at a phone's
 * and a desk's size, and the app inside a page that plays WeChat. `KEHOU_SHOTS=<folder>` keeps a picture of each page.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { pageNames } from '../src/routes.ts';
import { errorsOf, launchBrowser, newContext, type Size, screenshot } from './browser.ts';
import { builtFolder } from './dist.ts';
import { hostPage } from './host-page.ts';
import { contract, everybody, everyQuery, type SampleServer, startSampleServer } from './sample-server.ts';
import { sampleId } from './samples.ts';

const pages = builtFolder('h5');
const shots = process.env.KEHOU_SHOTS;
const session = { token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody };

let browser: Browser;
let server: SampleServer;
beforeAll(async () => {
  if (shots) mkdirSync(shots, { recursive: true });
  server = await startSampleServer(await contract(), { seed: 0, pages });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A context whose tabs are signed in as somebody who is everything. */
async function signedIn(size: Size, dark = false): Promise<BrowserContext> {
  const context = await newContext(browser, { size, dark });
  await context.addInitScript((text) => sessionStorage.setItem('kehou:session', text), JSON.stringify(session));
  return context;
}

const isSettled = async (page: Page) => {
  await page.waitForFunction(
    () => document.querySelector('.k-root') !== null && (document.body.textContent ?? '').trim() !== '',
    undefined,
    { timeout: 15_000 },
  );
  await page.waitForFunction(() => document.querySelector('.k-skeleton') === null, undefined, { timeout: 15_000 });
};

describe.each(['phone', 'desk'] as const)('at the size of a %s', (size) => {
  let context: BrowserContext;
  beforeAll(async () => {
    context = await signedIn(size);
  });
  afterAll(() => context?.close());

  test.each(pageNames.filter((name) => name !== 'entry/start'))(
    '%s opens, draws, throws nothing and is not wider than the screen',
    async (name) => {
      const page = await context.newPage();
      const errors = errorsOf(page);
      try {
        await page.goto(`${server.baseUrl}/#/${name}/index?${everyQuery}`);
        await isSettled(page);
        if (shots) await screenshot(page, path.join(shots, `${name.replace('/', '-')}-${size}.png`));
        const wide = await page.evaluate(
          () => Math.max(...[...document.querySelectorAll('.k-root')].map((root) => root.scrollWidth)) - innerWidth,
        );
        expect({ errors, wide: wide > 1 ? wide : 0 }).toEqual({ errors: [], wide: 0 });
        expect(server.problems).toEqual([]);
        const text = await page.evaluate(() => document.querySelector('#app')?.textContent ?? '');
        expect(text).not.toMatch(/undefined|NaN|\[object|\b[a-z]{3}_[0-9A-Z]{26}\b|\d{4}-\d\d-\d\dT/);
      } finally {
        await page.close();
      }
    },
  );
});

test('a desk without a session shows a code to scan, and nothing else', async () => {
  const context = await newContext(browser, { size: 'desk' });
  const page = await context.newPage();
  try {
    await page.goto(`${server.baseUrl}/#/school/home/index`);
    await page.waitForSelector('#desk-code img');
    expect(await page.evaluate(() => location.hash)).toContain('entry/desk');
  } finally {
    await context.close();
  }
});

test('whoever reads English switches to it, and it stays', async () => {
  const context = await newContext(browser, { size: 'desk' });
  const page = await context.newPage();
  try {
    await page.goto(`${server.baseUrl}/#/entry/desk/index`);
    await page.locator('#language', { hasText: 'English' }).click();
    await page.getByText('Sign in with your phone').waitFor();
    await page.reload();
    await page.getByText('Sign in with your phone').waitFor();
  } finally {
    await context.close();
  }
});

describe('inside a page that plays WeChat', () => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    context = await newContext(browser, { size: 'desk' });
    page = await context.newPage();
    await page.route('**/host.html', (route) => route.fulfill({ contentType: 'text/html', body: hostPage('entry/start') }));
    await page.goto(`${server.baseUrl}/host.html`);
  });
  afterAll(() => context?.close());
  const app = () => page.frameLocator('iframe');

  test('the app asks for a login code, signs in, and goes where the person belongs', async () => {
    await app().locator('#role-parent').waitFor();
    expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked[0])).toBe('hello');
    expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked)).toContain('login');
  });

  test("it wears the host's dark mode and font size", async () => {
    const look = () =>
      app()
        .locator('.k-shell')
        .last()
        .evaluate((root) => ({
          ground: getComputedStyle(root).backgroundColor,
          size: getComputedStyle(root).fontSize,
        }));
    expect(await look()).toEqual({ ground: 'rgb(22, 32, 29)', size: '20px' });
  });

  test('scanning hands over what the host saw', async () => {
    await app().locator('#roles-scan').click();
    await app().getByText('不认识这个二维码').waitFor();
    expect(await page.evaluate(() => (window as unknown as { asked: string[] }).asked)).toContain('scan');
  });

  test('a share card that is tapped in the chat opens its page, which offers its own card to the menu', async () => {
    await page.evaluate(
      (windowId) =>
        (window as unknown as { say(event: object): void }).say({ name: 'open', path: `/entry/share/index?windowId=${windowId}` }),
      sampleId('window'),
    );
    await app().locator('[id^="share-enter-"]').first().waitFor();
    await page.waitForFunction(() => (window as unknown as { card?: { path: string } }).card?.path.startsWith('/entry/share/index'));
  });

  test("what a person's app keeps is kept under that person's key", async () => {
    const keys = await page.evaluate(() => Object.keys(localStorage));
    expect(keys.filter((key) => key.startsWith('kehou:'))).toContain('kehou:wang:session');
    expect(keys.filter((key) => key.startsWith('kehou:') && !key.startsWith('kehou:wang:'))).toEqual([]);
  });
});
