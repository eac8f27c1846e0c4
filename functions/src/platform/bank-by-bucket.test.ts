import { BankUnavailable } from './bank.ts';
import { BankByBucket } from './bank-by-bucket.ts';
import type { Objects } from './objects.ts';

function world() {
  const files = new Map<string, Uint8Array>();
  const objects: Objects = {
    put: async (key, body) => void files.set(key, Buffer.from(body)),
    get: async (key) => files.get(key),
    downloadUrl: async (key) => key,
  };
  const answer = (text: string) => files.set('bank/results/run_1.csv', Buffer.from(text));
  return { bank: new BankByBucket(objects), files, answer };
}
const file = Buffer.from(
  '\uFEFFbatch,line,name,bank,account,amount,purpose\r\nrun_1,1,王,某行,6222,100.00,课时费\r\nrun_1,2,李,某行,6223,80.00,课时费\r\n',
);

test('a batch is handed over once, and another file under its name is refused', async () => {
  const { bank, files } = world();
  await bank.submitBatch('run_1', file);
  await bank.submitBatch('run_1', file);
  expect([...files.keys()]).toEqual(['bank/batches/run_1.csv']);
  await expect(bank.submitBatch('run_1', Buffer.from('other'))).rejects.toThrow('other content');
  expect(Buffer.from(files.get('bank/batches/run_1.csv') ?? []).equals(file)).toBe(true);
});

test('lines are pending until finance brings the results, line by line', async () => {
  const { bank, answer } = world();
  expect(await bank.queryBatch('run_1')).toBeUndefined();
  await bank.submitBatch('run_1', file);
  const pending = (line: number) => ({ line, state: 'pending' });
  expect(await bank.queryBatch('run_1')).toEqual([pending(1), pending(2)]);
  answer('line,state,reason,at\r\n2,rejected,户名不符,2026-12-03T02:00:00.000Z\r\n');
  const rejected = { line: 2, state: 'rejected', reason: '户名不符', at: '2026-12-03T02:00:00.000Z' };
  expect(await bank.queryBatch('run_1')).toEqual([pending(1), rejected]);
  answer('\uFEFFline,state,reason,at\n1,paid,,\n2,rejected,户名不符,2026-12-03T02:00:00.000Z\n');
  expect(await bank.queryBatch('run_1')).toEqual([{ line: 1, state: 'paid' }, rejected]);
});

test('a results file with one line that makes no sense is not believed at all', async () => {
  const { bank, answer } = world();
  await bank.submitBatch('run_1', file);
  for (const text of ['line,state\n1,paid\n2,perhaps\n', 'line,state\nx,paid\n', 'line,state,reason,at\n1,paid,,yesterday\n']) {
    answer(text);
    await expect(bank.queryBatch('run_1')).rejects.toThrow(BankUnavailable);
  }
});

test('a batch name that would leave its folder is refused', async () => {
  const { bank } = world();
  await expect(bank.submitBatch('../secrets', file)).rejects.toThrow();
  await expect(bank.queryBatch('a/b')).rejects.toThrow();
});
