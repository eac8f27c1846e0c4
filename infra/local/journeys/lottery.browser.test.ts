/**
 * A lottery from wish to proof, by finger: a school opens it at its desk; a mother ranks classes for two children who want to be drawn
 * together, their father sees it on his own phone; another family wants the one place too; the numbers are recorded, the winner pays,
 * and whoever lost reads why and sees the proof hold (and fail where something is changed). The file is checked without the server.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@kehou/shared/kernel/id';
import { addDays, chinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { accountOf } from '../demo/accounts.ts';
import { type Caller, Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { root } from '../miniapp-build.ts';
import { arrive, type Journey, on, type Phone, sayYes, see, startJourney, tap, turnTo, write } from './people.fixture.ts';

const WINDOW = '秋季加开班抽签';
const VALUE = '03,11,17,20,24,31+09';
let journey: Journey;
let callers: Callers;
/** One place, and places for all. */
let scarce: Offering;
let plenty: Offering;

beforeAll(async () => {
  journey = await startJourney('lottery', { schools: 1, pupilsEach: 12 });
  callers = new Callers(journey.kehou.url, journey.kehou.wechat);
  [scarce, plenty] = await addClasses();
}, 300_000);
afterAll(() => journey?.end());

const caller = (name: string): Promise<Caller> => {
  const person = journey.people.find((one) => one.name === name);
  if (!person) throw new Error(`nobody is called ${name}`);
  return callers.as(accountOf({ name, phone: person.phone }));
};

/** Two more classes at the first school, for every grade, that are in no window yet. */
async function addClasses(): Promise<[Offering, Offering]> {
  const [school] = schools;
  if (!school) throw new Error('the demo has a school');
  const { api } = await callers.as(accountOf(school.head));
  const schoolId = school.organisationId;
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  const { items } = await api.offering.listOfferings({ schoolId, termId: window.termId, limit: 100 });
  const made: Offering[] = [];
  for (const like of items) {
    for (const weekday of [6, 7].slice(made.length)) {
      const offering = await tryToAdd(like, weekday, made.length === 0 ? 1 : 20);
      if (!offering) continue;
      made.push(offering);
      break;
    }
    if (made.length === 2) break;
  }
  return made as [Offering, Offering];

  async function tryToAdd(like: Offering, weekday: number, capacity: number): Promise<Offering | undefined> {
    const { courseId, instructorId, roomId, termId, feePerSessionFen, payPerSessionFen } = like;
    if (made.some((one) => one.courseId === courseId)) return undefined;
    if (![1, 2, 3].every((grade) => like.grades.includes(grade))) return undefined;
    return api.offering.createOffering({
      schoolId,
      offeringId: newId('offering'),
      ...{ courseId, instructorId, roomId, termId, feePerSessionFen, payPerSessionFen, capacity },
      grades: [1, 2, 3],
      slots: [{ weekday: weekday as 6 | 7, period: 3 }],
      smallestSize: 1,
    });
  }
}

/** Ranks the classes on the page of wishes, in this order, and sends them. */
async function wish(phone: Phone, offerings: readonly Offering[]): Promise<void> {
  for (const { offeringId } of offerings) await tap(phone.app, `#add-${offeringId}`);
  await tap(phone.app, '#wishes-submit');
  await see(phone.app, '#receipt');
}

async function toWishes(phone: Phone, windowId: string): Promise<void> {
  await tap(phone.app, `#lottery-wish-${windowId}`);
  await arrive(phone.app, 'parent/wishes');
}

test('a school opens a lottery, families wish, the numbers are recorded, and everybody can check what came of it', async () => {
  const { phone, picture, kehou } = journey;
  const desk = await journey.deskOf(journey.person('学校', '校长'));
  await turnTo(desk, 'school/windows');
  await tap(desk, '#window-add');
  await write(desk, '#window-name', WINDOW);
  const tomorrow = addDays(chinaDate(kehou.clock.now()), 1);
  const closes = addDays(tomorrow, 2);
  await write(desk, '#window-opens-date', tomorrow);
  await write(desk, '#window-closes-date', closes);
  await tap(desk, '#window-mode-lottery');
  await write(desk, '#window-pay-hours', '12');
  await write(desk, '#window-seed-name', '双色球当晚开奖号码，从小到大，逗号分隔');
  await write(desk, '#window-born-date', closes);
  await write(desk, '#window-born-time', '21:30');
  await picture('form', desk);
  await tap(desk, '#window-save');
  await see(desk, '#window-status', '草稿');
  await tap(desk, '#window-publish');
  await sayYes(desk);
  await tap(desk, '#share-make');
  await see(desk, '#share-code');
  await picture('published', desk);
  await desk.close();

  const mother = await caller('周敏');
  const daughter = mother.me().children.find(({ name }) => name === '林晓雨');
  const son = mother.me().children.find(({ name }) => name === '林晓阳');
  if (!daughter || !son) throw new Error('the family has two children');
  const windows = (await mother.api.selection.listChildWindows({ pupilId: daughter.pupilId })).items;
  const windowId = windows.find(({ name }) => name === WINDOW)?.windowId;
  if (!windowId) throw new Error('the family sees the window');
  // Before it opens the mother notes a class for one child.
  await phone.takenBy(journey.person('家长', '周敏'));
  await tap(phone.app, `#lottery-look-${windowId}`);
  await arrive(phone.app, 'parent/classes');
  await tap(phone.app, `#mark-${scarce.offeringId}`);
  await see(phone.app, '#marked', '抽签只看志愿');
  await picture('noted');
  await journey.jump(`${tomorrow}T12:00:01.000Z` as Instant);

  // What she noted begins her list, and is not sent by itself. She ranks for that child, then for the other, who is to be drawn with it.
  await phone.takenBy(journey.person('家长', '周敏'));
  await picture('home');
  await toWishes(phone, windowId);
  await see(phone.app, '#wishes-marked', '还没有提交');
  await see(phone.app, '#wish-1', scarce.courseName);
  await picture('wishes');
  await wish(phone, [plenty]);
  await picture('receipt');
  await tap(phone.app, `#together-${son.pupilId}`);
  await tap(phone.app, '#wishes-submit');
  await on(phone.app, '#wishes-submit:not([disabled])').waitFor({ state: 'hidden' });
  await tap(phone.app, `#child-${son.pupilId}`);
  await tap(phone.app, `#together-${daughter.pupilId}`);
  await wish(phone, [scarce, plenty]);

  // Their father, on a phone of his own, sees the same and turns one list round; the mother's page has it when she looks again.
  const second = await journey.anotherPhone();
  await second.takenBy(journey.person('家长', '林建国'));
  await toWishes(second, windowId);
  await tap(second.app, `#child-${son.pupilId}`);
  await see(second.app, '#wish-1', scarce.courseName);
  await tap(second.app, `#down-${scarce.offeringId}`);
  await tap(second.app, '#wishes-submit');
  await see(second.app, '#receipt', new RegExp(`1.*${plenty.courseName}`));
  await phone.takenBy(journey.person('家长', '周敏'));
  await toWishes(phone, windowId);
  await tap(phone.app, `#child-${son.pupilId}`);
  await see(phone.app, '#wish-1', plenty.courseName);
  await picture('turned-round');

  await second.takenBy(journey.person('家长', '赵磊'));
  await toWishes(second, windowId);
  await wish(second, [scarce, plenty]);

  // Closed: the list is fixed and published before anybody can know the numbers.
  await journey.jump(`${closes}T12:05:00.000Z` as Instant);
  await second.takenBy(journey.person('家长', '赵磊'));
  await tap(second.app, `#lottery-result-${windowId}`);
  await arrive(second.app, 'parent/draw');
  await see(second.app, '#draw-waiting');
  await see(second.app, '#proof-listed.k-primary');
  await see(second.app, '#proof-receipt.k-primary');
  await picture('fixed', second.page);
  await journey.jump(`${closes}T13:31:00.000Z` as Instant);
  const atDesk = await journey.deskOf(journey.person('学校', '校长'));
  await turnTo(atDesk, 'school/windows');
  await on(atDesk, 'tbody tr', WINDOW).click();
  await write(atDesk, '#draw-value', VALUE);
  await write(atDesk, '#draw-value-again', '03,11,17,20,24,31+08');
  await tap(atDesk, '#draw-record-save');
  await picture('record-differs', atDesk);
  await write(atDesk, '#draw-value-again', VALUE);
  await tap(atDesk, '#draw-record-save');
  await sayYes(atDesk);
  await on(atDesk, '#draw-record').waitFor({ state: 'hidden' });
  await journey.pass(2);
  await picture('drawn', atDesk);

  // One child of three has the one place; every list that had the other class first, or lost, has that.
  // The clock has jumped: sessions are over.
  callers = new Callers(kehou.url, kehou.wechat);
  const parent = await caller('周敏');
  const { draw, fileUrl } = await parent.api.selection.getDraw({ windowId });
  expect(draw).toMatchObject({ stage: 'allotted', entries: 3, publicValue: VALUE });
  const father = await caller('赵磊');
  const [only] = father.me().children;
  if (!only) throw new Error('赵磊 has a child');
  const parts = await Promise.all([
    parent.api.selection.getChildDraw({ pupilId: daughter.pupilId, windowId }),
    father.api.selection.getChildDraw({ pupilId: only.pupilId, windowId }),
  ]);
  const gotOf = (index: number) => parts[index]?.steps.find(({ got }) => got)?.got?.offeringId;
  expect([gotOf(0), gotOf(1)].toSorted()).toEqual([scarce.offeringId, plenty.offeringId].toSorted());
  const lost = gotOf(0) === scarce.offeringId ? '赵磊' : '周敏';
  const won = lost === '赵磊' ? '周敏' : '赵磊';

  const toResult = async (name: string) => {
    await phone.takenBy(journey.person('家长', name));
    await tap(phone.app, `#lottery-result-${windowId}`);
    await arrive(phone.app, 'parent/draw');
    if (name === '周敏') await tap(phone.app, `#child-${daughter.pupilId}`);
  };
  await toResult(won);
  await see(phone.app, '#draw-won', scarce.courseName);
  await picture('won');
  await tap(phone.app, '#draw-pay');
  await tap(phone.app, '#pay-now');
  await phone.pay();
  await see(phone.app, '#order-status', '已付款');

  await toResult(lost);
  await see(phone.app, '#draw-turns', scarce.courseName);
  for (const line of ['listed', 'receipt', 'seed']) await see(phone.app, `#proof-${line}.k-primary`);
  await picture('proof');
  const changes = { wishes: 'listed', tickets: 'listed', value: 'seed' };
  for (const [change, line] of Object.entries(changes)) {
    await tap(phone.app, `#proof-as-${change}`);
    await see(phone.app, `#proof-${line}.k-danger`);
    await picture(`proof-${change}-changed`);
  }

  // Anybody, without the server: the downloaded file and one command.
  if (!fileUrl) throw new Error('the file is published');
  const file = join(mkdtempSync(join(tmpdir(), 'kehou-draw-')), 'draw.json');
  writeFileSync(file, await (await fetch(fileUrl)).text());
  const verify = [join(root, 'functions/scripts/verify-draw.ts'), file, '--value', VALUE];
  const { stdout } = await promisify(execFile)(process.execPath, verify);
  expect(stdout).toContain(scarce.offeringId);
  await expect(promisify(execFile)(process.execPath, [...verify.slice(0, 3), '01,02'])).rejects.toMatchObject({ code: 1 });
  rmSync(dirname(file), { recursive: true });
}, 300_000);

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
