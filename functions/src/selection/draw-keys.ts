/**
 * What a lottery signs and names with, derived from the deployment's own secret (HKDF): no key of its own to keep. A child's
 * pseudonym says nothing without that secret, and is another in every window.
 */
import { createHmac, createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign } from 'node:crypto';
import { type Receipt, receiptText } from '@kehou/shared/selection/lottery';
import type { Platform } from '../platform/platform.ts';

type Secrets = Platform['secrets'];

/** An Ed25519 private key in PKCS #8 is this and its 32 bytes (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** A public key in SPKI is 12 bytes and its 32. */
const SPKI_BYTES = 12;
const ENTRANT_CHARACTERS = 32;

function derive(secrets: Secrets, salt: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secrets.session, salt, info, 32));
}

/** The child's name in the published list of this window. */
export function entrantOf(secrets: Secrets, windowId: string, pupilId: string): string {
  const key = derive(secrets, windowId, 'kehou entrant');
  return createHmac('sha256', key).update(pupilId).digest('hex').slice(0, ENTRANT_CHARACTERS);
}

function signingKey(secrets: Secrets): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, derive(secrets, '', 'kehou receipt')]), format: 'der', type: 'pkcs8' });
}

/** What receipts are checked with: raw 32 bytes, base64url. */
export function receiptPublicKey(secrets: Secrets): string {
  const spki = createPublicKey(signingKey(secrets)).export({ format: 'der', type: 'spki' });
  return spki.subarray(SPKI_BYTES).toString('base64url');
}

export function signReceipt(secrets: Secrets, receipt: Omit<Receipt, 'signature'>): Receipt {
  const signature = sign(null, Buffer.from(receiptText(receipt)), signingKey(secrets)).toString('base64url');
  return { ...receipt, signature };
}
