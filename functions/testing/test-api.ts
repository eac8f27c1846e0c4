/** Every area's HTTP handler in this process, called as API Gateway does. */
import { type AreaName, areas } from '@kehou/shared/api';
import { type Route, requestOf } from '@kehou/shared/kernel/route';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createApi, type Guards, type HttpHandler } from '../src/http/api.ts';
import { guards } from '../src/identity/authorise.ts';
import { assembleAreas } from '../src/lambda/areas.ts';
import type { Platform } from '../src/platform/platform.ts';
import type { UseCases } from '../src/use-cases.ts';

export interface Call {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says; tests look into it
  readonly body: any;
}

let requests = 0;

/** The event of one request, as API Gateway's HTTP API hands it over (payload format 2.0). */
export function eventOf({ method, url, headers = {}, body }: Call): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = new URL(url, 'https://kehou.test');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { ...headers },
    ...(searchParams.size > 0 ? { queryStringParameters: Object.fromEntries(searchParams) } : {}),
    requestContext: { http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' } },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  } as APIGatewayProxyEventV2;
}

export async function send(handler: HttpHandler, call: Call): Promise<Answer> {
  const context = { awsRequestId: `req-${++requests}`, getRemainingTimeInMillis: () => 30_000 } as Context;
  const reply = await handler(eventOf(call), context);
  const text = reply.body ?? '';
  return { status: reply.statusCode ?? 0, headers: reply.headers ?? {}, body: text.startsWith('{') ? JSON.parse(text) : text };
}

export interface NamedRoute {
  readonly area: AreaName;
  readonly name: string;
  readonly route: Route;
}

/** Every route of the contract. */
export const everyRoute: readonly NamedRoute[] = Object.entries(areas).flatMap(([area, routes]) =>
  Object.entries(routes as Record<string, Route>).map(([name, route]) => ({ area: area as AreaName, name, route })),
);

export interface TestApi {
  /** The request that a client makes for this input. */
  call(route: NamedRoute, input: Record<string, unknown>, token?: string): Promise<Answer>;
  raw(area: AreaName, call: Call): Promise<Answer>;
}

export interface TestApiOptions {
  readonly origins?: readonly string[];
  /** Instead of the product's own. */
  readonly guards?: Guards;
}

export function testApi(platform: Platform, options: TestApiOptions = {}): TestApi {
  const assembled = assembleAreas(platform);
  const policy = options.guards ?? guards(platform);
  const handlers = Object.fromEntries(
    Object.entries(areas).map(([area, routes]) => [
      area,
      createApi({
        area,
        routes,
        useCases: assembled[area as AreaName].useCases as UseCases<typeof routes>,
        guards: policy,
        clock: platform.clock,
        log: platform.log,
        origins: options.origins ?? [],
      }),
    ]),
  ) as Record<AreaName, HttpHandler>;
  return {
    raw: (area, call) => send(handlers[area], call),
    call({ area, route }, input, token) {
      const request = requestOf(route, input);
      return send(handlers[area], {
        ...request,
        headers: {
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
    },
  };
}
