/** A school rehearses its window at the desk, by finger: as many made-up parents as it says, and the evening stays as it was. */
import { arrive, type Journey, on, see, startJourney, tap, turnTo, write } from './people.fixture.ts';

let journey: Journey;
/** Four places at the demo's first school. */
const SCARCE = '创意美术';

beforeAll(async () => {
  journey = await startJourney('rehearsal', { schools: 1, pupilsEach: 12 });
}, 300_000);
afterAll(() => journey?.end());

test('a school rehearses its window, reads what to change, and rehearses again after a look', async () => {
  const { picture } = journey;
  const desk = await journey.deskOf(journey.person('学校', '校长'));
  await turnTo(desk, 'school/windows');
  await on(desk, 'tbody tr').first().click();
  await arrive(desk, 'school/window');
  await see(desk, '#rehearsal');
  await write(desk, '#rehearsal-parents', '0');
  await on(desk, '#rehearsal-start[disabled], #rehearsal-start[aria-disabled="true"]').waitFor();
  await write(desk, '#rehearsal-parents', '150');
  await on(desk, '[id^="rehearsal-favourite-"]', SCARCE).click();
  await picture('form', desk);
  await tap(desk, '#rehearsal-start');
  await see(desk, '#rehearsal-running', '%');
  await picture('running', desk);
  await see(desk, '#rehearsal-report');
  // A class of four places that everybody wants: it must not open like this, and the page says what to do about it.
  await see(desk, '#rehearsal-verdict', '先别开放');
  await see(desk, '#rehearsal-findings', new RegExp(`“${SCARCE}”[\\d.]+ 秒就满.*加开一个班，或改用抽签`));
  await on(desk, '#rehearsal').scrollIntoViewIfNeeded();
  await picture('report', desk);
  await desk.setViewportSize({ width: 390, height: 844 });
  await on(desk, '#rehearsal').scrollIntoViewIfNeeded();
  await picture('report-phone', desk);
  await desk.setViewportSize({ width: 1440, height: 900 });

  await write(desk, '#rehearsal-parents', '5');
  await tap(desk, '#rehearsal-start');
  await see(desk, '#rehearsal-verdict', '可以开放');
  await picture('go', desk);
  // Nobody took a place: the evening is still ahead.
  await see(desk, '#figure-taken', '0');
  expect(journey.errors()).toEqual([]);
});
