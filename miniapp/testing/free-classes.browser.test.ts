/** A class that costs nothing, from its row to its order: nowhere is there anything to pay. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { billingRoutes } from '@kehou/shared/billing/routes';
import { offeringRoutes } from '@kehou/shared/offering/routes';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { classCards, lotteryAnswers, offeringIds, wishingWindow } from './lottery-samples.ts';
import { onSamplePage } from './sample-page.ts';
import type { Answer } from './sample-server.ts';
import { sampleId, sampleOf } from './samples.ts';

const now = '2026-12-02T08:00:00.000Z';
const { lottery: _, ...window } = wishingWindow;
const price = { feeFen: 0, feePerSessionFen: 0 };
const { orderId: __, offer: ___, reservedFor: ____, slotsPending: _____, ...plain } = sampleOf(Enrolment, 0);
const seat = {
  ...plain,
  ...price,
  enrolmentId: sampleId('enrolment'),
  pupilId: sampleId('pupil'),
  offeringId: offeringIds[0],
  courseName: '陶艺',
  status: 'held',
  holdUntil: '2026-12-02T08:10:00.000Z',
};
const sample = sampleOf(billingRoutes.getOrder.output, 0);
const order = {
  ...sample,
  refunds: [],
  order: {
    ...sample.order,
    lines: sample.order.lines.slice(0, 1).map(({ moved, ...line }) => ({ ...line, feeFen: 0, materialFen: 0 })),
    totalFen: 0,
    refundedFen: 0,
    status: 'paid',
  },
};

const page = lotteryAnswers('wishing')['GET /api/pupils/{pupilId}/windows/{windowId}/classes'] as Answer;
const answers: Record<string, Answer> = lotteryAnswers('wishing', {
  'GET /api/pupils/{pupilId}/windows/{windowId}/classes': (asked) => ({
    body: { ...(page(asked).body as object), window, busy: [], classes: classCards.map((card) => ({ ...card, ...price })) },
  }),
  'GET /api/windows/{windowId}/seats': () => ({ body: { seats: {}, asOf: now } }),
  'GET /api/pupils/{pupilId}/enrolments': ({ path }) => ({ body: { items: path.includes(sampleId('pupil')) ? [seat] : [] } }),
  'GET /api/pupils/{pupilId}/waits': () => ({ body: { items: [] } }),
  'GET /api/pupils/{pupilId}/home': () => ({ body: { windows: [window], holds: [seat], classes: [], today: [] } }),
  'GET /api/offerings/{offeringId}': () => {
    const shown = sampleOf(offeringRoutes.getOffering.output, 0);
    const { materialPack, ...offering } = shown.offering;
    return { body: { ...shown, offering } };
  },
  'GET /api/orders/{orderId}': () => ({ body: order }),
});

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const query = { 'parent/classes': `?windowId=${sampleId('window')}`, 'parent/order': `?orderId=${sampleId('order')}` } as Record<
  string,
  string
>;

test.each([
  ['parent/home', '#pay-', ['请在时间内确认报名', '剩余确认时间', '去确认报名']],
  ['parent/classes', `#row-${offeringIds[0]}`, ['免费', '共 16 次', '1 个班待确认报名', '去确认报名']],
  ['parent/pay', '#pay-now', ['请在时间内确认报名', '免费', '确认报名']],
  ['parent/order', '#order-status', ['免费', '已报名']],
])('%s says that it is free, and of nothing to be paid', async (where, part, words) => {
  await onSamplePage(browser, { where, query: query[where] ?? '', answers, now, size: 'phone' }, async ({ page: shown, shot }) => {
    await shown
      .locator(part.endsWith('-') ? `[id^="${part.slice(1)}"]` : part)
      .first()
      .waitFor();
    // The title of the page that also takes payments is its name.
    const text = (await shown.locator('.k-shell__content, .k-bar').allTextContents()).join(' ');
    for (const word of words) expect(text).toContain(word);
    expect(text).not.toMatch(/¥|付款/);
    await shot(`free-${where.slice(7)}`);
  });
});

test('in English too', async () => {
  const of = { where: 'parent/pay', answers, now, size: 'phone', english: true } as const;
  await onSamplePage(browser, of, async ({ page: shown }) => {
    await shown.locator('#pay-now', { hasText: 'Confirm' }).waitFor();
    expect(await shown.textContent('#pay-total')).toBe('Free');
    expect(await shown.locator('.k-shell__content').textContent()).not.toMatch(/¥|\bpay\b/i);
  });
});
