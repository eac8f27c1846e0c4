/**
 * A server that answers every route of the contract with a sample that fits it (`samples.ts`), for whoever asks. Not a mock of
 * the product: it has no state and decides nothing. It is for tests of what pages can draw.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prefixes } from '@kehou/shared/kernel/id';
import type { Routes } from '@kehou/shared/kernel/route';
import { sampleId, sampleOf } from './samples.ts';

export interface SampleServer {
  readonly baseUrl: string;
  /** Routes that could not be answered: the samples do not fit them. */
  readonly problems: string[];
  close(): Promise<void>;
}

/** Someone who is everything: a parent of a child, and staff of every kind. */
export const everybody = {
  personId: sampleId('person'),
  name: '王小明',
  phone: '138****1234',
  roles: (['teacher', 'school', 'operator', 'bureau'] as const).map((role) => ({
    role,
    organisationId: sampleId('organisation'),
    organisationName: '滨江实验小学',
  })),
  children: [
    {
      pupilId: sampleId('pupil'),
      name: '陈思源',
      schoolId: sampleId('organisation'),
      schoolName: '滨江实验小学',
      grade: 3,
      className: '2 班',
    },
    {
      pupilId: sampleId('pupil', 1),
      name: '陈思远',
      schoolId: sampleId('organisation'),
      schoolName: '滨江实验小学',
      grade: 1,
      className: '1 班',
    },
  ],
  unreadMessages: 2,
};

export interface SampleOptions {
  readonly seed: number;
  /** The built h5 app, served beside the API. */
  readonly pages?: string;
  /** What the server says the time is. */
  readonly now?: string | (() => string);
  /** What is answered instead of a sample, by method and path as the contract writes them: `GET /api/windows/{windowId}`. */
  readonly answers?: Readonly<Record<string, Answer>>;
}
export type Answer = (asked: { readonly path: string; readonly body: unknown }) => { readonly status?: number; readonly body: unknown };

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

export async function startSampleServer(areas: Record<string, Routes>, options: SampleOptions): Promise<SampleServer> {
  const { seed, pages, now = '2026-12-02T08:00:00.000Z', answers = {} } = options;
  const problems: string[] = [];
  const routes = Object.values(areas)
    .flatMap((area) => Object.values(area))
    .map((route) => ({ route, path: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  const session = { token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody };

  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://sample');
    const found = routes.find(({ route, path }) => route.method === request.method && path.test(pathname));
    const reply = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-kehou-now': typeof now === 'string' ? now : now() })
        .end(JSON.stringify(body));
    const answer = found && answers[`${found.route.method} ${found.route.path}`];
    if (found && answer) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const asked = Buffer.concat(chunks).toString();
        const { status = 200, body } = answer({ path: pathname, body: asked === '' ? undefined : JSON.parse(asked) });
        // What stands for the server keeps the contract, or the test says so.
        const kept = status === 200 ? found.route.output.safeParse(body) : undefined;
        if (kept && !kept.success) problems.push(`${request.method} ${found.route.path}: ${String(kept.error)}`);
        reply(status, body);
      });
      return;
    }
    request.resume();
    if (pages && !pathname.startsWith('/api/')) {
      const file = path.join(pages, path.normalize(decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)));
      if (!file.startsWith(pages) || !existsSync(file)) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
    }
    if (!found) return reply(404, { code: 'request.not_found', message: '', requestId: 'sample' });
    if (pathname === '/api/me') return reply(200, everybody);
    try {
      const sample = sampleOf(found.route.output, seed) as object;
      found.route.output.parse(sample);
      return reply(200, 'token' in sample ? session : sample);
    } catch (error) {
      problems.push(`${request.method} ${found.route.path}: ${String(error)}`);
      return reply(500, { code: 'sample', message: '', requestId: 'sample' });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    problems,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Every id that a page may want in its query, and the few other things. */
export const everyQuery = [
  ...Object.keys(prefixes).map((entity) => [`${entity}Id`, sampleId(entity as keyof typeof prefixes)]),
  ['schoolId', sampleId('organisation')],
  ['date', '2026-12-02'],
  ['month', '2026-12'],
  ['mark', 'in'],
  ['sign', 'in'],
]
  .map(([name, value]) => `${name}=${value}`)
  .join('&');

/** The contract's routes, from its own folder: a new area needs no line here. */
export async function contract(): Promise<Record<string, Routes>> {
  const shared = fileURLToPath(new URL('../../shared/src/', import.meta.url));
  const areas = readdirSync(shared).filter((area) => existsSync(path.join(shared, area, 'routes.ts')));
  const loaded = await Promise.all(
    areas.map(async (area) => {
      const module = (await import(path.join(shared, area, 'routes.ts'))) as Record<string, Routes>;
      return [area, module[`${area}Routes`]] as const;
    }),
  );
  return Object.fromEntries(loaded.filter((entry): entry is [string, Routes] => entry[1] !== undefined));
}
