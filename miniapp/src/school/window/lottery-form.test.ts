import { expect, test } from '@jest/globals';
import { instant } from '@kehou/shared/kernel/time';
import { Lottery } from '@kehou/shared/selection/lottery';
import { draftOf, hoursOf, type LotteryDraft, latestClose, lotteryOf, paidBy, problemsOf } from './lottery-form.ts';

const at = (text: string) => instant(Date.parse(text));
const closesAt = at('2026-09-05T12:00:00Z');
const draft: LotteryDraft = {
  mode: 'lottery-then-first-come',
  rounds: 2,
  payHours: '24',
  source: 'public',
  name: '双色球 2026-09-06 开奖号码',
  born: hoursOf(at('2026-09-06T13:30:00Z')),
  leftOpens: hoursOf(at('2026-09-08T00:00:00Z')),
  leftCloses: hoursOf(at('2026-09-09T00:00:00Z')),
};

test('a draft that is fine becomes what the contract takes, and is read back as it was', () => {
  expect(problemsOf(draft, closesAt)).toEqual({});
  const lottery = Lottery.parse(lotteryOf(draft));
  expect(lottery.firstCome?.opensAt).toBe('2026-09-08T00:00:00.000Z');
  expect(draftOf({ lottery })).toEqual(draft);
  expect(lotteryOf(draftOf(undefined))).toBeUndefined();
});

test('the value is born half an hour after the close, and what is left opens once winners have paid', () => {
  const born = (text: string) => problemsOf({ ...draft, mode: 'lottery', born: hoursOf(at(text)) }, closesAt);
  expect(born('2026-09-05T12:00:00Z')).toEqual({ born: 'born' });
  expect(born('2026-09-05T12:29:00Z')).toEqual({ born: 'born' });
  expect(born('2026-09-05T12:30:00Z')).toEqual({});
  // As the form opens: a value of the same evening is fine for a close at eight.
  expect(
    problemsOf(
      { ...draftOf(undefined), mode: 'lottery', name: draft.name, born: { ...draftOf(undefined).born, date: '2026-09-05' } },
      closesAt,
    ),
  ).toEqual({});
  expect(paidBy(draft, closesAt)).toBe('2026-09-07T13:30:00.000Z');
  expect(problemsOf({ ...draft, leftOpens: hoursOf(at('2026-09-07T13:00:00Z')) }, closesAt)).toEqual({ leftOpens: 'leftOpens' });
  // With a secret there is nothing to wait for: the time to pay begins at the close.
  expect(paidBy({ ...draft, source: 'secret' }, closesAt)).toBe('2026-09-06T12:00:00.000Z');
});

test('the close of what is published may move up to half an hour before its value; one that stands is not asked about', () => {
  const seedSource = { kind: 'public', name: draft.name, bornAt: at('2026-09-05T13:30:00Z') } as const;
  const window = { closesAt, lottery: { rounds: 1, payHours: 24, seedSource } };
  expect(latestClose(window, at('2026-09-05T13:00:00Z'))).toBeUndefined();
  expect(latestClose(window, at('2026-09-05T13:01:00Z'))).toBe('2026-09-05T13:00:00.000Z');
  // Published before there was a gap to keep.
  const narrow = { ...window, lottery: { ...window.lottery, seedSource: { ...seedSource, bornAt: at('2026-09-05T12:10:00Z') } } };
  expect(latestClose(narrow, closesAt)).toBeUndefined();
  expect(latestClose(narrow, at('2026-09-05T12:05:00Z'))).toBe('2026-09-05T11:40:00.000Z');
  expect(latestClose({ closesAt }, at('2026-09-05T13:01:00Z'))).toBeUndefined();
  expect(
    latestClose({ closesAt, lottery: { ...window.lottery, seedSource: { kind: 'secret' } } }, at('2026-09-09T13:01:00Z')),
  ).toBeUndefined();
});

test('what is missing or no number is named', () => {
  const empty = hoursOf(undefined);
  const bare = { ...draft, payHours: '0', name: '号码', born: empty, leftOpens: empty, leftCloses: empty };
  expect(problemsOf(bare, closesAt)).toEqual({
    payHours: 'payHours',
    name: 'name',
    born: 'required',
    leftOpens: 'required',
    leftCloses: 'required',
  });
  expect(problemsOf({ ...bare, mode: 'lottery', payHours: '73', source: 'secret' }, closesAt)).toEqual({ payHours: 'payHours' });
  expect(problemsOf({ ...bare, mode: 'first-come' }, closesAt)).toEqual({});
});
