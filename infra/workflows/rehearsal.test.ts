/** The rehearsal's state machine as it deploys: its form, and what it does when a step breaks. */
import { readFileSync } from 'node:fs';
import { silentLog } from '@kehou/functions/platform/log';
import type { Instant } from '@kehou/shared/kernel/time';
import validate from 'asl-validator';
import { LocalClock } from '../local/clock.ts';
import { Store } from '../local/store.ts';
import { Workflows } from '../local/workflows/runtime.ts';

const asl = readFileSync(new URL('./rehearsal.asl.json', import.meta.url), 'utf8');
const INPUT = { rehearsalId: 'reh_1', windowId: 'win_1' };
const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

async function run(breaks: boolean): Promise<{ readonly calls: readonly object[]; readonly status: string | undefined }> {
  const store = Store.open(':memory:');
  const clock = new LocalClock({ initial: '2026-11-23T11:00:00.000Z' as Instant, store });
  const calls: object[] = [];
  const workflows = new Workflows({
    store,
    clock,
    machines: { rehearsal: asl },
    log: silentLog,
    tasks: async (payload) => {
      calls.push(payload);
      if (breaks && payload.task === 'selection.rehearse') throw new Error('out of memory');
      return {};
    },
  });
  clock.join(workflows);
  ended.push(
    () => workflows.stop(),
    () => clock.stop(),
  );
  await workflows.start('rehearsal', INPUT.rehearsalId, INPUT);
  await clock.settled();
  return { calls, status: workflows.execution(`rehearsal:${INPUT.rehearsalId}`)?.status };
}

test('it is a valid state machine', () => {
  expect(validate(JSON.parse(asl))).toMatchObject({ isValid: true, errors: [] });
});

test('it is played once; what breaks is said on its record, and is not played again', async () => {
  expect(await run(false)).toEqual({ calls: [{ task: 'selection.rehearse', ...INPUT }], status: 'SUCCEEDED' });
  expect(await run(true)).toEqual({
    calls: [
      { task: 'selection.rehearse', ...INPUT },
      { task: 'selection.rehearsalBroke', ...INPUT },
    ],
    status: 'SUCCEEDED',
  });
});
