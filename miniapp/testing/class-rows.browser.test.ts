/** Rows of the class page on a narrow phone, with as much in them as there can be. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { classCards, lotteryAnswers, offeringIds, wishingWindow } from './lottery-samples.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId } from './samples.ts';

const { lottery: _, ...window } = wishingWindow;
const before = '2026-11-27T08:00:00.000Z';
const open = '2026-12-02T08:00:00.000Z';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

/** A class page with these classes, and with a class that the child has on Tuesday. */
function answersOf(classes: readonly object[]): Record<string, Answer> {
  const page = lotteryAnswers('wishing')['GET /api/pupils/{pupilId}/windows/{windowId}/classes'] as Answer;
  const busy = [{ weekday: 2, period: 1, offeringId: sampleId('offering', 9), courseName: '绘本与讲述', status: 'confirmed' }];
  return lotteryAnswers('wishing', {
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': (asked) => ({
      body: { ...(page(asked).body as object), window, classes, busy },
    }),
    'GET /api/windows/{windowId}/seats': () => ({ body: { seats: {}, asOf: before } }),
    'GET /api/pupils/{pupilId}/enrolments': () => ({ body: { items: [] } }),
    'GET /api/pupils/{pupilId}/waits': () => ({ body: { items: [] } }),
  });
}

test.each([
  ['zh', before],
  ['zh', open],
  ['en', before],
  ['en', open],
])(
  'with a clash, a long name and kept places a row stays readable: buttons in one line, rows of about one height (%s, %s)',
  async (language, now) => {
    const kept = [{ purpose: '校乐队队员', places: 2, left: 2 }];
    const classes = classCards.map((card, index) => ({ ...card, ...(index < 2 ? { reserved: kept } : {}) }));
    const where = { where: 'parent/classes', query: `?windowId=${sampleId('window')}`, size: 'phone' } as const;
    await onSamplePage(browser, { ...where, answers: answersOf(classes), now, english: language === 'en' }, async ({ page, shot }) => {
      const clashing = page.locator(`#row-${offeringIds[1]}`);
      await clashing.waitFor();
      expect(await clashing.textContent()).toContain('绘本与讲述');
      const heights = await page.locator('.p-class').evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
      expect(Math.max(...heights) - Math.min(...heights)).toBeLessThanOrEqual(20);
      const buttons = await page
        .locator('.p-class__foot .k-button')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
      expect(buttons.length).toBeGreaterThan(2);
      expect(Math.max(...buttons)).toBeLessThanOrEqual(48);
      // Nothing sticks out of its row.
      const out = await page.locator('.p-class').evaluateAll((rows) => rows.filter((row) => row.scrollWidth > row.clientWidth).length);
      expect(out).toBe(0);
      await shot(`rows-${now === open ? 'open' : 'before'}`);
    });
  },
);

test('places that are kept are told in the row, as many as are still kept', async () => {
  const reserved = [
    [{ purpose: '校乐队队员', places: 3, left: 2 }],
    [
      { purpose: '校乐队队员', places: 3, left: 2 },
      { purpose: '随迁子女', places: 1, left: 1 },
    ],
    [{ purpose: '校乐队队员', places: 2, left: 0 }],
  ];
  const classes = classCards.map((card, index) => ({ ...card, ...(reserved[index] ? { reserved: reserved[index] } : {}) }));
  const where = { where: 'parent/classes', query: `?windowId=${sampleId('window')}`, size: 'phone' } as const;
  await onSamplePage(browser, { ...where, answers: answersOf(classes), now: open }, async ({ page }) => {
    const row = (index: number) => page.locator(`#row-${offeringIds[index]}`);
    await row(0).waitFor();
    expect(await row(0).textContent()).toContain('另留 2 个给校乐队队员');
    expect(await row(1).textContent()).toContain('另留 3 个给校乐队队员等');
    expect(await row(2).textContent()).not.toContain('另留');
    expect(await row(3).textContent()).not.toContain('另留');
  });
});
