/** S3 on one machine: files in a folder, downloaded through links that are signed and lapse. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import type { Clock } from '@kehou/functions/platform/clock';
import type { Objects } from '@kehou/functions/platform/objects';
import { ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';

export const OBJECTS_PREFIX = '/objects';

export interface FolderObjectsOptions {
  readonly folder: string;
  /** Where this machine is reached: `http://127.0.0.1:<port>`. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Signs the links. */
  readonly secret: Uint8Array;
}

/** Parts of letters, digits, `.`, `_`, `-`, not beginning with a dot: no key leads out of the folder. */
const Key = z
  .string()
  .max(500)
  .regex(/^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/);
const Link = z.object({
  filename: z.string().max(300),
  type: z.string().max(100),
  expires: z.coerce.number().int(),
  signature: z.string().max(100),
});

export class FolderObjects implements Objects {
  private readonly options: FolderObjectsOptions;

  constructor(options: FolderObjectsOptions) {
    this.options = options;
  }

  async put(key: string, body: Uint8Array | string, contentType: string): Promise<void> {
    const path = this.path(key);
    await mkdir(dirname(path), { recursive: true });
    // Whole or not at all, as a bucket has it.
    for (const [name, content] of [
      [`${path}.type`, contentType],
      [path, body],
    ] as const) {
      const draft = `${name}.${randomUUID()}`;
      await writeFile(draft, content, { mode: 0o600 });
      await rename(draft, name);
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return readFile(this.path(key)).catch(absent);
  }

  async downloadUrl(key: string, filename: string, seconds: number): Promise<string> {
    const type = (await readFile(`${this.path(key)}.type`, 'utf8').catch(absent)) ?? 'application/octet-stream';
    const expires = ms(this.options.clock.now()) + seconds * 1000;
    const query = new URLSearchParams({ filename, type, expires: String(expires), signature: this.sign(key, filename, type, expires) });
    return `${this.options.baseUrl}${OBJECTS_PREFIX}/${key}?${query}`;
  }

  /** Answers `GET /objects/<key>?…`. */
  async listener(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://local');
    const key = url.pathname.slice(OBJECTS_PREFIX.length + 1);
    const link = Link.safeParse(Object.fromEntries(url.searchParams));
    const signed =
      request.method === 'GET' &&
      Key.safeParse(key).success &&
      link.success &&
      same(link.data.signature, this.sign(key, link.data.filename, link.data.type, link.data.expires));
    if (!signed || link.data.expires < ms(this.options.clock.now())) {
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end('这个下载链接无效或已过期，请回到页面重新下载');
      return;
    }
    const body = await this.get(key);
    if (!body) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': link.data.type,
      'content-length': body.length,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(link.data.filename)}`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(body);
  }

  private path(key: string): string {
    return join(this.options.folder, Key.parse(key));
  }

  private sign(key: string, filename: string, type: string, expires: number): string {
    return createHmac('sha256', this.options.secret)
      .update(JSON.stringify([key, filename, type, expires]))
      .digest('base64url');
  }
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
