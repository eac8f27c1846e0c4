/** What happens by the calendar: `{ job: 'payout.startAll' }` → the task of that name. Called again when it throws; idempotent. */
import * as z from 'zod';
import { s3Objects } from '../platform/objects-s3.ts';
import type { Platform } from '../platform/platform.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import { allTasks } from './all-tasks.ts';
import { lazily } from './entry.ts';
import { perform } from './perform-task.ts';

const Job = z.object({ job: z.string() });

export function create(platform: Platform) {
  const run = perform(allTasks(platform), platform.log);
  return async (event: Readonly<Record<string, unknown>>) => run({ ...event, task: Job.parse(event).job });
}

export const handler = lazily(create, { objects: s3Objects, workflows: stepFunctions });
