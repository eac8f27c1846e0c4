import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import { freeClass, offeringIds, wishingWindow } from './lottery-samples.ts';
import { onSamplePage } from './sample-page.ts';
import { type Answer, everybody } from './sample-server.ts';
import { sampleId } from './samples.ts';

const sizes: readonly Size[] = ['phone', 'desk'];
const now = '2026-12-02T08:00:00.000Z';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const { lottery: _, ...plain } = wishingWindow;
/** Opens at 20:00; grade 3 at 20:30. */
const window = {
  ...plain,
  opensAt: '2026-12-02T12:00:00.000Z',
  closesAt: '2026-12-04T12:00:00.000Z',
  status: 'published',
  gradeOpenings: [{ grades: [3, 4], opensAt: '2026-12-02T12:30:00.000Z' }],
  admission: { spreadSeconds: 32, families: 1600 },
};
const schoolWindow = { ...window, status: 'draft', gradeOpenings: undefined, admission: undefined, offeringIds };

const on = (
  where: string,
  answers: Record<string, Answer>,
  size: Size,
  play: (page: Page, shot: (name: string) => Promise<void>) => Promise<void>,
  query = `?windowId=${sampleId('window')}`,
) => onSamplePage(browser, { where, query, answers, size, now }, ({ page, shot }) => play(page, shot));

test.each(sizes)('a school lets grades begin later, is told what does not fit, and reads it on the window (%s)', async (size) => {
  let kept: object = schoolWindow;
  const sent: unknown[] = [];
  const answers: Record<string, Answer> = {
    'GET /api/schools/{schoolId}/windows': () => ({ body: { items: [kept] } }),
    'GET /api/schools/{schoolId}/terms/{termId}/offerings': () => ({ body: { items: [freeClass] } }),
    'PUT /api/schools/{schoolId}/windows/{windowId}': ({ body }) => {
      sent.push(body);
      const { gradeOpenings } = body as { gradeOpenings: unknown };
      kept = { ...schoolWindow, gradeOpenings };
      return { body: kept };
    },
  };
  await on('school/window', answers, size, async (page, shot) => {
    await page.click('#window-edit');
    await page.click('#opening-add');
    await page.fill('#opening-0-time', '19:00');
    await page.click('#window-save');
    await page.waitForSelector('text=至少选一个年级');
    await page.waitForSelector('text=要在选课开始和截止之间');
    await page.click('#opening-0-grades-4');
    await page.click('#opening-0-grades-3');
    await page.fill('#opening-0-time', '20:30');
    await page.locator('#opening-0-time').scrollIntoViewIfNeeded();
    await shot('openings-form');
    await page.click('#window-save');
    await page.locator('#window-form').waitFor({ state: 'detached' });
    expect(sent).toMatchObject([{ gradeOpenings: [{ grades: [3, 4], opensAt: '2026-12-02T12:30:00.000Z' }] }]);
    await page.waitForSelector('#window-openings');
    expect(await page.textContent('#window-openings')).toBe('3、4 年级 今天 20:30 开始');
    await shot('openings-window');
  });
});

test.each(sizes)('a family reads the time of its own child at home and behind the card (%s)', async (size) => {
  const home = { windows: [window], holds: [], classes: [], today: [] };
  const [child] = everybody.children;
  const answers: Record<string, Answer> = {
    'GET /api/pupils/{pupilId}/home': () => ({ body: home }),
    'GET /api/pupils/{pupilId}/waits': () => ({ body: { items: [] } }),
    'GET /api/pupils/{pupilId}/enrolments': () => ({ body: { items: [] } }),
    'GET /api/windows/{windowId}': () => ({ body: { window, children: [child] } }),
  };
  await on('entry/share', answers, size, async (page, shot) => {
    await page.waitForSelector('#share-opens');
    expect(await page.textContent('#share-opens')).toContain('20:30');
    expect(await page.textContent('#window-mode')).toContain('3、4 年级 今天 20:30 开始');
    expect(await page.textContent('#window-mode')).toContain('32 秒内按随机次序放行');
    await shot('openings-share');
  });
  await on(
    'parent/home',
    answers,
    size,
    async (page, shot) => {
      await page.waitForSelector(`#window-${window.windowId}`);
      expect(await page.textContent(`#window-${window.windowId}`)).toContain('今天 20:30');
      await shot('openings-home');
    },
    '',
  );
});
