import { Phone } from '@kehou/shared/identity/person';
import type { identityRoutes } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, put, remove, set, type Write } from '../platform/table.ts';
import { getPerson, mustReadPerson, type Person, personOfPhone } from './person.repository.ts';
import { issueSession } from './session-token.ts';
import { settlePhone } from './settle-phone.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'secrets' | 'wechat'>;

const TRIES_MAX = 5;

/**
 * Binds the number that WeChat verified. One number belongs to one person: who verified it last has it, and the links
 * that it brought move with it; a number that they had before is let go with its links. One transaction decides; the links
 * follow it at once here, and from the stream should this process die. Throws `session.code_refused`, `session.phone_foreign`.
 */
export function verifyPhone(deps: Deps) {
  return async (input: ParsedOf<Routes['verifyPhone']>, actor: Actor): Promise<ReplyOf<Routes['verifyPhone']>> => {
    const verified = Phone.safeParse(await deps.wechat.phoneNumber(input.phoneCode));
    if (!verified.success) throw new DomainError('session.phone_foreign');
    const phone = verified.data;
    const { letGo, former } = await claim(deps, phone, actor.personId);
    if (letGo) await settlePhone(deps, letGo, actor.personId);
    await settlePhone(deps, phone, former);
    return issueSession(deps, await mustReadPerson(deps.table, actor.personId), actor.signedInAt ?? deps.clock.now());
  };
}

interface Claimed {
  /** The number that this person had before. */
  readonly letGo?: Phone | undefined;
  /** The person who had this number before. */
  readonly former?: string | undefined;
}

async function claim({ table, clock }: Deps, phone: Phone, personId: string): Promise<Claimed> {
  for (let attempt = 1; ; attempt++) {
    const [person, holderId] = await Promise.all([getPerson(table, personId), personOfPhone(table, phone)]);
    if (!person) throw new DomainError('session.expired');
    if (holderId === personId && person.phone === phone) return {};
    const former = holderId === personId ? undefined : holderId;
    const letGo = person.phone === phone ? undefined : person.phone;
    try {
      await table.write(claimWrites({ person, phone, letGo, former, at: clock.now() }));
      return { letGo, former };
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

function claimWrites(claim: { person: Person; phone: Phone; at: string } & Claimed): Write[] {
  const { person, phone, letGo, former, at } = claim;
  const { personId } = person;
  const isTheirs = (holder: string) => ({ expression: '#personId = :holder', values: { holder } });
  const has = (number: string) => ({ expression: '#phone = :number', values: { number } });
  return [
    put(
      keys.phone(phone),
      { personId, phone, verifiedAt: at },
      {
        condition: former
          ? isTheirs(former)
          : { expression: 'attribute_not_exists(PK) OR #personId = :holder', values: { holder: personId } },
      },
    ),
    set(
      keys.person(personId),
      { phone },
      { condition: person.phone ? has(person.phone) : { expression: 'attribute_exists(PK) AND attribute_not_exists(#phone)' } },
    ),
    ...(letGo ? [remove(keys.phone(letGo), { condition: isTheirs(personId) })] : []),
    ...(former ? [set(keys.person(former), { phone: undefined }, { condition: has(phone) })] : []),
  ];
}
