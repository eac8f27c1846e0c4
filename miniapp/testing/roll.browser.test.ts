/** A pupil's place is cancelled while the teacher calls the roll: nobody is stuck, and what was tapped for the others stays. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId } from './samples.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const now = '2026-12-02T08:00:00.000Z';
const pupils = ['陈思源', '林晓雨', '王一诺'].map((name, index) => ({
  pupilId: sampleId('pupil', index),
  name,
  className: '2班',
  presence: 'present',
  commented: false,
  corrections: [],
}));
const ids = { sessionId: sampleId('session'), offeringId: sampleId('offering') };
const roll = (entries: typeof pupils, more: object = {}) => ({
  record: {
    ...ids,
    schoolId: sampleId('organisation'),
    instructorId: sampleId('instructor'),
    date: '2026-12-02',
    due: entries.length,
    present: entries.length,
    absent: 0,
    onLeave: 0,
    ...more,
  },
  entries,
});

test('who left the class goes from the roll with a word, the marks of the others stay, and it can be sent', async () => {
  let there = pupils;
  const sent: unknown[] = [];
  const answers: Record<string, Answer> = {
    'GET /api/teacher/sessions': () => ({ body: { items: [] } }),
    'GET /api/teacher/sessions/{sessionId}/roll': () => ({ body: roll(there) }),
    'PUT /api/teacher/sessions/{sessionId}/roll': ({ body }) => {
      const { entries } = body as { entries: { pupilId: string; presence: string }[] };
      sent.push(entries.map(({ pupilId, presence }) => [pupilId, presence]));
      const isWhole = entries.every(({ pupilId }) => there.some((one) => one.pupilId === pupilId));
      if (!isWhole) return { status: 409, body: { code: 'attendance.not_on_roll', message: '', requestId: 'sample' } };
      return { body: roll(there, { rollCalledAt: now }) };
    },
  };
  const [first, second, third] = pupils.map(({ pupilId }) => pupilId);
  const query = `?offeringId=${ids.offeringId}&sessionId=${ids.sessionId}&date=2026-12-02`;
  await onSamplePage(browser, { where: 'teacher/roll', query, answers, size: 'phone', now, expected: /409/ }, async ({ page, shot }) => {
    await page.click(`#pupil-${first}`);
    await page.click(`#pupil-${third}`);
    there = pupils.slice(1);
    await page.click('#roll-submit');
    await page.waitForSelector('#roll-left');
    expect(await page.textContent('#roll-left')).toContain('陈思源刚刚退出了这个班');
    expect(await page.locator(`#pupil-${first}`).count()).toBe(0);
    expect(await page.textContent('#roll-due')).toBe('2');
    expect(await page.textContent('#roll-absent')).toBe('1');
    await shot('roll-left');
    await page.click('#roll-submit');
    await page.waitForFunction(() => location.hash.includes('teacher/home'));
    expect(sent).toEqual([
      [
        [first, 'absent'],
        [second, 'present'],
        [third, 'absent'],
      ],
      [
        [second, 'present'],
        [third, 'absent'],
      ],
    ]);
  });
}, 60_000);
