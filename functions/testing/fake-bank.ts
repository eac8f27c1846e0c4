/** A bank for tests, as strict as a real one: a batch is one file for ever, a line is paid once, and what it paid is what counts. */
import type { Instant } from '@kehou/shared/kernel/time';
import { type Bank, type BankLine, BankUnavailable } from '../src/platform/bank.ts';
import type { Objects } from '../src/platform/objects.ts';

export interface FakeBank extends Bank {
  /** Decides every pending line: a reason rejects it. */
  decide(verdict: (name: string) => string | undefined): void;
  /** Fen that have left, by account number: the only truth about who was paid twice. */
  readonly paidFen: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, string>;
  /** For the next calls: `before` it was reached, or `after` it had done it and the reply was lost. */
  fail(when: 'before' | 'after', times?: number): void;
}

interface Line {
  readonly line: number;
  readonly name: string;
  readonly account: string;
  readonly amountFen: number;
  state: BankLine['state'];
  reason?: string;
}

const AT = '2027-01-02T03:00:00.000Z' as Instant;

export function fakeBank(): FakeBank {
  const files = new Map<string, string>();
  const batches = new Map<string, Line[]>();
  const paidFen = new Map<string, number>();
  const failures: ('before' | 'after')[] = [];
  async function reached<T>(work: () => T): Promise<T> {
    const failure = failures.shift();
    if (failure === 'before') throw new BankUnavailable('no connection');
    const result = work();
    if (failure === 'after') throw new BankUnavailable('no answer in time');
    return result;
  }
  return {
    files,
    paidFen,
    fail: (when, times = 1) => {
      for (let time = 0; time < times; time++) failures.push(when);
    },
    submitBatch: (batchId, bytes) =>
      reached(() => {
        const file = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        const known = files.get(batchId);
        if (known !== undefined && known !== file) throw new Error('the bank knows this batch with another file');
        if (known !== undefined) return;
        const lines = parse(batchId, file);
        files.set(batchId, file);
        batches.set(batchId, lines);
      }),
    queryBatch: (batchId) =>
      reached(() =>
        batches.get(batchId)?.map(({ line, state, reason }) => ({
          line,
          state,
          ...(reason === undefined ? {} : { reason }),
          ...(state === 'pending' ? {} : { at: AT }),
        })),
      ),
    decide: (verdict) => {
      for (const line of [...batches.values()].flat().filter(({ state }) => state === 'pending')) {
        const reason = verdict(line.name);
        line.state = reason === undefined ? 'paid' : 'rejected';
        if (reason !== undefined) line.reason = reason;
        else paidFen.set(line.account, (paidFen.get(line.account) ?? 0) + line.amountFen);
      }
    },
  };
}

function parse(batchId: string, file: string): Line[] {
  const [heading, ...rows] = file
    .replace(/^\u{feff}/u, '')
    .trimEnd()
    .split('\r\n');
  if (!file.startsWith('\u{feff}') || heading !== 'batch,line,name,bank,account,amount,purpose') throw new Error('not a batch file');
  return rows.map((row, index) => {
    const [batch, line, name = '', , account = '', amount = ''] = row.split(',');
    if (batch !== batchId || line !== String(index + 1) || !/^\d{8,32}$/.test(account) || !/^\d+\.\d\d$/.test(amount)) {
      throw new Error(`line ${index + 1} is not as agreed`);
    }
    return { line: index + 1, name, account, amountFen: Number(amount.replace('.', '')), state: 'pending' };
  });
}

/** Files in memory. */
export function memoryObjects(): Objects & { readonly files: ReadonlyMap<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    put: async (key, body) => {
      files.set(key, typeof body === 'string' ? Buffer.from(body) : body);
    },
    get: async (key) => files.get(key),
    downloadUrl: async (key) => `memory:${key}`,
  };
}
