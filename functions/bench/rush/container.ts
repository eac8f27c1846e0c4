/**
 * One container: its own handlers, its own memory, its own clock, behind the product's HTTP stack.
 *
 * A container's clock: on AWS each container has a core to itself and serves a request in about 20 ms; here all of them
 * share two cores, so wall time stretches what a container remembers. Each container's clock therefore moves by 20 ms a
 * request that it serves, and not by the wall.
 */
import { newId } from '@kehou/shared/kernel/id';
import { requestOf } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Pupil } from '@kehou/shared/school/school';
import { selectionRoutes } from '@kehou/shared/selection/routes';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createApi, type HttpHandler } from '../../src/http/api.ts';
import { guards } from '../../src/identity/authorise.ts';
import { issueSession } from '../../src/identity/session-token.ts';
import { keys } from '../../src/platform/keys.ts';
import { silentLog } from '../../src/platform/log.ts';
import { MemoryObjects } from '../../src/platform/memory-objects.ts';
import { put, type Table } from '../../src/platform/table.ts';
import { selection } from '../../src/selection/index.ts';
import type { UseCases } from '../../src/use-cases.ts';
import { OPENING, type SelectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT } from '../../testing/test-platform.ts';

const REQUEST_MS = 20;

const secrets = {
  session: new TextEncoder().encode('bench-session-key-of-32-bytes-or-more'),
  qr: new TextEncoder().encode('bench-qr-key-of-32-bytes-or-more-----'),
};

/** A guardian of this pupil, signed in: the token names the child. To see the classes they have to be linked, too. */
export async function tokenFor(pupil: Pupil, personId = newId('person')): Promise<string> {
  const child = { ...pupil, schoolName: '学校' };
  const view = { person: { personId, openId: personId, createdAt: OPENING }, roles: [], children: [child], unread: 0 };
  const session = await issueSession({ clock: { now: () => OPENING }, secrets }, view as never, OPENING);
  return session.token;
}

/** A school on its evening. */
export type Evenings = Pick<SelectionWorld, 'window' | 'offerings' | 'pupils'>;

/** A guardian who looks at the classes for a container that is to be warm. */
export async function linkedToken(table: Table, pupil: Pupil): Promise<string> {
  const personId = newId('person');
  await table.write([put(keys.personChild(personId, pupil.pupilId), { ...pupil })]);
  return tokenFor(pupil, personId);
}

export type TakeSeatUseCase = UseCases<typeof selectionRoutes>['takeSeat'];

/** The product's, with `takeSeat` replaced when another design is measured: it gets this container's clock. */
export function container(table: Table, other?: (clock: { now(): Instant }) => TakeSeatUseCase) {
  let served = 0;
  const clock = { now: (): Instant => instant(ms(OPENING) + served * REQUEST_MS) };
  const workflows = { start: async () => undefined, succeed: async () => false };
  const { useCases } = selection({ table, clock, workflows, objects: new MemoryObjects(), secrets, wechat: NO_WECHAT });
  const handler: HttpHandler = createApi({
    area: 'selection',
    routes: selectionRoutes,
    useCases: other ? { ...useCases, takeSeat: other(clock) } : useCases,
    guards: guards({ table, clock, secrets }),
    clock,
    log: silentLog,
  });
  const serve = async (request: { method: string; url: string; body?: string | undefined }, token: string): Promise<number> => {
    served += 1;
    const reply = await handler(eventOf(request, token), { awsRequestId: `request-${served}` } as Context);
    return reply.statusCode ?? 500;
  };
  return {
    showClasses: (world: Evenings, pupil: number, token: string) =>
      serve(requestOf(selectionRoutes.getClassPage, { pupilId: world.pupils[pupil]?.pupilId, windowId: world.window.windowId }), token),
    takeSeat: (world: Evenings, pupil: number, offering: number, token: string) =>
      serve(
        requestOf(selectionRoutes.takeSeat, {
          pupilId: world.pupils[pupil]?.pupilId,
          offeringId: world.offerings[offering]?.offeringId,
          windowId: world.window.windowId,
          enrolmentId: newId('enrolment'),
        }),
        token,
      ),
  };
}

export type Container = ReturnType<typeof container>;

function eventOf({ method, url, body }: { method: string; url: string; body?: string | undefined }, token: string): APIGatewayProxyEventV2 {
  const [path = '', query = ''] = url.split('?');
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    requestContext: {
      accountId: '0',
      apiId: 'bench',
      domainName: 'bench',
      domainPrefix: 'bench',
      http,
      requestId: '0',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}
