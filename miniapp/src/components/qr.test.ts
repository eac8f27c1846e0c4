import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import jsQRModule from 'jsqr';
import { utf8 } from '../platform/utf8.ts';
import { qrMatrix } from './qr.ts';

// The package is CommonJS: what `import` gives is not what its types say.
const jsQR = ((jsQRModule as unknown as { default?: typeof jsQRModule }).default ?? jsQRModule) as unknown as (
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
) => { data: string } | null;

function read(text: string): string | undefined {
  const cells = qrMatrix(text);
  const cell = 4;
  const quiet = 4;
  const edge = (cells.length + 2 * quiet) * cell;
  const pixels = new Uint8ClampedArray(edge * edge * 4).fill(255);
  for (const [row, line] of cells.entries()) {
    for (const [column, dark] of line.entries()) {
      if (!dark) continue;
      for (let y = 0; y < cell; y++) {
        for (let x = 0; x < cell; x++) {
          const at = (((row + quiet) * cell + y) * edge + (column + quiet) * cell + x) * 4;
          pixels.fill(0, at, at + 3);
        }
      }
    }
  }
  return jsQR(pixels, edge, edge)?.data;
}

test('a scanner reads back the text that was shown, Chinese included', () => {
  for (const text of ['kehou:desk:dsk_01JDQ3Z8Q0000000000000000A:sIgNaTuRe_-0123456789', '课后·滨江实验小学 302 教室', '😀 a']) {
    expect(read(text)).toBe(text);
  }
});

test('utf8 agrees with the platform for every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect([...utf8(text)]).toEqual([...new TextEncoder().encode(text)]);
    }),
  );
});
