/**
 * A server that answers every route of the contract with a sample that fits it (`samples.ts`), for whoever asks. Not a mock of
 * the product: it has no state and decides nothing. It is for tests of what pages can draw.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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

export async function startSampleServer(
  areas: Record<string, Routes>,
  seed: number,
  now = '2026-12-02T08:00:00.000Z',
): Promise<SampleServer> {
  const problems: string[] = [];
  const routes = Object.values(areas)
    .flatMap((area) => Object.values(area))
    .map((route) => ({ route, path: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
  const session = { token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody };

  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://sample');
    const found = routes.find(({ route, path }) => route.method === request.method && path.test(pathname));
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json', 'x-kehou-now': now }).end(JSON.stringify(body));
    request.resume();
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
