/** Every step of the state machines by name: of the areas that have some, so that a function that runs nothing else carries no other's code. */
import { billingBackground } from '../billing/index.ts';
import { payoutBackground } from '../payout/index.ts';
import type { Platform } from '../platform/platform.ts';
import { selectionBackground } from '../selection/index.ts';
import { supervisionBackground } from '../supervision/index.ts';
import type { Tasks } from '../use-cases.ts';
import { merged } from './merged.ts';

export function allTasks(platform: Platform): Tasks {
  const areas = [selectionBackground(platform), billingBackground(platform), payoutBackground(platform), supervisionBackground(platform)];
  return merged(areas.map(({ tasks = {} }) => tasks));
}
