import { maskPhone } from '@kehou/shared/identity/person';
import { type identityRoutes, LinkRequest } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate, ms } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { present, type Table, update } from '../platform/table.ts';
import {
  createLinkRequestWrite,
  getLinkRequest,
  PENDING_A_PUPIL_MAX,
  pendingOfPupil,
  pendingOfSchool,
  StoredLinkRequest,
} from './link-request.repository.ts';
import { CHILDREN_MAX, mustReadPerson } from './person.repository.ts';
import { findRosteredPupil } from './rostered-pupil.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;
type Input = ParsedOf<Routes['requestChildLink']>;

/** Tries a day and person, right or wrong: pupil numbers run in sequence, and names are few. */
export const LINK_TRIES_A_DAY = 5;

/**
 * Asks to be linked to a child. A wrong number, a wrong name and a wrong school get the same answer
 * (`identity.child_not_matched`); after five tries a day, `request.too_often`. Linked already: `approved`. A request of
 * one's own that still waits is answered with again. Round trips: the request, the person, the count, two of the
 * roster, the pupil's requests, the write.
 */
export function requestChildLink({ table, clock }: Deps) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Routes['requestChildLink']>> => {
    const known = await getLinkRequest(table, input.linkRequestId);
    if (known) return sameRequest(known, input, actor);
    const { person, children } = await mustReadPerson(table, actor.personId);
    await countTry(table, actor.personId, clock);
    const pupil = await findRosteredPupil(table, input);
    if (!pupil) throw new DomainError('identity.child_not_matched');
    if (children.some((child) => child.pupilId === pupil.pupilId)) return { linkRequestId: input.linkRequestId, status: 'approved' };
    const pending = await pendingOfPupil(table, pupil.pupilId);
    const mine = pending.find((request) => request.requesterId === person.personId);
    if (mine) return { linkRequestId: mine.linkRequestId, status: mine.status };
    if (pending.length >= PENDING_A_PUPIL_MAX || children.length >= CHILDREN_MAX) throw new DomainError('request.too_often');

    const request: StoredLinkRequest = {
      linkRequestId: input.linkRequestId,
      pupilId: pupil.pupilId,
      pupilName: pupil.name,
      schoolId: pupil.schoolId,
      requesterName: input.myName,
      requesterPhone: person.phone ? maskPhone(person.phone) : '',
      relation: input.relation,
      status: 'pending',
      requestedAt: clock.now(),
      requesterId: person.personId,
      pupilNumber: input.pupilNumber,
    };
    const refusal = await table.tryWrite([
      createLinkRequestWrite(request),
      update(keys.person(person.personId), 'SET #name = if_not_exists(#name, :name)', {
        values: { name: input.myName },
        condition: present,
      }),
    ]);
    if (refusal) {
      return sameRequest(StoredLinkRequest.parse(refusal.items.get(0)), input, actor);
    }
    return { linkRequestId: request.linkRequestId, status: request.status };
  };
}

function sameRequest(known: StoredLinkRequest, input: Input, actor: Actor): ReplyOf<Routes['requestChildLink']> {
  const same =
    known.requesterId === actor.personId &&
    known.schoolId === input.schoolId &&
    known.pupilNumber === input.pupilNumber &&
    known.relation === input.relation;
  if (!same) throw new DomainError('request.id_reused');
  return { linkRequestId: known.linkRequestId, status: known.status };
}

async function countTry(table: Table, personId: string, clock: Deps['clock']): Promise<void> {
  const now = clock.now();
  if (
    await table.tryWrite([
      update(keys.attempts('link', personId, chinaDate(now)), 'ADD #count :one SET #ttl = :ttl', {
        values: { one: 1, ttl: Math.floor(ms(now) / 1000) + 2 * 86_400 },
        condition: { expression: 'attribute_not_exists(#count) OR #count < :most', values: { most: LINK_TRIES_A_DAY } },
      }),
    ])
  )
    throw new DomainError('request.too_often');
}

/** Requests for my children that wait for a decision. One query, and one more a child. */
export function listLinkRequests({ table }: Deps) {
  return async (_input: ParsedOf<Routes['listLinkRequests']>, actor: Actor): Promise<ReplyOf<Routes['listLinkRequests']>> => {
    const { children } = await mustReadPerson(table, actor.personId);
    const pages = await Promise.all(children.map((child) => pendingOfPupil(table, child.pupilId)));
    return { items: pages.flat().map((request) => LinkRequest.parse(request)) };
  };
}

/** One query. */
export function listSchoolLinkRequests({ table }: Deps) {
  return async (input: ParsedOf<Routes['listSchoolLinkRequests']>): Promise<ReplyOf<Routes['listSchoolLinkRequests']>> => {
    const { items, cursor } = await pendingOfSchool(table, input.schoolId, input);
    return { items: items.map((request) => LinkRequest.parse(request)), cursor };
  };
}
