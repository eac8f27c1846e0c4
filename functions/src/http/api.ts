/**
 * One HTTP handler an area: middy around a router that is filled from the area's routes. What comes in is parsed by the
 * route's input, judged by the policy, handed to the use case, and what goes out is parsed by the route's output.
 */
import { DomainError, type ErrorBody, type FieldProblem, failureOf } from '@kehou/shared/kernel/errors';
import { type Access, type Actor, BODY_BYTES_MAX, type Route, type Routes } from '@kehou/shared/kernel/route';
import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpRouter from '@middy/http-router';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { counted, usageNow } from '../platform/usage.ts';
import type { UseCases } from '../use-cases.ts';

export interface Guards {
  /** Who a bearer token speaks for. Throws `session.missing` or `session.expired`. */
  readonly authenticate: (token: string, requestId: string) => Promise<Actor>;
  /** The one policy: throws `session.forbidden` or `request.not_found`. */
  readonly authorise: (access: Access, input: Readonly<Record<string, unknown>>, actor: Actor) => Promise<void>;
}

export interface ApiOptions<R extends Routes> {
  readonly area: string;
  readonly routes: R;
  readonly useCases: UseCases<R>;
  readonly guards: Guards;
  readonly clock: Clock;
  readonly log: Log;
  /** Origins that browsers may call from; none means same origin only. */
  readonly origins?: readonly string[];
}

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** An actor for routes that ask for no session: holds no role and no id of anybody. */
export function nobody(requestId: string): Actor {
  return { personId: 'nobody', memberships: [], children: [], requestId };
}

type Reply = APIGatewayProxyStructuredResultV2;
type Use = (input: unknown, actor: Actor) => Promise<unknown>;

export function createApi<R extends Routes>(options: ApiOptions<R>): HttpHandler {
  const routes = Object.entries(options.routes).map(([name, definition]) => ({
    method: definition.method,
    path: definition.path,
    handler: routeHandler(name, definition, options.useCases[name] as Use, options),
  }));
  const inner = middy()
    .use(httpHeaderNormalizer())
    .use(httpSecurityHeaders())
    .use(
      httpCors({ origins: [...(options.origins ?? [])], headers: 'authorization,content-type', exposeHeaders: 'x-kehou-now', maxAge: 600 }),
    )
    .use(stampReplies(options.clock))
    .use(answerErrors({ ...options, routeOf: routeNamer(options.routes) }))
    .handler(httpRouter(routes) as never) as unknown as HttpHandler;
  // What a request costs the table is counted from its first line to its last, and told in the log.
  return (event, context) => counted(() => inner(event, context));
}

/** What a request asked for, in the contract's words; without a route for what no route serves. */
interface RouteName {
  readonly method: string;
  readonly route?: string;
}

/**
 * Names a request's route for the log. The name and nothing of the path itself: that holds ids, and whatever a caller wrote there.
 */
function routeNamer(routes: Routes): (event: APIGatewayProxyEventV2) => RouteName {
  const known = Object.entries(routes).map(([name, { method, path }]) => {
    const parts = path.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    return { name, method, pattern: new RegExp(`^${parts.join('/')}/?$`) };
  });
  const methods = new Set(known.map(({ method }) => method as string));
  return ({ rawPath, requestContext }) => {
    const asked = requestContext?.http?.method ?? '';
    const found = known.find(({ method, pattern }) => method === asked && pattern.test(rawPath ?? ''));
    // A caller may call its method anything: only those that we serve are written down.
    return { method: methods.has(asked) ? asked : 'other', ...(found ? { route: found.name } : {}) };
  };
}

function costs() {
  const usage = usageNow();
  return { tableCalls: usage?.calls, readUnits: usage?.readUnits, writeUnits: usage?.writeUnits };
}

function routeHandler<R extends Routes>(name: string, definition: Route, useCase: Use, options: ApiOptions<R>) {
  const handle = async (event: APIGatewayProxyEventV2, context: Context): Promise<Reply> => {
    const startedMs = performance.now();
    const requestId = context.awsRequestId;
    const actor = definition.access.by === 'anyone' ? nobody(requestId) : await options.guards.authenticate(bearerOf(event), requestId);
    const input = parse(definition.input, inputOf(definition, event));
    await options.guards.authorise(definition.access, input as Record<string, unknown>, actor);
    const result = await useCase(input, actor);
    const body = JSON.stringify(definition.output.parse(result));
    options.log.info('request', {
      area: options.area,
      route: name,
      requestId,
      personId: actor.personId,
      tookMs: Math.round(performance.now() - startedMs),
      ...costs(),
    });
    return { statusCode: 200, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body };
  };
  const wrapped = middy().before((request) => refuseLargeBodies(definition, request.event as APIGatewayProxyEventV2));
  if (definition.method !== 'GET' && !definition.raw) wrapped.use(httpJsonBodyParser());
  return wrapped.handler(handle as never);
}

function bearerOf(event: APIGatewayProxyEventV2): string {
  const header = event.headers.authorization ?? '';
  if (!header.startsWith('Bearer ')) throw new DomainError('session.missing');
  return header.slice('Bearer '.length);
}

function inputOf(definition: Route, event: APIGatewayProxyEventV2): unknown {
  if (definition.raw) {
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    return { headers: event.headers, body };
  }
  const parameters = event.pathParameters ?? {};
  if (definition.method === 'GET') return { ...event.queryStringParameters, ...parameters };
  const body: unknown = event.body;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw new DomainError('request.bad_json');
  return { ...body, ...parameters };
}

function refuseLargeBodies(definition: Route, event: APIGatewayProxyEventV2): void {
  if (typeof event.body !== 'string') return;
  const bytes = event.isBase64Encoded ? Math.floor((event.body.length * 3) / 4) : Buffer.byteLength(event.body);
  const bytesMax = definition.bodyBytesMax ?? BODY_BYTES_MAX;
  if (bytes > bytesMax) throw new DomainError('request.too_large', { bytesMax });
}

/** Parses hostile input; names each field that is wrong. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields: FieldProblem[] = result.error.issues.slice(0, 50).map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new DomainError('request.invalid', { fields });
}

/** Phones' clocks are wrong: every reply tells the server's time, and countdowns follow it. */
function stampReplies(clock: Clock) {
  const stamp = (request: { response?: unknown }) => {
    const response = request.response as Reply | undefined;
    if (response && typeof response === 'object') response.headers = { ...response.headers, 'x-kehou-now': clock.now() };
  };
  return { after: stamp, onError: stamp };
}

const byStatus: Readonly<Record<number, DomainError>> = {
  400: new DomainError('request.invalid'),
  404: new DomainError('request.not_found'),
  405: new DomainError('request.not_found'),
  413: new DomainError('request.too_large'),
  415: new DomainError('request.wrong_type'),
  422: new DomainError('request.bad_json'),
};

/** Registered last, so that its onError runs first: what the others add to a reply (security, CORS, the time) they add to a refusal, too. */
function answerErrors(options: { area: string; log: Log; routeOf: (event: APIGatewayProxyEventV2) => RouteName }) {
  return {
    onError: (request: { error: Error | null; response?: unknown; event: unknown; context: unknown }) => {
      const requestId = (request.context as Context).awsRequestId;
      const error = request.error as (Error & { statusCode?: number }) | null;
      const expected = error instanceof DomainError ? error : byStatus[error?.statusCode ?? 0];
      const given = request.response as Reply | undefined;
      const where = { area: options.area, ...options.routeOf(request.event as APIGatewayProxyEventV2), requestId };
      if (!expected) options.log.error('bug', { ...where, name: error?.name, message: error?.message, stack: error?.stack });
      else options.log.info('refused', { ...where, code: expected.code, ...costs() });
      const body: ErrorBody = expected
        ? {
            code: expected.code,
            message: failureOf(expected.code).zh,
            requestId,
            ...(expected.details?.fields ? { fields: expected.details.fields as FieldProblem[] } : {}),
            ...(expected.details && !expected.details.fields ? { details: expected.details } : {}),
          }
        : { code: 'request.failed', message: '出了点问题，我们已经记录，请稍后再试', requestId };
      request.response = {
        statusCode: expected ? failureOf(expected.code).status : 500,
        headers: { ...given?.headers, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
        body: JSON.stringify(body),
      };
    },
  };
}
