/**
 * Too few are in a class at the close, by finger: the window asks the parents, the school suggests another class, one family moves and
 * the other does nothing and is paid back. In a real browser, against everything that `npm start` runs. The pages must have been built.
 */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { accountOf } from '../demo/accounts.ts';
import { Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, on, read, sayYes, see, startJourney, tap, turnTo } from './people.fixture.ts';

const size = { schools: 1, pupilsEach: 40 };
const MOVES = '林晓雨';
const STAYS = '丁雅静';
const MERGED = '陈可欣';
const FEW = '口琴';
/** The demo's small class; nobody else is at its hour. */
const THERE = '创意美术';
let journey: Journey;
let few: Offering;
let there: Offering;
/** At the hour of `there` and at its fee, with another instructor. */
let twin: Offering;
let closesAt: Instant;

beforeAll(async () => {
  journey = await startJourney('under-size', size);
  await offerForFew();
}, 300_000);
afterAll(() => journey?.end());

const fresh = () => new Callers(journey.kehou.url, journey.kehou.wechat);
const school = () => {
  const [first] = schools;
  if (!first) throw new Error('the demo has a school');
  return first;
};

/** A class that wants five, at an hour of its own, in a window that asks the parents. */
async function offerForFew(): Promise<void> {
  const { organisationId: schoolId, head } = school();
  const { api } = await fresh().as(accountOf(head));
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  const { termId } = window;
  const offerings = (await api.offering.listOfferings({ schoolId, termId, limit: 100 })).items as Offering[];
  const named = (name: string) => {
    const found = offerings.find(({ courseName }) => courseName === name);
    if (!found) throw new Error(`the demo has no ${name}`);
    return found;
  };
  there = named(THERE);
  const { courseId, instructorId, roomId, grades, feePerSessionFen, payPerSessionFen } = named(FEW);
  const like = { courseId, instructorId, roomId, termId, grades, feePerSessionFen, payPerSessionFen };
  const offering = { schoolId, offeringId: newId('offering'), ...like, slots: there.slots, capacity: 20, smallestSize: 5 };
  few = (await api.offering.createOffering(offering)) as Offering;
  const terms = {
    ...like,
    courseId: there.courseId,
    grades: there.grades,
    feePerSessionFen: there.feePerSessionFen,
    slots: there.slots,
    capacity: 20,
    smallestSize: 5,
  };
  for (const other of offerings) {
    const who = { instructorId: other.instructorId, roomId: other.roomId, payPerSessionFen: other.payPerSessionFen };
    const asked = { schoolId, offeringId: newId('offering'), ...terms, ...who };
    const made = await api.offering.createOffering(asked).catch((error: Error) => error);
    if (!(made instanceof Error)) twin = made as Offering;
    if (twin) break;
  }
  if (!twin) throw new Error('nobody is free to teach at that hour');
  const again = { schoolId, windowId: newId('window') };
  closesAt = window.closesAt as Instant;
  const { opensAt } = window;
  const underSize = { askHours: 24 };
  await api.selection.createWindow({
    ...again,
    termId,
    name: '口琴加开班',
    opensAt,
    closesAt,
    offeringIds: [few.offeringId, twin.offeringId],
    underSize,
  });
  await api.selection.publishWindow(again);
}

async function familyOf(child: string) {
  const guardian = pupilsOf(schools.slice(0, size.schools), size.pupilsEach).find(({ name }) => name === child)?.guardians[0];
  if (!guardian) throw new Error(`${child} has no guardian in the demo`);
  const account = accountOf(guardian);
  const { api, me } = await fresh().as(account);
  const pupilId = me().children.find(({ name }) => name === child)?.pupilId as Id<'pupil'> | undefined;
  if (!pupilId) throw new Error(`${guardian.name} is not linked to ${child}`);
  const takeAndPay = async ({ offeringId }: Offering) => {
    for (const { windowId } of (await api.selection.listChildWindows({ pupilId })).items) {
      const { classes } = await api.selection.getClassPage({ pupilId, windowId });
      if (!classes.some((card) => card.offeringId === offeringId)) continue;
      const { enrolmentId } = await api.selection.takeSeat({ pupilId, windowId, offeringId, enrolmentId: newId('enrolment') });
      const orderId = newId('order');
      await api.billing.placeOrder({ orderId, lines: [{ pupilId, enrolmentId, withMaterialPack: false }] });
      const started = await api.billing.startPayment({ orderId, provider: 'wechat' });
      if (started.status !== 'pay') throw new Error('there is something to pay');
      journey.kehou.wechat.control.pay(account.openId, started.parameters);
      await journey.kehou.clock.settled();
      return enrolmentId as Id<'enrolment'>;
    }
    throw new Error('no window has this class');
  };
  const places = async () => (await api.selection.listChildEnrolments({ pupilId })).items;
  return { api, pupilId, openId: account.openId, takeAndPay, places };
}

test('the school chooses, with the window, to ask the parents', async () => {
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await turnTo(desk, 'school/windows');
  await tap(desk, '#window-add');
  await tap(desk, '#window-under-size');
  await see(desk, '#window-ask-hours');
  await on(desk, '#window-ask-hours').scrollIntoViewIfNeeded();
  await journey.picture('window-form', desk);
  await desk.close();
}, 240_000);

test('two are in a class that wants five: it is kept, and the school suggests another', async () => {
  await journey.jump('2026-08-31T12:00:01.000Z' as Instant);
  await (await familyOf(MOVES)).takeAndPay(few);
  await (await familyOf(STAYS)).takeAndPay(few);
  await (await familyOf('卢致远')).takeAndPay(there);
  await (await familyOf(MERGED)).takeAndPay(twin);
  await journey.jump(addMinutes(closesAt, 20));
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  // The desk's first page says it, and leads to the window, which says of which classes and until when.
  await turnTo(desk, 'school/home');
  await see(desk, '#todo-held-back', '2 个班人数不足');
  await journey.picture('desk-home', desk);
  await tap(desk, '#todo-held-back');
  await arrive(desk, 'school/window');
  await see(desk, '#held-back', '2 个班人数不足');
  await journey.picture('desk-window', desk);
  await desk.setViewportSize({ width: 390, height: 844 });
  await on(desk, '#held-back').scrollIntoViewIfNeeded();
  await journey.picture('desk-window-phone', desk);
  await desk.setViewportSize({ width: 1440, height: 900 });
  // The school's other class of that name has nobody in it, and is called off.
  await tap(desk, `#held-back-${few.offeringId}`);
  await see(desk, '#under-size');
  await journey.picture('class-held-back', desk);
  await on(desk, '#under-size-into').selectOption(there.offeringId);
  await tap(desk, '#under-size-move');
  await read(desk, '已决定');
  await desk.close();
  await journey.kehou.clock.settled();
  const { api } = await familyOf(MOVES);
  const told = (await api.messaging.listMessages({ limit: 50 })).items.map(({ title, body }) => `${title} ${body}`);
  expect(told.filter((words) => words.includes(`《${FEW}》人数不足`) && words.includes(THERE))).toHaveLength(1);
}, 240_000);

test('the mother moves to the class that the school suggests', async () => {
  const { phone, picture } = journey;
  const mother = await familyOf(MOVES);
  const place = (await mother.places()).find(({ offeringId }) => offeringId === few.offeringId);
  const app = await phone.takenBy(mother);
  await tap(app, `#class-${place?.enrolmentId}`);
  await arrive(app, 'parent/order');
  await see(app, '[id^=held-back-]', `学校建议换到《${THERE}》`);
  await picture('order-held-back');
  await tap(app, '[id^=move-]');
  await see(app, '#move-rule', `学校建议换到《${THERE}》`);
  await picture('suggested');
  await tap(app, `#move-to-${there.offeringId}`);
  await see(app, '#move-difference');
  await picture('ask');
  await tap(app, '#move-confirm');
  await see(app, '#moved-to, #pay-now');
  if (await on(app, '#pay-now').isVisible()) {
    await tap(app, '#pay-now');
    await phone.pay();
    await see(app, '#order-status', '已付款');
  }
  await picture('moved');
  await journey.kehou.clock.settled();
  expect((await mother.places()).find(({ status }) => status === 'confirmed')).toMatchObject({ offeringId: there.offeringId });
}, 240_000);

test('another small class becomes one with that class: same hours, same fee, its family has nothing to do', async () => {
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await turnTo(desk, 'school/classes');
  await tap(desk, `tr[data-key="${twin.offeringId}"] td`);
  await see(desk, '#under-size');
  await on(desk, '#under-size-into').selectOption(there.offeringId);
  await see(desk, '#under-size-merge');
  await journey.picture('merge', desk);
  await tap(desk, '#under-size-merge');
  await sayYes(desk);
  await read(desk, '已决定');
  await desk.close();
  await journey.kehou.clock.settled();
  const family = await familyOf(MERGED);
  expect((await family.places()).find(({ status }) => status === 'confirmed')).toMatchObject({ offeringId: there.offeringId });
  const told = (await family.api.messaging.listMessages({ limit: 50 })).items.map(({ title }) => title);
  expect(told.filter((title) => title === '两个班并成一个班')).toHaveLength(1);
  const app = await journey.phone.takenBy(family);
  await tap(app, '#tab-parent-messages');
  await read(app, '两个班并成一个班');
  await journey.picture('merged');
}, 240_000);

test('the other family does nothing, the class is called off in time, and everything comes back', async () => {
  await journey.pass(25 * 60);
  await journey.pass(5);
  const other = await familyOf(STAYS);
  const place = (await other.places()).find(({ offeringId }) => offeringId === few.offeringId);
  expect(place).toMatchObject({ status: 'cancelled', cancelReason: 'under-size' });
  const refunds = (await other.api.billing.listChildRefunds({ pupilId: other.pupilId, limit: 50 })).items;
  expect(refunds).toMatchObject([{ status: 'succeeded', amountFen: place?.paidFen, cause: 'under-size' }]);
  const { api } = await fresh().as(accountOf(school().head));
  expect(await api.billing.proveLedger({ organisationId: school().organisationId })).toMatchObject({ holds: true });
  expect(journey.errors()).toEqual([]);
}, 240_000);
