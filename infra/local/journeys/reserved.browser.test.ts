/**
 * Places kept for a purpose, by finger: the school names and counts them with the class, every parent sees them, the rush does not get
 * them, the school gives one to a pupil whose family pays, and lets the other go. In a real browser, against everything that `npm start`
 * runs. The pages must have been built.
 */
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { accountOf } from '../demo/accounts.ts';
import { Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, on, read, sayYes, see, startJourney, tap, turnTo } from './people.fixture.ts';

const size = { schools: 1, pupilsEach: 40 };
const CHOSEN = '林晓雨';
const WAITS = '丁雅静';
const LIKE = '口琴';
const AT_HOUR_OF = '创意美术';
const TEAM = '校乐队队员';
let journey: Journey;
let offering: Offering;
let windowId: Id<'window'>;

beforeAll(async () => {
  journey = await startJourney('reserved', size);
}, 300_000);
afterAll(() => journey?.end());

const fresh = () => new Callers(journey.kehou.url, journey.kehou.wechat);
const pupils = () => pupilsOf(schools.slice(0, size.schools), size.pupilsEach);
function pupilNamed(name: string) {
  const found = pupils().find((pupil) => pupil.name === name);
  if (!found) throw new Error(`the demo has no pupil ${name}`);
  return found;
}
const personOf = (child: string) => journey.person('家长', pupilNamed(child).guardians[0]?.name ?? '');

async function headApi() {
  const [school] = schools;
  if (!school) throw new Error('the demo has a school');
  return { schoolId: school.organisationId, api: (await fresh().as(accountOf(school.head))).api };
}

/** A class of three, still a draft: the rest of it is the school's to fill in. */
async function draftClass(): Promise<void> {
  const { schoolId, api } = await headApi();
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  const { termId } = window;
  const there = (await api.offering.listOfferings({ schoolId, termId, limit: 100 })).items as Offering[];
  const [like, hour] = [LIKE, AT_HOUR_OF].map((name) => there.find(({ courseName }) => courseName === name));
  if (!like || !hour) throw new Error('the demo has these classes');
  const { courseId, instructorId, roomId, grades, feePerSessionFen, payPerSessionFen } = like;
  const terms = { courseId, instructorId, roomId, termId, grades, feePerSessionFen, payPerSessionFen };
  const asked = { schoolId, offeringId: newId('offering'), ...terms, slots: hour.slots, capacity: 3, smallestSize: 1 };
  offering = (await api.offering.createOffering(asked)) as Offering;
}

async function publish(): Promise<void> {
  const { schoolId, api } = await headApi();
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  windowId = newId('window');
  const { termId, opensAt, closesAt } = window;
  const offeringIds = [offering.offeringId];
  const waitingList = { offerMinutes: 60 };
  await api.selection.createWindow({ schoolId, windowId, termId, name: '乐队选课', opensAt, closesAt, offeringIds, waitingList });
  await api.selection.publishWindow({ schoolId, windowId });
  await journey.kehou.clock.settled();
}

async function toClasses(child: string) {
  const app = await journey.phone.takenBy(personOf(child));
  await tap(app, `#choose-${windowId}`);
  await arrive(app, 'parent/classes');
  return app;
}

async function openClass(desk: Awaited<ReturnType<Journey['deskOf']>>) {
  await turnTo(desk, 'school/classes');
  await tap(desk, `tr[data-key="${offering.offeringId}"] td`);
  await see(desk, '#class-drawer');
}

test('the school keeps two of three places for its band, by name and number', async () => {
  await draftClass();
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await openClass(desk);
  await tap(desk, '#class-edit');
  await tap(desk, '#reserve-add');
  await on(desk, '#reserve-purpose-0').fill(TEAM);
  await on(desk, '#reserve-places-0').fill('3');
  await tap(desk, '#class-save');
  await read(desk, '预留之外至少要有一个公开名额');
  await on(desk, '#reserve-places-0').fill('2');
  await on(desk, '#reserve-purpose-0').scrollIntoViewIfNeeded();
  await journey.picture('class-form', desk);
  await tap(desk, '#class-save');
  await read(desk, '已保存');
  await desk.close();
  await publish();
}, 240_000);

test('every parent sees them, and the rush gets the one that is open to all', async () => {
  const app = await toClasses(CHOSEN);
  await see(app, `#row-${offering.offeringId}`, `另留 2 个给${TEAM}`);
  await tap(app, `#details-${offering.offeringId}`);
  await read(app, `${TEAM} 2 个，已给 0 个`);
  await journey.picture('details');
  await journey.jump('2026-08-31T12:00:01.000Z' as Instant);
  const [guardian] = pupilNamed('卢致远').guardians;
  if (!guardian) throw new Error('卢致远 has a guardian');
  const { api, me } = await fresh().as(accountOf(guardian));
  const pupilId = me().children.find(({ name }) => name === '卢致远')?.pupilId as Id<'pupil'>;
  const wish = { pupilId, windowId, offeringId: offering.offeringId, enrolmentId: newId('enrolment') };
  await api.selection.takeSeat(wish);
  await journey.kehou.clock.settled();
  const other = await toClasses(WAITS);
  await see(other, `#row-${offering.offeringId}`, '已满');
  await journey.picture('full');
  await tap(other, `#wait-${offering.offeringId}`);
  await see(other, `#place-${offering.offeringId}`, '候补第 1 位');
  await journey.phone.back();
  await arrive(other, 'parent/home');
}, 240_000);

test('the school gives one to a pupil, whose family pays', async () => {
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await openClass(desk);
  await see(desk, '#reserves', '共 2 个，已给 0 个，还留 2 个');
  await tap(desk, `#give-${TEAM}`);
  await on(desk, '#reserve-number').fill(pupilNamed(CHOSEN).pupilNumber);
  await on(desk, '#reserve-name').fill('认错人');
  await tap(desk, '#reserve-give');
  await sayYes(desk);
  await read(desk, '名册上没有这个学号和姓名的学生');
  await on(desk, '#reserve-name').fill(CHOSEN);
  await on(desk, '#reserve-number').scrollIntoViewIfNeeded();
  await journey.picture('give', desk);
  await tap(desk, '#reserve-give');
  await sayYes(desk);
  await journey.kehou.clock.settled();
  await see(desk, '#reserves', '共 2 个，已给 1 个，还留 1 个');
  await journey.picture('given', desk);
  await desk.close();

  const app = await journey.phone.takenBy(personOf(CHOSEN));
  await read(app, `学校给孩子留了名额：${LIKE}（${TEAM}）`);
  await journey.picture('home');
  await tap(app, '[id^=pay-enr_]');
  await arrive(app, 'parent/pay');
  await read(app, '过时退回学校');
  await journey.picture('pay');
  await tap(app, '#pay-now');
  await journey.phone.pay();
  await see(app, '#order-status', '已付款');
}, 240_000);

test('the other is let go: it is offered to who waits', async () => {
  const desk = await journey.deskOf(journey.person('学校', '青湖第一小学'));
  await openClass(desk);
  await tap(desk, '#class-edit');
  await see(desk, '#reserve-purpose-0[disabled]');
  await on(desk, '#reserve-places-0').fill('1');
  await tap(desk, '#class-save');
  await read(desk, '已保存');
  await journey.kehou.clock.settled();
  await see(desk, '#reserves', '共 1 个，已给 1 个，还留 0 个');
  await desk.close();
  const app = await journey.phone.takenBy(personOf(WAITS));
  await read(app, `候补到名额了：${LIKE}`);
  await journey.picture('offered');
}, 240_000);

test('nothing went wrong in any page meanwhile', () => {
  // What was tried on purpose with another child's name.
  expect(journey.errors().filter((error) => !error.includes('/reserved-places'))).toEqual([]);
});
