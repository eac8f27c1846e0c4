import type { identityRoutes } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed } from '../platform/table.ts';
import { countDevice } from './count-device.ts';
import { createPersonWrites, mustReadPerson, type Person, type PersonView, personOfOpenId, readPerson } from './person.repository.ts';
import { isRenewable, issueSession } from './session-token.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'secrets' | 'wechat'>;

/**
 * Signs in with the code of `wx.login`; the first time makes the person. Throws `session.code_refused`, and `session.device_crowded`
 * where the phone says which it is and has signed in too many. WeChat is asked once; then three round trips, the first time four.
 */
export function signIn(deps: Deps) {
  return async (input: ParsedOf<Routes['signIn']>): Promise<ReplyOf<Routes['signIn']>> => {
    const { openId } = await deps.wechat.session(input.code);
    const view = await personBehind(deps, openId);
    const now = deps.clock.now();
    if (input.deviceId) await countDevice(deps.table, input.deviceId, view.person.personId, now);
    return issueSession(deps, view, now);
  };
}

async function personBehind({ table, clock }: Deps, openId: string): Promise<PersonView> {
  const knownId = await personOfOpenId(table, openId);
  if (knownId) return mustReadPerson(table, knownId);
  const now = clock.now();
  const person: Person = { personId: newId('person', ms(now)), openId, createdAt: now };
  try {
    await table.write(createPersonWrites(person));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // The same WeChat signed in twice at once, or our own write's reply was lost.
    const winnerId = await personOfOpenId(table, openId);
    const winner = winnerId && (await readPerson(table, winnerId));
    if (!winner) throw error;
    return winner;
  }
  return { person, roles: [], children: [], unreadMessages: 0 };
}

/** A fresh token with the roles of now, until {@link SESSION_HOURS_MAX} after the sign-in. One query. */
export function renewSession(deps: Pick<Deps, 'table' | 'clock' | 'secrets'>) {
  return async (_input: ParsedOf<Routes['renewSession']>, actor: Actor): Promise<ReplyOf<Routes['renewSession']>> => {
    if (!isRenewable(deps.clock, actor.signedInAt)) throw new DomainError('session.expired');
    return issueSession(deps, await mustReadPerson(deps.table, actor.personId), actor.signedInAt);
  };
}
