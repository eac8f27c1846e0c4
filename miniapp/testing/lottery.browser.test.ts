import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Receipt } from '@kehou/shared/selection/lottery';
import type { Browser } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import {
  type classCards,
  drawnWindow,
  fixedDraw,
  freeClass,
  lotteryAnswers,
  lotteryNow,
  offeringIds,
  receiptOf,
  schoolWindow,
  winnersPart,
  wishingWindow,
} from './lottery-samples.ts';
import { onSamplePage, type SamplePage, type SamplePageOptions } from './sample-page.ts';
import { type Answer, everybody } from './sample-server.ts';
import { sampleId } from './samples.ts';

const windowId = sampleId('window');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const on = (
  where: string,
  answers: Record<string, Answer>,
  size: Size,
  play: (opened: SamplePage) => Promise<void>,
  more: Pick<SamplePageOptions, 'english' | 'expected' | 'query'> = {},
) => onSamplePage(browser, { where, query: `?windowId=${windowId}`, answers, size, now: lotteryNow, ...more }, play);

test('wishes are added in order, moved by keyboard, removed, sent, and the receipt says so in words', async () => {
  let sent: { offeringIds: string[]; together: string[] } | undefined;
  let kept: object = {};
  const answers = lotteryAnswers('wishing', {
    'PUT /api/pupils/{pupilId}/windows/{windowId}/choices': ({ body }) => {
      sent = body as NonNullable<typeof sent>;
      const receipt = { ...receiptOf(winnersPart), offeringIds: sent.offeringIds, at: lotteryNow };
      kept = { choices: { ...sent, pupilId: sampleId('pupil'), windowId, at: lotteryNow }, receipt };
      return { body: kept };
    },
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': ({ path: asked }) => ({
      body: asked.includes(sampleId('pupil')) ? kept : {},
    }),
  });
  await on('parent/wishes', answers, 'phone', async ({ page, shot }) => {
    await page.waitForSelector('#wishes-how');
    // A class at an hour that the child's week holds already cannot be added; one for other grades is not offered.
    expect(await page.locator(`#add-${offeringIds[1]}`).isDisabled()).toBe(true);
    expect(await page.locator(`#add-${offeringIds[4]}`).count()).toBe(0);
    await page.click(`#add-${offeringIds[0]}`);
    await page.click(`#add-${offeringIds[2]}`);
    await page.click(`#add-${offeringIds[3]}`);
    const list = () => page.locator('#wishes-list .k-strong').allTextContents();
    expect(await list()).toEqual(['陶艺', '合唱', '围棋']);
    await page.locator(`#up-${offeringIds[3]}`).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await list()).toEqual(['围棋', '陶艺', '合唱']);
    await page.click(`#down-${offeringIds[3]}`);
    await page.click(`#remove-${offeringIds[0]}`);
    expect(await list()).toEqual(['围棋', '合唱']);
    await page.click(`#together-${sampleId('pupil', 1)}`);
    await page.getByText('的志愿单还没有选').waitFor();
    const size = await page.locator(`#up-${offeringIds[2]}`).boundingBox();
    expect([size?.width, size?.height].every((side) => (side ?? 0) >= 44)).toBe(true);
    await shot('wishes');
    await page.click('#wishes-submit');
    await page.getByText('收到陈思源的 2 个志愿：围棋 → 合唱').waitFor();
    expect(sent).toMatchObject({ offeringIds: [offeringIds[3], offeringIds[2]], together: [sampleId('pupil', 1)] });
    // Nothing is left to send.
    expect(await page.locator('#wishes-submit').isDisabled()).toBe(true);
    expect(await page.locator('#receipt-signature').count()).toBe(0);
    await page.click('#receipt-proof');
    await page.locator('#receipt-signature').waitFor();
    await shot('wishes-sent');
    // What is copied is what `verify-draw --receipt` reads.
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('#receipt-copy');
    await page.getByText('已复制').waitFor();
    const copied = Receipt.parse(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())));
    expect(copied).toMatchObject({ offeringIds: [offeringIds[3], offeringIds[2]] });
  });
});

test('who removes every wish that was sent may withdraw, is asked first, and reads on the receipt that the child is not drawn', async () => {
  const asked: unknown[] = [];
  const receipt = receiptOf(winnersPart);
  const choices = { pupilId: sampleId('pupil'), windowId, offeringIds: [offeringIds[0]], together: [], at: receipt.at };
  let kept: object = { choices, receipt: { ...receipt, offeringIds: choices.offeringIds } };
  const answers = lotteryAnswers('wishing', {
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': () => ({ body: kept }),
    'PUT /api/pupils/{pupilId}/windows/{windowId}/choices': ({ body }) => {
      asked.push(body);
      kept = { choices: { ...choices, offeringIds: [], at: lotteryNow }, receipt: { ...receipt, offeringIds: [], at: lotteryNow } };
      return { body: kept };
    },
  });
  await on('parent/wishes', answers, 'phone', async ({ page, shot }) => {
    await page.click(`#remove-${offeringIds[0]}`);
    expect(await page.locator('#wishes-submit').textContent()).toContain('撤回志愿');
    await page.click('#wishes-submit');
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('撤回后不参加抽签').waitFor();
    await shot('wishes-withdraw');
    expect(asked).toEqual([]);
    await dialog.getByText('撤回志愿', { exact: true }).click();
    await page.locator('#receipt').getByText('不参加抽签').waitFor();
    expect(asked).toMatchObject([{ offeringIds: [] }]);
    // Nothing is left to withdraw; there is something to add.
    expect(await page.locator('#wishes-submit').isDisabled()).toBe(true);
    expect(await page.locator('#wishes-submit').textContent()).toContain('先加入一个班');
    await shot('wishes-withdrawn');
  });
  const part = { draw: winnersPart.draw, notListed: 'withdrawn', steps: [] };
  const late = { ...lotteryAnswers('won'), 'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body: part }) };
  await on('parent/draw', late, 'phone', async ({ page, shot }) => {
    await page.locator('#draw-no-entry').getByText('撤回了，没有参加这次抽签').waitFor();
    await shot('draw-withdrawn');
  });
});

test('a list that the other guardian sent meanwhile is shown beside one’s own, and overwritten only by who has seen it', async () => {
  type Sent = { offeringIds: string[]; replaces?: string };
  const asked: Sent[] = [];
  const answerOf = (ids: readonly (string | undefined)[], at: string) => ({
    choices: { pupilId: sampleId('pupil'), windowId, offeringIds: ids, together: [], at },
    receipt: { ...receiptOf(winnersPart), offeringIds: ids, at },
  });
  const first = answerOf([offeringIds[0]], '2026-12-02T07:00:00.000Z');
  const theirs = answerOf([offeringIds[2]], '2026-12-02T07:31:00.000Z');
  let kept = first;
  const answers = lotteryAnswers('wishing', {
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': () => ({ body: kept }),
    'PUT /api/pupils/{pupilId}/windows/{windowId}/choices': ({ body }) => {
      const sent = body as Sent;
      asked.push(sent);
      // The other guardian is there between the reading and the sending.
      if (asked.length === 1) kept = theirs;
      if (sent.replaces !== kept.choices.at)
        return { status: 409, body: { code: 'lottery.changed_meanwhile', message: '这份志愿刚刚有人改过', requestId: 'sample' } };
      kept = answerOf(sent.offeringIds, lotteryNow);
      return { body: kept };
    },
  });
  const begin = async (page: SamplePage['page']) => {
    await page.click(`#add-${offeringIds[3]}`);
    await page.click('#wishes-submit');
    await page.locator('dialog[open]').getByText('刚刚有人改过').waitFor();
    await page.locator('dialog[open] button').last().click();
    await page.locator('#wishes-overtaken').getByText('15:31').waitFor();
    expect(await page.locator('#wishes-theirs').textContent()).toBe('合唱');
    expect(await page.locator('#wishes-mine').textContent()).toBe('陶艺 → 围棋');
    expect(await page.locator('#wishes-submit').count()).toBe(0);
  };
  const more = { expected: /409/ };
  await on(
    'parent/wishes',
    answers,
    'phone',
    async ({ page, shot }) => {
      await begin(page);
      await page.locator('#wishes-overtaken').scrollIntoViewIfNeeded();
      await shot('wishes-overtaken');
      await page.click('#wishes-send-mine');
      await page.locator('#receipt').getByText('陶艺 → 围棋').waitFor();
      expect(asked.map(({ replaces }) => replaces)).toEqual([first.choices.at, theirs.choices.at]);
      expect(await page.locator('#wishes-overtaken').count()).toBe(0);
    },
    more,
  );
  asked.length = 0;
  kept = first;
  await on(
    'parent/wishes',
    answers,
    'phone',
    async ({ page }) => {
      await begin(page);
      await page.click('#wishes-keep-theirs');
      await page.locator('#wishes-submit').waitFor();
      expect(await page.locator('#wishes-list .k-strong').allTextContents()).toEqual(['合唱']);
      expect(asked).toHaveLength(1);
    },
    more,
  );
});

test('the result is told in words, and what the phone reckons holds; with one thing changed it does not', async () => {
  await on('parent/draw', lotteryAnswers('won'), 'phone', async ({ page, shot }) => {
    await page.locator('#proof-listed.k-primary').waitFor();
    await shot('draw-won');
    await page.getByText(/第 1 轮第 \d+ 个：.*已满.*得到/).waitFor();
    expect(await page.locator('#draw-pay').count()).toBe(1);
    await page.getByText('陶艺：前面还有 3 个').waitFor();
    await page.locator('#draw-turns').scrollIntoViewIfNeeded();
    await shot('draw-turns');
    const held = async () => Promise.all(['listed', 'receipt', 'seed'].map((id) => page.locator(`#proof-${id}.k-primary`).count()));
    expect(await held()).toEqual([1, 1, 1]);
    await page.click('#proof-as-wishes');
    expect(await held()).toEqual([0, 0, 1]);
    await page.getByText('对不上：名单里没有这一条').waitFor();
    await page.click('#proof-as-tickets');
    expect(await held()).toEqual([0, 1, 1]);
    await page.click('#proof-as-value');
    expect(await held()).toEqual([1, 1, 0]);
    await shot('draw-changed');
    await page.click('#proof-as-none');
    await page.click('#proof-raw');
    expect(await page.locator('#proof-numbers').textContent()).toContain(winnersPart.draw.root);
    await shot('draw-raw');
  });
});

test('who was drawn for a class that gave no place any more reads why, and neither that it is being written down nor that nothing was won', async () => {
  const none: Record<string, Answer> = {
    'GET /api/pupils/{pupilId}/enrolments': () => ({ body: { items: [] } }),
    'GET /api/pupils/{pupilId}/waits': () => ({ body: { items: [] } }),
  };
  const shown = (steps: readonly object[], places = {}) => {
    const body = { ...winnersPart, steps };
    return lotteryAnswers('won', { ...places, 'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body }) });
  };
  const notGiven = (why: string) =>
    shown(
      winnersPart.steps.map(({ got, ...step }) => ({ ...step, ...(got ? { got: { ...got, notGiven: why } } : {}) })),
      none,
    );
  for (const size of ['phone', 'desk'] as const) {
    await on('parent/draw', notGiven('begun'), size, async ({ page, shot }) => {
      await page.locator('#draw-not-given').waitFor();
      const card = (await page.locator('#draw-won').textContent()) ?? '';
      expect(card).toContain('抽中了，但没有名额');
      expect(card).toContain('抽签完成时已经开课，没能给到名额');
      expect(card).toContain('有疑问请联系学校。这次不算抽中：如果这学期一直没有抽中');
      expect(card).not.toContain('正在写入');
      expect(await page.locator('#draw-pay').count()).toBe(0);
      await page.getByText(/第 1 轮第 \d+ 个：.*抽中 .*，但抽签完成时已经开课/).waitFor();
      await shot('draw-begun');
    });
  }
  await on(
    'parent/draw',
    notGiven('called-off'),
    'phone',
    async ({ page, shot }) => {
      await page.getByText('It was called off before places were given').first().waitFor();
      await shot('draw-called-off');
    },
    { english: true },
  );
  // With a place in another class it has won.
  const second = { round: 2, turn: 60, passed: [], got: { offeringId: offeringIds[4], courseName: '足球', notGiven: 'begun' } };
  await on('parent/draw', shown([...winnersPart.steps.filter(({ round }) => round === 1), second]), 'phone', async ({ page, shot }) => {
    await page.locator('#draw-not-given').waitFor();
    expect(await page.locator('#draw-not-given').textContent()).toBe('有疑问请联系学校。');
    expect(await page.locator('#draw-won').textContent()).not.toContain('没有名额');
    expect(await page.locator('#draw-pay').count()).toBe(1);
    await shot('draw-one-begun');
  });
});

test.each([
  ['another line', { entry: { ...winnersPart.entry, canonical: winnersPart.entry.canonical.replace(',1,[', ',3,[') } }, 'listed'],
  ['another root', { draw: { ...winnersPart.draw, root: 'f'.repeat(64) } }, 'listed'],
  ['another seed', { draw: { ...winnersPart.draw, seed: '0'.repeat(64) } }, 'seed'],
  ['another value', { draw: { ...winnersPart.draw, publicValue: '01,02,03,04,05,06+07' } }, 'seed'],
])('a server that shows %s is found out', async (_what, over, what) => {
  const body = { ...winnersPart, ...over };
  expect(body).not.toEqual(winnersPart);
  const answers = lotteryAnswers('won', { 'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body }) });
  await on('parent/draw', answers, 'phone', async ({ page }) => {
    await page.locator(`#proof-${what}.k-danger`).waitFor();
    expect(await page.locator(`#proof-${what}`).textContent()).toMatch(/对不上/);
  });
});

test('before the list is published, while it waits for its value, and for those who won nothing, the page says what is so', async () => {
  const notFound = /404/;
  await on(
    'parent/draw',
    lotteryAnswers('wishing'),
    'phone',
    async ({ page, shot }) => {
      await page.locator('#to-wishes').waitFor();
      await shot('draw-before');
    },
    { expected: notFound },
  );
  await on('parent/draw', lotteryAnswers('fixed'), 'phone', async ({ page, shot }) => {
    await page.locator('#proof-listed.k-primary').waitFor();
    expect(await page.locator('#draw-waiting').count()).toBe(1);
    expect(await page.locator('#proof-seed').textContent()).toBe('种子还没有产生');
    // Whoever keeps the list now can compare it with the one after the draw.
    await page.getByText('现在存一份').waitFor();
    expect(await page.locator('#proof-download').isEnabled()).toBe(true);
    await shot('draw-fixed');
  });
  await on(
    'parent/draw',
    lotteryAnswers('lost'),
    'phone',
    async ({ page, shot }) => {
      await page.locator('#draw-lost').waitFor();
      await page
        .getByText('Number', { exact: false })
        .first()
        .waitFor({ state: 'attached' })
        .catch(() => undefined);
      await shot('draw-lost');
    },
    { english: true },
  );
});

const sealed = { kind: 'secret', hash: '0123456789abcdef'.repeat(4) };

test('where a sealed number decides, its fingerprint is read before the close: how it goes, on the shared page, on the receipt; nothing says that it is born later', async () => {
  const window = { ...wishingWindow, lottery: { rounds: 1, payHours: 24, seedSource: sealed } };
  const receipt = { ...receiptOf(winnersPart), terms: { rounds: 1, seedSource: sealed } };
  const choices = { pupilId: sampleId('pupil'), windowId, offeringIds: receipt.offeringIds, together: [], at: receipt.at };
  const base = lotteryAnswers('wishing');
  const page = (await base['GET /api/pupils/{pupilId}/windows/{windowId}/classes']?.({} as never))?.body as object;
  const answers: Record<string, Answer> = {
    ...base,
    'GET /api/windows/{windowId}': () => ({ body: { window, children: [everybody.children[0]] } }),
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': () => ({ body: { ...page, window } }),
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': () => ({ body: { choices, receipt } }),
  };
  await on('parent/wishes', answers, 'phone', async ({ page, shot }) => {
    const how = page.locator('#wishes-how');
    await how.getByText('指纹 0123 4567 89ab cdef…').waitFor();
    expect(await how.textContent()).not.toContain('之后才产生');
    expect(await page.locator('#receipt-terms').textContent()).toContain('指纹 0123 4567 89ab cdef…');
    await page.click('#wishes-sealed-show');
    expect(await page.locator('#wishes-sealed-whole').textContent()).toBe(sealed.hash);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('#wishes-sealed-copy');
    await page.getByText('已复制').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(sealed.hash);
    await how.scrollIntoViewIfNeeded();
    await shot('wishes-sealed');
  });
  await on(
    'parent/wishes',
    answers,
    'phone',
    async ({ page, shot }) => {
      const how = page.locator('#wishes-how');
      await how.getByText('sealed before anybody wished').waitFor();
      expect(await how.textContent()).not.toContain('born later');
      await how.scrollIntoViewIfNeeded();
      await shot('wishes-sealed-en');
    },
    { english: true },
  );
  await on('entry/share', answers, 'phone', async ({ page, shot }) => {
    await page.getByText('指纹 0123 4567 89ab cdef…').waitFor();
    await page.click('#window-sealed-show');
    expect(await page.locator('#window-sealed-whole').textContent()).toBe(sealed.hash);
    await shot('share-sealed');
  });
});

test('two classes of one name are told apart by their hours: in the list, on the receipt, and in each turn of the draw', async () => {
  const base = lotteryAnswers('won');
  const both = new Set([offeringIds[0], offeringIds[2]]);
  const harmonica = (courseName: string, offeringId: string) => (both.has(offeringId) ? '口琴' : courseName);
  const page = (await base['GET /api/pupils/{pupilId}/windows/{windowId}/classes']?.({} as never))?.body as { classes: typeof classCards };
  const classes = page.classes.map((card) => ({ ...card, courseName: harmonica(card.courseName, card.offeringId) }));
  const renamed = (one: { offeringId: string; courseName: string }) => ({ ...one, courseName: harmonica(one.courseName, one.offeringId) });
  const steps = winnersPart.steps.map(({ passed, got, ...step }) => ({
    ...step,
    passed: passed.map((one) => ({ ...one, ...renamed(one) })),
    ...(got ? { got: renamed(got) } : {}),
  }));
  const answersIn = (window: object): Record<string, Answer> => ({
    ...base,
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': () => ({ body: { ...page, window, classes } }),
    'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body: { ...winnersPart, steps } }),
  });
  await on('parent/wishes', answersIn(wishingWindow), 'phone', async ({ page, shot }) => {
    await page.locator('#wishes-list').waitFor();
    const rows = await page.locator('#wishes-list .p-wish').allTextContents();
    expect(rows.filter((row) => row.includes('口琴'))).toEqual([
      expect.stringContaining('周一 16:30 · 陈思源'),
      expect.stringContaining('周三 16:30 · 李静'),
    ]);
    // Who hears the page is told which as well.
    expect(await page.locator(`#up-${offeringIds[2]}`).getAttribute('aria-label')).toBe('把口琴（周三 16:30）往上移');
    expect(await page.locator('#receipt').textContent()).toMatch(/口琴（周. 16:30）.*口琴（周. 16:30）/);
    await shot('wishes-same-name');
  });
  await on('parent/draw', answersIn(drawnWindow), 'phone', async ({ page, shot }) => {
    await page.locator('#draw-turns').getByText('口琴（周一 16:30） 已满').first().waitFor();
    expect(await page.locator('#proof-entry').textContent()).toContain('口琴（周三 16:30）');
    await page.locator('#draw-turns').scrollIntoViewIfNeeded();
    await shot('draw-same-name');
  });
});

test('with a sealed number in place of a public value the page says what is left to trust', async () => {
  const body = { ...winnersPart, draw: { ...winnersPart.draw, seedSource: sealed } };
  const answers = lotteryAnswers('won', { 'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body }) });
  await on('parent/draw', answers, 'phone', async ({ page }) => {
    await page.locator('#proof-trust').waitFor();
    expect(await page.locator('#proof-trust').textContent()).toContain('信任');
    expect(await page.locator('#proof-seed').textContent()).toBe('对上了：种子由名单和封存的数算出');
    // This number is not the one that was sealed.
    await page.locator('#proof-sealed.k-danger').waitFor();
  });
});

test('a school writes the public value twice and is asked before it is on record', async () => {
  const asked: unknown[] = [];
  const answers: Record<string, Answer> = {
    ...lotteryAnswers('fixed'),
    'GET /api/schools/{schoolId}/windows': () => ({ body: { items: [schoolWindow] } }),
    'POST /api/schools/{schoolId}/windows/{windowId}/public-value': ({ body }) => {
      asked.push(body);
      return { body: { ...fixedDraw, publicValue: (body as { value: string }).value } };
    },
  };
  await on('school/window', answers, 'desk', async ({ page, shot }) => {
    await page.locator('#draw-record').waitFor();
    await page.fill('#draw-value', '03,07,12,19,25,31+08');
    await page.fill('#draw-value-again', '03,07,12,19,25,31+09');
    await page.click('#draw-record-save');
    await page.getByText('两遍不一样').waitFor();
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await shot('school-record');
    await page.fill('#draw-value-again', '03,07,12,19,25,31+08');
    await page.click('#draw-record-save');
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('03,07,12,19,25,31+08').waitFor();
    expect(asked).toEqual([]);
    await dialog.getByText('记录并抽签').click();
    await page.getByText('已记录').waitFor();
    expect(asked).toMatchObject([{ value: '03,07,12,19,25,31+08' }]);
  });
});

test('a school chooses how places are given, and what is missing is named', async () => {
  let created: { lottery?: unknown } | undefined;
  const answers: Record<string, Answer> = {
    ...lotteryAnswers('wishing'),
    'GET /api/schools/{schoolId}/windows': () => ({ body: { items: [{ ...schoolWindow, ...draft }] } }),
    'GET /api/schools/{schoolId}/terms/{termId}/offerings': () => ({ body: { items: [freeClass] } }),
    'PUT /api/schools/{schoolId}/windows/{windowId}': ({ body }) => {
      created = body as typeof created;
      return { body: { ...schoolWindow, ...draft } };
    },
  };
  const draft = { status: 'draft', opensAt: '2026-12-04T00:00:00.000Z', closesAt: '2026-12-08T12:00:00.000Z', lottery: undefined };
  await on('school/window', answers, 'desk', async ({ page, shot }) => {
    await page.click('#window-edit');
    await page.click('#window-mode-lottery-then-first-come');
    await page.click('#window-rounds-2');
    await page.click('#window-save');
    await page.getByText('写清楚到谁都能查到').waitFor();
    await shot('school-form');
    await page.fill('#window-seed-name', '双色球 2026-12-08 开奖号码');
    await page.fill('#window-born-date', '2026-12-08');
    // The same evening, a quarter of an hour after the close.
    expect(await page.inputValue('#window-born-time')).toBe('21:30');
    await page.fill('#window-born-time', '20:15');
    await page.getByText('志愿截止后至少隔 30 分钟。换一个更晚的数').waitFor();
    await page.locator('#window-born-time').scrollIntoViewIfNeeded();
    await shot('school-form-gap');
    await page.fill('#window-born-time', '21:30');
    await page.fill('#window-left-opens-date', '2026-12-09');
    await page.fill('#window-left-closes-date', '2026-12-12');
    await page.click('#window-save');
    await page.getByText('要等抽中的付完款').waitFor();
    await page.fill('#window-left-opens-date', '2026-12-10');
    await page.click('#window-save');
    await page.locator('#window-form').waitFor({ state: 'detached' });
    expect(created?.lottery).toEqual({
      rounds: 2,
      payHours: 24,
      seedSource: { kind: 'public', name: '双色球 2026-12-08 开奖号码', bornAt: '2026-12-08T13:30:00.000Z' },
      firstCome: { opensAt: '2026-12-10T12:00:00.000Z', closesAt: '2026-12-12T12:00:00.000Z' },
    });
  });
});

test('the close of a published lottery cannot move towards its value; the form says how late it may be', async () => {
  const out = { ...schoolWindow, status: 'published', opensAt: '2026-12-04T00:00:00.000Z', closesAt: '2026-12-08T12:00:00.000Z' };
  const seedSource = { kind: 'public', name: '双色球 2026-12-08 开奖号码', bornAt: '2026-12-08T13:30:00.000Z' };
  const window = { ...out, lottery: { ...out.lottery, seedSource } };
  let changed: { closesAt?: string } | undefined;
  const answers: Record<string, Answer> = {
    ...lotteryAnswers('wishing'),
    'GET /api/schools/{schoolId}/windows': () => ({ body: { items: [window] } }),
    'PUT /api/schools/{schoolId}/windows/{windowId}': ({ body }) => {
      changed = body as typeof changed;
      return { body: window };
    },
  };
  for (const size of ['phone', 'desk'] as const) {
    changed = undefined;
    await on('school/window', answers, size, async ({ page, shot }) => {
      await page.click('#window-edit');
      await page.fill('#window-closes-time', '21:01');
      await page.click('#window-save');
      await page.getByText('约定的公开数才产生').waitFor();
      await shot('school-close-gap');
      expect(changed).toBeUndefined();
      await page.fill('#window-closes-time', '21:00');
      await page.click('#window-save');
      await page.locator('#window-form').waitFor({ state: 'detached' });
      expect(changed).toMatchObject({ closesAt: '2026-12-08T13:00:00.000Z' });
    });
  }
});

test('before it opens, and while it runs, parents read how places are given on the share page, at home and above the classes', async () => {
  const child = everybody.children[0];
  const soon = { ...schoolWindow, opensAt: '2026-12-04T00:00:00.000Z', closesAt: '2026-12-08T12:00:00.000Z', status: 'published' };
  const { offeringIds: _, ...shown } = soon;
  const answers: Record<string, Answer> = {
    ...lotteryAnswers('wishing'),
    'GET /api/windows/{windowId}': () => ({ body: { window: shown, children: [child] } }),
    'GET /api/pupils/{pupilId}/home': () => ({ body: { windows: [shown], holds: [], classes: [], today: [] } }),
  };
  const told = (where: string, name: string, query?: string) =>
    on(
      where,
      answers,
      'phone',
      async ({ page, shot }) => {
        await page.getByText('早填晚填一样').first().waitFor();
        await shot(name);
      },
      query === undefined ? {} : { query },
    );
  await told('entry/share', 'share-lottery');
  await told('parent/home', 'home-lottery', '');
  await on('parent/classes', lotteryAnswers('wishing'), 'phone', async ({ page, shot }) => {
    await page.locator(`#wish-${offeringIds[0]}`).waitFor();
    await shot('classes-lottery');
    await page.locator('#lottery-banner button').click();
    await page.locator('#wishes-how').waitFor();
  });
});
