/** `npm start`: everything in one process tree on loopback. `npm start -- --help` says what can be chosen. */

import { parseArgs } from 'node:util';
import { chinaDate, timeOfDay } from '@kehou/shared/kernel/time';
import { type Kehou, PORT, startKehou } from './kehou.ts';
import { StartProblem } from './problem.ts';

const help = `npm start -- [options]
  --port <number>  where to listen (${PORT})
  --data <folder>  where data is kept (.data)
  --no-demo        an empty city
  --no-h5          without the browser pages`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      data: { type: 'string' },
      'no-demo': { type: 'boolean' },
      'no-h5': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const port = values.port === undefined ? PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartProblem(`--port takes a number from 0 to 65535, not ${values.port}`);
  return { ...values, port };
}

/** On a terminal a line that is only on its way is replaced by the next; elsewhere one in ten seconds is enough. */
let open = false;
let saidAt = 0;
const SAY_MS = 10_000;
function say(line: string, { transient = false }: { readonly transient?: boolean } = {}): void {
  if (!process.stdout.isTTY) {
    if (transient && Date.now() - saidAt < SAY_MS) return;
    saidAt = Date.now();
    process.stdout.write(`${line}\n`);
    return;
  }
  process.stdout.write(`${open ? '\r\x1b[K' : ''}${line}${transient ? '' : '\n'}`);
  open = transient;
}

/** Of each kind; the page that plays WeChat has them all. */
const PEOPLE_SHOWN = 3;

function introduce(kehou: Kehou): void {
  const lines = [
    '',
    '  课后 Kehou is ready.',
    '',
    `  WeChat, simulated   ${kehou.url}/super-app/`,
    `  desk pages          ${kehou.url}/`,
    `  the clock           ${chinaDate(kehou.clock.now())} ${timeOfDay(kehou.clock.now())}, China time`,
    '',
  ];
  if (kehou.people.length > 0) {
    lines.push('  Who can sign in (pick them in the simulated WeChat):', '');
    for (const role of new Set(kehou.people.map((person) => person.role))) {
      const people = kehou.people.filter((person) => person.role === role);
      for (const { name, phone, note } of people.slice(0, PEOPLE_SHOWN))
        lines.push(`    ${role}  ${name}  ${phone}${note ? `  ${note}` : ''}`);
      if (people.length > PEOPLE_SHOWN) lines.push(`    ${role}  … and ${people.length - PEOPLE_SHOWN} more`);
    }
    lines.push('');
  }
  lines.push('  Ctrl-C stops everything.', '');
  for (const line of lines) say(line);
}

let kehou: Kehou | undefined;
let starting: Promise<Kehou> | undefined;
let stopping = false;
const giveUp = new AbortController();

async function stop(code: number): Promise<never> {
  // A second Ctrl-C does not wait: the next start copes with what is left.
  if (stopping) process.exit(130);
  stopping = true;
  giveUp.abort();
  await starting?.catch(() => undefined);
  await kehou?.stop();
  process.exit(code);
}

function fail(error: unknown): void {
  // What breaks while everything is being stopped is not news.
  if (stopping) return;
  const isKnown = error instanceof StartProblem || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  const words = isKnown ? (error as Error).message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${open ? '\n' : ''}kehou: ${words}\n`);
  void stop(1);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

try {
  const { help: wanted, port, data, 'no-demo': noDemo, 'no-h5': noH5 } = readArguments();
  if (wanted) say(help);
  else {
    starting = startKehou({ port, say, demo: !noDemo, h5: !noH5, signal: giveUp.signal, ...(data ? { dataFolder: data } : {}) });
    kehou = await starting;
    introduce(kehou);
  }
} catch (error) {
  fail(error);
}
