/** The product's log on one machine: JSON lines in the data folder; what is an error is also said on the terminal. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Clock } from '@kehou/functions/platform/clock';
import type { Log } from '@kehou/functions/platform/log';

const BYTES_MAX = 50 * 1024 * 1024;

export function fileLog(path: string, clock: Clock, onError: (line: string) => void): Log {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > BYTES_MAX) renameSync(path, `${path}.old`);
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      appendFileSync(path, `${JSON.stringify({ at: clock.now(), level, message, ...fields })}\n`, { mode: 0o600 });
      if (level === 'error') {
        const { stack: _, ...brief } = fields;
        onError(`${message} ${JSON.stringify(brief)}`);
      }
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
