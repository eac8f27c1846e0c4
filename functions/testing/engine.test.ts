import { spawn } from 'node:child_process';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { put } from '../src/platform/table.ts';
import { testEngine, testTable } from './engine.ts';

test('two tables share nothing', async () => {
  const [one, two] = [await testTable(), await testTable()];
  const key = { PK: 'A', SK: 'A' };
  await one.write([put(key, { n: 1 })]);
  expect(await two.get(key, z.object({ n: z.number() }))).toBeUndefined();
  const { TableNames } = await two.client.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(expect.arrayContaining([one.name, two.name]));
});

test('the engine of a killed worker ends by itself', async () => {
  if (process.env.DYNAMODB_ENDPOINT) return expect((await testEngine()).endpoint).toBe(process.env.DYNAMODB_ENDPOINT);
  const script = `
    const { testEngine } = await import(${JSON.stringify(new URL('./engine.ts', import.meta.url).href)});
    console.log((await testEngine()).endpoint);
    setInterval(() => {}, 1000);`;
  const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const endpoint = await new Promise<string>((resolve) => worker.stdout.once('data', (chunk) => resolve(String(chunk).trim())));
  await expect(fetch(endpoint)).resolves.toBeDefined();
  worker.kill('SIGKILL');
  await expect(gone(endpoint)).resolves.toBe(true);
});

async function gone(endpoint: string): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await fetch(endpoint);
      await new Promise((resolve) => setTimeout(resolve, 50));
    } catch {
      return true;
    }
  }
  return false;
}
