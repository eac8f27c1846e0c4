/** An uploaded roster → cells: .xlsx, or .csv in the encodings that Excel and WPS write in China. */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Cell, ROSTER_ROWS_MAX } from '@kehou/shared/school/roster';
import papaparse from 'papaparse';
import { readSheet } from 'read-excel-file/universal';
import { guardXlsx, type SheetLimits, TooLargeFile, UnreadableFile } from './xlsx-guard.ts';

export const ROSTER_FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Room for a title, headings and the empty rows that people leave at the end. */
const limits: SheetLimits = { rowsMax: ROSTER_ROWS_MAX + 100, columnsMax: 60, bytesMax: 48 * 1024 * 1024 };

/**
 * The first sheet's cells, row by row as the spreadsheet numbers them. What the file is, its bytes say; its name does not.
 * @throws `roster.unreadable`, `roster.too_large`
 */
export async function readRosterFile(file: Buffer): Promise<readonly (readonly Cell[])[]> {
  if (file.length > ROSTER_FILE_BYTES_MAX) throw new DomainError('roster.too_large');
  try {
    const cells = file.subarray(0, 2).toString('latin1') === 'PK' ? await readXlsx(file) : readCsv(decode(file));
    const used = cells.filter((row) => row.some((cell) => cell !== null && cell !== undefined && cell !== ''));
    // The headings are a row too.
    if (used.length > ROSTER_ROWS_MAX + 1) throw new TooLargeFile('too many rows');
    return cells;
  } catch (error) {
    if (error instanceof TooLargeFile) throw new DomainError('roster.too_large');
    if (error instanceof UnreadableFile) throw new DomainError('roster.unreadable');
    throw error;
  }
}

async function readXlsx(file: Buffer): Promise<Cell[][]> {
  const guarded = guardXlsx(file, limits);
  try {
    return (await readSheet(new Blob([new Uint8Array(guarded)]), 1, { trim: false })) as Cell[][];
  } catch {
    // Whatever the library finds wrong inside of the XML: the archive was sound, the spreadsheet is not.
    throw new UnreadableFile('not a spreadsheet');
  }
}

function readCsv(content: string): string[][] {
  // Other binary files (.xls, images) are full of zero bytes.
  if (content.includes('\0')) throw new UnreadableFile('not text');
  const { data, errors } = papaparse.parse<string[]>(content, { delimitersToGuess: [',', '\t', ';', '|'], preview: limits.rowsMax + 1 });
  if (data.length > limits.rowsMax) throw new TooLargeFile('too many rows');
  if (errors.some((error) => error.type === 'Quotes')) throw new UnreadableFile('unbalanced quotes');
  if (data.some((row) => row.length > limits.columnsMax)) throw new TooLargeFile('too many columns');
  return data;
}

/** UTF-8 with or without a mark, UTF-16 with one, else GB18030 (what Excel in China calls CSV). */
function decode(file: Buffer): string {
  const mark = file.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') return new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(file);
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(file);
    } catch {
      // The next one.
    }
  }
  throw new UnreadableFile('unknown encoding');
}
