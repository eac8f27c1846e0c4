/** Payouts that a person has to look at: what the drawer says, and who may do something about it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser, type Size } from './browser.ts';
import { onSamplePage } from './sample-page.ts';
import { type Answer, everybody } from './sample-server.ts';
import { sampleId } from './samples.ts';

const sizes: readonly Size[] = ['phone', 'desk'];
const now = '2027-01-01T08:00:00.000Z';
const schoolId = sampleId('organisation');

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 120_000);
afterAll(() => browser?.close());

const run = {
  payoutRunId: sampleId('payoutRun'),
  schoolId,
  schoolName: '滨江实验小学',
  month: '2026-12',
  version: 1,
  status: 'paying',
  statements: 2,
  sessions: 4,
  totalFen: 34_000,
  paidFen: 0,
  rejectedFen: 0,
  chain: ['school', 'operator'],
  approvals: (['school', 'operator'] as const).map((role, index) => ({
    role,
    personId: sampleId('person', index),
    at: '2027-01-01T02:00:00.000Z',
  })),
  startedAt: '2026-12-31T18:00:00.000Z',
  stuckAt: '2027-01-01T04:30:00.000Z',
};
const school = { organisationId: schoolId, kind: 'school', name: '滨江实验小学', ancestorIds: [sampleId('organisation', 1)] };

/** A school with one payout, which starting again takes up. */
function answers(first: object): { started: () => number; answers: Record<string, Answer> } {
  let [kept, started] = [first, 0];
  return {
    started: () => started,
    answers: {
      'GET /api/me': () => ({ body: everybody }),
      'GET /api/organisations/{organisationId}/schools': () => ({ body: { items: [school] } }),
      'GET /api/schools/{schoolId}/payouts': () => ({ body: { items: [kept] } }),
      'GET /api/schools/{schoolId}/payouts/{month}': () => ({ body: { run: kept, statements: [] } }),
      'POST /api/schools/{schoolId}/payouts': () => {
        started++;
        const { stuckAt: _, ...going } = { ...run, ...kept };
        kept = { ...going, version: 2 };
        return { body: kept };
      },
    },
  };
}

test.each(sizes)(
  'a payout that is stuck says so in the list and why when it is opened, and is tried again by the school (%s)',
  async (size) => {
    for (const english of [false, true]) {
      const { started, answers: given } = answers(run);
      await onSamplePage(browser, { where: 'school/payouts', answers: given, size, now, english }, async ({ page, shot }) => {
        await page.waitForSelector(english ? 'text=Stuck' : 'text=出错，需处理');
        await page.click(english ? 'text=12/2026' : 'text=2026年12月');
        const notice = await page.waitForSelector('#payout-stuck');
        expect(await notice.textContent()).toContain(english ? 'Check the accounts, then try again' : '请核对教师的收款账户后重试');
        await shot('payout-stuck');
        await page.click('#payout-retry');
        await page.locator('#payout-stuck').waitFor({ state: 'detached' });
        expect(started()).toBe(1);
        expect(await page.locator('#payout-retry').count()).toBe(0);
      });
    }
  },
);

test('a count that fails says that the sum is not known; a bureau reads it and has no button to try again', async () => {
  const { answers: given } = answers({ ...run, status: 'counting', approvals: [], statements: 0, sessions: 0, totalFen: 0 });
  await onSamplePage(browser, { where: 'bureau/approvals', answers: given, size: 'desk', now }, async ({ page, shot }) => {
    await page.click('text=2026年12月');
    const notice = await page.waitForSelector('#payout-stuck');
    expect(await notice.textContent()).toContain('统计课时一直出错');
    expect(await notice.textContent()).toContain('学校或运营也可以重试');
    expect(await page.locator('#payout-retry').count()).toBe(0);
    await shot('payout-stuck-bureau');
  });
});

test.each(sizes)(
  'a bureau gives back a payment of another sum for a school without an operator, and reads one of a school with (%s)',
  async (size) => {
    const parked = {
      paymentId: sampleId('payment'),
      orderId: sampleId('order'),
      schoolId,
      schoolName: school.name,
      askedFen: 24_000,
      takenFen: 1,
      parkedAt: '2027-01-01T01:00:00.000Z',
      createdAt: '2027-01-01T00:59:00.000Z',
      orderStatus: 'pending',
      lines: [
        {
          enrolmentId: sampleId('enrolment'),
          pupilId: sampleId('pupil'),
          pupilName: '陈思源',
          offeringId: sampleId('offering'),
          courseName: '机器人',
          feeFen: 24_000,
          materialFen: 0,
        },
      ],
    };
    for (const hasOperator of [false, true]) {
      const given: Record<string, Answer> = {
        'GET /api/organisations/{organisationId}/schools': () => ({
          body: { items: [{ ...school, ...(hasOperator ? { operatorId: sampleId('organisation', 2) } : {}) }] },
        }),
        'GET /api/organisations/{organisationId}/parked-payments': () => ({ body: { items: [parked] } }),
      };
      await onSamplePage(browser, { where: 'bureau/money', query: '?tab=parked', answers: given, size, now }, async ({ page, shot }) => {
        await page.click('text=陈思源');
        await page.waitForSelector('#parked-drawer');
        expect(await page.locator('#parked-return').count()).toBe(hasOperator ? 0 : 1);
        expect(await page.locator('text=由运营方处理').count()).toBe(hasOperator ? 1 : 0);
        await shot(`bureau-parked${hasOperator ? '-read' : ''}`);
      });
    }
  },
);
