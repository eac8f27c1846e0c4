/** Wishes that change: withdrawn and sent again, sent by two guardians, sent twice. On the real engine. */
import { Instant } from '@kehou/shared/kernel/time';
import { entryOf } from '@kehou/shared/selection/draw-file';
import { testTable } from '../../testing/engine.ts';
import { type LotteryWorld, lotteryWorld, parent } from '../../testing/lottery-world.ts';
import { keys } from '../platform/keys.ts';
import { getChoice, Luck } from './draw.repository.ts';
import { StoredEnrolment } from './enrolment.repository.ts';

/** Sends as a page does that showed the list of `replaces`, or none. */
const sendingTo = (world: LotteryWorld) => (pupil: number, classes: readonly number[], replaces?: string) =>
  world.area().useCases.submitChoices(
    {
      pupilId: world.pupilId(pupil),
      windowId: world.windowId,
      offeringIds: classes.map(world.offeringId),
      together: [],
      ...(replaces === undefined ? {} : { replaces: Instant.parse(replaces) }),
    },
    parent,
  );

test('a guardian does not overwrite what the other sent without having seen it; a reply that was lost is answered, not refused', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 2 }], pupils: 4 });
  await world.open();
  const { windowId } = world;
  const send = sendingTo(world);
  const refused = { code: 'lottery.changed_meanwhile' };
  const first = await send(0, [0, 1]);
  world.later(1);
  // The other one's page showed an empty list, or an older one.
  await expect(send(0, [1])).rejects.toMatchObject(refused);
  const second = await send(0, [1, 0], first.choices.at);
  await expect(send(0, [1], first.choices.at)).rejects.toMatchObject(refused);
  await expect(send(0, [], first.choices.at)).rejects.toMatchObject(refused);
  // The reply was lost: the same again, as it was sent.
  expect(await send(0, [1, 0], first.choices.at)).toEqual(second);
  // What was overtaken meanwhile does not come back by being sent again.
  await expect(send(0, [0, 1])).rejects.toMatchObject(refused);
  expect(await world.area().useCases.getChoices({ pupilId: world.pupilId(0), windowId }, parent)).toEqual(second);
  // Seen, and sent all the same.
  const third = await send(0, [], second.choices.at);
  await expect(send(0, [0], second.choices.at)).rejects.toMatchObject(refused);
  expect(await send(0, [0], third.choices.at)).toMatchObject({ choices: { offeringIds: [world.offeringId(0)] } });
  // A list that was shown and is not there.
  await expect(send(1, [0], first.choices.at)).rejects.toMatchObject(refused);
}, 60_000);

test('of two guardians who send at once one is received and the other told, and neither where both send the same', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 2 }], pupils: 12 });
  await world.open();
  const send = sendingTo(world);
  for (let pupil = 0; pupil < 12; pupil++) {
    // With nothing there before, with a list, and with one of them withdrawing it.
    const replaces = pupil % 3 === 0 ? undefined : (await send(pupil, [0])).choices.at;
    const mine = pupil % 3 === 2 ? [] : [0, 1];
    const outcomes = await Promise.allSettled([send(pupil, mine, replaces), send(pupil, [1], replaces)]);
    const [received] = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const told = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(told).toMatchObject([{ code: 'lottery.changed_meanwhile' }]);
    expect(await world.area().useCases.getChoices({ pupilId: world.pupilId(pupil), windowId: world.windowId }, parent)).toEqual(received);
    const same = await Promise.all([send(pupil, [1, 0], received?.choices.at), send(pupil, [1, 0], received?.choices.at)]);
    expect(same[0]).toEqual(same[1]);
  }
}, 60_000);

test('wishes are withdrawn until the close with a receipt, and sent again later; who withdrew is not drawn, and who named it is drawn alone', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 2 }], pupils: 4 });
  await world.guard(0, 1);
  await world.open();
  const first = await world.wish(0, [0, 1], [1]);
  await world.wish(1, [0], [0]);
  await world.wish(2, [1]);
  // There is nothing to withdraw of who sent nothing.
  await expect(world.wish(3, [])).rejects.toMatchObject({ code: 'request.invalid' });
  world.later(1);
  const gone = await world.wish(0, [], [1]);
  expect(gone).toMatchObject({
    choices: { offeringIds: [], together: [] },
    receipt: { offeringIds: [], together: [], entrant: first.receipt.entrant },
  });
  expect(Date.parse(gone.receipt.at)).toBeGreaterThan(Date.parse(first.receipt.at));
  world.later(1);
  expect(await world.wish(0, [])).toEqual(gone);
  const { getChoices, getChildDraw } = world.area().useCases;
  expect(await getChoices({ pupilId: world.pupilId(0), windowId: world.windowId }, parent)).toEqual(gone);
  // Withdrawn, and sent again after it.
  const out = await world.wish(2, []);
  const back = await world.wish(2, [0]);
  expect(Date.parse(back.receipt.at)).toBeGreaterThan(Date.parse(out.receipt.at));

  await world.close();
  await expect(world.wish(2, [])).rejects.toMatchObject({ code: 'lottery.not_now' });
  await world.step('fixDraw');
  await expect(world.wish(1, [])).rejects.toMatchObject({ code: 'lottery.not_now' });
  await world.step('runDraw');
  await world.allot();
  const file = await world.file();
  const entries = file.entries.map(entryOf);
  expect(entries).toHaveLength(2);
  expect(entries.every(({ entrant, group }) => entrant === group && entrant !== first.receipt.entrant)).toBe(true);
  expect(entries.find(({ entrant }) => entrant === back.receipt.entrant)?.choices).toEqual([world.offeringId(0)]);
  expect(await getChildDraw({ pupilId: world.pupilId(0), windowId: world.windowId }, parent)).toMatchObject({
    notListed: 'withdrawn',
    steps: [],
  });
  // Nothing won, nothing lost: it did not take part.
  expect(await world.table.queryAll({ ...keys.enrolments(world.pupilId(0)), consistent: true, most: 10 }, StoredEnrolment)).toEqual([]);
  expect(await world.table.get(keys.luck(world.pupilId(0)), Luck)).toBeUndefined();
  expect(await getChoice(world.table, world.windowId, world.pupilId(0))).not.toHaveProperty('outcome');
});
