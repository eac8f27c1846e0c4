/** What the simulated bank remembers and decides; `index.ts` puts it on HTTP. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Instant, instant, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { type Collection, Store } from '../wechat/store.ts';
import type { Timers } from '../wechat/timers.ts';
import { readBatchFile } from './batch-file.ts';

const times = z.union([z.int().min(1).max(1000), z.literal('always')]).default(1);
/** What goes wrong on demand. A line is rejected when all that the switch names fits it. */
export const BankSwitch = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('reject'),
    switchId: z.string(),
    times,
    batchId: z.string().optional(),
    line: z.int().min(1).optional(),
    account: z.string().optional(),
    name: z.string().optional(),
    reason: z.string().min(1).max(100).default('账号户名不符'),
  }),
  /** The next batch takes so long. */
  z.object({ kind: z.literal('slow'), switchId: z.string(), times, minutes: z.int().min(0).max(100_000) }),
  /** The next batch stays undecided until a person settles it. */
  z.object({ kind: z.literal('silent'), switchId: z.string(), times }),
  z.object({ kind: z.literal('http.timeout'), switchId: z.string(), times, operation: z.enum(['submit', 'query']).optional() }),
  z.object({ kind: z.literal('http.lost-reply'), switchId: z.string(), times, operation: z.enum(['submit', 'query']).optional() }),
  z.object({ kind: z.literal('http.error'), switchId: z.string(), times, operation: z.enum(['submit', 'query']).optional() }),
]);
export type BankSwitch = z.infer<typeof BankSwitch>;
type WithoutId<T> = T extends unknown ? Omit<T, 'switchId'> : never;
export type BankSwitchInput = WithoutId<z.input<typeof BankSwitch>>;

const BankBatch = z.object({
  batchId: z.string(),
  sha256: z.string(),
  receivedAt: Instant,
  settlesAt: Instant.optional(),
  settledAt: Instant.optional(),
  lines: z.array(
    z.object({
      line: z.int(),
      name: z.string(),
      bank: z.string(),
      account: z.string(),
      amountFen: z.int(),
      purpose: z.string(),
      state: z.enum(['pending', 'paid', 'rejected']),
      reason: z.string().optional(),
      at: Instant.optional(),
    }),
  ),
});
export type BankBatch = z.infer<typeof BankBatch>;
const BankSettings = z.object({ token: z.string(), settleMinutes: z.int().min(0).max(100_000).default(30) });

/** A refusal as it goes over the wire. */
export class BankRefused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class SimulatedBank {
  readonly #timers: Timers;
  readonly #store: Store;
  readonly #batches: Collection<typeof BankBatch>;
  readonly #switches: Collection<typeof BankSwitch>;
  readonly #settings: Collection<typeof BankSettings>;
  readonly #cancels = new Map<string, () => void>();

  constructor(dataDir: string, timers: Timers) {
    this.#timers = timers;
    this.#store = new Store(dataDir, 'bank.sqlite');
    this.#batches = this.#store.collection('batch', BankBatch);
    this.#switches = this.#store.collection('switch', BankSwitch);
    this.#settings = this.#store.collection('settings', BankSettings);
    if (!this.#settings.get('all')) this.#settings.put('all', { token: randomBytes(24).toString('hex') });
    for (const batch of this.#batches.all()) this.#schedule(batch);
  }

  settings = (): z.infer<typeof BankSettings> => BankSettings.parse(this.#settings.get('all'));
  changeSettings = ({ settleMinutes }: { settleMinutes: number }) => this.#settings.put('all', { ...this.settings(), settleMinutes });
  listBatches = (): BankBatch[] => this.#batches.newest(200);
  batch = (batchId: string) => this.#batches.get(batchId);
  listSwitches = () => this.#switches.all();
  setSwitch = (input: BankSwitchInput): BankSwitch => {
    const one = BankSwitch.parse({ ...input, switchId: randomUUID() });
    this.#switches.put(one.switchId, one);
    return one;
  };
  removeSwitch = (switchId: string) => this.#switches.remove(switchId);
  clearSwitches = () => {
    for (const one of this.#switches.all()) this.#switches.remove(one.switchId);
  };

  /** Takes a file. The same batch with the same bytes is the one that is there already; with others it is refused. */
  submit(batchId: string, file: Buffer): { batch: BankBatch; isNew: boolean } {
    const sha256 = createHash('sha256').update(file).digest('hex');
    const known = this.#batches.get(batchId);
    if (known && known.sha256 !== sha256) throw new BankRefused(409, 'BATCH_DIFFERS', 'this batch was sent with another file');
    if (known) return { batch: known, isNew: false };
    const lines = readBatchFile(batchId, file).map((line) => ({ ...line, state: 'pending' as const }));
    const silent = this.strike('silent', () => true);
    const slow = this.strike('slow', () => true);
    const minutes = slow?.minutes ?? this.settings().settleMinutes;
    const settlesAt = instant(ms(this.#timers.now()) + minutes * 60_000);
    const batch: BankBatch = { batchId, sha256, receivedAt: this.#timers.now(), lines, ...(silent ? {} : { settlesAt }) };
    this.#batches.put(batchId, batch);
    this.#schedule(batch);
    return { batch, isNew: true };
  }

  #schedule({ batchId, settlesAt, settledAt }: BankBatch): void {
    if (settlesAt === undefined || settledAt !== undefined) return;
    const fire = () => void this.settle(batchId);
    this.#cancels.set(batchId, this.#timers.at(settlesAt, `Bank batch ${batchId}`, fire));
  }

  /** Decides every line, once. */
  settle = (batchId: string): BankBatch => {
    const batch = this.#batches.get(batchId);
    if (!batch) throw new BankRefused(404, 'NO_SUCH_BATCH', 'no such batch');
    if (batch.settledAt !== undefined) return batch;
    this.#cancels.get(batchId)?.();
    this.#cancels.delete(batchId);
    const at = this.#timers.now();
    return this.#store.atomically(() => {
      const lines = batch.lines.map((line) => {
        const rejection = this.strike('reject', (one) => fits(one, batchId, line));
        return rejection ? { ...line, state: 'rejected' as const, reason: rejection.reason, at } : { ...line, state: 'paid' as const, at };
      });
      const settled: BankBatch = { ...batch, lines, settledAt: at };
      this.#batches.put(batchId, settled);
      return settled;
    });
  };

  /** The first switch of this kind that strikes; counted. */
  strike<K extends BankSwitch['kind']>(
    kind: K,
    matches: (one: Extract<BankSwitch, { kind: K }>) => boolean,
  ): Extract<BankSwitch, { kind: K }> | undefined {
    const one = this.#switches
      .all()
      .filter((each): each is Extract<BankSwitch, { kind: K }> => each.kind === kind)
      .find(matches);
    if (!one || one.times === 'always') return one;
    if (one.times > 1) this.#switches.put(one.switchId, { ...one, times: one.times - 1 });
    else this.#switches.remove(one.switchId);
    return one;
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#store.close();
  }
}

function fits(one: Extract<BankSwitch, { kind: 'reject' }>, batchId: string, line: BankBatch['lines'][number]): boolean {
  return (
    (one.batchId ?? batchId) === batchId &&
    (one.line ?? line.line) === line.line &&
    (one.account ?? line.account) === line.account &&
    (one.name ?? line.name) === line.name
  );
}
