/**
 * What stands between an uploaded .xlsx and the library that reads it. An .xlsx is a zip of XML: a few kilobytes can
 * unfold to gigabytes, and one cell that claims to be in row 1,048,576 makes a reader build every row above it. So each
 * XML part is unpacked here under a budget, the places that cells claim are checked, and the reader gets a plain archive
 * of exactly the bytes that were checked.
 */
import { crc32, inflateRawSync } from 'node:zlib';

/** The file is not a spreadsheet that can be read. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}
/** It is one, but unfolds to more than is taken. */
export class TooLargeFile extends Error {
  override readonly name = 'TooLargeFile';
}

export interface SheetLimits {
  readonly rowsMax: number;
  readonly columnsMax: number;
  /** Of all XML parts together, unpacked. */
  readonly bytesMax: number;
}

interface Part {
  readonly name: string;
  readonly bytes: Buffer;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const PARTS_MAX = 500;
/** The end record is 22 bytes and a comment of at most 64 KiB. */
const END_RECORD_BYTES_MAX = 22 + 0xffff;

/** The same spreadsheet as an archive without compression, checked. Throws {@link UnreadableFile} or {@link TooLargeFile}. */
export function guardXlsx(file: Buffer, limits: SheetLimits): Buffer {
  const parts = unpack(file, limits.bytesMax);
  for (const part of parts) if (part.name.includes('worksheets/')) checkSheet(part.bytes.toString('utf8'), limits);
  return pack(parts);
}

function unpack(file: Buffer, bytesMax: number): Part[] {
  const end = findEnd(file);
  const count = file.readUInt16LE(end + 10);
  if (count > PARTS_MAX) throw new TooLargeFile('too many parts');
  const parts: Part[] = [];
  const names = new Set<string>();
  let at = file.readUInt32LE(end + 16);
  let left = bytesMax;
  try {
    for (let index = 0; index < count; index++) {
      if (file.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new UnreadableFile('broken directory');
      const nameLength = file.readUInt16LE(at + 28);
      const name = file.toString('utf8', at + 46, at + 46 + nameLength);
      if (name.endsWith('.xml') || name.endsWith('.rels')) {
        if (names.has(name)) throw new UnreadableFile('a part comes twice');
        names.add(name);
        const bytes = unpackPart(file, at, left);
        left -= bytes.length;
        parts.push({ name, bytes });
      }
      at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
    }
  } catch (error) {
    // Offsets that point outside of the file.
    if (error instanceof RangeError) throw new UnreadableFile('broken archive');
    throw error;
  }
  return parts;
}

function findEnd(file: Buffer): number {
  for (let at = file.length - 22; at >= Math.max(0, file.length - END_RECORD_BYTES_MAX); at--) {
    if (file.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new UnreadableFile('not a zip archive');
}

function unpackPart(file: Buffer, entry: number, bytesMax: number): Buffer {
  const method = file.readUInt16LE(entry + 10);
  const size = file.readUInt32LE(entry + 20);
  const header = file.readUInt32LE(entry + 42);
  if (file.readUInt32LE(header) !== LOCAL_HEADER) throw new UnreadableFile('broken part');
  const from = header + 30 + file.readUInt16LE(header + 26) + file.readUInt16LE(header + 28);
  if (from + size > file.length) throw new UnreadableFile('cut off');
  const packed = file.subarray(from, from + size);
  if (method === STORED) {
    if (packed.length > bytesMax) throw new TooLargeFile('too many bytes');
    return packed;
  }
  if (method !== DEFLATED) throw new UnreadableFile('unknown compression');
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytesMax) });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeFile('too many bytes');
    throw new UnreadableFile('broken compression');
  }
}

const rowOrCell = /<(?:[\w.-]+:)?(row|c)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>/g;
const place = /\sr\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

function checkSheet(xml: string, limits: SheetLimits): void {
  let rows = 0;
  let cells = 0;
  for (const [, tag, attributes = ''] of xml.matchAll(rowOrCell)) {
    if (tag === 'row') rows += 1;
    else cells += 1;
    if (rows > limits.rowsMax || cells > limits.rowsMax * limits.columnsMax) throw new TooLargeFile('too many cells');
    for (const [, double, single] of attributes.matchAll(place)) {
      const value = double ?? single ?? '';
      const match = /^([A-Z]{0,3})(\d{1,7})$/.exec(value);
      if (!match) throw new UnreadableFile('a cell without a proper place');
      const [, letters = '', row = ''] = match;
      let column = 0;
      for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
      if (Number(row) > limits.rowsMax || column > limits.columnsMax) throw new TooLargeFile('a cell far outside');
    }
  }
}

/** A zip archive whose parts are stored as they are. */
function pack(parts: readonly Part[]): Buffer {
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of parts) {
    const nameBytes = Buffer.from(name);
    const checksum = crc32(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(LOCAL_HEADER, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(checksum, 14);
    local.writeUInt32LE(bytes.length, 18);
    local.writeUInt32LE(bytes.length, 22);
    local.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(DIRECTORY_ENTRY, 0);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt32LE(checksum, 16);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(nameBytes.length, 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, nameBytes);
    chunks.push(local, nameBytes, bytes);
    at += local.length + nameBytes.length + bytes.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_OF_DIRECTORY, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...chunks, directoryBytes, end]);
}
