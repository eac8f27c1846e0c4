/**
 * The batch file as the bank reads it: CSV (RFC 4180), UTF-8 with a byte order mark, CRLF after every line, the heading
 * `batch,line,name,bank,account,amount,purpose`, then one line a payment. The bank takes a file whole or not at all.
 */
const HEADING = ['batch', 'line', 'name', 'bank', 'account', 'amount', 'purpose'];
export const BATCH_LINES_MAX = 5000;

export interface BatchLine {
  readonly line: number;
  readonly name: string;
  readonly bank: string;
  readonly account: string;
  readonly amountFen: number;
  readonly purpose: string;
}

/** Says which line and field, never what it holds: names and accounts stay out of messages. */
export class BadBatchFile extends Error {}

/** Throws {@link BadBatchFile}. */
export function readBatchFile(batch: string, bytes: Uint8Array): BatchLine[] {
  const [heading, ...rows] = records(decoded(bytes));
  if (heading?.join(',') !== HEADING.join(',')) throw new BadBatchFile(`the heading is not ${HEADING.join(',')}`);
  if (rows.length === 0 || rows.length > BATCH_LINES_MAX) throw new BadBatchFile(`expected 1 to ${BATCH_LINES_MAX} lines`);
  return rows.map((cells, index) => batchLine(batch, cells, index + 1));
}

function decoded(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadBatchFile('not UTF-8');
  }
  if (!text.startsWith('\u{feff}')) throw new BadBatchFile('no byte order mark');
  if (!text.endsWith('\r\n')) throw new BadBatchFile('cut off: the last line does not end in CRLF');
  return text.slice(1);
}

function batchLine(batch: string, cells: readonly string[], line: number): BatchLine {
  const bad = (field: string) => new BadBatchFile(`line ${line}: ${field}`);
  if (cells.length !== HEADING.length) throw bad('expected 7 fields');
  const [batchCell, lineCell, name, bank, account, amount, purpose] = cells as [string, string, string, string, string, string, string];
  if (batchCell !== batch) throw bad('batch');
  if (lineCell !== String(line)) throw bad('line: expected 1, 2, 3 …');
  if (!/^[^\p{Cc}]{1,60}$/u.test(name)) throw bad('name');
  if (!/^[^\p{Cc}]{1,60}$/u.test(bank)) throw bad('bank');
  if (!/^\d{8,32}$/.test(account)) throw bad('account');
  const yuan = /^(\d{1,9})\.(\d{2})$/.exec(amount);
  const amountFen = yuan ? Number(yuan[1]) * 100 + Number(yuan[2]) : 0;
  if (amountFen === 0) throw bad('amount');
  if (!/^[^\p{Cc}]{0,60}$/u.test(purpose)) throw bad('purpose');
  return { line, name, bank, account, amountFen, purpose };
}

/** RFC 4180: fields in quotes may hold commas, line ends and doubled quotes. */
function records(text: string): string[][] {
  const all: string[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  let cells: string[] = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) throw new BadBatchFile(`record ${all.length + 1}: quotes or line ends are not as in RFC 4180`);
    const [, cell = '', end] = match;
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\r\n') {
      all.push(cells);
      cells = [];
    }
  }
  return all;
}
