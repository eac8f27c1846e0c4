/** A desk that waits for a phone: waiting → confirmed by a person → collected, once. TTL clears it. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Id } from '@kehou/shared/kernel/id';
import { Instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { create, type Table, type Write } from '../platform/table.ts';

export const DeskTicketRow = z.object({
  deskTicketId: Id('deskTicket'),
  /** SHA-256 of what the desk alone knows. */
  secretHash: z.string(),
  openedAt: Instant,
  expiresAt: Instant,
  browser: z.string(),
  status: z.enum(['waiting', 'confirmed', 'collected']),
  personId: Id('person').optional(),
  confirmedAt: Instant.optional(),
});
export type DeskTicketRow = z.infer<typeof DeskTicketRow>;

export function getDeskTicket(table: Table, deskTicketId: string): Promise<DeskTicketRow | undefined> {
  return table.get(keys.deskTicket(deskTicketId), DeskTicketRow);
}

const KEPT_SECONDS = 3600;

export function createDeskTicketWrite(ticket: DeskTicketRow): Write {
  return create(keys.deskTicket(ticket.deskTicketId), { ...ticket, ttl: Math.floor(ms(ticket.expiresAt) / 1000) + KEPT_SECONDS });
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** The server's word that this ticket is its own. The first line keeps it apart from other uses of the same key. */
export function signDeskTicket(qrSecret: Uint8Array, ticket: Pick<DeskTicketRow, 'deskTicketId' | 'openedAt'>): string {
  return createHmac('sha256', qrSecret).update(`desk-ticket\n${ticket.deskTicketId}\n${ticket.openedAt}`).digest('base64url');
}

/** Compares two texts in a time that does not tell how far they agree. */
export function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
