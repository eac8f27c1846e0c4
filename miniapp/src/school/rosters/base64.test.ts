import * as fc from 'fast-check';
import { base64 } from './base64.ts';

test('bytes are written as every other implementation writes them', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'))));
});
