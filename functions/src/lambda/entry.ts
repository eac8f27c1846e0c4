/** What every entry point shares: an area's HTTP handler, and a platform that is made at the first call of a container. */
import type { Routes } from '@kehou/shared/kernel/route';
import { createApi, type HttpHandler } from '../http/api.ts';
import { guards } from '../identity/authorise.ts';
import { type AwsAdapters, awsPlatform } from '../platform/aws.ts';
import type { Platform } from '../platform/platform.ts';
import type { Area } from '../use-cases.ts';

/** The HTTP handler of one area: the same on AWS, on one machine and in tests. */
export function areaApi<R extends Routes>(name: string, routes: R, area: (platform: Platform) => Area<R>) {
  return (platform: Platform): HttpHandler =>
    createApi({
      area: name,
      routes,
      useCases: area(platform).useCases,
      guards: guards(platform),
      clock: platform.clock,
      log: platform.log,
      origins: (process.env.ORIGINS ?? '').split(',').filter(Boolean),
    });
}

/**
 * A Lambda handler whose platform is made when it is first called: importing an entry point reads no environment and asks
 * for no secret. A platform that could not be made is tried anew by the next call.
 */
export function lazily<Event, Context, Result>(
  make: (platform: Platform) => (event: Event, context: Context) => Promise<Result>,
  adapters: AwsAdapters = {},
): (event: Event, context: Context) => Promise<Result> {
  let made: Promise<(event: Event, context: Context) => Promise<Result>> | undefined;
  return async (event, context) => {
    made ??= awsPlatform(process.env, adapters).then(make);
    try {
      return await (await made.catch((error: unknown) => Promise.reject(new NotReady(error))))(event, context);
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      made = undefined;
      throw error.cause;
    }
  };
}

class NotReady extends Error {
  constructor(cause: unknown) {
    super('the platform could not be made', { cause });
  }
}
