/** The steps of the state machine `rehearsal`: what is asked for on record is played, and its report put there. */
import { Id } from '@kehou/shared/kernel/id';
import type { Rehearsal } from '@kehou/shared/selection/rehearsal';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { set, type Table } from '../platform/table.ts';
import { getStored } from '../selection/rehearse-window.ts';
import type { Task } from '../use-cases.ts';
import { copyWindow, parentsOf } from './copy-window.ts';
import { type RehearseOptions, rehearse } from './rehearse.ts';

const Payload = z.object({ rehearsalId: Id('rehearsal'), windowId: Id('window') });

export const REHEARSAL_TASKS = ['selection.rehearse', 'selection.rehearsalBroke'] as const;

type Said = Partial<Pick<Rehearsal, 'status' | 'progress' | 'report'>>;

export function rehearsalTasks(
  { table, clock, familiesPerSecond }: Pick<Platform, 'table' | 'clock' | 'familiesPerSecond'>,
  sweep: RehearseOptions['sweep'],
): Readonly<Record<(typeof REHEARSAL_TASKS)[number], Task>> {
  /** Writes to the rehearsal's own item and to nothing else, while it is the newest and still running. */
  async function say({ windowId, rehearsalId }: z.infer<typeof Payload>, said: Said): Promise<void> {
    const fields = { ...said, heardAt: clock.now() };
    await table.tryWrite([set(keys.rehearsal(windowId), fields, { condition: ifRunning(rehearsalId) })]);
  }

  return {
    'selection.rehearse': async (payload) => {
      const input = Payload.parse(payload);
      const asked = await running(table, input);
      if (!asked) return { stale: true };
      const copy = await copyWindow(table, input.windowId, clock.now());
      const report = await rehearse(
        copy,
        { ...asked, parents: asked.parents ?? parentsOf(copy) },
        { sweep, familiesPerSecond, onProgress: (progress) => say(input, { progress }) },
      );
      await say(input, { status: 'done', progress: 100, report });
      return { stale: false };
    },
    'selection.rehearsalBroke': async (payload) => {
      const input = Payload.parse(payload);
      await say(input, { status: 'failed' });
      return {};
    },
  };
}

async function running(table: Table, { windowId, rehearsalId }: z.infer<typeof Payload>): Promise<Rehearsal | undefined> {
  const stored = await getStored(table, windowId);
  return stored?.rehearsalId === rehearsalId && stored.status === 'running' ? stored : undefined;
}

function ifRunning(rehearsalId: string) {
  return { expression: '#rehearsalId = :mine AND #status = :running', values: { mine: rehearsalId, running: 'running' } };
}
