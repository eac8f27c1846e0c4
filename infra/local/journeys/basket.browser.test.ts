/**
 * A family's basket, by finger: before the opening a mother marks classes for two children, their father sees the list on his own phone
 * and adds one; at 20:00 she submits. One class has been filled by other families: its line fails by itself for one child, and for the
 * other, who wanted all or nothing, takes nothing; she takes it off and submits what is left. Everything is paid at once, the father sees
 * it, and one part is cancelled. Against everything that `npm start` runs.
 */
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { findClash } from '@kehou/shared/selection/rules';
import type { ClassCard } from '@kehou/shared/selection/window';
import { accountOf } from '../demo/accounts.ts';
import { type Caller, Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, on, type Phone, read, sayYes, see, startJourney, tap } from './people.fixture.ts';

const size = { schools: 1, pupilsEach: 40 };
const SMALL = '创意美术';
const OPENING = '2026-08-31T12:00:00.000Z' as Instant;
let journey: Journey;
let callers: Callers;

beforeAll(async () => {
  journey = await startJourney('basket', size);
  callers = new Callers(journey.kehou.url, journey.kehou.wechat);
}, 300_000);
afterAll(() => journey?.end());

const guardian = (name: string) => journey.person('家长', name);
const callerOf = (name: string): Promise<Caller> => callers.as(accountOf({ name, phone: guardian(name).phone }));

/** Classes of this child's grade that meet neither one another nor the small one, and have room for many. */
function choose(classes: readonly ClassCard[], small: ClassCard, count: number): ClassCard[] {
  const chosen: ClassCard[] = [];
  for (const card of classes) {
    if (card.notNow !== 'not-open' || card.capacity < 10) continue;
    if ([small, ...chosen].some((other) => findClash(card.slots, other.slots))) continue;
    chosen.push(card);
  }
  if (chosen.length < count) throw new Error('the demo has too few classes');
  return chosen.slice(0, count);
}

/** Another family of the demo takes a seat. */
async function takeBy(child: string, windowId: string, offeringId: string): Promise<void> {
  const parent = pupilsOf(schools.slice(0, size.schools), size.pupilsEach).find(({ name }) => name === child)?.guardians[0];
  if (!parent) throw new Error(`${child} has no guardian in the demo`);
  const { api, me } = await callers.as(accountOf(parent));
  const pupilId = me().children.find(({ name }) => name === child)?.pupilId;
  if (!pupilId) throw new Error(`${parent.name} is not linked to ${child}`);
  await api.selection.takeSeat({ pupilId, windowId, offeringId, enrolmentId: newId('enrolment') });
}

async function toClasses(phone: Phone, windowId: string): Promise<void> {
  await tap(phone.app, `#choose-${windowId}`);
  await arrive(phone.app, 'parent/classes');
}

async function mark(phone: Phone, { offeringId }: ClassCard): Promise<void> {
  await tap(phone.app, `#mark-${offeringId}`);
  await see(phone.app, `#mark-${offeringId}`, '已加入');
}

test('a family fills a basket beforehand, submits it at the opening, pays once, and cancels a part', async () => {
  const { phone, picture, kehou } = journey;
  const { api, me } = await callerOf('周敏');
  const daughter = me().children.find(({ name }) => name === '林晓雨');
  const son = me().children.find(({ name }) => name === '林晓阳');
  if (!daughter || !son) throw new Error('the family has two children');
  const windows = (await api.selection.listChildWindows({ pupilId: daughter.pupilId })).items;
  const windowId = windows.find(({ opensAt }) => opensAt === OPENING)?.windowId;
  if (!windowId) throw new Error('the family sees the window');
  const pageOf = (pupilId: string) => api.selection.getClassPage({ pupilId, windowId });
  const [hers, his] = [await pageOf(daughter.pupilId), await pageOf(son.pupilId)];
  const small = hers.classes.find(({ courseName }) => courseName === SMALL);
  const smallToo = his.classes.find(({ courseName }) => courseName === SMALL);
  if (!small || !smallToo) throw new Error('the demo has its small class');
  expect([small.notNow, smallToo.notNow]).toEqual(['not-open', 'not-open']);
  const [first, second] = choose(hers.classes, small, 2) as [ClassCard, ClassCard];
  const [third, fourth] = choose(his.classes, small, 2) as [ClassCard, ClassCard];

  // The evening before the doors open: the mother marks for both.
  await phone.takenBy(guardian('周敏'));
  await picture('home');
  await tap(phone.app, `#basket-${windowId}`);
  await read(phone.app, '选课单还是空的');
  await picture('empty');
  await tap(phone.app, '#to-classes');
  await arrive(phone.app, 'parent/classes');
  await see(phone.app, `#mark-${small.offeringId}`, '加入选课单');
  await picture('classes-before');
  await mark(phone, small);
  await mark(phone, first);
  await see(phone.app, '#listed', '林晓雨的选课单 2 门');
  await picture('marked');
  await tap(phone.app, '#to-basket');
  await arrive(phone.app, 'parent/basket');
  await see(phone.app, `#choose-for-${son.pupilId}`);
  await picture('one-child');
  await tap(phone.app, `#choose-for-${son.pupilId}`);
  await arrive(phone.app, 'parent/classes');
  for (const card of [third, small, fourth]) await mark(phone, card);
  await tap(phone.app, '#to-basket');
  await arrive(phone.app, 'parent/basket');
  await tap(phone.app, `#all-${son.pupilId}`);
  await see(phone.app, `#all-${son.pupilId}[aria-checked=true]`);

  // Their father finds it on his phone, adds one and turns the order round.
  const other = await journey.anotherPhone();
  await other.takenBy(guardian('林建国'));
  await tap(other.app, `#child-${daughter.pupilId}`);
  await toClasses(other, windowId);
  await see(other.app, '#listed', '林晓雨的选课单 2 门');
  await mark(other, second);
  await tap(other.app, '#to-basket');
  await see(other.app, `#line-${daughter.pupilId}-${second.offeringId}`, second.courseName);
  await tap(other.app, `#up-${daughter.pupilId}-${second.offeringId}`);
  await see(other.app, `#line-${daughter.pupilId}-${second.offeringId}`, /^2/);
  await picture('father', other.page);
  await see(phone.app, `#line-${daughter.pupilId}-${second.offeringId}`, /^2/);
  await see(phone.app, '#basket-submit[disabled]');
  await picture('before-the-opening');

  // 20:00: others are faster with the small class. The button comes alive by itself.
  await journey.jump(addMinutes(OPENING, 0.05) as Instant);
  callers = new Callers(kehou.url, kehou.wechat);
  for (const child of ['赵子墨', '卢致远', '李承泽', '张安然']) await takeBy(child, windowId, small.offeringId);
  await kehou.clock.settled();
  await see(phone.app, '#basket-submit:not([disabled])', '提交选课单');
  await see(phone.app, `#line-${daughter.pupilId}-${small.offeringId}`, '已满');
  await see(phone.app, `#why-${son.pupilId}-${small.offeringId}`, '没法全中');
  await picture('open');
  await tap(phone.app, '#basket-submit');
  await see(phone.app, '#basket-won', '2 门占到了');
  await see(phone.app, '#basket-lost', '4 门没占到');
  await see(phone.app, `#why-${daughter.pupilId}-${small.offeringId}`, '已经满了');
  await see(phone.app, `#why-${son.pupilId}-${small.offeringId}`, '已经满了');
  for (const { offeringId } of [third, fourth]) await see(phone.app, `#why-${son.pupilId}-${offeringId}`, `“${SMALL}”没占到`);
  await picture('submitted');
  const stateOf = async (pupilId: string) => {
    const { items } = await (await callerOf('周敏')).api.selection.listChildEnrolments({ pupilId });
    return items.map(({ status }) => status);
  };
  expect([await stateOf(daughter.pupilId), await stateOf(son.pupilId)]).toEqual([['held', 'held'], []]);

  // In line for the full one with one tap; for the son she does without it.
  await on(phone.app, `#basket-${daughter.pupilId} #wait-${small.offeringId}`).click();
  await see(phone.app, `#basket-${daughter.pupilId} #place-${small.offeringId}`, '候补第 1 位');
  await tap(phone.app, `#remove-${daughter.pupilId}-${small.offeringId}`);
  await tap(phone.app, `#remove-${son.pupilId}-${small.offeringId}`);
  await on(phone.app, `#line-${son.pupilId}-${small.offeringId}`).waitFor({ state: 'detached' });
  await tap(phone.app, '#basket-submit');
  await see(phone.app, '#basket-won', '4 门占到了');
  await picture('all-held');

  // One payment, split by child.
  await tap(phone.app, '#basket-pay');
  await arrive(phone.app, 'parent/pay');
  await see(phone.app, `#split-${son.pupilId}`);
  await picture('pay');
  await tap(phone.app, '#pay-now');
  await phone.pay();
  await see(phone.app, '#order-status', '已付款');
  await see(phone.app, `#split-${daughter.pupilId}`);
  await picture('paid');

  // The father sees it all, and cancels one part of it.
  await other.takenBy(guardian('林建国'));
  await tap(other.app, `#child-${daughter.pupilId}`);
  await tap(other.app, '.k-list-row[id^=class-]');
  await arrive(other.app, 'parent/order');
  await see(other.app, '#order-status', '已付款');
  await tap(other.app, '[id^=cancel-]');
  await tap(other.app, '#refund-submit');
  await sayYes(other.app);
  await see(other.app, '#refund-status');
  await kehou.clock.settled();
  await picture('cancelled', other.page);
  const all = [...(await stateOf(daughter.pupilId)), ...(await stateOf(son.pupilId))];
  expect(all.toSorted()).toEqual(['cancelled', 'confirmed', 'confirmed', 'confirmed']);
  await other.takenBy(guardian('林建国'));
  await toClasses(other, windowId);
  await read(other.app, '已选上');
  await picture('classes-open', other.page);
}, 300_000);

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
