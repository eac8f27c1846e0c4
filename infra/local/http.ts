/**
 * API Gateway and Lambda on one machine: node:http → APIGatewayProxyEventV2 → the handler of the area that owns the route,
 * and files, and what else is mounted (simulators). Listens on loopback and serves only pages of its own: other sites that
 * are open in the same browser may neither read nor command it.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Log } from '@kehou/functions/platform/log';
import { type ErrorBody, type FailureCode, failureOf } from '@kehou/shared/kernel/errors';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Settling } from './clock.ts';
import { StartProblem } from './problem.ts';

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/** One line of the API Gateway's routing table. */
export interface HttpRoute {
  readonly method: string;
  /** `/api/schools/{schoolId}`. */
  readonly path: string;
  readonly handler: HttpHandler;
}

/** Something that answers plain requests itself, under its own path. */
export interface Mount {
  readonly prefix: `/${string}`;
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** Only our own pages and programs without an origin (tests, the product itself) may send anything but GET. */
  readonly sameOrigin?: boolean;
}

/** A folder that is served as it is. */
export interface Files {
  readonly prefix: `/${string}`;
  readonly folder: string;
}

export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Without any the API answers 503 until {@link LocalServer.open}. */
  readonly routes?: readonly HttpRoute[];
  readonly mounts?: readonly Mount[];
  readonly files?: readonly Files[];
  readonly log: Log;
  /** Lambda takes 6 MB; routes have far smaller limits of their own. */
  readonly bodyBytesMax?: number;
  readonly handlerMsMax?: number;
}

export interface LocalServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Lets a jump of the clock wait for the API calls under way. */
  readonly settling: Settling;
  /** Opens the API: its routes are known only once the address is that it listens on. */
  open(routes: readonly HttpRoute[]): void;
  /** Adds what could not be there before the server listened. */
  mount(mount: Mount): void;
  /** Takes no more requests and ends those under way. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 6 * 1024 * 1024;
const HANDLER_MS_MAX = 29_000;
const CLOSE_MS_MAX = 5_000;
const TEXT = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded|[\w.-]+\+(json|xml)))/;

/** Listens and returns. Throws `StartProblem` when the port is taken. */
export async function startServer(options: ServerOptions): Promise<LocalServer> {
  const gateway = new Gateway(options);
  const server = createServer((request, response) => void gateway.answer(request, response));
  server.requestTimeout = 60_000;
  server.headersTimeout = 20_000;
  await listen(server, options.port);
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : options.port;
  gateway.hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    settling: gateway,
    open: (routes) => gateway.open(routes),
    mount: (mount) => gateway.mounts.push(mount),
    close: () => close(server),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((listening, refused) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        refused(new StartProblem(`port ${port} is taken by another program: end that one, or choose another with --port <number>`));
      else if (error.code === 'EACCES')
        refused(new StartProblem(`port ${port} may not be used here: choose one above 1023 with --port <number>`));
      else refused(error);
    });
    server.listen(port, '127.0.0.1', listening);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    // A connection that is kept alive turns idle only once its request is answered.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(force);
      closed();
    });
  });
}

interface CompiledRoute extends HttpRoute {
  readonly pattern: RegExp;
  /** More words, fewer fields: the more exact route is tried first, as API Gateway does. */
  readonly fields: number;
}

class Gateway implements Settling {
  readonly name = 'requests';
  readonly mounts: Mount[];
  hosts: ReadonlySet<string> = new Set();
  private readonly options: ServerOptions;
  private routes: readonly CompiledRoute[] | undefined;
  private readonly underWay = new Set<Promise<unknown>>();
  private worked = false;

  constructor(options: ServerOptions) {
    this.options = options;
    this.mounts = [...(options.mounts ?? [])];
    if (options.routes) this.open(options.routes);
  }

  open(routes: readonly HttpRoute[]): void {
    this.routes = routes.map(compile).sort((a, b) => a.fields - b.fields);
  }

  async settle(): Promise<boolean> {
    await Promise.all(this.underWay);
    const worked = this.worked;
    this.worked = false;
    return worked;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      // A name that a hostile site points at 127.0.0.1 arrives with its own host.
      if (!this.hosts.has(request.headers.host ?? '')) return refuse(response, 421, 'this address is served under its own name only');
      const { pathname } = new URL(request.url ?? '/', 'http://local');
      const mount = this.mounts.find(({ prefix }) => under(pathname, prefix));
      if (mount) {
        if (mount.sameOrigin && !this.mayCommand(request)) return refuse(response, 403, 'other sites may not use the simulator');
        return await mount.listener(request, response);
      }
      if (pathname.startsWith('/api/')) return await this.invoke(request, response, pathname);
      return await this.sendFile(request, response, pathname);
    } catch (error) {
      this.options.log.error('request failed outside its handler', { path: request.url, error: String(error) });
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal Server Error');
    }
  }

  private mayCommand(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (request.method === 'GET' || request.method === 'HEAD' || origin === undefined) return true;
    return URL.canParse(origin) && this.hosts.has(new URL(origin).host);
  }

  private async invoke(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (!this.routes) return refuse(response, 503, 'Service Unavailable');
    const route = this.routes.find(
      ({ method, pattern }) => (method === request.method || request.method === 'OPTIONS') && pattern.test(pathname),
    );
    if (!route) return refuseApi(response, 'request.not_found');
    const body = await readBody(request, this.options.bodyBytesMax ?? BODY_BYTES_MAX);
    if (body === 'too-large') return refuseApi(response, 'request.too_large');
    const call = this.call(route.handler, eventOf(request, route, pathname, body));
    this.underWay.add(call);
    if (request.method !== 'GET' && request.method !== 'OPTIONS') this.worked = true;
    try {
      send(response, await call);
    } finally {
      this.underWay.delete(call);
    }
  }

  /** As the gateway does: a handler that throws is 500, one that takes too long 503; never rejects. */
  private async call(handler: HttpHandler, event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    const msMax = this.options.handlerMsMax ?? HANDLER_MS_MAX;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<APIGatewayProxyStructuredResultV2>((resolve) => {
      timer = setTimeout(() => resolve(plain(503, 'Service Unavailable')), msMax);
    });
    try {
      return await Promise.race([handler(event, contextOf(event, msMax)), late]);
    } catch (error) {
      this.options.log.error('a handler threw', { path: event.rawPath, error: error instanceof Error ? error.stack : String(error) });
      return plain(500, 'Internal Server Error');
    } finally {
      clearTimeout(timer);
    }
  }

  private async sendFile(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Method Not Allowed');
    const files = (this.options.files ?? [])
      .filter(({ prefix }) => under(pathname, prefix))
      .sort((a, b) => b.prefix.length - a.prefix.length)[0];
    const path = files && filePath(files, pathname);
    const found = path ? await lstat(path).catch(() => undefined) : undefined;
    if (path && found?.isDirectory() && !pathname.endsWith('/')) {
      response.writeHead(308, { location: `${pathname}/` }).end();
      return;
    }
    const file = path && found?.isDirectory() ? join(path, 'index.html') : path;
    const size = file === path ? found : file ? await lstat(file).catch(() => undefined) : undefined;
    if (!file || !size?.isFile()) return refuse(response, 404, 'Not Found');
    response.writeHead(200, {
      'content-type': contentTypes[extname(file)] ?? 'application/octet-stream',
      'content-length': size.size,
      // Built files carry a hash of their content in their names; the page that names them does not.
      'cache-control': /\.[0-9a-f]{8}\./.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'content-security-policy': "frame-ancestors 'self'",
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response).catch(() => response.destroy());
  }
}

function compile(route: HttpRoute): CompiledRoute {
  let fields = 0;
  const source = route.path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, () => {
    fields += 1;
    return '[^/]+';
  });
  return { ...route, pattern: new RegExp(`^${source}$`), fields };
}

function under(pathname: string, prefix: string): boolean {
  return prefix === '/' || pathname === prefix || pathname.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** Where in the folder the path points; `undefined` when out of it, or hidden. */
function filePath(files: Files, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname.slice(files.prefix === '/' ? 1 : files.prefix.length));
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.split(/[/\\]/).some((part) => part.startsWith('.'))) return undefined;
  const path = normalize(join(files.folder, decoded));
  return path === normalize(files.folder) || path.startsWith(files.folder.endsWith(sep) ? files.folder : files.folder + sep)
    ? path
    : undefined;
}

async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on to the end, keeping nothing: a reply to half a request would be lost as a broken connection.
    if (bytes <= bytesMax) chunks.push(chunk);
    if (bytes > bytesMax * 10) request.destroy();
  }
  return bytes > bytesMax ? 'too-large' : Buffer.concat(chunks);
}

function eventOf(request: IncomingMessage, route: CompiledRoute, pathname: string, body: Buffer): APIGatewayProxyEventV2 {
  const requestId = randomUUID();
  const { cookie, ...sent } = request.headers;
  const headers = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );
  const url = new URL(request.url ?? '/', 'http://local');
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? `${query[name]},${value}` : value;
  const isBase64Encoded = body.length > 0 && !TEXT.test(headers['content-type'] ?? 'text/plain');
  const routeKey = `${route.method} ${route.path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

function contextOf(event: APIGatewayProxyEventV2, msMax: number): Context {
  const deadline = Date.now() + msMax;
  return {
    awsRequestId: event.requestContext.requestId,
    functionName: 'local',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:local',
    memoryLimitInMB: '512',
    logGroupName: '/local',
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

function send(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  for (const [name, value] of Object.entries(result.headers ?? {})) if (value !== undefined) response.setHeader(name, String(value));
  if (result.cookies) response.setHeader('set-cookie', result.cookies);
  response.writeHead(result.statusCode ?? 200);
  response.end(result.body === undefined ? undefined : Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8'));
}

function plain(statusCode: number, message: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, plain(status, message));
}

function refuseApi(response: ServerResponse, code: FailureCode): void {
  const body: ErrorBody = { code, message: failureOf(code).zh, requestId: '' };
  send(response, {
    statusCode: failureOf(code).status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  });
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
