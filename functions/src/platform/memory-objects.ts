/** Files for rehearsals, simulations and tests: kept in this process, and open to whoever wants to spoil them. */
import type { Objects } from './objects.ts';

export class MemoryObjects implements Objects {
  readonly files = new Map<string, string>();

  async put(key: string, body: Uint8Array | string): Promise<void> {
    this.files.set(key, typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const body = this.files.get(key);
    return body === undefined ? undefined : Buffer.from(body);
  }

  async downloadUrl(key: string, filename: string, seconds: number): Promise<string> {
    return `https://files.test/${key}?name=${encodeURIComponent(filename)}&seconds=${seconds}`;
  }
}
