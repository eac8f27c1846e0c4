import * as fc from 'fast-check';
import { hashOf, isProven, leafHash, merkleProof, merkleRoot } from './merkle.ts';

describe('a Merkle tree', () => {
  it('is that of RFC 6962: the known roots of its test vectors', () => {
    expect(merkleRoot([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(merkleRoot([''])).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(leafHash('')).toBe(merkleRoot(['']));
  });

  it('proves each entry, at its place and no other, and nothing that was changed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 }), fc.nat(), (entries, pick) => {
        const index = pick % entries.length;
        const entry = entries[index] as string;
        const root = merkleRoot(entries);
        const proof = merkleProof(entries, index);
        expect(isProven(entry, index, entries.length, proof, root)).toBe(true);
        expect(isProven(`${entry}!`, index, entries.length, proof, root)).toBe(false);
        expect(isProven(entry, index, entries.length, [...proof, leafHash('more')], root)).toBe(false);
        if (proof.length > 0) expect(isProven(entry, index, entries.length, proof.slice(1), root)).toBe(false);
        for (const other of entries.keys()) if (other !== index) expect(isProven(entry, other, entries.length, proof, root)).toBe(false);
      }),
    );
  });

  it('tells texts apart however they are cut', () => {
    expect(hashOf('a', 'bc')).not.toBe(hashOf('ab', 'c'));
    expect(() => merkleProof(['a'], 1)).toThrow(RangeError);
  });
});
