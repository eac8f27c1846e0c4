import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '@kehou/functions/platform/create-table';
import { put, Table } from '@kehou/functions/platform/table';
import * as z from 'zod';
import { type Engine, startEngine } from './engine.ts';
import { StartProblem } from './problem.ts';

const Thing = z.object({ n: z.number() });
const folders: string[] = [];
const engines: Engine[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'kehou-engine-'));
  folders.push(made);
  return made;
}
async function start(dataFolder: string): Promise<Engine> {
  const engine = await startEngine({ dataFolder, environment: {} });
  engines.push(engine);
  return engine;
}
async function tableOf(engine: Engine): Promise<Table> {
  const client = new DynamoDBClient(engine.config);
  await createTable(client, 'kehou');
  return new Table({ name: 'kehou', client });
}
async function problem(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartProblem);
  const { message } = error as StartProblem;
  expect(message).not.toContain('\n');
  return message;
}
const alive = (pid: number) => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('it starts, stops without a trace, and a second start finds the data', async () => {
  const data = folder();
  const first = await start(data);
  expect(first.origin).toBe('started');
  await (await tableOf(first)).write([put({ PK: 'A', SK: 'A' }, { n: 7 })]);
  await first.stop();
  expect(alive(first.pid as number)).toBe(false);
  expect(existsSync(join(data, 'engine.pid'))).toBe(false);
  const second = await start(data);
  expect(await (await tableOf(second)).get({ PK: 'A', SK: 'A' }, Thing)).toEqual({ n: 7 });
});

test('writing does not get slower with every record that the stream holds', async () => {
  const data = folder();
  const table = await tableOf(await start(data));
  await table.write(Array.from({ length: 100 }, (_, n) => put({ PK: `A${n}`, SK: 'A' }, { n })));
  const database = new DatabaseSync(join(data, 'engine.db'), { readOnly: true });
  const plan = database
    .prepare('EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?')
    .all('kehou');
  const held = database.prepare('SELECT COUNT(*) AS records FROM _stream_records').get();
  database.close();
  expect(held).toEqual({ records: 100 });
  expect(JSON.stringify(plan)).toContain('kehou_stream_numbers');
});

test('the engine of a killed parent is found by the next start and used, with all that was acknowledged', async () => {
  const data = folder();
  const script = `
    const { startEngine } = await import(${JSON.stringify(new URL('./engine.ts', import.meta.url).href)});
    const engine = await startEngine({ dataFolder: ${JSON.stringify(data)}, environment: {} });
    console.log(engine.pid + ' ' + engine.endpoint);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid, endpoint] = await new Promise<string[]>((resolve) =>
    parent.stdout.once('data', (chunk) => resolve(String(chunk).trim().split(' '))),
  );
  const client = new DynamoDBClient({ endpoint: endpoint as string, region: 'x', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  await createTable(client, 'kehou');
  await new Table({ name: 'kehou', client }).write([put({ PK: 'A', SK: 'A' }, { n: 1 })]);
  const exited = new Promise((resolve) => parent.once('exit', resolve));
  parent.kill('SIGKILL');
  await exited;
  expect(alive(Number(pid))).toBe(true);

  const found = await start(data);
  expect(found).toMatchObject({ origin: 'found', pid: Number(pid), endpoint });
  expect(await (await tableOf(found)).get({ PK: 'A', SK: 'A' }, Thing)).toEqual({ n: 1 });
  await found.stop();
  expect(alive(Number(pid))).toBe(false);
});

test('a left-over engine that no longer answers is ended and another started', async () => {
  const data = folder();
  const first = await start(data);
  process.kill(first.pid as number, 'SIGSTOP');
  const second = await start(data);
  expect(second.origin).toBe('started');
  expect(second.pid).not.toBe(first.pid);
  expect(alive(first.pid as number)).toBe(false);
}, 90_000);

test("a pid file that names somebody else's process, or nothing readable, is only a stale file", async () => {
  const data = folder();
  const bystander = spawn('sleep', ['60']);
  writeFileSync(join(data, 'engine.pid'), JSON.stringify({ pid: bystander.pid, port: 1, databasePath: join(data, 'engine.db') }));
  const engine = await start(data);
  expect(engine.origin).toBe('started');
  expect(alive(bystander.pid as number)).toBe(true);
  bystander.kill();
  await engine.stop();
  writeFileSync(join(data, 'engine.pid'), '{"pid": 12');
  expect((await start(data)).origin).toBe('started');
});

test('a damaged file, a missing engine and an endpoint where nobody answers get one clear line each', async () => {
  const garbage = folder();
  writeFileSync(join(garbage, 'engine.db'), 'this is no database, though it is long enough to look like one'.repeat(20));
  expect(await problem(start(garbage))).toMatch(/engine\.db is damaged/);

  expect(await problem(startEngine({ dataFolder: folder(), environment: {}, program: '/nowhere/dynoxide' }))).toMatch(/missing.*npm ci/);
  expect(await problem(startEngine({ dataFolder: folder(), environment: { DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' } }))).toMatch(
    /nothing answers at http:\/\/127\.0\.0\.1:9/,
  );
  expect(await problem(startEngine({ dataFolder: folder(), environment: { DYNAMODB_ENDPOINT: 'over there' } }))).toMatch(/no address/);
});

test('a page torn in the middle of the file is noticed before anything is built on it', async () => {
  const data = folder();
  const engine = await start(data);
  const table = await tableOf(engine);
  for (let n = 0; n < 60; n++) await table.write([put({ PK: `A#${n}`, SK: 'A' }, { n, text: 'x'.repeat(2000) })]);
  await engine.stop();
  const file = openSync(join(data, 'engine.db'), 'r+');
  for (let page = 4; page < 30; page++) writeSync(file, Buffer.alloc(4096, 0xab), 0, 4096, page * 4096);
  expect(await problem(start(data))).toMatch(/damaged/);
});

test('an engine that is named is attached to and left running', async () => {
  const own = await start(folder());
  const attached = await startEngine({ dataFolder: folder(), environment: { DYNAMODB_ENDPOINT: own.endpoint } });
  expect(attached.origin).toBe('named');
  await attached.stop();
  expect(alive(own.pid as number)).toBe(true);
});
