/** Classes that a family marks where places are drawn: wishes-to-be before the draw, a basket of what is left after it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { lotteryAnswers, offeringIds, receiptOf, winnersPart, wishingWindow } from './lottery-samples.ts';
import { onSamplePage } from './sample-page.ts';

import { type Answer, everybody } from './sample-server.ts';
import { sampleId, sampleOf } from './samples.ts';

const windowId = sampleId('window');
const [name] = everybody.children.map((child) => child.name);
const firstCome = { opensAt: '2026-12-07T12:00:00.000Z', closesAt: '2026-12-09T12:00:00.000Z' };
const window = { ...wishingWindow, lottery: { ...wishingWindow.lottery, firstCome } };
const when = {
  before: '2026-11-27T08:00:00.000Z',
  wishing: '2026-12-02T08:00:00.000Z',
  drawing: '2026-12-06T08:00:00.000Z',
  left: '2026-12-07T13:00:00.000Z',
  over: '2026-12-09T13:00:00.000Z',
};

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

/** A server that keeps what is marked and what is sent, of the first child. */
function school(over: object = window) {
  const state = { marked: [] as string[], sent: undefined as string[] | undefined };
  const choices = () => {
    if (!state.sent) return {};
    const kept = { pupilId: sampleId('pupil'), windowId, offeringIds: state.sent, together: [], at: when.wishing };
    return { choices: kept, receipt: { ...receiptOf(winnersPart), offeringIds: state.sent, at: when.wishing } };
  };
  const shortlist = () => ({ offeringIds: state.marked, allOrNothing: false });
  const page = lotteryAnswers('wishing')['GET /api/pupils/{pupilId}/windows/{windowId}/classes'] as Answer;
  const answers = lotteryAnswers('wishing', {
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': (asked) => ({
      body: { ...(page(asked).body as object), window: over, shortlist: shortlist() },
    }),
    'GET /api/windows/{windowId}/seats': () => ({ body: { seats: {}, asOf: when.before } }),
    'POST /api/pupils/{pupilId}/windows/{windowId}/shortlist': ({ body }) => {
      const { add, remove = [] } = body as { add?: string; remove?: string[] };
      state.marked = [...state.marked, ...(add ? [add] : [])].filter((one) => !remove.includes(one));
      return { body: shortlist() };
    },
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': ({ path }) => ({ body: path.includes(sampleId('pupil')) ? choices() : {} }),
    'PUT /api/pupils/{pupilId}/windows/{windowId}/choices': ({ body }) => {
      state.sent = (body as { offeringIds: string[] }).offeringIds;
      return { body: choices() };
    },
  });
  return { state, answers };
}

const at = (
  now: string,
  { answers }: Pick<ReturnType<typeof school>, 'answers'>,
  where: string,
  play: (page: Page, shot: (name: string) => Promise<void>) => Promise<void>,
  add = '',
) =>
  onSamplePage(
    browser,
    { where, query: where === 'parent/home' ? '' : `?windowId=${windowId}${add}`, answers, now, size: 'phone' },
    ({ page, shot }) => play(page, shot),
  );

const [pottery, robots, choir, go] = offeringIds as [string, string, string, string];
const wishes = (page: Page) => page.locator('#wishes-list .k-strong').allTextContents();

test.each([
  ['and what is left first come', window],
  ['alone', wishingWindow],
])('before a draw %s classes are marked for the wishes, which begin with them and say that nothing is sent', async (_, over) => {
  const family = school(over);
  await at(when.before, family, 'parent/classes', async (page, shot) => {
    const mark = page.locator(`#mark-${go}`);
    await mark.waitFor();
    expect(await mark.textContent()).toBe('先记下');
    await mark.click();
    await page.locator(`#mark-${choir}`).click();
    await page.locator('#marked', { hasText: `${name}先记下了 2 门` }).waitFor();
    expect(await page.locator('#marked').textContent()).toContain('抽签只看志愿');
    // The choir meets when the go does, and both may be wished for; no word of a basket that would be submitted at the opening.
    const words = (await page.textContent('body')) ?? '';
    expect(words).not.toContain('选课单');
    expect(words).not.toContain('一起提交');
    await shot('marks-before');
  });
  expect(family.state.marked).toEqual([go, choir]);
  await at(when.wishing, family, 'parent/classes', async (page, shot) => {
    await page.locator('#marked', { hasText: '排进志愿并提交才算' }).waitFor();
    expect(await page.locator('#to-basket').count()).toBe(0);
    await shot('marks-wishing');
    await page.click(`#wish-${pottery}`);
    await page.locator('#wishes-marked').waitFor();
    expect(page.url()).toContain(`parent/wishes/index?windowId=${windowId}&add=${pottery}`);
  });
  const tapped = async (page: Page, shot: (name: string) => Promise<void>) => {
    await page.locator('#wishes-marked').waitFor();
    expect(await wishes(page)).toEqual(['围棋', '合唱', '陶艺']);
    expect(family.state.sent).toBeUndefined();
    await shot('marks-wishes');
    await page.click(`#up-${pottery}`);
    await page.click(`#remove-${choir}`);
    expect(await wishes(page)).toEqual(['围棋', '陶艺']);
    await page.click('#wishes-submit');
    await page.locator('#receipt').waitFor();
    expect(family.state.sent).toEqual([go, pottery]);
    expect(await page.locator('#wishes-marked').count()).toBe(0);
    expect(await page.locator('#wishes-submit').isDisabled()).toBe(true);
  };
  await at(when.wishing, family, 'parent/wishes', tapped, `&add=${pottery}`);
  await at(when.wishing, family, 'parent/classes', async (page) => {
    await page.locator(`#wish-${choir}`).waitFor();
    expect(await page.locator('#marked').count()).toBe(0);
    await page.click(`#wish-${choir}`);
    // What was sent stands, and the class that was tapped stands behind it.
    await page.locator('#wish-3').waitFor();
    expect(await wishes(page)).toEqual(['围棋', '陶艺', '合唱']);
    await page.getByText('还没有提交').waitFor();
  });
});

test('what clashes with the child’s week is not offered as a wish, however it was marked', async () => {
  const family = school();
  family.state.marked = [robots, choir];
  await at(when.wishing, family, 'parent/wishes', async (page) => {
    await page.locator('#wishes-marked').waitFor();
    expect(await wishes(page)).toEqual(['合唱']);
  });
});

test('there is no basket to submit before the draw; after it there is one, of what is left', async () => {
  const family = school();
  family.state.marked = [choir];
  for (const now of [when.before, when.wishing]) {
    await at(now, family, 'parent/basket', async (page) => {
      await page.locator('#to-wishes').waitFor();
      expect(await page.locator('#basket-submit').count()).toBe(0);
    });
  }
  await at(when.drawing, family, 'parent/classes', async (page, shot) => {
    await page.locator('#listed', { hasText: `${name}的选课单 1 门` }).waitFor();
    expect(await page.locator(`#mark-${go}`).textContent()).toBe('加入选课单');
    await shot('marks-drawing');
  });
  await at(when.left, family, 'parent/classes', async (page, shot) => {
    await page.locator(`#take-${choir}`).waitFor();
    expect(await page.textContent('#app')).toContain('现在可以一起提交');
    await shot('marks-left');
    await page.click('#to-basket');
    await page.locator('#basket-submit:not([disabled])').waitFor();
  });
});

test('above the classes stands what there is to do at this hour, and no door to where one is', async () => {
  const doors = (page: Page) => page.locator('#lottery-banner button').allTextContents();
  const said: readonly (readonly [keyof typeof when, string, readonly string[]])[] = [
    ['before', '现在可以先记下', []],
    ['wishing', '把想上的班排进志愿', ['填志愿']],
    ['drawing', '明天 20:00 起先到先得', ['看抽签进度和结果']],
    ['left', '剩下的名额现在先到先得', ['看抽签进度和结果']],
    ['over', '选课已结束', ['看抽签进度和结果']],
  ];
  for (const [hour, words, buttons] of said) {
    await at(when[hour], school(), 'parent/classes', async (page, shot) => {
      await page.locator('#lottery-banner', { hasText: words }).waitFor();
      expect(await doors(page)).toEqual(buttons);
      if (hour !== 'wishing') expect(await page.textContent('#lottery-banner')).not.toContain('这次是抽签：把');
      await shot(`banner-${hour}`);
    });
  }
});

test('a line of a lottery follows the drawn order: neither the classes nor the shared card say who comes first', async () => {
  const lines = { ...window, waitingList: { offerMinutes: 120 } };
  const answers = { ...school(lines).answers, 'GET /api/windows/{windowId}': () => ({ body: { window: lines, children: [] } }) };
  for (const where of ['parent/classes', 'entry/share']) {
    await at(when.wishing, { answers }, where, async (page, shot) => {
      await page.locator('#waiting-rule', { hasText: '空出的名额按抽签的顺序给' }).waitFor();
      expect(await page.textContent('#waiting-rule')).not.toContain('先后');
      await shot(`rule-${where.replace('/', '-')}`);
    });
  }
});

test('whose child holds a place that it won reads that the draw is done; nobody reads that it goes on', async () => {
  const seat = { ...sampleOf(Enrolment, 0), windowId, drawn: true, status: 'held', holdUntil: '2026-12-07T12:00:00.000Z' };
  for (const [holds, words] of [
    [[seat], '抽签已完成'],
    [[], '志愿已截止'],
  ] as const) {
    const home = { windows: [window], holds, classes: [], today: [] };
    const answers = { ...school().answers, 'GET /api/pupils/{pupilId}/home': () => ({ body: home }) };
    await at(when.drawing, { answers }, 'parent/home', async (page, shot) => {
      await page.locator(`#window-${windowId}`, { hasText: words }).waitFor();
      expect(await page.textContent('#app')).not.toContain('正在抽签');
      await shot(`home-drawn-${holds.length}`);
    });
  }
});
