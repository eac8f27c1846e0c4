/** Every minute: what is due, over all areas. */
import type { Platform } from '../platform/platform.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import { assembleBackground, dueHandlersOf } from './background.ts';
import { lazily } from './entry.ts';
import { type Swept, sweepDue } from './sweep-due.ts';

export function create(platform: Platform): () => Promise<Swept> {
  return sweepDue(platform, dueHandlersOf(assembleBackground(platform)));
}

export const handler = lazily<unknown, unknown, Swept>((platform) => create(platform), { workflows: stepFunctions });
