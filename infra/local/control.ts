/**
 * What the simulator's page may see and do about the machinery, as JSON under `/simulator/machine`: the clock, the state
 * machines, what is parked, and the group chat. Nothing of it exists on AWS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { type Chat, ChatInput } from './chat.ts';
import { ClockProblem, type LocalClock } from './clock.ts';
import type { Streams } from './streams.ts';
import type { Workflows } from './workflows/runtime.ts';

export const MACHINE_PREFIX = '/simulator/machine';
const UPCOMING_MAX = 30;
/** A card in the chat brings its picture along. */
const BODY_BYTES_MAX = 200_000;

export interface ControlOptions {
  readonly clock: LocalClock;
  readonly workflows: Pick<Workflows, 'executions' | 'execution'>;
  readonly streams: Pick<Streams, 'parked' | 'retry'>;
  readonly chat: Chat;
  /** Who can sign in, and where the schools are: what the demo left. */
  readonly people: () => readonly DemoPerson[];
  readonly places: () => readonly DemoPlace[];
  /** What is still being prepared, in words; `undefined`: ready. */
  readonly preparing: () => string | undefined;
}

export interface DemoPerson {
  readonly role: string;
  readonly name: string;
  readonly openId: string;
  readonly phone: string;
  readonly note?: string | undefined;
}

/** Where a phone can stand: GCJ-02, as phones in China report. */
export interface DemoPlace {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** Exactly one of: to an instant, by minutes, to the next event. */
const Jump = z.union([
  z.strictObject({ to: Instant }),
  z.strictObject({
    minutes: z
      .number()
      .positive()
      .max(400 * 1440),
  }),
  z.strictObject({ next: z.literal(true) }),
]);

export function machineControl(options: ControlOptions) {
  const { clock, workflows, streams } = options;

  async function answer(method: string, path: string, query: URLSearchParams, body: unknown): Promise<unknown> {
    const id = decodeURIComponent(path.split('/')[2] ?? '');
    switch (`${method} ${path.split('/')[1] ?? ''}${id ? '/id' : ''}`) {
      case 'GET clock':
        return {
          now: clock.now(),
          jumping: clock.jumping,
          upcoming: clock.upcoming().slice(0, UPCOMING_MAX),
          preparing: options.preparing(),
        };
      case 'POST clock': {
        const jump = Jump.parse(body);
        if ('next' in jump) return (await clock.jumpToNext()) ?? { from: clock.now(), to: clock.now(), fired: [], restless: [] };
        const to = 'to' in jump ? jump.to : (new Date(Date.parse(clock.now()) + jump.minutes * 60_000).toISOString() as Instant);
        return await clock.jumpTo(to);
      }
      case 'GET people':
        return options.people();
      case 'GET places':
        return options.places();
      case 'GET chat':
        return options.chat.lines();
      case 'POST chat':
        return options.chat.say(clock.now(), ChatInput.parse(body));
      case 'GET executions':
        return workflows.executions(100, query.get('machine') ?? undefined);
      case 'GET executions/id':
        return workflows.execution(id);
      case 'GET parked':
        return streams.parked();
      case 'POST parked/id':
        return { done: await streams.retry(Number(id)) };
      default:
        return undefined;
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://local');
    try {
      const body = request.method === 'POST' ? await readJson(request) : undefined;
      const result = await answer(request.method ?? 'GET', url.pathname.slice(MACHINE_PREFIX.length), url.searchParams, body);
      if (result === undefined) send(response, 404, { message: 'no such thing' });
      else send(response, 200, result);
    } catch (error) {
      if (error instanceof ClockProblem) send(response, 409, { message: error.message });
      else if (error instanceof z.ZodError) send(response, 400, { message: z.prettifyError(error) });
      else if (error instanceof SyntaxError || error instanceof URIError) send(response, 400, { message: 'not JSON' });
      else throw error;
    }
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  if (bytes > BODY_BYTES_MAX) throw new SyntaxError('too large');
  return bytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}
