/** Servers that tests and benchmarks start for themselves, and that must not outlive them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface TiedOptions {
  /** How the server is told to end: `KILL`, unless it leaves something behind that way. */
  readonly signal?: 'KILL' | 'QUIT' | 'TERM';
  /** Runs as this user; only root may ask for it. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/**
 * A server outlives a killed parent. So a shell stands between: it holds our pipe, and when the pipe closes, because we
 * closed it or because we are gone, it ends the server.
 */
export function spawnTied(command: string, args: readonly string[], { signal = 'KILL', uid, gid }: TiedOptions = {}): ChildProcess {
  const script = `
    exec 3<&0
    "$@" 3<&- & server=$!
    { cat <&3 >/dev/null; kill -${signal} "$server"; } 2>/dev/null &
    wait "$server"`;
  return spawn('/bin/sh', ['-c', script, 'sh', command, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
}

/** A port of loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
