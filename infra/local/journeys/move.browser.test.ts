/**
 * The trial period, by finger: a school opens it in its settings; after the first session a father moves his child to a dearer class
 * and pays the difference, and then to a cheaper one and gets it back. In a real browser, against everything that `npm start` runs.
 * The pages must have been built.
 */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { ClassCard } from '@kehou/shared/selection/window';
import { accountOf } from '../demo/accounts.ts';
import { Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { type DemoPupil, pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, read, see, startJourney, tap, turnTo, write } from './people.fixture.ts';

const size = { schools: 1, pupilsEach: 40 };
const CHILD = '陈可欣';
/** Families beside the child's, so that its other classes run. */
const OTHERS = 12;
let journey: Journey;
let pupilId: Id<'pupil'>;
/** Where the child begins, and the two that it moves to. */
let first: ClassCard;
let dearer: ClassCard;
let cheaper: ClassCard;

beforeAll(async () => {
  journey = await startJourney('move', size);
}, 300_000);
afterAll(() => journey?.end());

const instant = (text: string) => text as Instant;
const pupils = () => pupilsOf(schools.slice(0, size.schools), size.pupilsEach);

async function familyOf(pupil: DemoPupil | undefined) {
  const [guardian] = pupil?.guardians ?? [];
  if (!pupil || !guardian) throw new Error('the demo has no such family');
  const account = accountOf(guardian);
  const { api, me } = await new Callers(journey.kehou.url, journey.kehou.wechat).as(account);
  const mine = me().children.find(({ name }) => name === pupil.name)?.pupilId;
  if (!mine) throw new Error(`${guardian.name} is not linked to ${pupil.name}`);
  const windowNow = async () => {
    const [window] = (await api.selection.listChildWindows({ pupilId: mine })).items;
    if (!window) throw new Error('no window is open');
    return window.windowId as Id<'window'>;
  };
  const cards = async () => (await api.selection.getClassPage({ pupilId: mine, windowId: await windowNow() })).classes as ClassCard[];
  const takeAndPay = async (wanted: readonly ClassCard[]) => {
    const windowId = await windowNow();
    const lines = [];
    for (const { offeringId } of wanted) {
      const { enrolmentId } = await api.selection.takeSeat({ pupilId: mine, windowId, offeringId, enrolmentId: newId('enrolment') });
      lines.push({ pupilId: mine, enrolmentId, withMaterialPack: false });
    }
    const orderId = newId('order');
    await api.billing.placeOrder({ orderId, lines });
    const started = await api.billing.startPayment({ orderId, provider: 'wechat' });
    if (started.status !== 'pay') throw new Error('there is something to pay');
    journey.kehou.wechat.control.pay(account.openId, started.parameters);
  };
  return { api, pupilId: mine, cards, takeAndPay };
}

/** Classes at hours of their own, from those that the child may take. */
function atDifferentHours(cards: readonly ClassCard[]): ClassCard[] {
  const taken = new Set<string>();
  return cards.filter(({ slots }) => {
    const hours = slots.map(({ weekday, period }) => `${weekday} ${period}`);
    if (hours.some((hour) => taken.has(hour))) return false;
    for (const hour of hours) taken.add(hour);
    return true;
  });
}

test('the school opens a trial period of two weeks', async () => {
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await turnTo(desk, 'school/settings');
  await write(desk, '#settings-trialWeeks', '2');
  await journey.picture('settings', desk);
  await tap(desk, '#settings-save');
  await read(desk, '已保存');
  await desk.close();
}, 240_000);

test('classes fill, the window settles, and the first session is held', async () => {
  await journey.jump(instant('2026-08-31T12:00:01.000Z'));
  const child = pupils().find(({ name }) => name === CHILD);
  const family = await familyOf(child);
  pupilId = family.pupilId;
  const open = (await family.cards()).filter(({ notNow, smallestSize }) => !notNow && smallestSize === 1);
  const byFee = [...open].sort((a, b) => a.feePerSessionFen - b.feePerSessionFen);
  const [low, high] = [byFee[0], byFee.at(-1)];
  const between = open.find(
    (card) => low && high && card.feePerSessionFen > low.feePerSessionFen && card.feePerSessionFen < high.feePerSessionFen,
  );
  if (!low || !high || !between) throw new Error('the demo has no classes at three prices for this child');
  [cheaper, first, dearer] = [low, between, high];
  await family.takeAndPay([first]);
  const others = pupils().filter(({ name, grade }) => name !== CHILD && grade === child?.grade);
  for (const pupil of others.slice(0, OTHERS)) {
    const other = await familyOf(pupil);
    const wanted = (await other.cards()).filter(
      ({ offeringId, notNow }) => !notNow && [low, between, high].some((one) => one.offeringId === offeringId),
    );
    const [one, ...more] = atDifferentHours(wanted);
    if (one) await other.takeAndPay([one, ...more]);
  }
  await journey.kehou.clock.settled();
  await journey.jump(instant('2026-09-03T12:00:00.000Z'));
  // The clock has jumped since: who was signed in is not any more.
  const { api } = await familyOf(child);
  const { from } = await api.billing.listMoves({ pupilId, enrolmentId: await enrolmentNow(), limit: 50 });
  expect(from.creditFen).toBe(first.feeFen);
  const { sessions } = await api.offering.getOffering({ offeringId: first.offeringId });
  const held = sessions[0];
  if (!held) throw new Error('the class has sessions');
  await journey.jump(addMinutes(held.endsAt as Instant, 30));
}, 240_000);

async function enrolmentNow(): Promise<Id<'enrolment'>> {
  const { api } = await familyOf(pupils().find(({ name }) => name === CHILD));
  const { items } = await api.selection.listChildEnrolments({ pupilId });
  const [mine, ...more] = items.filter(({ status }) => status === 'confirmed');
  if (!mine || more.length > 0) throw new Error(`${items.length} enrolments, ${more.length + 1} of them confirmed`);
  return mine.enrolmentId as Id<'enrolment'>;
}

test('the father sees which classes fit and what each costs, moves to the dearer one, and pays the difference', async () => {
  const { phone, picture } = journey;
  const app = await phone.takenBy(journey.person('家长', CHILD));
  await tap(app, `#class-${await enrolmentNow()}`);
  await arrive(app, 'parent/order');
  await see(app, '[id^=move-]');
  await picture('order');
  await tap(app, '[id^=move-]');
  await see(app, '#move-credit');
  await see(app, `#move-to-${dearer.offeringId}`, '补');
  await see(app, `#move-to-${cheaper.offeringId}`, '退');
  await picture('classes');
  await tap(app, `#move-to-${dearer.offeringId}`);
  await see(app, '#move-difference');
  await picture('ask-dearer');
  await tap(app, '#move-confirm');
  await see(app, '#pay-now');
  await read(app, `从《${first.courseName}》换来`);
  await picture('pay');
  // Until it is paid, the old class is the child's.
  const family = await familyOf(pupils().find(({ name }) => name === CHILD));
  const held = (await family.api.selection.listChildEnrolments({ pupilId })).items;
  expect(held.map(({ status }) => status).sort()).toEqual(['confirmed', 'held']);
  await tap(app, '#pay-now');
  await phone.pay();
  await see(app, '#order-status', '已付款');
  await picture('moved-dearer');
  await journey.kehou.clock.settled();
  const { items } = await family.api.selection.listChildEnrolments({ pupilId });
  expect(items.find(({ status }) => status === 'confirmed')).toMatchObject({ offeringId: dearer.offeringId });
}, 240_000);

test('then to the cheaper one, at once, and the difference is on its way back', async () => {
  const { phone, picture } = journey;
  const app = await phone.takenBy(journey.person('家长', CHILD));
  await tap(app, `#class-${await enrolmentNow()}`);
  await arrive(app, 'parent/order');
  await tap(app, '[id^=move-]');
  await tap(app, `#move-to-${cheaper.offeringId}`);
  await see(app, '#move-difference');
  await picture('ask-cheaper');
  await tap(app, '#move-confirm');
  await see(app, '#moved-to', `已换到《${cheaper.courseName}》`);
  await picture('moved-cheaper');
  await journey.kehou.clock.settled();
  await journey.pass(5);
  const family = await familyOf(pupils().find(({ name }) => name === CHILD));
  const { items } = await family.api.billing.listChildRefunds({ pupilId, limit: 50 });
  expect(items.length).toBeGreaterThan(0);
  expect(items.every(({ cause, status }) => cause === 'moved' && status === 'succeeded')).toBe(true);
  const place = (await family.api.selection.listChildEnrolments({ pupilId })).items.find(({ status }) => status === 'confirmed');
  expect(place).toMatchObject({ offeringId: cheaper.offeringId, movedFrom: { number: 2 } });
  expect(items.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(place?.movedFrom?.backFen);
  await phone.takenBy(journey.person('家长', CHILD));
  await picture('home-after');
}, 240_000);

test('the books hold, and nothing went wrong in any page meanwhile', async () => {
  const head = schools[0];
  if (!head) throw new Error('the demo has a school');
  const { api } = await new Callers(journey.kehou.url, journey.kehou.wechat).as(accountOf(head.head));
  expect(await api.billing.proveLedger({ organisationId: head.organisationId })).toMatchObject({ holds: true });
  expect(journey.errors()).toEqual([]);
});
