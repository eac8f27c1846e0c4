import { describe, expect, test } from '@jest/globals';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { ChinaDate, Instant } from '@kehou/shared/kernel/time';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { POSITION_MAX, type WaitShown } from '@kehou/shared/selection/wait';
import { PlatformError } from '../platform/platform.ts';
import { classInTheWay, joinList, mayWait, placeWords } from './wait.ts';

const at = (text: string) => text as Instant;
const window = { opensAt: at('2026-08-31T12:00:00.000Z'), closesAt: at('2026-09-02T12:00:00.000Z'), waitingList: { offerMinutes: 120 } };
const card = {
  status: 'published' as const,
  grades: [3, 4],
  capacity: 4,
  taken: 4,
  firstSessionDate: '2026-09-07' as ChinaDate,
  enrolment: undefined,
};
const asked = { now: at('2026-08-31T13:00:00.000Z'), window, grade: 3, card };

describe('a waiting list may be joined', () => {
  test('of a full class, and of one that others wait for though a place has just come free', () => {
    expect(mayWait(asked)).toBe(true);
    expect(mayWait({ ...asked, card: { ...card, taken: 3 } })).toBe(false);
    expect(mayWait({ ...asked, card: { ...card, taken: 3, waiting: true } })).toBe(true);
  });

  test('from the opening until the day of the first session in China, whether the window has closed or not', () => {
    const on = (now: string) => mayWait({ ...asked, now: at(now) });
    expect(on('2026-08-31T11:59:59.999Z')).toBe(false);
    expect(on('2026-08-31T12:00:00.000Z')).toBe(true);
    expect(on('2026-09-06T15:59:59.999Z')).toBe(true);
    expect(on('2026-09-06T16:00:00.000Z')).toBe(false);
  });

  test('not without a list, for another grade, in a class that will not run or has no dates, nor by who has a place', () => {
    expect(mayWait({ ...asked, window: { ...window, waitingList: undefined } })).toBe(false);
    expect(mayWait({ ...asked, grade: 5 })).toBe(false);
    expect(mayWait({ ...asked, card: { ...card, status: 'cancelled' } })).toBe(false);
    expect(mayWait({ ...asked, card: { ...card, firstSessionDate: undefined } })).toBe(false);
    expect(mayWait({ ...asked, card: { ...card, enrolment: {} as Enrolment } })).toBe(false);
  });
});

test('the position counts from one, and far down the line only that is said', () => {
  expect(placeWords({ ahead: 0 })).toBe('候补第 1 位');
  expect(placeWords({ ahead: POSITION_MAX - 1 })).toBe('候补第 200 位');
  expect(placeWords({ ahead: POSITION_MAX })).toBe('候补 200 位以后');
});

describe('joining', () => {
  const wish = { pupilId: newId('pupil'), offeringId: newId('offering'), windowId: newId('window') };
  function server(...answers: (Error | WaitShown['status'])[]) {
    const sent: string[] = [];
    const id = { current: newId('wait') };
    const join = async ({ waitId }: { readonly waitId: string }) => {
      sent.push(waitId);
      const answer = answers.shift() ?? 'waiting';
      if (answer instanceof Error) throw answer;
      return { waitId, status: answer, ahead: 0 } as WaitShown;
    };
    return { sent, run: () => joinList(wish, { join, newId: () => newId('wait') as Id<'wait'>, id }) };
  }

  test('again after a lost reply is the same request; after an answer it is another', async () => {
    const lost = new PlatformError('platform.network');
    const { sent, run } = server(lost, 'waiting', 'waiting');
    await expect(run()).rejects.toBe(lost);
    await run();
    await run();
    expect(sent[1]).toBe(sent[0]);
    expect(sent[2]).not.toBe(sent[0]);
  });

  test('with the id of a wait that is over begins anew, once', async () => {
    const { sent, run } = server('left', 'waiting');
    expect((await run()).status).toBe('waiting');
    expect(new Set(sent).size).toBe(2);
    const stubborn = server('left', 'left', 'waiting');
    expect((await stubborn.run()).status).toBe('left');
  });
});

describe('the class in the way of an offer', () => {
  const slots = [{ weekday: 3, period: 1 }];
  const one = (enrolmentId: string, more: object = {}) =>
    ({ enrolmentId, pupilId: 'p', termId: 't', status: 'confirmed', slots, ...more }) as unknown as Enrolment;
  const offered = one('offered', { status: 'held', slotsPending: true });

  test('is what the same child has at that hour in that term', () => {
    expect(classInTheWay(offered, [offered, one('x')])?.enrolmentId).toBe('x');
    expect(classInTheWay(offered, [one('x', { status: 'held' })])?.enrolmentId).toBe('x');
    const others = [
      one('brother', { pupilId: 'q' }),
      one('last year', { termId: 's' }),
      one('over', { status: 'cancelled' }),
      one('another hour', { slots: [{ weekday: 3, period: 2 }] }),
      one('another offer', { slotsPending: true }),
    ];
    expect(classInTheWay(offered, [offered, ...others])).toBeUndefined();
  });

  test('is nothing once the hour is claimed', () => {
    expect(classInTheWay(one('offered', { status: 'held' }), [one('x')])).toBeUndefined();
  });
});
