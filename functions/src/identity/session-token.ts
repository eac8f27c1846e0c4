/**
 * Session tokens: signed (HS256), read without a look-up, good for half an hour. Roles and children are those of the moment
 * the token was made. A role that is taken away ends with the running token at the latest; a child at once, since whose child it is is
 * asked of the table.
 */
import type { Session } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { type Actor, ActorChild, Membership } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, Instant as InstantSchema, instant, ms } from '@kehou/shared/kernel/time';
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Platform } from '../platform/platform.ts';
import type { PersonView } from './person.repository.ts';
import { meOf } from './show-me.ts';

export type TokenDeps = Pick<Platform, 'clock' | 'secrets'>;

export const TOKEN_MINUTES = 30;
/** However often it is renewed, a session ends after so long: a stolen token does not live for ever, a desk is left signed in for a day at most. */
export const SESSION_HOURS_MAX = 12;
const MEMBERSHIPS_MAX = 20;
const CHILDREN_MAX = 10;
const ISSUER = 'kehou';
const AUDIENCE = 'kehou-api';

const Claims = z.object({
  sub: Id('person'),
  memberships: z.array(Membership).max(MEMBERSHIPS_MAX),
  children: z.array(ActorChild).max(CHILDREN_MAX),
  signedInAt: InstantSchema,
});

/** A token for this person as they are now, with what the first screen needs. */
export async function issueSession({ clock, secrets }: TokenDeps, view: PersonView, signedInAt: Instant): Promise<Session> {
  const expirySeconds = Math.floor(ms(addMinutes(clock.now(), TOKEN_MINUTES)) / 1000);
  const token = await new SignJWT({
    memberships: view.roles.slice(0, MEMBERSHIPS_MAX).map(({ organisationId, role }) => ({ organisationId, role })),
    children: view.children.slice(0, CHILDREN_MAX).map(({ pupilId, schoolId, grade }) => ({ pupilId, schoolId, grade })),
    signedInAt,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(view.person.personId)
    .setExpirationTime(expirySeconds)
    .sign(secrets.session);
  return { token, expiresAt: instant(expirySeconds * 1000), me: meOf(view) };
}

/** Who a token speaks for. Forged, altered, lapsed or foreign: `session.expired`, whatever was wrong with it. No look-up. */
export function authenticate({ clock, secrets }: TokenDeps) {
  // Imported once a container: from bytes it would be for every token.
  let key: ReturnType<typeof crypto.subtle.importKey> | undefined;
  return async (token: string, requestId: string): Promise<Actor> => {
    key ??= crypto.subtle.importKey('raw', secrets.session, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    try {
      const { payload } = await jwtVerify(token, await key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.now()),
      });
      const { sub, memberships, children, signedInAt } = Claims.parse(payload);
      return { personId: sub, memberships, children, signedInAt, requestId };
    } catch {
      throw new DomainError('session.expired');
    }
  };
}

/** May a session that began then still be renewed? */
export function isRenewable(clock: Clock, signedInAt: Instant | undefined): signedInAt is Instant {
  return signedInAt !== undefined && ms(clock.now()) - ms(signedInAt) < SESSION_HOURS_MAX * 3_600_000;
}
