import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultSettings } from '@kehou/shared/school/settings';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import { classCards, offeringIds, wishingWindow } from './lottery-samples.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId } from './samples.ts';

const sizes: readonly Size[] = ['phone', 'desk'];
const OPENS_MS = Date.parse('2026-12-02T12:00:00.000Z');
const at = (ms: number) => new Date(ms).toISOString();

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const { lottery: _, ...plain } = wishingWindow;
const staggered = {
  ...plain,
  opensAt: at(OPENS_MS - 1_800_000),
  closesAt: at(OPENS_MS + 7_200_000),
  status: 'open',
  gradeOpenings: [{ grades: [3, 4], opensAt: at(OPENS_MS) }],
  admission: { spreadSeconds: 32, families: 1600 },
};

/** The class page of a server whose clock begins so many seconds before the child's opening; `down`: it answers 503. */
function evening(beforeMs: number, turnMs: number) {
  const startedMs = Date.now();
  const nowMs = () => OPENS_MS - beforeMs + Date.now() - startedMs;
  const state = { down: false, gone: false, asked: 0, sent: [] as unknown[] };
  const missing = { status: 404, body: { code: 'request.not_found', message: '', requestId: 'sample' } };
  const busy = { status: 503, body: { code: 'request.busy', message: '', requestId: 'sample' } };
  const turn = { token: 'the-token', admitAt: at(OPENS_MS + turnMs), place: 312, families: 1600 };
  const answers: Record<string, Answer> = {
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': () => {
      state.asked++;
      if (state.down) return busy;
      if (state.gone) return missing;
      const body = { window: staggered, classes: classCards, busy: [], periods: defaultSettings.periods, seatsAsOf: at(nowMs()), turn };
      return { body };
    },
    'GET /api/windows/{windowId}/seats': () => {
      state.asked++;
      return state.down ? busy : state.gone ? missing : { body: { seats: {}, asOf: at(nowMs()) } };
    },
    'GET /api/pupils/{pupilId}/enrolments': () => ({ body: { items: [] } }),
    'GET /api/pupils/{pupilId}/waits': () => ({ body: { items: [] } }),
    'POST /api/pupils/{pupilId}/enrolments': ({ body }) => {
      state.sent.push(body);
      return { status: 409, body: { code: 'selection.full', message: '', requestId: 'sample' } };
    },
  };
  return { answers, state, now: () => at(nowMs()) };
}

/** `parent/classes`, if nothing else is said. */
const on = (
  { answers, now }: Pick<ReturnType<typeof evening>, 'answers' | 'now'>,
  size: Size,
  play: (page: Page, shot: (name: string) => Promise<void>) => Promise<void>,
  where = 'parent/classes',
) => {
  const query = `?windowId=${sampleId('window')}`;
  return onSamplePage(browser, { where, query, answers, size, now, expected: /404|409|503/ }, ({ page, shot }) => play(page, shot));
};

test.each(sizes)('a family sees its place and its turn, the same after a reload, and the seats open by themselves (%s)', async (size) => {
  const rush = evening(2_000, 20_000);
  await on(rush, size, async (page, shot) => {
    await page.waitForSelector('#waiting-room');
    expect(await page.textContent('#waiting-place')).toContain('约第 312 位，最多 1,600 个孩子');
    expect(await page.textContent('#waiting-room')).toContain('刷新不会变快也不会变慢');
    // Nothing can be taken yet; the time can be used to mark what is wanted.
    expect(await page.textContent(`#row-${offeringIds[0]}`)).toContain('加入选课单');
    await shot('waiting-room');
    await page.reload();
    await page.waitForSelector('#waiting-room');
    expect(await page.textContent('#waiting-place')).toContain('约第 312 位');
    expect(await page.$(`#take-${offeringIds[0]}`)).toBeNull();
    await page.waitForSelector(`#take-${offeringIds[0]}`, { timeout: 60_000 });
    await page.waitForSelector('#your-turn');
    await page.waitForSelector('#waiting-room', { state: 'detached' });
    expect(Date.parse(rush.now())).toBeGreaterThanOrEqual(OPENS_MS + 19_500);
    await shot('your-turn');
    await page.click(`#take-${offeringIds[0]}`);
    await page.waitForSelector('dialog[open]');
    expect(rush.state.sent).toMatchObject([{ turn: 'the-token' }]);
  });
});

test.each(sizes)(
  'while the server does not answer the page says what it knows and how old it is, and tries by itself (%s)',
  async (size) => {
    const rush = evening(600_000, 30_000);
    rush.state.down = true;
    await on(rush, size, async (page, shot) => {
      await page.waitForSelector('#out-of-reach');
      expect(await page.textContent('#out-of-reach')).toContain('排队的次序不会变');
      await shot('out-of-reach-nothing');
      rush.state.down = false;
      // By itself, without a tap.
      await page.waitForSelector('#waiting-room', { timeout: 60_000 });
      await page.waitForSelector('#out-of-reach', { state: 'detached' });
      rush.state.down = true;
      await page.waitForSelector('#out-of-reach', { timeout: 60_000 });
      expect(await page.textContent('#out-of-reach')).toMatch(/下面是 \d+ 秒前看到的班和余位/);
      expect(await page.textContent('#waiting-place')).toContain('约第 312 位');
      await shot('out-of-reach-known');
      rush.state.down = false;
      const before = rush.state.asked;
      await page.click('#try-now');
      await page.waitForSelector('#out-of-reach', { state: 'detached' });
      expect(rush.state.asked).toBeGreaterThan(before);
    });
  },
);

test('a selection that is withdrawn while it is looked at is said to be withdrawn, not out of reach', async () => {
  for (const where of ['parent/classes', 'parent/basket']) {
    const rush = evening(600_000, 30_000);
    const shortlist = { offeringIds: [offeringIds[0]], allOrNothing: false };
    const pageOf = rush.answers['GET /api/pupils/{pupilId}/windows/{windowId}/classes'] as Answer;
    const answers: typeof rush.answers = {
      ...rush.answers,
      'GET /api/pupils/{pupilId}/windows/{windowId}/classes': (asked) => {
        const { status = 200, body } = pageOf(asked);
        return { status, body: status === 200 ? { ...(body as object), shortlist } : body };
      },
    };
    const play = async (page: Page, shot: (name: string) => Promise<void>) => {
      await page.waitForSelector(where === 'parent/classes' ? '#listed' : '#basket-submit');
      rush.state.gone = true;
      await page.waitForSelector('text=学校撤回了这次选课', { timeout: 20_000 });
      expect(await page.$('#out-of-reach')).toBeNull();
      // Neither a countdown to an opening that will not come, nor a bar that leads into it.
      expect(await page.$('.k-bar')).toBeNull();
      expect(await page.textContent('#app')).not.toMatch(/\d\d:\d\d:\d\d/);
      await shot(`withdrawn-${where.slice(7)}`);
      const { asked } = rush.state;
      // The seats were asked for every 4 s: nothing is any more.
      await page.waitForTimeout(5_000);
      expect(rush.state.asked).toBe(asked);
      await page.click('#gone-home');
      await page.waitForURL(/parent\/home/);
    };
    await on({ ...rush, answers }, 'phone', play, where);
    // Who comes later never saw it.
    await on(rush, 'phone', (page) => page.waitForSelector('text=没有找到这次选课').then(() => undefined), where);
  }
});
