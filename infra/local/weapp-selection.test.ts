/**
 * Selection night in the bundle that ships to WeChat, run in Node against everything that `npm start` runs: who opens a link without a
 * child at the school, a family in the waiting room, a place kept by the school, a waiting list with its offer, and a move in the trial
 * period. The bundle must have been built.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { findClash } from '@kehou/shared/selection/rules';
import type { Window } from '@kehou/shared/selection/window';
import { launchWeapp, type Weapp } from '../../miniapp/testing/weapp.ts';
import type { DemoPerson } from './control.ts';
import { accountOf } from './demo/accounts.ts';
import { Callers } from './demo/caller.ts';
import { schools } from './demo/city.ts';
import { seedDemo } from './demo/index.ts';
import { pupilsOf } from './demo/people.ts';
import { type Kehou, startKehou } from './kehou.ts';
import { root } from './miniapp-build.ts';

const dist = join(root, 'miniapp/dist/weapp');
const size = { schools: 2, pupilsEach: 40 };
const SMALL = '创意美术';
const OPENING = '2026-08-31T12:00:00.000Z' as Instant;
/** Forty families let in over ten seconds. */
const FAMILIES_PER_SECOND = 4;
const TURN_MS = 40_000;
let folder: string;
let kehou: Kehou;
let callers: Callers;
let window: Window;
let small: Offering;
let shareLinkId: string;
/** A parent of the second school. */
let elsewhere: DemoPerson;

beforeAll(async () => {
  if (!existsSync(join(dist, 'app.json'))) throw new Error('build the mini-program first: npm run build:weapp');
  folder = mkdtempSync(join(tmpdir(), 'kehou-weapp-'));
  const now = addMinutes(OPENING, -10);
  const options = {
    port: 0,
    dataFolder: folder,
    h5: false,
    demo: false,
    environment: {},
    now,
    familiesPerSecond: FAMILIES_PER_SECOND,
  } as const;
  kehou = await startKehou(options);
  const { wechat, clock, platform, url } = kehou;
  const { people } = await seedDemo({ baseUrl: url, simulator: wechat, clock, platform, progress: () => undefined, size });
  const other = people.find(({ role, note }) => role === '家长' && note?.includes(schools[1]?.name ?? '-'));
  if (!other) throw new Error('the second school has families');
  elsewhere = other;
  callers = new Callers(url, wechat);
  const { api, schoolId } = await office();
  const [found] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!found) throw new Error('the demo has a window');
  window = found as Window;
  const { items } = await api.offering.listOfferings({ schoolId, termId: window.termId, limit: 100 });
  const one = items.find(({ courseName }) => courseName === SMALL);
  if (!one) throw new Error('the demo has its small class');
  small = one as Offering;
  shareLinkId = newId('shareLink');
  await api.selection.createShareLink({ schoolId, windowId: window.windowId, shareLinkId, name: '班群', until: window.closesAt } as never);
}, 300_000);

afterAll(async () => {
  await kehou?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function office() {
  const [school] = schools;
  if (!school) throw new Error('the demo has a school');
  const { api } = await callers.as(accountOf(school.head));
  return { api, schoolId: school.organisationId };
}

const pupils = () => pupilsOf(schools.slice(0, 1), size.pupilsEach);

/** A family of the first school: its first guardian, signed in, and the child. */
async function familyOf(child: string) {
  const pupil = pupils().find(({ name }) => name === child);
  const guardian = pupil?.guardians[0];
  if (!pupil || !guardian) throw new Error(`${child} is not in the demo`);
  const account = accountOf(guardian);
  const { api, me } = await callers.as(account);
  const pupilId = me().children.find(({ name }) => name === child)?.pupilId;
  if (!pupilId) throw new Error(`${guardian.name} is not linked to ${child}`);
  const { windowId } = window;
  const take = ({ offeringId }: Pick<Offering, 'offeringId'>) =>
    api.selection.takeSeat({ pupilId, windowId, offeringId, enrolmentId: newId('enrolment') });
  const places = async () => (await api.selection.listChildEnrolments({ pupilId })).items;
  const cards = async () => (await api.selection.getClassPage({ pupilId, windowId })).classes;
  const takeAndPay = async (wanted: Pick<Offering, 'offeringId'>) => {
    const { enrolmentId } = await take(wanted);
    const orderId = newId('order');
    await api.billing.placeOrder({ orderId, lines: [{ pupilId, enrolmentId, withMaterialPack: false }] });
    const started = await api.billing.startPayment({ orderId, provider: 'wechat' });
    if (started.status === 'pay') kehou.wechat.control.pay(account.openId, started.parameters);
  };
  return { api, pupilId, pupil, account, take, takeAndPay, places, cards };
}
interface Holder {
  readonly account: { readonly openId: string };
}

const phoneOf = ({ account: { openId } }: Holder, open?: string): Promise<Weapp> => {
  const { control } = kehou.wechat;
  return launchWeapp({
    root: dist,
    baseUrl: kehou.url,
    ...(open ? { open } : {}),
    host: {
      login: () => control.loginCode(openId),
      phoneCode: () => control.phoneCode(openId),
      pay: (params) => void control.pay(openId, params as never),
    },
  });
};

/** Runs on somebody's phone; nothing may have gone wrong on it. */
async function on(family: Holder, play: (app: Weapp) => Promise<void>, open?: string): Promise<void> {
  const app = await phoneOf(family, open);
  try {
    await play(app);
    expect(app.errors).toEqual([]);
  } finally {
    app.close();
  }
}

async function toClasses(app: Weapp): Promise<void> {
  await app.waitForRoute('parent/home/index');
  await app.waitForElement(`choose-${window.windowId}`);
  await app.tap(`choose-${window.windowId}`);
  await app.waitForRoute('parent/classes/index');
}

test('who has no child at the school is told so kindly by its link: a parent of another school, and somebody nobody knows', async () => {
  const link = `/entry/share/index?link=${shareLinkId}`;
  const [first] = schools;
  await on(
    { account: elsewhere },
    async (app) => {
      await app.waitForElement('share-elsewhere');
      expect(app.text()).toContain(first?.name);
    },
    link,
  );
  const nobody = { account: accountOf({ name: '路人', phone: '13911112222' }) };
  kehou.wechat.control.addPerson({ openId: nobody.account.openId, phone: nobody.account.phone, nickname: '路人' });
  await on(
    nobody,
    async (app) => {
      await app.waitForElement('share-link-child');
      expect(app.text()).toContain(window.name);
    },
    link,
  );
}, 120_000);

test('a family waits for its turn with its place in sight, and the classes open by themselves', async () => {
  const mother = await familyOf('林晓雨');
  await on(mother, async (app) => {
    await toClasses(app);
    await app.waitForElement('waiting-room');
    expect(app.text()).toMatch(/约第 \d+ 位，最多 40 个孩子/);
    expect(app.idLike('take-')).toBeUndefined();
    await kehou.clock.jumpTo(OPENING);
    const open = () => app.idLike('take-');
    await app.waitFor(() => open() !== undefined, 'a class that can be taken', TURN_MS);
    expect(app.has('waiting-room')).toBe(false);
    await app.tap(open() ?? '');
    await app.waitForElement('basket-pay');
  });
  expect((await mother.places()).map(({ status }) => status)).toEqual(['held']);
}, 120_000);

test('a waiting list is joined with one tap, the place that comes free is offered, and paid for', async () => {
  // Everybody has been let in.
  await kehou.clock.jumpTo(addMinutes(OPENING, 2));
  const holders = await Promise.all(['赵子墨', '卢致远', '李承泽', '张安然'].map((child) => familyOf(child)));
  for (const family of holders) await family.take(small);
  const father = await familyOf('陈可欣');
  await on(father, async (app) => {
    await toClasses(app);
    await app.waitForElement(`wait-${small.offeringId}`);
    await app.tap(`wait-${small.offeringId}`);
    await app.waitForElement(`place-${small.offeringId}`);
    expect(app.text()).toContain('候补第 1 位');
    const [first] = holders;
    const held = (await first?.places())?.find(({ status }) => status === 'held');
    if (!first || !held) throw new Error('the first family holds a seat');
    await first.api.billing.giveUpSeat({ pupilId: first.pupilId, enrolmentId: held.enrolmentId });
    await kehou.clock.settled();
    await app.waitForElement(`kept-${small.offeringId}`, TURN_MS);
    await app.open('/parent/pay/index');
    await app.waitForElement('pay-countdown');
    await app.tap('pay-now');
    await app.waitForRoute('parent/order/index');
    await app.waitForText('已付款');
  });
  expect((await father.places()).find(({ offeringId }) => offeringId === small.offeringId)).toMatchObject({ status: 'confirmed' });
}, 120_000);

test('in the trial period a family moves to another class, and the difference is settled', async () => {
  const { api, schoolId } = await office();
  await api.school.putSettings({ ...(await api.school.getSettings({ schoolId })), schoolId, trialWeeks: 2 } as never);
  // Somebody is in another class, so that it runs.
  const child = (await familyOf('陈可欣')).pupil;
  const other = pupils().find(({ name, grade }) => grade === child.grade && name !== child.name && name !== '张安然');
  if (!other) throw new Error('the child is not alone in its grade');
  const classmate = await familyOf(other.name);
  const there = (await classmate.cards()).find(
    ({ notNow, smallestSize, slots }) => !notNow && smallestSize === 1 && !findClash(slots, small.slots),
  );
  if (!there) throw new Error('another class is open');
  await classmate.takeAndPay(there as never);
  await kehou.clock.settled();
  await kehou.clock.jumpTo(addMinutes(window.closesAt, 45));
  callers = new Callers(kehou.url, kehou.wechat);
  const father = await familyOf('陈可欣');
  const place = (await father.places()).find(({ status }) => status === 'confirmed');
  if (!place?.orderId) throw new Error('the child has a place');
  await on(father, async (app) => {
    await app.waitForRoute('parent/home/index');
    await app.open(`/parent/order/index?orderId=${place.orderId}`);
    await app.waitForElement(`move-${place.enrolmentId}`);
    await app.tap(`move-${place.enrolmentId}`);
    await app.waitForRoute('parent/move/index');
    const option = () => app.idLike('move-to-');
    await app.waitFor(() => option() !== undefined, 'a class to move to');
    await app.tap(option() ?? '');
    await app.waitForElement('move-difference');
    await app.tap('move-confirm');
    await app.waitFor(() => app.has('moved-to') || app.has('pay-now'), 'the new place, or what it costs', 15_000);
    if (app.has('pay-now')) {
      await app.tap('pay-now');
      await app.waitForRoute('parent/order/index');
      await app.waitForText('已付款');
    }
  });
  await kehou.clock.settled();
  const [now, ...more] = (await father.places()).filter(({ status }) => status === 'confirmed');
  expect(more).toEqual([]);
  expect(now?.offeringId).not.toBe(place.offeringId);
}, 120_000);
