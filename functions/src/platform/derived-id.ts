import { createHash } from 'node:crypto';
import { type Entity, type Id, prefixes } from '@kehou/shared/kernel/id';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_CHARACTERS = 26;

/**
 * An id that follows from what it names, so that making the thing twice makes it once: the first 128 bits of a SHA-256
 * over the parts, in the 26 characters of a ULID. Not ordered by time.
 */
export function derivedId<E extends Entity>(entity: E, ...parts: readonly string[]): Id<E> {
  // A length before each part: ('a', 'bc') and ('ab', 'c') are not the same.
  const hash = createHash('sha256').update([entity, ...parts].map((part) => `${part.length}:${part}`).join(''));
  let bits = BigInt(`0x${hash.digest('hex').slice(0, 32)}`);
  let text = '';
  for (let index = 0; index < ULID_CHARACTERS; index++) {
    text = CROCKFORD[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return `${prefixes[entity]}_${text}` as Id<E>;
}
