/**
 * A real engine for tests: `await testTable()` is a fresh, empty table. The first call in a test file starts an
 * in-memory dynoxide (20 ms), or uses what `DYNAMODB_ENDPOINT` names; it ends with the file, and with the jest worker
 * should that be killed.
 */
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { createTable } from '../src/platform/create-table.ts';
import { Table, type TableOptions } from '../src/platform/table.ts';
import { atEndOfFile } from './cleanups.ts';
import { freePort, spawnTied } from './spawn-tied.ts';

export interface TestEngine {
  readonly endpoint: string;
  /** For clients of one's own: endpoint, region and credentials. */
  readonly config: DynamoDBClientConfig;
}

let engine: Promise<TestEngine> | undefined;
let tables = 0;

/** The engine of this test file. */
export function testEngine(): Promise<TestEngine> {
  engine ??= start();
  return engine;
}

/** A fresh table with the product's indexes and stream, on this file's engine unless another is given; nothing is shared with any other call. */
export async function testTable(
  options: Pick<TableOptions, 'onCall'> & { readonly stream?: boolean; readonly engine?: TestEngine } = {},
): Promise<Table> {
  const { stream = true, engine: given, ...rest } = options;
  const { config } = given ?? (await testEngine());
  const client = new DynamoDBClient(config);
  tables += 1;
  const name = `test-${process.pid}-${tables}-${Date.now()}`;
  await createTable(client, name, { stream });
  return new Table({ name, client, ...rest });
}

export function configFor(endpoint: string): DynamoDBClientConfig {
  return { endpoint, region: 'cn-north-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 5 };
}

async function start(): Promise<TestEngine> {
  const named = process.env.DYNAMODB_ENDPOINT;
  if (named) return { endpoint: named, config: configFor(named) };
  const port = await freePort();
  const child = spawnTied(dynoxide(), ['serve', '--host', '127.0.0.1', '--port', String(port)]);
  atEndOfFile(() => {
    engine = undefined;
    child.stdin?.destroy();
    child.stderr?.destroy();
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, child);
  return { endpoint, config: configFor(endpoint) };
}

/** The engine's program. */
export function dynoxide(): string {
  const manifest = createRequire(import.meta.url).resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`);
  return join(dirname(manifest), 'dynoxide');
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  const client = new DynamoDBClient({ ...configFor(endpoint), maxAttempts: 1 });
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the test engine ended at once: ${complaint}`);
    try {
      await client.send(new ListTablesCommand({ Limit: 1 }));
      client.destroy();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error(`the test engine does not answer at ${endpoint}: ${complaint}`);
}
