/** The product as it is deployed: every entry point of `functions/src/lambda`, over one platform. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '@kehou/functions/platform/platform';
import { type AreaName, areas } from '@kehou/shared/api';
import type { HttpHandler, HttpRoute } from './http.ts';
import type { StreamHandler } from './streams.ts';
import type { TaskFunction } from './workflows/runtime.ts';

export interface Product {
  readonly routes: readonly HttpRoute[];
  readonly tasks: TaskFunction;
  readonly stream: StreamHandler;
  readonly entries: Readonly<Record<'sweep' | 'schedule', (input: Readonly<Record<string, string>>) => Promise<unknown>>>;
  /** Areas with a contract and no entry point yet. */
  readonly missing: readonly AreaName[];
}

const lambda = join(import.meta.dirname, '../../functions/src/lambda');

export async function loadProduct(platform: Platform): Promise<Product> {
  const routes: HttpRoute[] = [];
  const missing: AreaName[] = [];
  for (const [area, contract] of Object.entries(areas)) {
    if (!existsSync(join(lambda, `${area}.ts`))) {
      missing.push(area as AreaName);
      continue;
    }
    const handler = await entry<HttpHandler>(area, platform);
    for (const route of Object.values(contract)) routes.push({ method: route.method, path: route.path, handler });
  }
  return {
    routes,
    tasks: await entry<TaskFunction>('tasks', platform),
    stream: await entry<StreamHandler>('stream', platform),
    entries: {
      sweep: await entry('sweep', platform),
      schedule: await entry('schedule', platform),
    },
    missing,
  };
}

async function entry<Handler>(name: string, platform: Platform): Promise<Handler> {
  const module = (await import(join(lambda, `${name}.ts`))) as { create(platform: Platform): Handler };
  return module.create(platform);
}
