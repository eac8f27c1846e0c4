/** WeChat over HTTP: /v3 with signatures both ways, and the open API. Each path as the real hosts have it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Bills } from './bills.ts';
import type { Keys } from './keys.ts';
import { type Merchant, PrepayRequest, RefundRequest, Refused } from './merchant.ts';
import type { People } from './people.ts';
import { requestProblem, type Signature, seal, signatureOf } from './signing.ts';
import type { State } from './state.ts';
import { type Operation, type Switch, strike } from './switches.ts';
import type { Timers } from './timers.ts';

const BODY_BYTES_MAX = 64 * 1024;

interface Call {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly host: string;
}
interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly type: string;
  /** A bill's download is the one reply of /v3 that WeChat does not sign. */
  readonly signed: boolean;
}
interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly operation: Operation;
  readonly run: (call: Call) => Reply;
}
type HttpFault = Extract<Switch, { kind: `http.${string}` }>;

export interface World {
  readonly state: State;
  readonly keys: () => Keys;
  readonly timers: Timers;
  readonly merchant: Merchant;
  readonly bills: Bills;
  readonly people: People;
}

export class Requests {
  readonly #world: World;
  readonly #endpoints: readonly Endpoint[];
  readonly #hanging = new Set<ServerResponse>();

  constructor(world: World) {
    this.#world = world;
    this.#endpoints = [...payEndpoints(world), ...openEndpoints(world)];
  }

  /** `false`: not a path of WeChat's. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? '/', 'http://wechat.invalid');
    const found = this.#endpoints.find((one) => one.method === request.method && one.path.test(url.pathname));
    if (!found) return this.#unknown(url, response);
    const text = await bodyOf(request);
    const faults = this.#faults(found, url, text);
    if (faults.some((one) => one.kind === 'http.timeout')) return this.#hang(response);
    const failing = faults.find((one) => one.kind === 'http.error');
    const pay = url.pathname.startsWith('/v3/');
    const refused = pay ? this.#authenticate(request, url, text) : undefined;
    const reply = refused ?? (failing ? json(failing.status, systemError, true) : this.#run(found, request, url, text));
    if (faults.some((one) => one.kind === 'http.lost-reply')) {
      response.destroy();
      return true;
    }
    const headers = pay && reply.signed && !refused ? this.#signature(request, reply, faults) : {};
    response.writeHead(reply.status, { 'Content-Type': reply.type, 'Request-ID': randomUUID(), ...headers });
    response.end(reply.body);
    return true;
  }

  /** Ends the requests that wait for ever. */
  close(): void {
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  #unknown(url: URL, response: ServerResponse): boolean {
    if (!/^\/(v3|sns|cgi-bin|wxa)\//.test(url.pathname)) return false;
    response.writeHead(404).end();
    return true;
  }

  #hang(response: ServerResponse): true {
    this.#hanging.add(response);
    response.on('close', () => this.#hanging.delete(response));
    return true;
  }

  #faults(endpoint: Endpoint, url: URL, text: string): HttpFault[] {
    const subject = url.pathname + url.search + text;
    return strike(
      this.#world.state.switches,
      'http',
      (one) => (one.operation ?? endpoint.operation) === endpoint.operation && (one.subject === undefined || subject.includes(one.subject)),
    );
  }

  #authenticate(request: IncomingMessage, url: URL, body: string): Reply | undefined {
    const keys = this.#world.keys();
    if (!request.headers.accept || !request.headers['user-agent']) {
      return json(400, { code: 'INVALID_REQUEST', message: 'Http头缺少Accept或User-Agent' }, false);
    }
    const target = `${url.pathname}${url.search}`;
    const { authorization } = request.headers;
    const problem = requestProblem(keys, this.#world.timers, { method: request.method ?? '', target, authorization, body });
    if (problem !== undefined) return json(401, { code: 'SIGN_ERROR', message: problem }, false);
    const asked = request.headers['wechatpay-serial'];
    const known = asked === undefined || asked === keys.publicKeyId || keys.platformCertificates.some(({ serial }) => serial === asked);
    return known ? undefined : json(400, { code: 'PARAM_ERROR', message: '平台证书序列号Wechatpay-Serial错误' }, false);
  }

  #run(endpoint: Endpoint, request: IncomingMessage, url: URL, text: string): Reply {
    const path = endpoint.path.exec(url.pathname)?.slice(1).map(decodeURIComponent) ?? [];
    try {
      return endpoint.run({ path, query: url.searchParams, body: parsed(text), host: request.headers.host ?? 'localhost' });
    } catch (error) {
      if (error instanceof Refused) return json(error.status, { code: error.code, message: error.message });
      if (error instanceof z.ZodError) return json(400, { code: 'PARAM_ERROR', message: `参数错误: ${error.issues[0]?.path.join('.')}` });
      throw error;
    }
  }

  #signature(request: IncomingMessage, reply: Reply, faults: readonly HttpFault[]): Partial<Signature> {
    if (faults.some((one) => one.kind === 'http.unsigned')) return {};
    const { keys, timers } = this.#world;
    // Only who names the public key is answered by it (4012154180).
    const mode = request.headers['wechatpay-serial'] === keys().publicKeyId ? 'public-key' : 'certificate';
    return signatureOf(keys(), timers, reply.body.toString('utf8'), mode, {
      by: faults.some((one) => one.kind === 'http.bad-signature') ? 'attacker' : 'wechat',
      secondsAgo: faults.some((one) => one.kind === 'http.stale-signature') ? 600 : 0,
    });
  }
}

function payEndpoints({ merchant, bills, keys }: World): Endpoint[] {
  const ours = (mchid: unknown) => {
    if (mchid !== keys().merchantId) throw new Refused(400, 'PARAM_ERROR', 'http header中的mchid与post payload中的mchid不匹配');
  };
  const order = (found: ReturnType<Merchant['order']>) => {
    if (!found) throw new Refused(404, 'ORDER_NOT_EXIST', '订单不存在');
    return json(200, merchant.describe(found));
  };
  return [
    {
      method: 'POST',
      path: /^\/v3\/pay\/transactions\/jsapi$/,
      operation: 'prepay',
      run: ({ body }) => json(200, merchant.prepay(PrepayRequest.parse(body))),
    },
    {
      method: 'GET',
      path: /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)$/,
      operation: 'query',
      run: ({ path, query }) => {
        ours(query.get('mchid'));
        return order(merchant.order(path[0] ?? ''));
      },
    },
    {
      method: 'GET',
      path: /^\/v3\/pay\/transactions\/id\/([^/]+)$/,
      operation: 'query',
      run: ({ path, query }) => {
        ours(query.get('mchid'));
        return order(merchant.orderByTransaction(path[0] ?? ''));
      },
    },
    {
      method: 'POST',
      path: /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)\/close$/,
      operation: 'close',
      run: ({ path, body }) => {
        ours(z.object({ mchid: z.string() }).parse(body).mchid);
        merchant.closeOrder(path[0] ?? '');
        return { status: 204, body: Buffer.alloc(0), type: 'application/json', signed: true };
      },
    },
    {
      method: 'POST',
      path: /^\/v3\/refund\/domestic\/refunds$/,
      operation: 'refund',
      run: ({ body }) => json(200, merchant.describeRefund(merchant.refund(RefundRequest.parse(body)))),
    },
    {
      method: 'GET',
      path: /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/,
      operation: 'query-refund',
      run: ({ path }) => {
        const refund = merchant.refundOf(path[0] ?? '');
        if (!refund) throw new Refused(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
        return json(200, merchant.describeRefund(refund));
      },
    },
    { method: 'GET', path: /^\/v3\/certificates$/, operation: 'certificates', run: () => json(200, certificates(keys())) },
    {
      method: 'GET',
      path: /^\/v3\/bill\/(trade|fundflow)bill$/,
      operation: 'bill',
      run: ({ path, query, host }) => json(200, bills.ask(path[0] === 'trade' ? 'trade' : 'flow', query.get('bill_date'), host)),
    },
    {
      method: 'GET',
      path: /^\/v3\/billdownload\/file$/,
      operation: 'bill-download',
      run: ({ query }) => ({ status: 200, body: bills.file(query.get('token')), type: 'text/plain; charset=utf-8', signed: false }),
    },
  ];
}

function certificates(keys: Keys) {
  const data = keys.platformCertificates.map(({ serial, certificate }) => ({
    serial_no: serial,
    effective_time: '2020-01-01T08:00:00+08:00',
    expire_time: '2049-01-01T08:00:00+08:00',
    encrypt_certificate: seal(keys, certificate, 'certificate'),
  }));
  return { data };
}

function openEndpoints({ people }: World): Endpoint[] {
  const answer = (reply: Record<string, unknown> | object | Buffer): Reply =>
    Buffer.isBuffer(reply) ? { status: 200, body: reply, type: 'image/png', signed: false } : json(200, reply);
  return [
    { method: 'GET', path: /^\/sns\/jscode2session$/, operation: 'session', run: ({ query }) => answer(people.session(query)) },
    { method: 'POST', path: /^\/cgi-bin\/stable_token$/, operation: 'token', run: ({ body }) => answer(people.token(body)) },
    {
      method: 'POST',
      path: /^\/wxa\/business\/getuserphonenumber$/,
      operation: 'phone',
      run: ({ query, body }) => answer(people.phone(query, body)),
    },
    {
      method: 'POST',
      path: /^\/cgi-bin\/message\/subscribe\/send$/,
      operation: 'message',
      run: ({ query, body }) => answer(people.message(query, body)),
    },
    {
      method: 'POST',
      path: /^\/wxa\/getwxacodeunlimit$/,
      operation: 'code',
      run: ({ query, body }) => answer(people.code(query, body)),
    },
  ];
}

const systemError = { code: 'SYSTEM_ERROR', message: '系统异常，请稍后重试' };

function json(status: number, value: unknown, signed = true): Reply {
  return { status, body: Buffer.from(JSON.stringify(value), 'utf8'), type: 'application/json; charset=utf-8', signed };
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, 'PARAM_ERROR', '请求体不是JSON');
  }
}

/** The request's text; one that is too long is cut, and so fails its signature. */
export async function bodyOf(request: IncomingMessage, bytesMax = BODY_BYTES_MAX): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= bytesMax) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
