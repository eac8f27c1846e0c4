/**
 * A window that is shared, by finger: a school makes two links, hangs up the poster of one and sends the other into the group chat; a stranger opens the card, and a
 * parent whose child goes to another school; a parent comes in by it and takes a place; the school sees who came by which link; and
 * what people are told once the link is over.
 */
import type { Instant } from '@kehou/shared/kernel/time';
import type { Page } from 'playwright-core';
import { schools } from '../demo/city.ts';
import { arrive, type Journey, loaded, on, see, startJourney, tap, turnTo, write } from './people.fixture.ts';

const SIZE = { schools: 2, pupilsEach: 40 };
const WINDOW = '2026 年秋季课后服务选课';
const GROUP = '三年级群';
const POSTER = '门口海报';
let journey: Journey;

beforeAll(async () => {
  journey = await startJourney('sharing', SIZE);
}, 300_000);
afterAll(() => journey?.end());

const [FIRST, SECOND] = schools.map(({ name }) => name) as [string, string];

/** People who opened the link, and places taken, as the desk shows them once it has asked again. */
async function counts(desk: Page, name: string, wanted: readonly [string, string]): Promise<void> {
  const cells = on(desk, '#window-links tbody tr', name).locator('td');
  for (const [index, count] of wanted.entries())
    await cells
      .nth(index + 3)
      .getByText(count, { exact: true })
      .waitFor();
}

test('a link goes into the group chat, and everybody who opens it finds what is theirs', async () => {
  const { phone, picture } = journey;
  const head = journey.person('学校', FIRST);
  const desk = await journey.deskOf(head);
  await turnTo(desk, 'school/windows');
  await on(desk, 'tbody tr', WINDOW).click();
  await tap(desk, '#window-share');
  await write(desk, '#share-name', POSTER);
  await tap(desk, '#share-make');
  await see(desk, '#share-code');
  await picture('link-at-desk', desk);
  // Its poster, which hangs at the gate: a mother's phone reads the code off it, and the app opens where it says.
  await tap(desk, '#share-poster-make');
  await see(desk, '#share-poster img');
  await picture('poster', desk);
  const saving = desk.waitForEvent('download');
  await tap(desk, '#poster-save');
  expect((await saving).suggestedFilename()).toContain(POSTER);
  let app = await phone.takenBy(journey.person('家长', '郑婷婷'));
  await phone.scanOutside(desk);
  await arrive(app, 'entry/share');
  await see(app, '[id^=share-enter-]');
  await picture('scanned');
  await desk.close();

  // On the phone the head makes another one and sends it into the group.
  app = await phone.takenBy(head);
  await tap(app, '#desk-menu');
  await tap(app, '#menu-school-windows');
  await arrive(app, 'school/windows');
  await tap(app, '.k-table-card');
  await arrive(app, 'school/window');
  await tap(app, '#window-share');
  await write(app, '#share-name', GROUP);
  await picture('make-on-phone');
  await tap(app, '#share-make');
  await see(app, '#share-code');
  await picture('link-on-phone');
  await tap(app, '#window-share-sheet .k-button--primary');
  await see(phone.page, '.card-picture');
  await picture('card-to-send');
  await phone.chooseTheGroup();

  // Nobody's guardian yet.
  const stranger = journey.person('家长', '手机不在名册上');
  app = await phone.takenBy(stranger);
  await phone.openCard(FIRST);
  await arrive(app, 'entry/share');
  await see(app, '#window-mode');
  await see(app, '#share-link-child');
  await picture('stranger');

  // A child at another school.
  const other = journey.people.find(({ role, note }) => role === '家长' && note?.includes(SECOND));
  if (!other) throw new Error('the demo has parents at its second school');
  app = await phone.takenBy(other);
  await phone.openCard(FIRST);
  await see(app, '#share-elsewhere', FIRST);
  await picture('other-school');
  await tap(app, '[id^=share-elsewhere-]');
  await arrive(app, 'parent/home');

  // One of theirs takes a place.
  await journey.jump('2026-08-31T12:00:01.000Z' as Instant);
  app = await phone.takenBy(journey.person('家长', '赵磊'));
  await phone.openCard(FIRST);
  await picture('parent');
  await tap(app, '[id^=share-enter-]');
  await arrive(app, 'parent/classes');
  await tap(app, '[id^=take-]:not([disabled])');
  await see(app, '#basket-pay');

  const atDesk = await journey.deskOf(head);
  await turnTo(atDesk, 'school/windows');
  await on(atDesk, 'tbody tr', WINDOW).click();
  await counts(atDesk, GROUP, ['3', '1']);
  await counts(atDesk, POSTER, ['1', '0']);
  await see(atDesk, '#window-links-chart canvas');
  await loaded(atDesk);
  await on(atDesk, '#window-links').scrollIntoViewIfNeeded();
  await picture('counts', atDesk);
  await atDesk.close();
}, 300_000);

test('a link that is over says so kindly, and leads on', async () => {
  const { phone, picture } = journey;
  await journey.jump('2026-09-03T12:00:01.000Z' as Instant);
  let app = await phone.takenBy(journey.person('家长', '赵磊'));
  await phone.openCard(FIRST);
  await see(app, '#share-over-lapsed', FIRST);
  await picture('lapsed');
  await tap(app, '[id^=share-home-]');
  await arrive(app, 'parent/home');
  app = await phone.takenBy(journey.person('家长', '手机不在名册上'));
  await phone.openCard(FIRST);
  await see(app, '#share-over-lapsed', FIRST);
  await see(app, '#share-link-child');
}, 200_000);

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
