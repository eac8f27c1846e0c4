import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { OPENING, settableClock } from '../../testing/selection-world.ts';
import { limited, TRIES_A_MINUTE, Tries } from './tries.ts';

const actor = (personId: string) => ({ personId, memberships: [], children: [], requestId: 'test' });

test('a person tries for so many seats at once and no more, whoever else tries; the rest comes back within the minute', async () => {
  const clock = settableClock();
  let done = 0;
  const take = limited({ tries: new Tries(), clock }, async () => ++done);
  const tryTimes = async (person: string, times: number) => {
    const outcomes = await Promise.allSettled(Array.from({ length: times }, () => take({}, actor(person))));
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  };
  expect(await tryTimes('script', TRIES_A_MINUTE + 20)).toBe(TRIES_A_MINUTE);
  await expect(take({}, actor('script'))).rejects.toMatchObject({ code: 'selection.tries_max' });
  expect(await tryTimes('family', 10)).toBe(10);
  expect(done).toBe(TRIES_A_MINUTE + 10);
  clock.set(instant(ms(OPENING) + 2000));
  expect(await tryTimes('script', 5)).toBe(1);
  clock.set(addMinutes(OPENING, 2));
  expect(await tryTimes('script', TRIES_A_MINUTE + 1)).toBe(TRIES_A_MINUTE);
  clock.set(OPENING);
  expect(await tryTimes('script', 1)).toBe(0);
});
