import { crc32, deflateRawSync } from 'node:zlib';
import { DomainError } from '@kehou/shared/kernel/errors';
import fc from 'fast-check';
import writeExcelFile from 'write-excel-file/node';
import { readRosterFile } from './roster-file.ts';
import { guardXlsx, TooLargeFile, UnreadableFile } from './xlsx-guard.ts';

const rows = [
  ['学号', '姓名', '年级', '班级', '家长手机1'],
  ['20260101', '王小明', '三年级', '2班', '13812345678'],
  ['20260102', '李雷', '三年级', '2班', ''],
];
const csv = rows.map((row) => row.join(',')).join('\r\n');
/** The same text as Excel in China saves it. */
const gbk = Buffer.from('d1a7bac52cd0d5c3fb2cc4eabcb62cb0e0bcb60d0a32303236303130312ccdf5d0a1c3f72cc8fdc4eabcb62c32b0e0', 'hex');

function xlsx(cells: readonly (readonly (string | number)[])[]): Promise<Buffer> {
  return writeExcelFile(cells.map((row) => row.map((value) => ({ value })))).toBuffer();
}

/** A zip archive of one deflated part. */
function zip(name: string, content: string): Buffer {
  const bytes = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(bytes.length, 18);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc32(content), 16);
  entry.writeUInt32LE(bytes.length, 20);
  // What the directory says about the size is a lie, as in a real bomb.
  entry.writeUInt32LE(10, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + name.length + bytes.length, 16);
  return Buffer.concat([local, Buffer.from(name), bytes, entry, Buffer.from(name), end]);
}

async function codeOf(file: Buffer): Promise<string> {
  try {
    await readRosterFile(file);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'read';
}

test('an .xlsx gives its first sheet, empty rows between kept so that lines count right', async () => {
  const file = await xlsx([rows[0] ?? [], [], ['20260101', '王小明', 3, '2班']]);
  expect(await readRosterFile(file)).toEqual([rows[0], expect.arrayContaining([null]), ['20260101', '王小明', 3, '2班', null]]);
});

test('a .csv is read in UTF-8 with and without a mark, UTF-16, GB18030, with commas, tabs and semicolons', async () => {
  expect(await readRosterFile(Buffer.from(csv))).toEqual(rows);
  expect(await readRosterFile(Buffer.from(`\uFEFF${csv}`))).toEqual(rows);
  expect(await readRosterFile(Buffer.from(`\uFEFF${csv}`, 'utf16le'))).toEqual(rows);
  expect(await readRosterFile(Buffer.from(csv.replaceAll(',', '\t')))).toEqual(rows);
  expect(await readRosterFile(Buffer.from(csv.replaceAll(',', ';')))).toEqual(rows);
  expect(await readRosterFile(gbk)).toEqual([rows[0]?.slice(0, 4), rows[1]?.slice(0, 4)]);
});

test('what is no spreadsheet is refused, whatever its name', async () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  expect(await codeOf(png)).toBe('roster.unreadable');
  expect(await codeOf(Buffer.from('PK\x03\x04 broken'))).toBe('roster.unreadable');
  expect(await codeOf(zip('word/document.xml', '<w/>'))).toBe('roster.unreadable');
  expect(await codeOf((await xlsx(rows)).subarray(0, 900))).toBe('roster.unreadable');
});

test('too many rows, too many bytes and bombs are refused before they unfold', async () => {
  expect(await codeOf(Buffer.from(`学号\n${'20260101\n'.repeat(5000)}`))).toBe('read');
  expect(await codeOf(Buffer.from(`学号\n${'20260101\n'.repeat(5001)}`))).toBe('roster.too_large');
  expect(await codeOf(Buffer.alloc(4 * 1024 * 1024 + 1, 'a'))).toBe('roster.too_large');
  expect(await codeOf(zip('xl/sharedStrings.xml', ' '.repeat(60 * 1024 * 1024)))).toBe('roster.too_large');
  for (const cell of ['<row r="1048576"/>', '<row r="1"><c r="XFD1"/></row>', `<row x='>' r="99999"/>`, '<x:row\n r = "99999"/>']) {
    expect(await codeOf(zip('xl/worksheets/sheet1.xml', `<sheetData>${cell}</sheetData>`))).toBe('roster.too_large');
  }
  expect(await codeOf(zip('xl/worksheets/sheet1.xml', '<row r="&#57;9999"/>'))).toBe('roster.unreadable');
});

test('no damaged archive makes the guard fail in any other way', async () => {
  const file = await xlsx(rows);
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, byte, length) => {
      const damaged = Buffer.from(file);
      damaged[at] = byte;
      try {
        guardXlsx(damaged.subarray(0, length), { rowsMax: 10, columnsMax: 10, bytesMax: 1_000_000 });
      } catch (error) {
        expect(error instanceof UnreadableFile || error instanceof TooLargeFile).toBe(true);
      }
    }),
  );
});
