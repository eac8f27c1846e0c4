/**
 * What people do with their fingers before a month begins: a school opens a selection window and shares it, a parent comes in by
 * the card, strangers ask to be linked to a child and are let in, a bureau records what it decided; and every page of every
 * console is looked at. In a real browser, against everything that `npm start` runs. `people.fixture.ts` has the phones and the desks.
 */
import { addDays, chinaDate } from '@kehou/shared/kernel/time';
import type { Page } from 'playwright-core';
import { schools as demoSchools } from '../demo/city.ts';
import { pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, on, read, sayYes, see, startJourney, tap, turnTo, write } from './people.fixture.ts';

/** The third school has published nothing yet. */
const SIZE = { schools: 3, pupilsEach: 12 };
const SCHOOL = '滨江小学';
const WINDOW = '冬季选课';
let journey: Journey;

beforeAll(async () => {
  journey = await startJourney('city', SIZE);
}, 300_000);
afterAll(() => journey?.end());

const pupils = pupilsOf(demoSchools.slice(0, SIZE.schools), SIZE.pupilsEach);

test('a school opens a selection window at its desk and forwards it to the group chat, and a parent comes in by the card', async () => {
  const { phone, picture } = journey;
  const head = journey.person('学校', SCHOOL);
  const desk = await journey.deskOf(head);
  await turnTo(desk, 'school/windows');
  await picture('windows-none', desk);
  await tap(desk, '#window-add');
  await see(desk, '#window-form [id^=window-class-]');
  await tap(desk, '#window-save');
  await picture('window-form-problems', desk);
  await write(desk, '#window-name', WINDOW);
  const tomorrow = addDays(chinaDate(journey.kehou.clock.now()), 1);
  await write(desk, '#window-opens-date', tomorrow);
  await write(desk, '#window-closes-date', addDays(tomorrow, 2));
  await write(desk, '#window-note', '先到先得，占座后 15 分钟内付款。');
  await picture('window-form', desk);
  await tap(desk, '#window-save');
  await see(desk, '#window-status', '草稿');
  await picture('window-draft', desk);
  await tap(desk, '#window-publish');
  await picture('window-publish-ask', desk);
  await sayYes(desk);
  await tap(desk, '#share-make');
  await see(desk, '#share-code');
  await see(desk, '#window-status', '已公布');
  await picture('window-share', desk);

  // The head's phone scans what the desk shows, with WeChat's scanner or the app's, and forwards it from WeChat's menu.
  let app = await phone.takenBy(head);
  await phone.scanOutside(desk);
  await arrive(app, 'entry/share');
  app = await phone.takenBy(head);
  await phone.scanInside(desk);
  await arrive(app, 'entry/share');
  await read(app, WINDOW);
  await picture('share-page-of-head');
  await phone.shareFromMenu();
  await desk.close();

  const parent = journey.person('家长', SCHOOL);
  app = await phone.takenBy(parent);
  await phone.openCard(`${SCHOOL} · ${WINDOW}`);
  await arrive(app, 'entry/share');
  await see(app, '[id^=share-enter-]');
  await picture('share-page-of-parent');
  await tap(app, '[id^=share-enter-]');
  await arrive(app, 'parent/classes');
  await see(app, '.p-class');
  await picture('classes-before');
}, 240_000);

test('who is on no roster asks by the pupil’s number, and another guardian of the child lets them in', async () => {
  const { phone, picture } = journey;
  const parent = journey.person('家长', SCHOOL);
  const child = pupils.find(({ school, guardians }) => school.name === SCHOOL && guardians.some(({ phone: own }) => own === parent.phone));
  if (!child) throw new Error(`${parent.name} has no child at ${SCHOOL}`);
  const uncle = await phone.addPerson('18800000001', '周叔叔');
  await askToBeLinked(uncle, `${SCHOOL} · ${WINDOW}`, { ...child, myName: '周叔叔', relation: 'other' });
  await picture('link-sent');

  let app = await phone.takenBy(parent);
  await tap(app, '#home-requests');
  await arrive(app, 'parent/me');
  await read(app, /周叔叔/);
  await read(app, /自称其他监护人/);
  await picture('link-request');
  await tap(app, '[id^=approve-]');
  await picture('link-request-ask');
  await sayYes(app);
  await on(app, '[id^=approve-]').waitFor({ state: 'hidden' });

  app = await phone.takenBy(uncle);
  await see(app, '#child-name', child.name);
  await picture('linked');
}, 240_000);

test('for a child without a guardian on the roster the school decides', async () => {
  const { phone, picture } = journey;
  const child = pupils.find(({ name }) => name === '何昊');
  if (!child) throw new Error('何昊 is not at the first school');
  const head = journey.person('学校', child.school.name);
  // Shared from the phone this time, by the button of the desk's own page.
  let app = await phone.takenBy(head);
  await tap(app, '#desk-menu');
  await tap(app, '#menu-school-windows');
  await arrive(app, 'school/windows');
  await tap(app, '.k-table-card');
  await arrive(app, 'school/window');
  await picture('window-on-phone');
  await tap(app, '#window-share');
  await see(app, '#window-share-sheet');
  await tap(app, '#share-make');
  await see(app, '#share-code');
  await picture('window-share-on-phone');
  await tap(app, '#window-share-sheet .k-button--primary');
  await phone.chooseTheGroup();

  const father = journey.person('家长', '手机不在名册上');
  await askToBeLinked(father, child.school.name, { ...child, myName: father.name, relation: 'father' });
  await tap(phone.app, '#link-check');
  const desk = await journey.deskOf(head);
  await picture('school-home', desk);
  await turnTo(desk, 'school/rosters');
  await tap(desk, '#rosters-links');
  await see(desk, '[id^=link-approve-]');
  await picture('school-links', desk);
  await tap(desk, '[id^=link-approve-]');
  await sayYes(desk);
  await on(desk, '[id^=link-approve-]').waitFor({ state: 'hidden' });
  await picture('school-links-done', desk);
  await desk.close();
  app = await phone.takenBy(father);
  await see(app, '#child-name', child.name);
}, 240_000);

test('a bureau officer records an admitted course and a scale of fees, and sees the figures', async () => {
  const { picture } = journey;
  const desk = await journey.deskOf(journey.person('教育局', '云江市教育局'));
  await turnTo(desk, 'bureau/library');
  await tap(desk, '#admit');
  await see(desk, '#course-form');
  await tap(desk, '#course-save');
  await picture('course-form-problems', desk);
  await write(desk, '#course-name', '木工小作坊');
  await on(desk, '#course-kind').selectOption('labour');
  await write(desk, '#course-introduction', '认识木材和工具，动手做一件能带回家的小木器。');
  await write(desk, '#decision-document', '云课后准入〔2026〕12 号');
  await picture('course-form', desk);
  await tap(desk, '#course-save');
  await on(desk, '#course-form').waitFor({ state: 'hidden' });
  await write(desk, '.k-table-frame input[type=search]', '木工');
  await see(desk, '.k-table tbody tr', '木工小作坊');
  await tap(desk, '.k-table tbody tr');
  await read(desk, '云课后准入〔2026〕12 号');
  await picture('course-admitted', desk);
  await desk.keyboard.press('Escape');

  await turnTo(desk, 'bureau/scales');
  await tap(desk, '#scale-save');
  await picture('scale-problems', desk);
  await write(desk, '#scale-document', '云发改价费〔2026〕40 号');
  for (const [field, yuan] of [
    ['fee', '32'],
    ['own', '85'],
    ['outside', '160'],
  ] as const) {
    await write(desk, `#scale-${field}`, yuan);
  }
  await tap(desk, '#scale-save');
  await sayYes(desk);
  await read(desk, '云发改价费〔2026〕40 号');
  await picture('scale-recorded', desk);
  await turnTo(desk, 'bureau/home');
  await read(desk, SCHOOL);
  await picture('bureau-figures', desk);
  await desk.close();
}, 240_000);

describe('each page of a console opens from its menu, and stays inside 1440 px', () => {
  test.each([
    ['学校', '青湖第一小学', 'school'],
    ['运营方', '苏倩', 'operator'],
    ['教育局', '云江市教育局', 'bureau'],
  ])(
    '%s %s',
    async (role, words, name) => {
      const desk = await journey.deskOf(journey.person(role, words));
      const pages = await desk.locator('[id^=menu-]').evaluateAll((items) => items.map(({ id }) => id.slice('menu-'.length)));
      const console_ = pages.filter((id) => id.startsWith(`${name}-`)).map((id) => id.replace('-', '/'));
      expect(console_.length).toBeGreaterThanOrEqual(4);
      for (const page of console_) {
        await turnTo(desk, page);
        await journey.picture(page.replace('/', '-'), desk);
        expect({ page, ...(await judged(desk)) }).toEqual({ page, wide: 0, failed: 0, raw: [] });
      }
      await desk.close();
    },
    240_000,
  );
});

/** Wider than the screen by so much; lists that could not be read; ids and ISO times in what is written. */
async function judged(desk: Page): Promise<{ wide: number; failed: number; raw: readonly string[] }> {
  const main = on(desk, '.k-desk__main');
  const text = (await main.textContent()) ?? '';
  return {
    wide: await desk.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)'),
    failed: await main.locator('.k-state__mark--danger').count(),
    raw: text.match(/\b[a-z]{3}_[0-9A-Z]{20,}|\d{4}-\d\d-\d\dT\d\d:\d\d|undefined|NaN|\[object/g) ?? [],
  };
}

/** By the card that the school shared: number and name of the child, and who asks. */
async function askToBeLinked(
  who: Parameters<Journey['phone']['takenBy']>[0],
  card: string,
  child: { readonly pupilNumber: string; readonly name: string; readonly myName: string; readonly relation: string },
): Promise<void> {
  const { phone, picture } = journey;
  const app = await phone.takenBy(who);
  await phone.openCard(card);
  await arrive(app, 'entry/share');
  await tap(app, '#share-link-child');
  await arrive(app, 'entry/link-child');
  await tap(app, '#link-send');
  await picture('link-problems');
  await write(app, '#pupil-number', child.pupilNumber);
  await write(app, '#pupil-name', child.name);
  await write(app, '#my-name', child.myName);
  await tap(app, `#relation-${child.relation}`);
  await picture('link-form');
  await tap(app, '#link-send');
  await see(app, '#link-check');
}

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
