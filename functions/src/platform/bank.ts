/** What payout asks of the bank that holds the supervised account: one batch file in, a result a line out. */
import type { Instant } from '@kehou/shared/kernel/time';

/** How one line of a batch stands. Paid and rejected are final. */
export interface BankLine {
  /** As numbered in the file: 1, 2, … */
  readonly line: number;
  readonly state: 'pending' | 'paid' | 'rejected';
  /** The bank's own words, when it rejected the line. */
  readonly reason?: string;
  /** When it was paid or rejected. */
  readonly at?: Instant;
}

/** The bank could not be asked: nothing is known. Ask again with the same batch; never assume either way. */
export class BankUnavailable extends Error {
  override readonly name = 'BankUnavailable';
}

/**
 * Both throw {@link BankUnavailable} when the bank gave no answer that can be trusted.
 *
 * The file is CSV as in RFC 4180, UTF-8 with a byte order mark, CRLF, one heading line:
 * `batch,line,name,bank,account,amount,purpose`: the amount in yuan with two decimals.
 */
export interface Bank {
  /** Hands the file over. The same batch again with the same file is no error and pays nobody twice. */
  submitBatch(batchId: string, file: Uint8Array): Promise<void>;
  /** Every line of a batch; `undefined`: the bank has no such batch. */
  queryBatch(batchId: string): Promise<readonly BankLine[] | undefined>;
}
