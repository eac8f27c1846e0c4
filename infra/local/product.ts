/** The product as it is deployed: every entry point of `functions/src/lambda`, over one platform. */
import { create as attendance } from '@kehou/functions/lambda/attendance';
import { create as billing } from '@kehou/functions/lambda/billing';
import { create as identity } from '@kehou/functions/lambda/identity';
import { create as library } from '@kehou/functions/lambda/library';
import { create as messaging } from '@kehou/functions/lambda/messaging';
import { create as offering } from '@kehou/functions/lambda/offering';
import { create as organisation } from '@kehou/functions/lambda/organisation';
import { create as payout } from '@kehou/functions/lambda/payout';
import { create as rehearse } from '@kehou/functions/lambda/rehearse';
import { create as schedule } from '@kehou/functions/lambda/schedule';
import { create as school } from '@kehou/functions/lambda/school';
import { create as selection } from '@kehou/functions/lambda/selection';
import { create as stream } from '@kehou/functions/lambda/stream';
import { create as supervision } from '@kehou/functions/lambda/supervision';
import { create as sweep } from '@kehou/functions/lambda/sweep';
import { create as tasks } from '@kehou/functions/lambda/tasks';
import { create as teaching } from '@kehou/functions/lambda/teaching';
import type { Platform } from '@kehou/functions/platform/platform';
import { secretsOf } from '@kehou/functions/platform/secrets';
import { REHEARSAL_TASKS } from '@kehou/functions/rehearsal/tasks';
import { type AreaName, areas } from '@kehou/shared/api';
import type { HttpHandler, HttpRoute } from './http.ts';
import type { StreamHandler } from './streams.ts';
import type { TaskFunction } from './workflows/runtime.ts';

export interface Product {
  readonly routes: readonly HttpRoute[];
  readonly tasks: TaskFunction;
  readonly stream: StreamHandler;
  readonly entries: Readonly<Record<'sweep' | 'schedule', (input: Readonly<Record<string, string>>) => Promise<unknown>>>;
}

/** One a contract: an area without its entry point does not compile. */
const apis: Readonly<Record<AreaName, (platform: Platform) => HttpHandler>> = {
  organisation,
  identity,
  school,
  library,
  offering,
  selection,
  attendance,
  billing,
  teaching,
  payout,
  supervision,
  messaging,
};

export function assembleProduct(platform: Platform): Product {
  const routes = Object.entries(areas).flatMap(([area, contract]) => {
    const handler = apis[area as AreaName](platform);
    return Object.values(contract).map(({ method, path }) => ({ method, path, handler }));
  });
  // The stacks give no key to what runs by the table or the calendar: what asks for one fails here as it would there.
  const unkeyed: Platform = { ...platform, secrets: secretsOf({}) };
  const sweeping = sweep(unkeyed);
  const [steps, rehearsing] = [tasks(platform), rehearse(unkeyed)];
  return {
    routes,
    // As the stacks have it: the machine of rehearsals calls a function of its own.
    tasks: (payload) => (REHEARSAL_TASKS.some((name) => name === payload.task) ? rehearsing : steps)(payload),
    stream: stream(unkeyed),
    entries: { sweep: () => sweeping(), schedule: schedule(unkeyed) },
  };
}
