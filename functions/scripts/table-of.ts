/** The table that a command looks at: the one that the environment names, or that of the engine which runs on a data folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Table } from '../src/platform/table.ts';

/** `stop` ends the command with a sentence. */
export function tableOf(dataFolder: string, stop: (why: string) => never): Table {
  const name = process.env.TABLE_NAME || 'kehou';
  if (process.env.TABLE_NAME && !process.env.DYNAMODB_ENDPOINT) return new Table({ name });
  const endpoint = process.env.DYNAMODB_ENDPOINT || localEndpoint(join(dataFolder, 'engine.pid'), stop);
  return new Table({ name, config: { endpoint, region: 'cn-north-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } });
}

function localEndpoint(path: string, stop: (why: string) => never): string {
  if (!existsSync(path))
    stop(`no engine runs on this data folder (${path} is not there): npm start first, or set TABLE_NAME or DYNAMODB_ENDPOINT`);
  const { port } = z.object({ port: z.int() }).parse(JSON.parse(readFileSync(path, 'utf8')));
  return `http://127.0.0.1:${port}`;
}
