import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BankUnavailable } from '@kehou/functions/platform/bank';
import { BankByFile } from '@kehou/functions/platform/bank-file';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { ManualTimers } from '../wechat/manual-timers.ts';
import { type BankSimulator, createBankSimulator } from './index.ts';

let dataDir: string;
let timers: ManualTimers;
let simulator: BankSimulator;
let server: Server;
let baseUrl: string;
let bank: BankByFile;
const START = '2026-10-01T02:00:00.000Z' as Instant;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kehou-bank-'));
  timers = new ManualTimers(START);
  simulator = createBankSimulator({ dataDir, timers });
  server = createServer((request, response) => simulator.requestListener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  bank = new BankByFile({ baseUrl: `${baseUrl}/bank`, token: simulator.credentials().token, timeoutMs: 20_000 });
});
afterEach(() => {
  simulator.close();
  server.closeAllConnections();
  server.close();
  rmSync(dataDir, { recursive: true });
});

const BATCH = 'run_01J8ZZZZZZZZZZZZZZZZZZZZZZ';
const heading = 'batch,line,name,bank,account,amount,purpose';
function file(...lines: string[]): Uint8Array {
  return Buffer.from(`\u{feff}${[heading, ...lines].join('\r\n')}\r\n`);
}
const two = file(
  `${BATCH},1,李老师,中国农业银行,6228480000000000011,1280.00,2026年9月课时费`,
  `${BATCH},2,"欧阳,老师",中国银行,6216610000000000029,0.01,"2026年9月""课时费"""`,
);

test('a batch is taken, pending for a while, and then every line is paid', async () => {
  expect(await bank.queryBatch(BATCH)).toBeUndefined();
  await bank.submitBatch(BATCH, two);
  expect(await bank.queryBatch(BATCH)).toEqual([
    { line: 1, state: 'pending' },
    { line: 2, state: 'pending' },
  ]);
  await timers.advance({ minutes: 29 });
  expect((await bank.queryBatch(BATCH))?.[0]?.state).toBe('pending');
  await timers.advance({ minutes: 1 });
  const at = addMinutes(START, 30);
  expect(await bank.queryBatch(BATCH)).toEqual([
    { line: 1, state: 'paid', at },
    { line: 2, state: 'paid', at },
  ]);
  expect(simulator.control.batch(BATCH)?.lines).toMatchObject([
    { name: '李老师', amountFen: 128_000 },
    { name: '欧阳,老师', amountFen: 1, purpose: '2026年9月"课时费"' },
  ]);
});

test('the same batch again pays nobody twice; another file under its number is refused', async () => {
  await bank.submitBatch(BATCH, two);
  await timers.advance({ minutes: 30 });
  await bank.submitBatch(BATCH, two);
  expect(timers.pending()).toEqual([]);
  expect(simulator.control.listBatches()).toHaveLength(1);
  const other = bank.submitBatch(BATCH, file(`${BATCH},1,李老师,中国农业银行,6228480000000000011,9999.00,x`));
  await expect(other).rejects.toThrow('BATCH_DIFFERS');
  await expect(other).rejects.not.toBeInstanceOf(BankUnavailable);
  expect(simulator.control.batch(BATCH)?.lines[0]?.amountFen).toBe(128_000);
});

test('a switched account, name or line is rejected with its reason, as often as the switch says', async () => {
  const { control } = simulator;
  control.setSwitch({ kind: 'reject', account: '6216610000000000029', reason: '账户已销户' });
  await bank.submitBatch(BATCH, two);
  await timers.advance({ minutes: 30 });
  expect(await bank.queryBatch(BATCH)).toMatchObject([{ state: 'paid' }, { state: 'rejected', reason: '账户已销户' }]);

  const next = 'run_01J8ZZZZZZZZZZZZZZZZZZZZZY';
  const nextFile = Buffer.from(Buffer.from(two).toString().replaceAll(BATCH, next));
  control.setSwitch({ kind: 'reject', batchId: next, line: 1, times: 'always' });
  control.setSwitch({ kind: 'reject', name: '王老师', times: 'always' });
  await bank.submitBatch(next, nextFile);
  await timers.advance({ minutes: 30 });
  expect(await bank.queryBatch(next)).toMatchObject([{ state: 'rejected', reason: '账号户名不符' }, { state: 'paid' }]);
  expect(control.listSwitches()).toHaveLength(2);
});

test('slow and silent batches wait; a silent one until a person settles it', async () => {
  simulator.control.setSwitch({ kind: 'slow', minutes: 1440 });
  await bank.submitBatch(BATCH, two);
  await timers.advance({ hours: 23 });
  expect(await bank.queryBatch(BATCH)).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
  await timers.advance({ hours: 1 });
  expect(await bank.queryBatch(BATCH)).toMatchObject([{ state: 'paid' }, { state: 'paid' }]);

  simulator.control.setSwitch({ kind: 'silent' });
  await bank.submitBatch('run_2', file('run_2,1,李老师,中国银行,6228480000000000011,1.00,'));
  await timers.advance({ days: 30 });
  expect(await bank.queryBatch('run_2')).toEqual([{ line: 1, state: 'pending' }]);
  simulator.control.settle('run_2');
  expect(await bank.queryBatch('run_2')).toMatchObject([{ state: 'paid' }]);
});

test('no answer, a lost reply, a 5xx and a wrong token leave it open; the batch goes in once', async () => {
  for (const kind of ['http.timeout', 'http.error', 'http.lost-reply'] as const) {
    simulator.control.setSwitch({ kind, operation: 'submit' });
    const timeoutMs = kind === 'http.timeout' ? 200 : 20_000;
    const customer = new BankByFile({ baseUrl: `${baseUrl}/bank`, token: simulator.credentials().token, timeoutMs });
    await expect(customer.submitBatch(BATCH, two)).rejects.toBeInstanceOf(BankUnavailable);
    expect(simulator.control.batch(BATCH) !== undefined).toBe(kind === 'http.lost-reply');
  }
  await bank.submitBatch(BATCH, two);
  expect(simulator.control.listBatches()).toHaveLength(1);
  simulator.control.setSwitch({ kind: 'http.error', operation: 'query' });
  await expect(bank.queryBatch(BATCH)).rejects.toBeInstanceOf(BankUnavailable);

  const stranger = new BankByFile({ baseUrl: `${baseUrl}/bank`, token: 't'.repeat(48) });
  const failure = await stranger.queryBatch(BATCH).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BankUnavailable);
  expect(String(failure)).not.toContain('ttt');
  // A gateway that knows no such path is not the bank saying that it knows no such batch.
  const astray = new BankByFile({ baseUrl: `${baseUrl}/elsewhere`, token: 't'.repeat(48) });
  await expect(astray.queryBatch(BATCH)).rejects.toBeInstanceOf(BankUnavailable);
});

test.each<[string, Uint8Array, string]>([
  ['no byte order mark', Buffer.from(`${heading}\r\n${BATCH},1,甲,乙,62284800,1.00,x\r\n`), 'byte order mark'],
  ['not UTF-8', Buffer.concat([Buffer.from('\u{feff}'), Buffer.from([0xc0, 0xee, 0x0d, 0x0a])]), 'not UTF-8'],
  ['cut off', Buffer.from(two).subarray(0, -1), 'cut off'],
  ['another heading', Buffer.from('\u{feff}a,b\r\n'), 'heading'],
  ['no lines', file(), 'lines'],
  ['line feeds alone', Buffer.from(Buffer.from(two).toString().replace('\r\n', '\n')), 'RFC 4180'],
  ['an open quote', file(`${BATCH},1,"甲,乙,62284800,1.00,x`), 'RFC 4180'],
  ['another batch', file('run_x,1,甲,乙,62284800,1.00,x'), 'line 1: batch'],
  ['a line number out of turn', file(`${BATCH},1,甲,乙,62284800,1.00,x`, `${BATCH},1,甲,乙,62284800,1.00,x`), 'line 2: line'],
  ['too few fields', file(`${BATCH},1,甲`), 'line 1: expected 7'],
  ['an account with letters', file(`${BATCH},1,甲,乙,6228-4800,1.00,x`), 'line 1: account'],
  ['an amount of nothing', file(`${BATCH},1,甲,乙,62284800,0.00,x`), 'line 1: amount'],
  ['an amount of three decimals', file(`${BATCH},1,甲,乙,62284800,1.001,x`), 'line 1: amount'],
  ['a negative amount', file(`${BATCH},1,甲,乙,62284800,-1.00,x`), 'line 1: amount'],
  ['no name', file(`${BATCH},1,,乙,62284800,1.00,x`), 'line 1: name'],
  ['3 MB', Buffer.concat([Buffer.from(two), Buffer.alloc(3 * 1024 * 1024, 0x30)]), 'TOO_LARGE'],
])('a file with this wrong is refused whole, naming the place and never the person: %s', async (_, bytes, why) => {
  const failure = await bank.submitBatch(BATCH, bytes).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(BankUnavailable);
  expect(String(failure)).toContain(why);
  expect(String(failure)).not.toMatch(/甲|6228/);
  expect(await bank.queryBatch(BATCH)).toBeUndefined();
});

test('a restart forgets nothing: a batch under way is decided on time, a decided one stays', async () => {
  const { token } = simulator.credentials();
  await bank.submitBatch(BATCH, two);
  simulator.close();
  simulator = createBankSimulator({ dataDir, timers });
  expect(simulator.credentials().token).toBe(token);
  await timers.advance({ minutes: 30 });
  const paid = await bank.queryBatch(BATCH);
  expect(paid).toMatchObject([{ state: 'paid' }, { state: 'paid' }]);
  simulator.close();
  simulator = createBankSimulator({ dataDir, timers });
  expect(timers.pending()).toEqual([]);
  expect(await bank.queryBatch(BATCH)).toEqual(paid);
});

test('a page can see and switch it over JSON', async () => {
  const call = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const init = method === 'GET' ? {} : { headers: { 'content-type': type }, body: JSON.stringify(body ?? {}) };
    const response = await fetch(`${baseUrl}/simulator/bank${path}`, { method, ...init });
    return { status: response.status, body: (await response.json()) as { switchId: string } };
  };
  await bank.submitBatch(BATCH, two);
  expect((await call('GET', '/batches')).body).toMatchObject([{ batchId: BATCH }]);
  const { body: one } = await call('POST', '/switches', { kind: 'reject', line: 2 });
  expect((await call('GET', '')).body).toMatchObject({ settleMinutes: 30, switches: [one] });
  expect((await call('POST', `/batches/${BATCH}/settle`)).body).toMatchObject({ lines: [{ state: 'paid' }, { state: 'rejected' }] });
  expect((await call('DELETE', `/switches/${one.switchId}`)).body).toEqual({ removed: false });
  expect((await call('PUT', '/settings', { settleMinutes: 1 })).status).toBe(200);
  expect((await call('POST', '/switches', { kind: 'rob' })).status).toBe(400);
  expect((await call('POST', '/switches', { kind: 'silent' }, 'text/plain')).status).toBe(415);
  expect((await call('POST', '/batches/nothing/settle')).status).toBe(404);
  expect((await call('GET', '/nothing')).status).toBe(404);
  expect((await fetch(`${baseUrl}/other`)).status).toBe(404);
});
