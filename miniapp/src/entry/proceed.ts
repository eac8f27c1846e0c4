/** Where a signed-in person belongs. */
import type { Me } from '@kehou/shared/identity/person';
import { restart } from '../platform/navigation.ts';
import { homes } from '../routes.ts';
import { type ActiveRole, chooseRole, rolesOf, sessionState } from '../session.ts';

export function proceed(me: Me): void {
  const roles = rolesOf(me);
  const only = roles.length === 1 ? roles[0] : undefined;
  const active = sessionState().role ?? (only && bare(only));
  if (active) enter(active);
  else restart(roles.length > 1 ? 'entry/roles' : 'entry/sign-in');
}

/** Works in this role from now on, beginning at its home. */
export function enter(role: ActiveRole): void {
  chooseRole(bare(role));
  restart(homes[role.role]);
}

const bare = (role: ActiveRole): ActiveRole =>
  role.role === 'parent' ? { role: 'parent' } : { role: role.role, organisationId: role.organisationId };
