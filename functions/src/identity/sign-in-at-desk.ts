/** Signing in at a desk (school, operator, bureau): it shows a code, a signed-in phone scans and confirms, the desk collects. */
import { randomBytes } from 'node:crypto';
import { DESK_TICKET_MINUTES, deskTicketText } from '@kehou/shared/identity/desk-ticket';
import type { identityRoutes } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes } from '@kehou/shared/kernel/time';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { set } from '../platform/table.ts';
import { createDeskTicketWrite, DeskTicketRow, getDeskTicket, hashSecret, sameText, signDeskTicket } from './desk-ticket.repository.ts';
import { mustReadPerson } from './person.repository.ts';
import { issueSession } from './session-token.ts';

type Routes = typeof identityRoutes;
type Deps = Pick<Platform, 'table' | 'clock' | 'secrets'>;

/** Opens a ticket for three minutes. An id that was used is refused: who reads it off the code must not get the secret. One write. */
export function openDeskTicket({ table, clock, secrets }: Deps) {
  return async (input: ParsedOf<Routes['openDeskTicket']>): Promise<ReplyOf<Routes['openDeskTicket']>> => {
    const secret = randomBytes(32).toString('base64url');
    const openedAt = clock.now();
    const { deskTicketId } = input;
    const ticket: DeskTicketRow = {
      deskTicketId,
      secretHash: hashSecret(secret),
      openedAt,
      expiresAt: addMinutes(openedAt, DESK_TICKET_MINUTES),
      browser: input.browser,
      status: 'waiting',
    };
    if (await table.tryWrite([createDeskTicketWrite(ticket)])) throw new DomainError('request.id_reused');
    const signature = signDeskTicket(secrets.qr, ticket);
    return { deskTicketId, secret, qrText: deskTicketText({ deskTicketId, signature }), expiresAt: ticket.expiresAt };
  };
}

/** What the phone is about to confirm. One read. */
export function previewDeskTicket(deps: Deps) {
  return async (input: ParsedOf<Routes['previewDeskTicket']>): Promise<ReplyOf<Routes['previewDeskTicket']>> => {
    const ticket = await signedTicket(deps, input);
    if (ticket.expiresAt <= deps.clock.now()) throw new DomainError('identity.desk_expired');
    if (ticket.status !== 'waiting') throw new DomainError('identity.desk_taken');
    const { deskTicketId, openedAt, expiresAt, browser } = ticket;
    return { deskTicketId, openedAt, expiresAt, browser };
  };
}

/**
 * The phone's person sits down at that desk. First come; the same person again is fine. Throws `identity.no_desk_role`,
 * `identity.desk_expired`, `identity.desk_taken`. One read, one write.
 */
export function confirmDeskTicket(deps: Deps) {
  return async (input: ParsedOf<Routes['confirmDeskTicket']>, actor: Actor): Promise<ReplyOf<Routes['confirmDeskTicket']>> => {
    const { deskTicketId } = await signedTicket(deps, input);
    if (!actor.memberships.some(({ role }) => role !== 'teacher')) throw new DomainError('identity.no_desk_role');
    const now = deps.clock.now();
    const refusal = await deps.table.tryWrite([
      set(
        keys.deskTicket(deskTicketId),
        { status: 'confirmed', personId: actor.personId, confirmedAt: now },
        { condition: { expression: '#status = :waiting AND #expiresAt > :now', values: { waiting: 'waiting', now } } },
      ),
    ]);
    if (refusal) {
      const there = DeskTicketRow.parse(refusal.items.get(0));
      if (there.personId === actor.personId) return { deskTicketId };
      throw new DomainError(there.status === 'waiting' ? 'identity.desk_expired' : 'identity.desk_taken');
    }
    return { deskTicketId };
  };
}

/** Handed out once: whoever asks second, with the right secret too, finds it taken. One read; then one write and a query. */
export function collectDeskSession(deps: Deps) {
  return async (input: ParsedOf<Routes['collectDeskSession']>): Promise<ReplyOf<Routes['collectDeskSession']>> => {
    const { table, clock } = deps;
    const ticket = await getDeskTicket(table, input.deskTicketId);
    if (!ticket || !sameText(ticket.secretHash, hashSecret(input.secret))) throw new DomainError('request.not_found');
    if (ticket.status === 'collected') throw new DomainError('identity.desk_taken');
    if (ticket.expiresAt <= clock.now()) throw new DomainError('identity.desk_expired');
    if (ticket.status === 'waiting' || !ticket.personId) return { status: 'waiting' };
    if (
      await table.tryWrite([
        set(
          keys.deskTicket(ticket.deskTicketId),
          { status: 'collected' },
          { condition: { expression: '#status = :confirmed', values: { confirmed: 'confirmed' } } },
        ),
      ])
    )
      throw new DomainError('identity.desk_taken');
    const view = await mustReadPerson(table, ticket.personId);
    return { status: 'ready', session: await issueSession(deps, view, ticket.confirmedAt ?? clock.now()) };
  };
}

async function signedTicket({ table, secrets }: Deps, input: { deskTicketId: string; signature: string }): Promise<DeskTicketRow> {
  const ticket = await getDeskTicket(table, input.deskTicketId);
  if (!ticket || !sameText(signDeskTicket(secrets.qr, ticket), input.signature)) throw new DomainError('request.not_found');
  return ticket;
}
