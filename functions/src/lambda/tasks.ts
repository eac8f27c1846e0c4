/** The steps of the state machines: `{ task: 'billing.sendRefund', … }` → that area's task, which parses the rest itself. */
import { BankByBucket } from '../platform/bank-by-bucket.ts';
import { s3Objects } from '../platform/objects-s3.ts';
import type { Platform } from '../platform/platform.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import { allTasks } from './all-tasks.ts';
import { lazily } from './entry.ts';
import { perform } from './perform-task.ts';

export type TaskHandler = (payload: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;

export function create(platform: Platform): TaskHandler {
  return perform(allTasks(platform), platform.log);
}

export const handler = lazily(create, { objects: s3Objects, workflows: stepFunctions, bank: (objects) => new BankByBucket(objects) });
