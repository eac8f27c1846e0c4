/** A roster that would end links is shown with whose, and sent again as it is when that is agreed to. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId } from './samples.ts';

const sizes: readonly Size[] = ['phone', 'desk'];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const imported = {
  rosterImportId: sampleId('rosterImport'),
  kind: 'pupils',
  filename: '三年级.csv',
  rows: 42,
  applied: 42,
  added: 0,
  changed: 3,
  unchanged: 39,
  linksRemoved: 2,
  problems: [],
  problemCount: 0,
  startedAt: '2026-12-02T08:00:00.000Z',
};
const removals = [
  { line: 3, pupilName: '陈思源', guardianName: '陈建国', phone: '138****0002' },
  { line: 17, pupilName: '林晓雨', phone: '139****0415' },
];

test.each(sizes)(
  'whose links a roster ends is shown before it is imported, and agreeing sends the same file again (%s)',
  async (size) => {
    const sent: { linksRemoved?: number; rosterImportId: string; contentBase64: string }[] = [];
    const answers: Record<string, Answer> = {
      'GET /api/schools/{schoolId}/roster-imports': () => ({ body: { items: [] } }),
      'POST /api/schools/{schoolId}/roster-imports': ({ body }) => {
        const asked = body as (typeof sent)[number];
        sent.push(asked);
        const { rosterImportId, linksRemoved = 0 } = asked;
        if (linksRemoved < 2) return { body: { ...imported, rosterImportId, status: 'unconfirmed', applied: 0, changed: 0, removals } };
        return { body: { ...imported, rosterImportId, status: 'done' } };
      },
      'GET /api/schools/{schoolId}/roster-imports/{rosterImportId}': ({ path }) => ({
        body: { ...imported, rosterImportId: path.split('/').at(-1), status: 'done' },
      }),
    };
    const now = '2026-12-02T08:00:00.000Z';
    await onSamplePage(browser, { where: 'school/rosters', query: '?tab=import', answers, size, now }, async ({ page, shot }) => {
      expect(await page.textContent('#import-guardians')).toContain('家长手机都留空，家长不变');
      const pick = async () => {
        const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#import-pick')]);
        await chooser.setFiles({ name: '三年级.csv', mimeType: 'text/csv', buffer: Buffer.from('学号,姓名,年级,班级,家长手机1') });
        await page.waitForSelector('#import-unconfirmed');
      };
      await pick();
      expect(await page.textContent('#import-unconfirmed')).toContain('还没有导入');
      for (const words of ['陈建国', '林晓雨', '139****0415']) expect(await page.textContent('#import-unconfirmed')).toContain(words);
      await page.locator('#import-agree').scrollIntoViewIfNeeded();
      await shot('roster-unconfirmed');
      await page.click('#import-leave');
      await page.locator('#import-unconfirmed').waitFor({ state: 'detached' });
      expect(sent).toHaveLength(1);
      await pick();
      await page.click('#import-agree');
      await page.waitForSelector('#import-result >> text=解除绑定');
      await shot('roster-done');
      const [one, , agreed] = sent;
      expect(sent.map(({ linksRemoved }) => linksRemoved)).toEqual([undefined, undefined, 2]);
      expect(agreed).toMatchObject({ rosterImportId: one?.rosterImportId, contentBase64: one?.contentBase64 });
    });
  },
  60_000,
);
