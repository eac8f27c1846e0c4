/**
 * The bank by files, which every bank's online desk takes: a batch goes out as a file, its results come back as one. Finance
 * carries them: downloads `bank/batches/<batch>.csv`, and uploads what the bank answered as `bank/results/<batch>.csv`
 * (`line,state,reason,at`: state `paid`, `rejected` or `pending`; a line that is missing is pending).
 */
import { Instant } from '@kehou/shared/kernel/time';
import papaparse from 'papaparse';
import * as z from 'zod';
import { type Bank, type BankLine, BankUnavailable } from './bank.ts';
import type { Objects } from './objects.ts';

const ResultLine = z.object({
  line: z.coerce.number().int().min(1).max(100_000),
  state: z.enum(['pending', 'paid', 'rejected']),
  reason: z.string().max(200).optional(),
  at: z
    .literal('')
    .transform(() => undefined)
    .or(Instant)
    .optional(),
});
const BatchId = z.string().regex(/^[\w-]{1,100}$/);

export class BankByBucket implements Bank {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async submitBatch(batchId: string, file: Uint8Array): Promise<void> {
    const key = batchKey(batchId);
    const there = await this.#objects.get(key);
    if (there && Buffer.compare(there, file) !== 0) throw new Error(`batch ${batchId} was handed over before with other content`);
    if (!there) await this.#objects.put(key, file, 'text/csv; charset=utf-8');
  }

  async queryBatch(batchId: string): Promise<readonly BankLine[] | undefined> {
    const batch = await this.#objects.get(batchKey(batchId));
    if (!batch) return undefined;
    const results = await this.#objects.get(`bank/results/${BatchId.parse(batchId)}.csv`);
    const known = new Map(results ? readResults(results).map((result) => [result.line, result]) : []);
    return rowsOf(batch).map((_, index) => known.get(index + 1) ?? { line: index + 1, state: 'pending' });
  }
}

function batchKey(batchId: string): string {
  return `bank/batches/${BatchId.parse(batchId)}.csv`;
}

function rowsOf(file: Uint8Array): Record<string, string>[] {
  const text = Buffer.from(file)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  return papaparse.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data;
}

/** A person made this file: one wrong line and nothing of it is believed. */
function readResults(file: Uint8Array): BankLine[] {
  const parsed = z.array(ResultLine).safeParse(rowsOf(file));
  if (!parsed.success) throw new BankUnavailable('the results file cannot be read');
  return parsed.data.map(({ line, state, reason, at }) => ({ line, state, ...(reason ? { reason } : {}), ...(at ? { at } : {}) }));
}
