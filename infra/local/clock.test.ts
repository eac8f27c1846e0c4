import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { ClockProblem, LocalClock } from './clock.ts';
import { Store } from './store.ts';

const start = '2026-09-01T00:00:00.000Z' as Instant;
const clocks: LocalClock[] = [];
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
});
function clockAt(initial: Instant, store?: Store, settleMsMax?: number): LocalClock {
  const clock = new LocalClock({ initial, ...(store ? { store } : {}), ...(settleMsMax ? { settleMsMax } : {}) });
  clocks.push(clock);
  return clock;
}

test('it begins where it is told and runs with real time', async () => {
  const clock = clockAt(start);
  const first = ms(clock.now());
  expect(first - ms(start)).toBeLessThan(1000);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(ms(clock.now()) - first).toBeGreaterThanOrEqual(25);
});

test('a jump fires what is due in order, each at its own instant, and goes on to what those set', async () => {
  const clock = clockAt(start);
  const seen: string[] = [];
  const note = (name: string) => seen.push(`${name} ${clock.now().slice(0, 16)}`);
  clock.at(addMinutes(start, 60), 'later', () => void note('later'));
  clock.at(addMinutes(start, 10), 'first', () => {
    note('first');
    clock.at(addMinutes(start, 30), 'set by first', () => void note('set by first'));
  });
  clock.at(addMinutes(start, 600), 'beyond', () => void note('beyond'));
  const jump = await clock.jumpTo(addMinutes(start, 120));
  expect(seen).toEqual(['first 2026-09-01T00:10', 'set by first 2026-09-01T00:30', 'later 2026-09-01T01:00']);
  expect(jump.fired.map((timer) => timer.name)).toEqual(['first', 'set by first', 'later']);
  expect(clock.now().slice(0, 16)).toBe('2026-09-01T02:00');
  expect(clock.upcoming().map((timer) => timer.name)).toEqual(['beyond']);
});

test('a jump lets everything come to rest between two timers, however often one wakes another', async () => {
  const clock = clockAt(start);
  const seen: string[] = [];
  let streams = 0;
  let workflows = 0;
  clock.join({
    name: 'streams',
    settle: async () => {
      if (streams === 0) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
      streams -= 1;
      workflows += 1;
      seen.push('stream');
      return true;
    },
  });
  clock.join({
    name: 'workflows',
    settle: async () => {
      if (workflows === 0) return false;
      workflows -= 1;
      if (seen.length < 4) streams += 1;
      seen.push('workflow');
      return true;
    },
  });
  clock.at(addMinutes(start, 1), 'one', () => {
    seen.push('one');
    streams += 1;
  });
  clock.at(addMinutes(start, 2), 'two', () => void seen.push('two'));
  await clock.jumpTo(addMinutes(start, 3));
  expect(seen).toEqual(['one', 'stream', 'workflow', 'stream', 'workflow', 'two']);
});

test('what never rests is named, and does not hold the clock for ever', async () => {
  const clock = clockAt(start, undefined, 50);
  clock.join({ name: 'restless', settle: async () => true });
  const jump = await clock.jumpTo(addMinutes(start, 1));
  expect(jump.restless).toEqual(['restless']);
});

test('the next event passes over housekeeping, which still fires on the way', async () => {
  const clock = clockAt(start);
  const swept: string[] = [];
  clock.at(addMinutes(start, 1), 'sweep', () => void swept.push('sweep'), { quiet: true });
  clock.at(addMinutes(start, 45), 'window opens', () => undefined);
  const jump = await clock.jumpToNext();
  expect(jump?.fired.map((timer) => timer.name)).toEqual(['window opens']);
  expect(swept).toEqual(['sweep']);
  expect(clock.now().slice(0, 16)).toBe('2026-09-01T00:45');
  expect(await clock.jumpToNext()).toBeUndefined();
});

test('it never goes back', async () => {
  const clock = clockAt(start);
  await expect(clock.jumpTo(addMinutes(start, -5))).rejects.toThrow(ClockProblem);
  await expect(clock.jumpTo('soon' as Instant)).rejects.toThrow(ClockProblem);
});

test('the offset outlives the process', async () => {
  const store = Store.open(':memory:');
  await clockAt(start, store).jumpTo(addMinutes(start, 60 * 24 * 30));
  const again = clockAt('2020-01-01T00:00:00.000Z' as Instant, store);
  expect(again.now().slice(0, 15)).toBe('2026-10-01T00:0');
  store.close();
});

test('timers also fire by themselves as real time passes, a cancelled one never, a failing one alone', async () => {
  const failed: string[] = [];
  const clock = new LocalClock({ initial: start, onError: (name) => failed.push(name) });
  clocks.push(clock);
  const seen: string[] = [];
  const soon = (n: number) => new Date(ms(clock.now()) + n).toISOString() as Instant;
  clock.at(soon(20), 'fails', () => {
    throw new Error('no');
  });
  clock.at(soon(30), 'b', () => void seen.push('b'));
  clock.at(soon(10), 'a', () => void seen.push('a'));
  const cancel = clock.at(soon(15), 'never', () => void seen.push('never'));
  cancel();
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(seen).toEqual(['a', 'b']);
  expect(failed).toEqual(['fails']);
});

test('two jumps asked for at once are taken one after the other', async () => {
  const clock = clockAt(start);
  const seen: string[] = [];
  clock.at(addMinutes(start, 5), 'slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    seen.push('slow');
  });
  clock.at(addMinutes(start, 15), 'next', () => void seen.push('next'));
  await Promise.all([clock.jumpTo(addMinutes(start, 10)), clock.jumpTo(addMinutes(start, 20))]);
  expect(seen).toEqual(['slow', 'next']);
});

test('a thousand timers set in any order still fire in order of time', async () => {
  const clock = clockAt(start);
  const minutes = Array.from({ length: 1000 }, (_, n) => ((n * 7919) % 1000) + 1);
  const seen: number[] = [];
  const cancels = minutes.map((minute) => clock.at(addMinutes(start, minute), `m${minute}`, () => void seen.push(minute)));
  cancels[0]?.();
  await clock.jumpTo(addMinutes(start, 1000));
  expect(seen).toEqual(minutes.slice(1).sort((a, b) => a - b));
});
