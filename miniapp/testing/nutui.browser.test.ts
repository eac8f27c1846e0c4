/**
 * What NutUI draws, in the browser's bundle (`npm run build:h5 -w miniapp` first): it comes as plain views, so that keyboards and
 * screen readers know of it only what our components add; and its own colours must not show.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { dark, light } from '../src/theme/tokens.ts';
import { launchBrowser, newContext } from './browser.ts';
import { builtFolder } from './dist.ts';
import { contract, everybody, everyQuery, type SampleServer, startSampleServer } from './sample-server.ts';

const session = { token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody };

let browser: Browser;
let server: SampleServer;
beforeAll(async () => {
  server = await startSampleServer(await contract(), { seed: 0, pages: builtFolder('h5') });
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function signedIn(size: 'phone' | 'desk', inTheDark = false): Promise<BrowserContext> {
  const context = await newContext(browser, { size, dark: inTheDark });
  await context.addInitScript((text) => sessionStorage.setItem('kehou:session', text), JSON.stringify(session));
  return context;
}

async function open(context: BrowserContext, name: string, query = everyQuery): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.baseUrl}/#/${name}/index?${query}`);
  await page.waitForFunction(() => document.querySelector('.k-root') !== null && document.querySelector('.k-skeleton') === null);
  return page;
}

const hasFocus = (where: Locator) => where.evaluate((element) => element.contains(document.activeElement));

describe('by keyboard', () => {
  let context: BrowserContext;
  beforeAll(async () => {
    context = await signedIn('phone');
  });
  afterAll(() => context?.close());

  test('a tab says that it is chosen, and Enter opens another', async () => {
    const page = await open(context, 'parent/home', '');
    const tabs = page.locator('[role="tablist"] > * [id^="tab-parent-"]');
    await tabs.first().waitFor();
    expect(await tabs.count()).toBeGreaterThan(2);
    expect(await tabs.evaluateAll((all) => all.map((one) => [one.getAttribute('aria-selected'), (one as HTMLElement).tabIndex]))).toEqual(
      Array.from({ length: await tabs.count() }, (_, index) => [String(index === 0), 0]),
    );
    const height = (await tabs.first().boundingBox())?.height ?? 0;
    expect(height).toBeGreaterThanOrEqual(44);
    await page.locator('#tab-parent-week').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('parent/week'));
    await page.close();
  });

  test('a chip is a box to tick: Space turns it, a tap turns it back', async () => {
    const page = await open(context, 'school/qr');
    const chip = page.locator('[id^="qr-places-"]').first();
    await chip.waitFor();
    const ticked = () => chip.getAttribute('aria-checked');
    const at = await ticked();
    const other = at === 'true' ? 'false' : 'true';
    expect([await chip.getAttribute('role'), at === 'true' || at === 'false']).toEqual(['checkbox', true]);
    await chip.focus();
    await page.keyboard.press('Space');
    expect(await ticked()).toBe(other);
    await chip.click();
    expect(await ticked()).toBe(at);
    await page.close();
  });

  test.each(['phone', 'desk'] as const)('a sheet on a %s takes the focus, keeps it, and gives it back on Escape', async (size) => {
    const own = await signedIn(size);
    const page = await open(own, size === 'phone' ? 'parent/classes' : 'school/calendar');
    const opener = size === 'phone' ? page.locator('[id^="details-"]').first() : page.locator('#term-add');
    await opener.focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog');
    await sheet.waitFor();
    await page.waitForFunction(() => document.querySelector('[role="dialog"]')?.contains(document.activeElement));
    for (let stop = 0; stop < 25; stop++) {
      await page.keyboard.press('Tab');
      expect(await hasFocus(sheet)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await hasFocus(opener)).toBe(true);
    expect(await page.evaluate(() => document.body.classList.contains('nut-overflow-hidden'))).toBe(false);
    await own.close();
  });
});

const pages = [
  'parent/home',
  'parent/classes',
  'parent/pay',
  'parent/order',
  'parent/refund',
  'teacher/home',
  'school/home',
  'school/window',
];

describe.each([
  ['light', light, false],
  ['dark', dark, true],
] as const)('in the %s scheme', (_, colours, inTheDark) => {
  test("every colour of NutUI's elements is one of ours", async () => {
    const context = await signedIn('phone', inTheDark);
    const strange: unknown[] = [];
    let seen = 0;
    for (const name of pages) {
      const page = await open(context, name);
      const found = await page.evaluate((ours: readonly string[]) => {
        const probe = document.body.appendChild(document.createElement('i'));
        const known = new Set(['rgba(0, 0, 0, 0)']);
        for (const colour of ours) {
          probe.style.color = colour;
          known.add(getComputedStyle(probe).color);
        }
        probe.remove();
        const elements = [...document.querySelectorAll('[class*="nut-"]')];
        const odd = elements.flatMap((element) =>
          [element, '::before', '::after'].flatMap((part) => {
            const style = typeof part === 'string' ? getComputedStyle(element, part) : getComputedStyle(element);
            if (typeof part === 'string' && style.content === 'none') return [];
            const border = ['Top', 'Right', 'Bottom', 'Left']
              .filter((side) => Number.parseFloat(style.getPropertyValue(`border-${side.toLowerCase()}-width`)) > 0)
              .map((side) => style.getPropertyValue(`border-${side.toLowerCase()}-color`));
            const shown = [style.color, style.backgroundColor, ...border, ...(style.boxShadow.match(/rgba?\([^)]*\)/g) ?? [])];
            return shown.filter((colour) => !known.has(colour)).map((colour) => `${colour} on ${element.className}`);
          }),
        );
        return { count: elements.length, odd: [...new Set(odd)] };
      }, Object.values(colours));
      seen += found.count;
      if (found.odd.length > 0) strange.push({ name, odd: found.odd });
      await page.close();
    }
    await context.close();
    expect(strange).toEqual([]);
    expect(seen).toBeGreaterThan(50);
  });
});
