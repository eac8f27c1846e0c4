/** A QR code as a black and white PNG. */
import { crc32, deflateSync } from 'node:zlib';
import qrcode from 'qrcode-generator';

const MODULE_PIXELS = 8;
const MARGIN_MODULES = 4;

function chunk(type: string, content: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}

/** `text` is ASCII. */
export function qrPng(text: string): Buffer {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const modules = code.getModuleCount();
  const size = (modules + 2 * MARGIN_MODULES) * MODULE_PIXELS;
  const dark = (pixelX: number, pixelY: number) => {
    const [x, y] = [Math.floor(pixelX / MODULE_PIXELS) - MARGIN_MODULES, Math.floor(pixelY / MODULE_PIXELS) - MARGIN_MODULES];
    return x >= 0 && y >= 0 && x < modules && y < modules && code.isDark(y, x);
  };
  // Eight-bit grey; each line begins with its filter, none.
  const pixels = Buffer.alloc((size + 1) * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) pixels[y * (size + 1) + 1 + x] = dark(x, y) ? 0 : 255;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(pixels)), chunk('IEND', new Uint8Array())]);
}
