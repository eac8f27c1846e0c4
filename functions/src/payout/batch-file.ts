/** The bank's batch file: see {@link Bank} for its form. The same statements make the same bytes. */
import type { StoredStatement } from './statement.repository.ts';

const HEADING = ['batch', 'line', 'name', 'bank', 'account', 'amount', 'purpose'];

/** A line for each statement that has a batch line, in their order. */
export function batchFile(batchId: string, statements: readonly StoredStatement[]): Uint8Array {
  const lines = statements
    .filter(({ batchLine, payee }) => batchLine !== undefined && payee !== undefined)
    .sort((a, b) => (a.batchLine ?? 0) - (b.batchLine ?? 0))
    .map(({ batchLine, payee, totalFen, month }) => [
      batchId,
      String(batchLine),
      payee?.holder ?? '',
      payee?.bank ?? '',
      payee?.number ?? '',
      yuan(totalFen),
      `${month} 课后服务课时费`,
    ]);
  return Buffer.from(`\u{feff}${[HEADING, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`, 'utf8');
}

/** Two decimals, by whole numbers alone. */
function yuan(amountFen: number): string {
  return `${Math.floor(amountFen / 100)}.${String(amountFen % 100).padStart(2, '0')}`;
}

/** As RFC 4180 has it. Control characters, which no name or bank has, would break the line for other readers: they go. */
function cell(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, '');
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
