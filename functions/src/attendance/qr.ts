/**
 * The text of the code on show at a school: what it says, signed by the server. Only this server makes one and only this
 * server believes one; a phone just carries it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import * as z from 'zod';

/** Says which kind of code it is, and keeps this use of the key apart from every other. */
const PREFIX = 'kehou-sign-1';

const Payload = z.object({
  schoolId: Id('organisation'),
  place: z.string().min(1).max(30),
  /** The half minute that it is shown in. */
  turn: z.int().min(0),
  nonce: z.string().regex(/^[\w-]{16}$/),
});
export type QrPayload = z.infer<typeof Payload>;

function signature(secret: Uint8Array, body: string): Buffer {
  return createHmac('sha256', secret).update(`${PREFIX}.${body}`).digest();
}

/** A fresh text for a school, place and turn; two screens at one gate show two. */
export function makeQr(secret: Uint8Array, shown: Omit<QrPayload, 'nonce'>): string {
  const { schoolId, place, turn } = shown;
  const body = Buffer.from(JSON.stringify([schoolId, turn, randomBytes(12).toString('base64url'), place])).toString('base64url');
  return `${PREFIX}.${body}.${signature(secret, body).toString('base64url')}`;
}

/** What a scanned text says. Anything that this server has not signed: `attendance.qr_unreadable`. */
export function readQr(secret: Uint8Array, text: string): QrPayload {
  const [prefix, body = '', signed = '', ...more] = text.split('.');
  const given = Buffer.from(signed, 'base64url');
  const expected = signature(secret, body);
  // Compared as text too: base64url has more than one spelling of the same bytes, and each would be a code of its own.
  const genuine =
    prefix === PREFIX &&
    more.length === 0 &&
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    signed === expected.toString('base64url');
  if (!genuine) throw new DomainError('attendance.qr_unreadable');
  const [schoolId, turn, nonce, place] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as unknown[];
  return Payload.parse({ schoolId, turn, nonce, place });
}
