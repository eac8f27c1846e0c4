/**
 * A {@link Bank} that takes batch files over HTTP, as the simulated bank does. A real one takes the same kind of file by
 * SFTP or its own gateway and leaves a result file: that is another adapter behind the same interface, and payout does not notice.
 */
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { type Bank, type BankLine, BankUnavailable } from './bank.ts';

export const BankFileOptions = z.object({
  /** With a path: `…/batches/{batch}` is below it. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  /** Who we are to the bank. */
  token: z.string().min(16).max(256),
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
});

const REPLY_BYTES_MAX = 4 * 1024 * 1024;
const BATCH = /^[0-9A-Za-z_-]{1,64}$/;

const Refusal = z.object({ code: z.string().max(64), message: z.string().max(300) });
const Line = z.discriminatedUnion('state', [
  z.object({ line: z.int().min(1), state: z.literal('pending') }),
  z.object({ line: z.int().min(1), state: z.literal('paid'), at: Instant }),
  z.object({ line: z.int().min(1), state: z.literal('rejected'), at: Instant, reason: z.string().min(1).max(200) }),
]);
const Batch = z.object({ batch: z.string(), lines: z.array(Line).min(1) });

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Throws a plain Error for what the bank refuses for good: a file that is not as agreed, or another file under the same batch. */
export class BankByFile implements Bank {
  readonly #options: z.output<typeof BankFileOptions>;
  readonly #fetch: Fetch;

  constructor(options: z.input<typeof BankFileOptions>, fetcher: Fetch = (url, init) => fetch(url, init)) {
    this.#options = BankFileOptions.parse(options);
    this.#fetch = fetcher;
  }

  async submitBatch(batchId: string, file: Uint8Array): Promise<void> {
    const reply = await this.#send(batchId, {
      method: 'PUT',
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      body: Buffer.from(file),
    });
    if (reply.status === 200 || reply.status === 201) {
      this.#lines(batchId, reply.body);
      return;
    }
    throw refusal('submit', reply);
  }

  async queryBatch(batchId: string): Promise<readonly BankLine[] | undefined> {
    const reply = await this.#send(batchId, { method: 'GET' });
    if (reply.status === 200) return this.#lines(batchId, reply.body);
    // Only the bank's own "no": a gateway's 404 says nothing about the batch.
    if (reply.status === 404 && Refusal.safeParse(reply.body).data?.code === 'NO_SUCH_BATCH') return undefined;
    throw refusal('query', reply);
  }

  #lines(batchId: string, body: unknown): readonly BankLine[] {
    const batch = Batch.safeParse(body);
    if (!batch.success || batch.data.batch !== batchId) throw new BankUnavailable('bank: a reply that cannot be read');
    return batch.data.lines;
  }

  async #send(batchId: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
    if (!BATCH.test(batchId)) throw new TypeError('not a batch number');
    const { baseUrl, token, timeoutMs } = this.#options;
    const headers = { ...init.headers, accept: 'application/json', authorization: `Bearer ${token}` };
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await this.#fetch(new URL(`${baseUrl.replace(/\/$/, '')}/batches/${batchId}`), {
        ...init,
        headers,
        redirect: 'error',
        signal,
      });
      return { status: response.status, body: await json(response) };
    } catch (error) {
      // Not the cause: it holds the request, and with it the token and the file.
      throw new BankUnavailable(`bank: ${error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'no connection'}`);
    }
  }
}

function refusal(operation: string, { status, body }: { status: number; body: unknown }): Error {
  const refused = Refusal.safeParse(body).data;
  const final = refused !== undefined && (status === 400 || status === 409 || status === 413);
  if (!final) return new BankUnavailable(`bank ${operation}: HTTP ${status}`);
  return new Error(`bank ${operation} refused: ${refused.code} ${refused.message}`);
}

async function json(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > REPLY_BYTES_MAX) throw new RangeError('reply too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
