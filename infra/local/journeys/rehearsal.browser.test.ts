/** A school rehearses its window at the desk, by finger: as many made-up parents as it says, and the evening stays as it was. */
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { accountOf } from '../demo/accounts.ts';
import { Callers } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
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

const DRAWN = '抽签选课';
const DAY = 1440;

/** A draft in which places are drawn, with hours for what is left: one class that everybody wants, and room in the others. */
async function draftLottery(): Promise<Offering> {
  const [school] = schools;
  if (!school) throw new Error('the demo has a school');
  const { organisationId: schoolId } = school;
  const { api } = await new Callers(journey.kehou.url, journey.kehou.wechat).as(accountOf(school.head));
  const [window] = (await api.selection.listWindows({ schoolId, limit: 50 })).items;
  if (!window) throw new Error('the demo has a window');
  const { termId } = window;
  const likes = (await api.offering.listOfferings({ schoolId, termId, limit: 100 })).items as Offering[];
  const made: Offering[] = [];
  for (const { courseId, instructorId, roomId, feePerSessionFen, payPerSessionFen } of likes) {
    if (made.some((one) => one.courseId === courseId)) continue;
    const terms = { courseId, instructorId, roomId, termId, feePerSessionFen, payPerSessionFen, smallestSize: 1 };
    const slots = [{ weekday: (6 + (made.length % 2)) as 6 | 7, period: 1 + Math.floor(made.length / 2) }];
    const asked = {
      schoolId,
      offeringId: newId('offering'),
      ...terms,
      grades: [1, 2, 3, 4, 5, 6],
      slots,
      capacity: made.length === 0 ? 4 : 20,
    };
    const offering = await api.offering.createOffering(asked).catch((error: Error) => error);
    if (!(offering instanceof Error)) made.push(offering as Offering);
    if (made.length === 6) break;
  }
  const [wanted] = made;
  if (!wanted) throw new Error('no class could be made');
  const opensAt = window.opensAt as Instant;
  const closesAt = addMinutes(opensAt, 2 * DAY);
  const left = addMinutes(closesAt, DAY);
  await api.selection.createWindow({
    ...{ schoolId, termId, windowId: newId('window'), name: DRAWN, opensAt, closesAt },
    offeringIds: made.map(({ offeringId }) => offeringId),
    lottery: { rounds: 1, payHours: 24, seedSource: { kind: 'secret' }, firstCome: { opensAt: left, closesAt: addMinutes(left, 60) } },
  });
  return wanted;
}

test('a window of lots and first come is rehearsed from the first wish to what is left', async () => {
  const { picture } = journey;
  const { courseName, offeringId } = await draftLottery();
  const desk = await journey.deskOf(journey.person('学校', '校长'));
  await turnTo(desk, 'school/windows');
  await on(desk, 'tbody tr', DRAWN).first().click();
  await arrive(desk, 'school/window');
  await see(desk, '#rehearsal', '从填志愿到最后一笔付款');
  await write(desk, '#rehearsal-parents', '30');
  await on(desk, `#rehearsal-favourite-${offeringId}`).click();
  await tap(desk, '#rehearsal-start');
  await see(desk, '#rehearsal-report');
  await see(desk, '#figure-drawn', '30 个孩子填了志愿');
  await see(desk, '#figure-left', /[1-9]/);
  // Nobody is told to draw lots: that is what is done.
  await see(desk, '#rehearsal-findings', new RegExp(`“${courseName}”有 \\d+ 个孩子最想上`));
  expect(await on(desk, '#rehearsal-findings').textContent()).not.toContain('改用抽签');
  await on(desk, '#rehearsal').scrollIntoViewIfNeeded();
  await picture('drawn', desk);
  await on(desk, '#rehearsal-wanting').scrollIntoViewIfNeeded();
  await picture('drawn-charts', desk);
  await desk.setViewportSize({ width: 390, height: 844 });
  await on(desk, '#rehearsal-findings').scrollIntoViewIfNeeded();
  await picture('drawn-phone', desk);
  await on(desk, '#rehearsal-wanting').scrollIntoViewIfNeeded();
  await picture('drawn-charts-phone', desk);
  expect(journey.errors()).toEqual([]);
});
