import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Offering } from '@kehou/shared/offering/offering';
import { defaultSettings } from '@kehou/shared/school/settings';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId, sampleOf } from './samples.ts';

const now = '2026-12-02T08:00:00.000Z';
const sizes: readonly Size[] = ['phone', 'desk'];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const on = (
  where: string,
  answers: Record<string, Answer>,
  size: Size,
  play: (page: Page, shot: (name: string) => Promise<void>) => Promise<void>,
) => onSamplePage(browser, { where, answers, size, now, expected: /409/ }, ({ page, shot }) => play(page, shot));

const refused = (code: string, details: object) => ({
  status: 409,
  body: { code, message: code, requestId: 'req', details },
});

test.each(sizes)('what was written stays where somebody else was quicker, and what it says now stands beside it (%s)', async (size) => {
  let kept = { ...defaultSettings, version: 1 };
  const sent: { version: number; lateAfterMinutes: number }[] = [];
  const answers: Record<string, Answer> = {
    'GET /api/schools/{schoolId}/settings': () => ({ body: kept }),
    'PUT /api/schools/{schoolId}/settings': ({ body }) => {
      const asked = body as typeof kept;
      sent.push(asked);
      if (asked.version !== kept.version) return refused('school.changed_meanwhile', { version: kept.version });
      kept = { ...asked, version: asked.version + 1 };
      return { body: kept };
    },
  };
  await on('school/settings', answers, size, async (page, shot) => {
    await page.waitForSelector('#settings-lateAfterMinutes');
    await page.fill('#settings-lateAfterMinutes', '12');
    kept = { ...kept, version: 2, signInOpensMinutes: 45 };
    await page.click('#settings-save');
    await page.waitForSelector('#newer');
    expect(await page.inputValue('#settings-lateAfterMinutes')).toBe('12');
    expect(await page.textContent('#newer')).toContain('45');
    await shot('settings-newer');
    await page.click('#newer-keep');
    await page.waitForSelector('#newer', { state: 'detached' });
    await page.click('#settings-save');
    await page.waitForFunction(() => document.body.textContent?.includes('已保存'));
    expect(sent.map(({ version, lateAfterMinutes }) => [version, lateAfterMinutes])).toEqual([
      [1, 12],
      [2, 12],
    ]);
  });
});

test.each(sizes)('hours that would make classes clash are refused with the classes and days (%s)', async (size) => {
  const clash = {
    why: 'instructor',
    offeringId: sampleId('offering'),
    courseName: '创意机器人',
    instructorName: '陈思远',
    with: { schoolName: '湖坊小学', courseName: '合唱' },
    startsAt: '17:00',
    endsAt: '17:25',
    dates: ['2026-12-09', '2026-12-16'],
  };
  const answers: Record<string, Answer> = {
    'GET /api/schools/{schoolId}/settings': () => ({ body: { ...defaultSettings, version: 1 } }),
    'PUT /api/schools/{schoolId}/settings': () => refused('school.classes_clash', { clashCount: 3, clashes: [clash] }),
  };
  await on('school/calendar', answers, size, async (page, shot) => {
    await page.click('text=节次');
    await page.waitForSelector('#periods-save');
    await page.click('#periods-save');
    const words = await page.textContent('#form-failure');
    for (const part of ['创意机器人', '陈思远', '湖坊小学 合唱', '17:00–17:25', '还有 2 个班']) expect(words).toContain(part);
    await shot('periods-clash');
  });
});

const offeringOf = (over: object) =>
  Offering.parse({ ...sampleOf(Offering, 0), courseName: '创意机器人', windowId: undefined, flag: undefined, version: 1, ...over });

async function openClass(page: Page) {
  await page.click('text=创意机器人');
  await page.waitForSelector('#class-drawer');
}

test.each(sizes)('a draft is removed after it was asked for (%s)', async (size) => {
  let isThere = true;
  const answers: Record<string, Answer> = {
    'GET /api/schools/{schoolId}/terms/{termId}/offerings': () => ({ body: { items: isThere ? [offeringOf({ status: 'draft' })] : [] } }),
    'DELETE /api/schools/{schoolId}/offerings/{offeringId}': () => {
      isThere = false;
      return { body: { offeringId: sampleId('offering') } };
    },
  };
  await on('school/classes', answers, size, async (page, shot) => {
    await openClass(page);
    await shot('class-draft');
    await page.click('#class-remove');
    await page.click('dialog[open] >> text=删除 >> nth=-1');
    await page.waitForSelector('#class-drawer', { state: 'detached' });
    expect(isThere).toBe(false);
  });
});

test.each(sizes)(
  'a class that runs is called off once its sum was shown, and the sum that was shown is what is sent (%s)',
  async (size) => {
    let pupils = 18;
    const sent: unknown[] = [];
    const offeringId = sampleId('offering');
    const answers: Record<string, Answer> = {
      'GET /api/schools/{schoolId}/terms/{termId}/offerings': () => ({ body: { items: [offeringOf({ status: 'running' })] } }),
      'GET /api/schools/{schoolId}/offerings/{offeringId}/calling-off': () => ({
        body: { offeringId, pupils, totalFen: pupils * 15_000, sessionsHeld: 3, sessionsLeft: 5 },
      }),
      'POST /api/schools/{schoolId}/offerings/{offeringId}/calling-off': ({ body }) => {
        sent.push(body);
        if (sent.length === 1) {
          pupils = 17;
          return refused('refund.quote_changed', { pupils, totalFen: pupils * 15_000 });
        }
        return { body: { offeringId, calledOffAt: now } };
      },
    };
    await on('school/classes', answers, size, async (page, shot) => {
      await openClass(page);
      await page.click('#class-call-off');
      await page.waitForSelector('text=¥2,700.00');
      await page.fill('#call-off-reason', '教师离职');
      await shot('class-call-off');
      for (const sum of ['¥2,700.00', '¥2,550.00']) {
        await page.waitForSelector(`#call-off >> text=${sum}`);
        await page.click('#call-off-confirm');
        await page.click('dialog[open] >> text=确定停办 >> nth=-1');
      }
      await page.waitForSelector('#call-off', { state: 'detached' });
      expect(sent).toMatchObject([
        { pupils: 18, totalFen: 270_000, reason: '教师离职' },
        { pupils: 17, totalFen: 255_000, reason: '教师离职' },
      ]);
    });
  },
);
