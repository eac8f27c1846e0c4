/**
 * The server, typed: `api.identity.me({})`. Pages call this and nothing else.
 * A session is got when the first call needs one, and once again when the server says that it has ended.
 */
import { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { billingRoutes } from '@kehou/shared/billing/routes';
import type { Session } from '@kehou/shared/identity/person';
import { identityRoutes } from '@kehou/shared/identity/routes';
import { ApiError, createClient, type HttpReply, type HttpRequest, type Routes } from '@kehou/shared/kernel/route';
import { libraryRoutes } from '@kehou/shared/library/routes';
import { messagingRoutes } from '@kehou/shared/messaging/routes';
import { offeringRoutes } from '@kehou/shared/offering/routes';
import { organisationRoutes } from '@kehou/shared/organisation/routes';
import { payoutRoutes } from '@kehou/shared/payout/routes';
import { schoolRoutes } from '@kehou/shared/school/routes';
import { selectionRoutes } from '@kehou/shared/selection/routes';
import { supervisionRoutes } from '@kehou/shared/supervision/routes';
import { teachingRoutes } from '@kehou/shared/teaching/routes';
import { boot } from './boot.ts';
import { learnServerTime, serverNowMs } from './clock.ts';
import { platform } from './platform/current';
import { deviceId } from './platform/device-id.ts';
import { PlatformError, type TransportReply } from './platform/platform.ts';
import { adoptSession, dropToken, endSession, sessionState } from './session.ts';
import { language } from './texts/catalogue.ts';

/** Every area of the contract: add its routes here, and `api.<area>` is there. */
export const areas = {
  attendance: attendanceRoutes,
  billing: billingRoutes,
  identity: identityRoutes,
  library: libraryRoutes,
  messaging: messagingRoutes,
  offering: offeringRoutes,
  organisation: organisationRoutes,
  payout: payoutRoutes,
  school: schoolRoutes,
  selection: selectionRoutes,
  supervision: supervisionRoutes,
  teaching: teachingRoutes,
} as const satisfies Record<string, Routes>;
export type Areas = typeof areas;

const SESSION_ISSUED_KEY = 'session-issued';

export const api = createClient(areas, sendSignedIn, () => ({}));
/** Signing in itself: no session, no second try. */
const open = createClient({ identity: identityRoutes }, send, () => ({}));

const openRoutes = Object.values(areas as Record<string, Routes>)
  .flatMap((routes) => Object.values(routes))
  .filter((route) => route.access.by === 'anyone')
  .map((route) => ({ method: route.method as string, path: new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/?]+')}(\\?|$)`) }));
const needsSession = ({ method, url }: HttpRequest) => !openRoutes.some((route) => route.method === method && route.path.test(url));

async function sendSignedIn(request: HttpRequest): Promise<HttpReply> {
  if (!needsSession(request)) return send(request);
  await boot();
  const token = sessionState().session?.token ?? (await signIn()).token;
  const reply = await send(request, token);
  if (reply.status !== 401) return reply;
  dropToken(token);
  return send(request, (await signIn()).token);
}

async function send(request: HttpRequest, token?: string): Promise<TransportReply> {
  await boot();
  const sentAtMs = Date.now();
  const reply = await platform.request({
    ...request,
    url: KEHOU_API_ORIGIN + request.url,
    headers: {
      ...request.headers,
      accept: 'application/json',
      'accept-language': language(),
      'x-request-id': requestId(),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
  });
  learnServerTime(reply.headers['x-kehou-now'], sentAtMs, Date.now());
  return reply;
}

let signingIn: Promise<Session> | undefined;

/**
 * Signs in without a word, where the host can (`platform.login`); several callers share one attempt. At a desk it
 * rejects with `session.missing` (401), and the app goes to the page with the QR code.
 */
export function signIn(): Promise<Session> {
  signingIn ??= (async () => {
    try {
      const session = await open.identity.signIn({ code: await platform.login(), deviceId: deviceId(platform) });
      takeSession(session);
      return session;
    } catch (error) {
      if (error instanceof PlatformError && error.code === 'platform.unavailable') {
        throw new ApiError(401, { code: 'session.missing', message: '请先登录', requestId: '' });
      }
      throw error;
    }
  })().finally(() => {
    signingIn = undefined;
  });
  return signingIn;
}

/** Keeps a session that came another way (a desk's QR code, a verified phone, a renewal). */
export function takeSession(session: Session): void {
  platform.storageSet(SESSION_ISSUED_KEY, String(serverNowMs()));
  adoptSession(session);
}

let renewing: Promise<void> | undefined;

/**
 * A fresh token with the roles of now, when the old one is past half of its life: a desk that is looked at stays signed in.
 * Failing is no harm: where the host can, 401 signs in again.
 */
export function renewSessionWhenDue(): Promise<void> {
  renewing ??= (async () => {
    try {
      const { session } = sessionState();
      if (!session) return;
      const issuedAtMs = Number(platform.storageGet(SESSION_ISSUED_KEY) ?? 0);
      const expiresAtMs = Date.parse(session.expiresAt);
      // Past its end it cannot be exchanged any more: the next call finds out.
      if (serverNowMs() < (issuedAtMs + expiresAtMs) / 2 || serverNowMs() >= expiresAtMs) return;
      takeSession(await api.identity.renewSession({}));
    } catch {
      // the next call that is refused signs in again
    }
  })().finally(() => {
    renewing = undefined;
  });
  return renewing;
}

export function signOut(): void {
  platform.storageRemove(SESSION_ISSUED_KEY);
  endSession();
}

// Not an id of the domain: it only finds this call in the server's log.
function requestId(): string {
  return `m-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}
