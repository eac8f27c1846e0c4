/**
 * The bank that holds the supervised account, on one machine: takes a batch file, thinks for a while, and says for each
 * line whether it was paid. What it takes is kept; the same batch again is the same batch. See the README of `../wechat`.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Timers } from '../wechat/timers.ts';
import { type BankBatch, BankRefused, type BankSwitchInput, SimulatedBank } from './bank.ts';
import { BadBatchFile } from './batch-file.ts';

const FILE_BYTES_MAX = 2 * 1024 * 1024;
export const BANK_PREFIX = '/bank';
export const BANK_SIMULATOR_PREFIX = '/simulator/bank';

export interface BankSimulator {
  /** Answers `/bank/…` and `/simulator/bank/…`; `false` (and nothing touched) for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** For a server of its own. */
  requestListener(request: IncomingMessage, response: ServerResponse): void;
  readonly control: Pick<
    SimulatedBank,
    'settings' | 'changeSettings' | 'listBatches' | 'batch' | 'listSwitches' | 'setSwitch' | 'removeSwitch' | 'clearSwitches' | 'settle'
  >;
  /** For `BankFileOptions`; the base address is the server's, with `/bank`. */
  credentials(): { readonly token: string };
  close(): void;
}

export interface BankSimulatorOptions {
  /** State is kept here: `bank.sqlite`. */
  readonly dataDir: string;
  readonly timers: Timers;
  /** What the log shows of an internal mistake; `console.error` unless told. */
  readonly onError?: (error: unknown) => void;
}

export function createBankSimulator({ dataDir, timers, onError = console.error }: BankSimulatorOptions): BankSimulator {
  const bank = new SimulatedBank(dataDir, timers);
  const hanging = new Set<ServerResponse>();

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { pathname } = new URL(request.url ?? '/', 'http://bank.invalid');
    const forBank = pathname.startsWith(`${BANK_PREFIX}/`);
    if (!forBank && pathname !== BANK_SIMULATOR_PREFIX && !pathname.startsWith(`${BANK_SIMULATOR_PREFIX}/`)) return false;
    try {
      const body = await bytesOf(request);
      const reply = forBank ? serve(bank, request, pathname, body) : { status: 200, value: control(bank, request, pathname, body) };
      if (reply === 'hang') {
        hanging.add(response);
        response.on('close', () => hanging.delete(response));
      } else if (reply === 'break') response.destroy();
      else send(response, reply.status, reply.value);
    } catch (error) {
      const refused = error instanceof BadBatchFile ? new BankRefused(400, 'BAD_FILE', error.message) : error;
      if (refused instanceof BankRefused) send(response, refused.status, { code: refused.code, message: refused.message });
      else if (refused instanceof z.ZodError || refused instanceof SyntaxError || refused instanceof URIError) {
        send(response, 400, { code: 'INVALID', message: refused instanceof z.ZodError ? z.prettifyError(refused) : 'not JSON' });
      } else {
        onError(error);
        response.writeHead(500).end();
      }
    }
    return true;
  };
  return {
    handle,
    requestListener: (request, response) => {
      void handle(request, response).then((known) => {
        if (!known) response.writeHead(404).end();
      });
    },
    control: bank,
    credentials: () => ({ token: bank.settings().token }),
    close: () => {
      for (const response of hanging) response.destroy();
      bank.close();
    },
  };
}

/** What the bank's customer sees; or what becomes of the connection instead. */
function serve(
  bank: SimulatedBank,
  request: IncomingMessage,
  pathname: string,
  body: Buffer,
): { status: number; value: unknown } | 'hang' | 'break' {
  const operation = request.method === 'PUT' ? 'submit' : 'query';
  const on = (one: { operation?: 'submit' | 'query' | undefined }) => (one.operation ?? operation) === operation;
  if (bank.strike('http.timeout', on)) return 'hang';
  if (bank.strike('http.error', on)) throw new BankRefused(503, 'BUSY', 'try again');
  if (!known(request.headers.authorization, bank.settings().token)) throw new BankRefused(401, 'UNAUTHORISED', 'unknown customer');
  const batchId = /^\/bank\/batches\/([0-9A-Za-z_-]{1,64})$/.exec(pathname)?.[1];
  if (batchId === undefined || (request.method !== 'PUT' && request.method !== 'GET')) {
    throw new BankRefused(404, 'NOT_FOUND', 'no such address');
  }
  if (body.length > FILE_BYTES_MAX) throw new BankRefused(413, 'TOO_LARGE', 'at most 2 MB');
  const { batch, isNew } = operation === 'submit' ? bank.submit(batchId, body) : { batch: bank.batch(batchId), isNew: false };
  if (!batch) throw new BankRefused(404, 'NO_SUCH_BATCH', 'no such batch');
  if (bank.strike('http.lost-reply', on)) return 'break';
  return { status: isNew ? 201 : 200, value: described(batch) };
}

function described({ batchId, lines }: BankBatch) {
  return { batch: batchId, lines: lines.map(({ line, state, reason, at }) => ({ line, state, reason, at })) };
}

/** What the simulator's page and tests do: `/simulator/bank`. */
function control(bank: SimulatedBank, request: IncomingMessage, pathname: string, body: Buffer): unknown {
  const parts = pathname.slice(BANK_SIMULATOR_PREFIX.length + 1).split('/');
  const [what = '', id = '', act = ''] = parts.map(decodeURIComponent);
  const method = request.method ?? 'GET';
  // A page of another site cannot send JSON without asking first, and nobody here says yes.
  if (method !== 'GET' && !request.headers['content-type']?.startsWith('application/json')) {
    throw new BankRefused(415, 'WRONG_TYPE', 'application/json');
  }
  const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  switch (`${method} ${what}${id === '' ? '' : '/id'}${act === '' ? '' : `/${act}`}`) {
    case 'GET ':
      return { settleMinutes: bank.settings().settleMinutes, switches: bank.listSwitches() };
    case 'GET batches':
      return bank.listBatches();
    case 'POST batches/id/settle':
      return bank.settle(id);
    case 'PUT settings':
      bank.changeSettings(z.object({ settleMinutes: z.int().min(0).max(100_000) }).parse(input));
      return {};
    case 'GET switches':
      return bank.listSwitches();
    case 'POST switches':
      return bank.setSwitch(input as BankSwitchInput);
    case 'DELETE switches/id':
      return { removed: bank.removeSwitch(id) };
    case 'DELETE switches':
      bank.clearSwitches();
      return {};
    default:
      throw new BankRefused(404, 'NOT_FOUND', 'no such address');
  }
}

function known(authorization: string | undefined, token: string): boolean {
  const [given, expected] = [Buffer.from(authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** All of it up to a little more than a file may have: what is longer is refused by its length. */
async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (bytes <= FILE_BYTES_MAX) chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return Buffer.concat(chunks);
}
