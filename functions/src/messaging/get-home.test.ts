import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';
import { testTable } from '../../testing/engine.ts';
import { selectionWorld } from '../../testing/selection-world.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { windowItem } from '../selection/window.repository.ts';
import { getHome } from './get-home.ts';

const parent: Actor = { personId: 'per_test', memberships: [], children: [], requestId: 'test' };

test('what is open stands first, the next to close before the others; then what opens next; what is over last', async () => {
  const world = await selectionWorld(await testTable(), { classes: [{ capacity: 5 }] });
  const now = world.clock.now();
  const at = (minutes: number) => addMinutes(now, minutes);
  const [pupil] = world.pupils;
  if (!pupil) throw new Error('the world has a pupil');
  const hours = (name: string, opens: number, closes: number, over: Partial<Window> = {}): Window => {
    const windowId = newId('window') as Id<'window'>;
    return { ...world.window, windowId, name, opensAt: at(opens), closesAt: at(closes), ...over };
  };
  const lottery = { rounds: 1, payHours: 1, seedSource: { kind: 'secret', hash: '0'.repeat(64) } } as const;
  const windows = [
    hours('opens in 17 minutes, closes first', 17, 20),
    hours('closed an hour ago', -300, -60, { status: 'closed' }),
    hours('opens in 7 minutes', 7, 500),
    hours('open for a day', -10, 1440),
    hours('open for this grade in 9 minutes', -20, 30, { gradeOpenings: [{ grades: [pupil.grade], opensAt: at(9) }] }),
    hours('open for an hour', -5, 60),
    hours('closed just now', -300, -1, { status: 'closed' }),
    hours('drawn; what is left opens in 8 minutes', -300, -100, {
      status: 'closed',
      lottery: { ...lottery, firstCome: { opensAt: at(8), closesAt: at(100) } },
    }),
  ];
  await world.table.write(windows.map((window) => put(keys.window(window.windowId), windowItem(window))));
  const home = await getHome(world)({ pupilId: pupil.pupilId }, parent);
  const names = home.windows.map(({ name }) => name).filter((name) => name !== world.window.name);
  expect(names).toEqual([
    'open for an hour',
    'open for a day',
    'opens in 7 minutes',
    'drawn; what is left opens in 8 minutes',
    'open for this grade in 9 minutes',
    'opens in 17 minutes, closes first',
    'closed just now',
    'closed an hour ago',
  ]);
});
