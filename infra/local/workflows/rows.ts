/** Executions as they are kept: what is running, in which state, with which input and token, and what has happened. */
import { createHash } from 'node:crypto';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Store } from '../store.ts';
import type { Json } from './step.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';

export interface Execution {
  /** `<machine>:<name>`. */
  readonly id: string;
  readonly machine: string;
  readonly name: string;
  /** Which text of the machine it began with: it ends with the same, whatever is deployed meanwhile. */
  readonly definitionHash: string;
  readonly input: Json;
  readonly startedAt: Instant;
  readonly status: ExecutionStatus;
  readonly endedAt: Instant | undefined;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly events: number;
}

/** Where one line of control stands: the machine itself has the path `''`, a Map's third item `/Pay[2]`. */
export interface Frame {
  readonly path: string;
  state: string;
  input: Json;
  enteredAt: Instant;
  /** How often each of the state's retriers has been used. */
  retries: number[];
  /** Waiting until then, to go on or to try again. */
  until?: Instant;
  token?: {
    readonly value: string;
    readonly deadline?: Instant;
    readonly heartbeat?: boolean;
    invoked: boolean;
    answer?: { readonly output: Json };
  };
  ended?: { readonly output: Json };
}

export interface HistoryEvent {
  readonly at: Instant;
  readonly type: string;
  readonly state: string;
  readonly detail: string | undefined;
}

/** Longer than this is cut in the history; the frames keep it whole. */
const DETAIL_MAX = 2000;

export class Rows {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
    store.database.exec(`
      CREATE TABLE IF NOT EXISTS definitions (hash TEXT PRIMARY KEY, machine TEXT NOT NULL, text TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS executions (
        id TEXT PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, input TEXT NOT NULL,
        started_at TEXT NOT NULL, status TEXT NOT NULL, ended_at TEXT, output TEXT, error TEXT, cause TEXT, events INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status, started_at);
      CREATE TABLE IF NOT EXISTS frames (
        execution TEXT NOT NULL, path TEXT NOT NULL, frame TEXT NOT NULL, token TEXT, PRIMARY KEY (execution, path)
      ) STRICT;
      CREATE UNIQUE INDEX IF NOT EXISTS frames_by_token ON frames (token) WHERE token IS NOT NULL;
      CREATE TABLE IF NOT EXISTS history (
        execution TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL, detail TEXT,
        PRIMARY KEY (execution, seq)
      ) STRICT`);
  }

  atomically<T>(work: () => T): T {
    return this.store.atomically(work);
  }

  keepDefinition(machine: string, text: string): string {
    const hash = createHash('sha256').update(text).digest('hex');
    this.run('INSERT INTO definitions (hash, machine, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', hash, machine, text);
    return hash;
  }

  definition(hash: string): string | undefined {
    const row = this.get('SELECT text FROM definitions WHERE hash = ?', hash);
    return row ? String(row.text) : undefined;
  }

  /** `false` when there was an execution of that name, however long ago. */
  begin(execution: Pick<Execution, 'id' | 'machine' | 'name' | 'definitionHash' | 'input' | 'startedAt'>): boolean {
    const { changes } = this.run(
      `INSERT INTO executions (id, machine, name, definition, input, started_at, status) VALUES (?, ?, ?, ?, ?, ?, 'RUNNING') ON CONFLICT DO NOTHING`,
      execution.id,
      execution.machine,
      execution.name,
      execution.definitionHash,
      JSON.stringify(execution.input),
      execution.startedAt,
    );
    return changes === 1;
  }

  end(id: string, status: ExecutionStatus, at: Instant, outcome: { output?: Json; error?: string; cause?: string }): void {
    this.run(
      'UPDATE executions SET status = ?, ended_at = ?, output = ?, error = ?, cause = ? WHERE id = ?',
      status,
      at,
      outcome.output === undefined ? null : JSON.stringify(outcome.output),
      outcome.error ?? null,
      outcome.cause ?? null,
      id,
    );
    this.run('DELETE FROM frames WHERE execution = ?', id);
  }

  execution(id: string): Execution | undefined {
    const row = this.get('SELECT * FROM executions WHERE id = ?', id);
    return row && executionOf(row);
  }

  running(): Execution[] {
    return this.all(`SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY started_at`).map(executionOf);
  }

  latest(limit: number, machine?: string): Execution[] {
    const rows = machine
      ? this.all('SELECT * FROM executions WHERE machine = ? ORDER BY started_at DESC LIMIT ?', machine, limit)
      : this.all('SELECT * FROM executions ORDER BY started_at DESC LIMIT ?', limit);
    return rows.map(executionOf);
  }

  frame(execution: string, path: string): Frame | undefined {
    const row = this.get('SELECT frame FROM frames WHERE execution = ? AND path = ?', execution, path);
    return row && (JSON.parse(String(row.frame)) as Frame);
  }

  frames(execution: string): Frame[] {
    return this.all('SELECT frame FROM frames WHERE execution = ? ORDER BY path', execution).map(
      (row) => JSON.parse(String(row.frame)) as Frame,
    );
  }

  frameOfToken(token: string): { execution: string; frame: Frame } | undefined {
    const row = this.get('SELECT execution, frame FROM frames WHERE token = ?', token);
    return row && { execution: String(row.execution), frame: JSON.parse(String(row.frame)) as Frame };
  }

  keepFrame(execution: string, frame: Frame): void {
    this.run(
      `INSERT INTO frames (execution, path, frame, token) VALUES (?, ?, ?, ?)
       ON CONFLICT (execution, path) DO UPDATE SET frame = excluded.frame, token = excluded.token`,
      execution,
      frame.path,
      JSON.stringify(frame),
      frame.token?.value ?? null,
    );
  }

  /** Drops the lines of control that began under this one. */
  dropFramesUnder(execution: string, path: string): void {
    this.run('DELETE FROM frames WHERE execution = ? AND substr(path, 1, ?) = ?', execution, path.length + 1, `${path}/`);
  }

  /** Answers how many events the execution has now. */
  note(execution: string, at: Instant, type: string, state: string, detail?: unknown): number {
    const text = detail === undefined ? null : JSON.stringify(detail).slice(0, DETAIL_MAX);
    const row = this.get('UPDATE executions SET events = events + 1 WHERE id = ? RETURNING events', execution);
    const events = Number(row?.events ?? 0);
    this.run(
      'INSERT INTO history (execution, seq, at, type, state, detail) VALUES (?, ?, ?, ?, ?, ?)',
      execution,
      events,
      at,
      type,
      state,
      text,
    );
    return events;
  }

  history(execution: string, limit: number): HistoryEvent[] {
    return this.all('SELECT at, type, state, detail FROM history WHERE execution = ? ORDER BY seq LIMIT ?', execution, limit).map(
      (row) => ({
        at: String(row.at) as Instant,
        type: String(row.type),
        state: String(row.state),
        detail: row.detail === null ? undefined : String(row.detail),
      }),
    );
  }

  private run(sql: string, ...values: (string | number | null)[]) {
    return this.store.prepare(sql).run(...values);
  }
  private get(sql: string, ...values: (string | number | null)[]) {
    return this.store.prepare(sql).get(...values);
  }
  private all(sql: string, ...values: (string | number | null)[]) {
    return this.store.prepare(sql).all(...values);
  }
}

function executionOf(row: Record<string, unknown>): Execution {
  const text = (value: unknown) => (value === null ? undefined : String(value));
  return {
    id: String(row.id),
    machine: String(row.machine),
    name: String(row.name),
    definitionHash: String(row.definition),
    input: JSON.parse(String(row.input)) as Json,
    startedAt: String(row.started_at) as Instant,
    status: String(row.status) as ExecutionStatus,
    endedAt: text(row.ended_at) as Instant | undefined,
    output: row.output === null ? undefined : (JSON.parse(String(row.output)) as Json),
    error: text(row.error),
    cause: text(row.cause),
    events: Number(row.events),
  };
}
