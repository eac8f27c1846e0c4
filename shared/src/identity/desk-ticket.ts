/** The QR code that a desk shows: which ticket, and the server's word that it issued it. */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';

/** A desk's code is good for so long. */
export const DESK_TICKET_MINUTES = 3;

const PREFIX = 'kehou:desk:';

export const DeskTicketCode = z.object({ deskTicketId: Id('deskTicket'), signature: z.string().regex(/^[\w-]{20,100}$/) });
export type DeskTicketCode = z.infer<typeof DeskTicketCode>;

/** `kehou:desk:<id>:<signature>` */
export function deskTicketText(code: DeskTicketCode): string {
  return `${PREFIX}${code.deskTicketId}:${code.signature}`;
}

/** What was scanned, when it is a desk's code; `undefined` for any other text. */
export function readDeskTicketText(text: string): DeskTicketCode | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const [deskTicketId, signature, ...rest] = text.slice(PREFIX.length).split(':');
  if (rest.length > 0) return undefined;
  return DeskTicketCode.safeParse({ deskTicketId, signature }).data;
}
