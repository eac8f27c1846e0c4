/** The modules of a QR code for a text, UTF-8, error correction M, and its picture. */
import qrcode from 'qrcode-generator';
import { utf8 } from '../platform/utf8.ts';

qrcode.stringToBytes = (text: string) => [...utf8(text)];

const CELL_PX = 6;
const QUIET_CELLS = 4;

function make(text: string) {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  return code;
}

/** Rows of dark (true) and light, without the quiet zone. */
export function qrMatrix(text: string): boolean[][] {
  const code = make(text);
  const count = code.getModuleCount();
  return Array.from({ length: count }, (_, row) => Array.from({ length: count }, (_, column) => code.isDark(row, column)));
}

/** The picture as a data URL, with its quiet zone. */
export function qrDataUrl(text: string): string {
  return make(text).createDataURL(CELL_PX, CELL_PX * QUIET_CELLS);
}
