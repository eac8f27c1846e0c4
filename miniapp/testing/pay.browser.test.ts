/** The cashier, inside a page that plays WeChat: what becomes of the page beneath while somebody takes their time. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { billingRoutes } from '@kehou/shared/billing/routes';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import type { Browser } from 'playwright-core';
import { errorsOf, launchBrowser, newContext } from './browser.ts';
import { builtFolder } from './dist.ts';
import { hostPage } from './host-page.ts';
import { type Answer, contract, startSampleServer } from './sample-server.ts';
import { sampleId, sampleOf } from './samples.ts';

const now = '2026-12-02T08:00:00.000Z';
const holdUntil = '2026-12-02T08:15:00.000Z';
/** The page reads what is held every 15 s: the cashier is open for longer. */
const IN_CASHIER_MS = 17_000;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

/** A child's one seat: held, then in an order, then paid. */
function school() {
  const state = { orderId: undefined as string | undefined, paid: false, readWithOrder: 0 };
  const seat = { ...sampleOf(Enrolment, 0), enrolmentId: sampleId('enrolment'), courseName: '围棋', feeFen: 48_000, holdUntil };
  const order = (orderId: string | undefined) => {
    const sample = sampleOf(billingRoutes.getOrder.output, 0);
    const [line] = sample.order.lines;
    const lines = [
      { ...line, enrolmentId: seat.enrolmentId, pupilId: sampleId('pupil'), courseName: '围棋', feeFen: 48_000, materialFen: 0 },
    ];
    const status = state.paid ? 'paid' : 'pending';
    return { ...sample, order: { ...sample.order, orderId, lines, totalFen: 48_000, refundedFen: 0, status, payBefore: holdUntil } };
  };
  const answers: Record<string, Answer> = {
    'GET /api/pupils/{pupilId}/enrolments': ({ path }) => {
      const { orderId: _, slotsPending: __, reservedFor: ___, offer: ____, ...plain } = seat;
      const mine = { ...plain, status: state.paid ? 'confirmed' : 'held', ...(state.orderId ? { orderId: state.orderId } : {}) };
      if (!path.includes(sampleId('pupil'))) return { body: { items: [] } };
      if (state.orderId) state.readWithOrder += 1;
      return { body: { items: [mine] } };
    },
    'POST /api/orders': ({ body }) => {
      state.orderId = (body as { orderId: string }).orderId;
      return { body: order(state.orderId).order };
    },
    'POST /api/orders/{orderId}/payments': () => {
      const parameters = { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'RSA', paySign: 's' };
      return { body: { status: 'pay', paymentId: sampleId('payment'), parameters } };
    },
    'GET /api/orders/{orderId}': ({ path }) => ({ body: order(path.split('/').at(-1)) }),
  };
  return { state, answers };
}

test('whoever takes longer in the cashier than the page waits between two readings is told that it is paid', async () => {
  const { state, answers } = school();
  const server = await startSampleServer(await contract(), { seed: 0, pages: builtFolder('h5'), now, answers });
  const context = await newContext(browser, { size: 'desk' });
  const page = await context.newPage();
  const errors = errorsOf(page);
  try {
    await page.route('**/host.html', (route) =>
      route.fulfill({ contentType: 'text/html', body: hostPage('parent/pay', { dark: false, fontScale: 1 }) }),
    );
    await page.goto(`${server.baseUrl}/host.html`);
    const app = page.frameLocator('iframe');
    await app.locator('#pay-now').click();
    await page.waitForFunction(() => 'paid' in window);
    await page.waitForTimeout(IN_CASHIER_MS);
    expect(state.readWithOrder).toBeGreaterThan(0);
    // The bill that is being paid lies there as it was.
    expect(await app.locator('#pay-total').textContent()).toBe('¥480.00');
    state.paid = true;
    await page.evaluate(() => (window as unknown as { paid(): void }).paid());
    await app.locator('#order-status', { hasText: '已付款' }).waitFor();
    expect({ errors, problems: server.problems }).toEqual({ errors: [], problems: [] });
  } finally {
    await context.close();
    await server.close();
  }
}, 120_000);
