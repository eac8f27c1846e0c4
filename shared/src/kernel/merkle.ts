/**
 * Merkle trees as Certificate Transparency builds them (RFC 6962, 2.1): leaves and inner nodes are hashed apart, so that no inner
 * node can pass for an entry. Hashes are lower-case hex. Runs anywhere: no `crypto` is asked for.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** SHA-256 of texts put end to end, each with its length before it: ('a', 'bc') and ('ab', 'c') are not the same. */
export function hashOf(...parts: readonly string[]): string {
  return bytesToHex(sha256(utf8ToBytes(parts.map((part) => `${part.length}:${part}`).join(''))));
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export function leafHash(entry: string): string {
  return bytesToHex(sha256(concatBytes(LEAF, utf8ToBytes(entry))));
}
function nodeHash(left: string, right: string): string {
  return bytesToHex(sha256(concatBytes(NODE, hexToBytes(left), hexToBytes(right))));
}

/** The largest power of two below `count`: where a tree of that many leaves is split. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Root over entries in their order. */
export function merkleRoot(entries: readonly string[]): string {
  return rootOf(entries.map(leafHash));
}
function rootOf(leaves: readonly string[]): string {
  if (leaves.length === 0) return bytesToHex(sha256(new Uint8Array()));
  if (leaves.length === 1) return leaves[0] as string;
  const split = splitOf(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** What somebody who holds one entry needs to compute the root: its neighbours on the way up, lowest first. */
export function merkleProof(entries: readonly string[], index: number): string[] {
  if (!Number.isInteger(index) || index < 0 || index >= entries.length) throw new RangeError(`no entry ${index} of ${entries.length}`);
  return proofOf(entries.map(leafHash), index);
}
function proofOf(leaves: readonly string[], index: number): string[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...proofOf(leaves.slice(0, split), index), rootOf(leaves.slice(split))]
    : [...proofOf(leaves.slice(split), index - split), rootOf(leaves.slice(0, split))];
}

/** Was this entry at this place among `count` entries under this root? */
export function isProven(entry: string, index: number, count: number, proof: readonly string[], root: string): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= count) return false;
  return climb(leafHash(entry), index, count, proof) === root;
}
function climb(leaf: string, index: number, count: number, proof: readonly string[]): string | undefined {
  if (count === 1) return proof.length === 0 ? leaf : undefined;
  const sibling = proof.at(-1);
  if (sibling === undefined || !/^[0-9a-f]{64}$/.test(sibling)) return undefined;
  const rest = proof.slice(0, -1);
  const split = splitOf(count);
  const inner = index < split ? climb(leaf, index, split, rest) : climb(leaf, index - split, count - split, rest);
  if (inner === undefined) return undefined;
  return index < split ? nodeHash(inner, sibling) : nodeHash(sibling, inner);
}
