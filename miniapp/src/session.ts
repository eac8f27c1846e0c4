/**
 * Who is signed in on this phone or at this desk, and in which role they are working. The token is kept by the platform
 * for this person (phone) or this tab (desk). Nothing here talks to the server: `api.ts` does.
 */

import type { Me } from '@kehou/shared/identity/person';
import { Session } from '@kehou/shared/identity/person';
import type { Role } from '@kehou/shared/kernel/route';
import { useSyncExternalStore } from 'react';
import * as z from 'zod';
import { platform } from './platform/current';

/** The role someone works in now: a parent over their children, or a role in one organisation. */
export const ActiveRole = z.discriminatedUnion('role', [
  z.object({ role: z.literal('parent') }),
  z.object({ role: z.enum(['teacher', 'school', 'operator', 'bureau']), organisationId: z.string() }),
]);
export type ActiveRole = z.infer<typeof ActiveRole>;

export interface SessionState {
  readonly session: Session | undefined;
  readonly role: ActiveRole | undefined;
  /** The child whose things are on the screen; one of `me.children`. */
  readonly pupilId: string | undefined;
}

const KEYS = { session: 'session', role: 'role', pupil: 'pupil' } as const;

let state: SessionState = { session: undefined, role: undefined, pupilId: undefined };
const listeners = new Set<() => void>();

function set(next: Partial<SessionState>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

/** Reads what was kept. Once, after `platform.ready()`. */
export function restoreSession(): void {
  const session = kept(KEYS.session, Session);
  const role = kept(KEYS.role, ActiveRole);
  const pupilId = platform.storageGet(KEYS.pupil);
  state = { session, role: session && validRole(session.me, role), pupilId: session && validPupil(session.me, pupilId) };
}

export const sessionState = (): SessionState => state;

/** A fresh session: after signing in, renewing, verifying the phone. */
export function adoptSession(session: Session): void {
  platform.storageSet(KEYS.session, JSON.stringify(session));
  set({ session, role: validRole(session.me, state.role), pupilId: validPupil(session.me, state.pupilId) });
}

/** The server's word on who I am, newer than the session's. */
export function updateMe(me: Me): void {
  if (state.session) adoptSession({ ...state.session, me });
}

export function endSession(): void {
  platform.storageRemove(KEYS.session);
  platform.storageRemove(KEYS.role);
  platform.storageRemove(KEYS.pupil);
  set({ session: undefined, role: undefined, pupilId: undefined });
}

/** Drops a token that the server refused, unless another one has come meanwhile. */
export function dropToken(token: string): void {
  if (state.session?.token === token) {
    platform.storageRemove(KEYS.session);
    set({ session: undefined });
  }
}

export function chooseRole(role: ActiveRole): void {
  platform.storageSet(KEYS.role, JSON.stringify(role));
  set({ role });
}

export function chooseChild(pupilId: string): void {
  platform.storageSet(KEYS.pupil, pupilId);
  set({ pupilId });
}

/** Every role that this person can work in; a parent's comes from the children. */
export function rolesOf(me: Me): readonly (ActiveRole & { readonly organisationName?: string })[] {
  return [...(me.children.length > 0 ? [{ role: 'parent' } as const] : []), ...me.roles];
}

export function subscribeSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): SessionState {
  return useSyncExternalStore(subscribeSession, sessionState, sessionState);
}
export function useMe(): Me | undefined {
  return useSession().session?.me;
}
/** The child on the screen: the chosen one, else the first. */
export function useChild(): Me['children'][number] | undefined {
  const { session, pupilId } = useSession();
  return session?.me.children.find((child) => child.pupilId === pupilId) ?? session?.me.children[0];
}
/** The organisation that someone works in now, when they do so as `role`. */
export function useOrganisation(
  role: Exclude<Role, 'parent'>,
): { readonly organisationId: string; readonly organisationName: string } | undefined {
  const { session, role: active } = useSession();
  const wanted = active && active.role === role ? active.organisationId : undefined;
  const found = session?.me.roles.find((held) => held.role === role && (wanted === undefined || held.organisationId === wanted));
  return found && { organisationId: found.organisationId, organisationName: found.organisationName };
}

function kept<S extends z.ZodType>(key: string, schema: S): z.output<S> | undefined {
  const text = platform.storageGet(key);
  if (!text) return undefined;
  try {
    // What an older version stored may not fit any more: then it is as if nothing were there.
    return schema.parse(JSON.parse(text));
  } catch {
    platform.storageRemove(key);
    return undefined;
  }
}

function validRole(me: Me, role: ActiveRole | undefined): ActiveRole | undefined {
  if (!role) return undefined;
  return rolesOf(me).some(
    (held) =>
      held.role === role.role && (role.role === 'parent' || (held.role !== 'parent' && held.organisationId === role.organisationId)),
  )
    ? role
    : undefined;
}

function validPupil(me: Me, pupilId: string | undefined): string | undefined {
  return me.children.some((child) => child.pupilId === pupilId) ? pupilId : undefined;
}
