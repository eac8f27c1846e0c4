/** The steps of a rehearsal, in a function of their own: it computes for a quarter of a minute, and no other step waits for it. */
import type { Platform } from '../platform/platform.ts';
import { rehearsalTasks } from '../rehearsal/tasks.ts';
import { lazily } from './entry.ts';
import { perform } from './perform-task.ts';
import { sweepDue } from './sweep-due.ts';
import type { TaskHandler } from './tasks.ts';

export function create(platform: Platform): TaskHandler {
  return perform(rehearsalTasks(platform, sweepDue), platform.log);
}

export const handler = lazily(create);
