import { expect, test } from '@jest/globals';
import { newId } from '@kehou/shared/kernel/id';
import { ApiError, type InputOf } from '@kehou/shared/kernel/route';
import type { BasketResult } from '@kehou/shared/selection/basket';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import type { ClassCard } from '@kehou/shared/selection/window';
import { PlatformError } from '../platform/platform.ts';
import { linesOf, meetsOnList, type SubmitDeps, submitBasket, type Wanted } from './basket.ts';

type Input = InputOf<typeof selectionRoutes.submitBasket>;

const windowId = newId('window');
const lost = new PlatformError('platform.network');
const refused = new ApiError(404, { code: 'request.not_found', message: '', requestId: 'r' });

const childWith = (count: number): Wanted => ({
  pupilId: newId('pupil'),
  allOrNothing: false,
  offeringIds: Array.from({ length: count }, () => newId('offering')),
});

/** A phone whose server answers what it is told to, one after another; else it holds every seat. */
function phone(...answers: (Error | ((input: Input) => Enrolment['status'][]))[]) {
  const stored = new Map<string, string>();
  const sent: Input[] = [];
  const deps: SubmitDeps = {
    storage: { storageGet: (key) => stored.get(key), storageSet: (key, value) => stored.set(key, value) },
    newId: () => newId('enrolment'),
    pause: async () => undefined,
    submit: async (input) => {
      sent.push(input);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      const states = answer?.(input);
      let index = 0;
      return {
        children: input.children.map(({ pupilId, lines }) => ({
          pupilId,
          lines: lines.map((line) => ({ ...line, enrolment: { ...line, status: states?.[index++] ?? 'held' } })),
        })),
      } as unknown as BasketResult;
    },
  };
  const idsOf = (index: number) => (sent[index]?.children ?? []).flatMap(({ lines }) => lines.map(({ enrolmentId }) => enrolmentId));
  return { deps, sent, idsOf, kept: () => Object.keys(JSON.parse(stored.get('taking') ?? '{}')) };
}

test('a basket whose answer was lost goes again with the same ids, now and at the next tap', async () => {
  const wanted = [childWith(2), childWith(1)];
  const { deps, sent, idsOf, kept } = phone(lost, lost, lost, lost);
  await expect(submitBasket(windowId, wanted, deps)).rejects.toBe(lost);
  expect(kept()).toHaveLength(3);
  await submitBasket(windowId, wanted, deps);
  expect(sent).toHaveLength(5);
  for (const index of [1, 2, 3, 4]) expect(idsOf(index)).toEqual(idsOf(0));
  expect(kept()).toEqual([]);
});

test('a refusal is an answer: the next tap is a new try', async () => {
  const wanted = [childWith(1)];
  const { deps, idsOf, kept } = phone(refused);
  await expect(submitBasket(windowId, wanted, deps)).rejects.toBe(refused);
  expect(kept()).toEqual([]);
  await submitBasket(windowId, wanted, deps);
  expect(idsOf(1)).not.toEqual(idsOf(0));
});

test('a line whose old try is over gets a new id, the others keep theirs', async () => {
  const wanted = [childWith(2)];
  const { deps, sent, idsOf } = phone(lost, lost, lost, lost, () => ['held', 'lapsed']);
  await expect(submitBasket(windowId, wanted, deps)).rejects.toBe(lost);
  await submitBasket(windowId, wanted, deps);
  expect(sent).toHaveLength(6);
  expect(idsOf(5)[0]).toBe(idsOf(0)[0]);
  expect(idsOf(5)[1]).not.toBe(idsOf(0)[1]);
});

test('more lines than one request takes go in several, a child never in two; a child without lines in none', async () => {
  const wanted = [childWith(12), childWith(0), childWith(8), childWith(12), childWith(3)];
  const { deps, sent } = phone();
  const { children } = await submitBasket(windowId, wanted, deps);
  expect(sent.map((input) => input.children.map(({ lines }) => lines.length))).toEqual([
    [12, 8],
    [12, 3],
  ]);
  expect(children.map(({ pupilId }) => pupilId)).toEqual(
    wanted.filter(({ offeringIds }) => offeringIds.length > 0).map(({ pupilId }) => pupilId),
  );
});

test('lines are in the order of the list, without what is taken or gone, and a clash is with what stands before', () => {
  const card = (weekday: number, enrolment?: object) =>
    ({ offeringId: newId('offering'), slots: [{ weekday, period: 1 }], feeFen: 100, enrolment }) as unknown as ClassCard;
  const [one, two, three, taken] = [card(1), card(2), card(1), card(4, { status: 'held' })] as [ClassCard, ClassCard, ClassCard, ClassCard];
  const offeringIds = [three, taken, two, one].map(({ offeringId }) => offeringId);
  const lines = linesOf({
    classes: [one, two, three, taken],
    shortlist: { offeringIds: [newId('offering'), ...offeringIds], allOrNothing: false },
  });
  expect(lines).toEqual([three, two, one]);
  expect(lines.map((line, index) => meetsOnList(line, lines.slice(0, index)))).toEqual([undefined, undefined, three]);
  expect(linesOf({ classes: [one] })).toEqual([]);
});
