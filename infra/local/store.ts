/**
 * What the machinery itself must remember (the clock's offset, executions, stream positions, schedules), in one SQLite file
 * beside the engine's. The product's own data is never in here.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StartProblem } from './problem.ts';

/** Raised whenever a file of an older release could no longer be read. */
const FORMAT = '1';

export class Store {
  readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** Opens or makes the file. `:memory:` for tests. Throws {@link StartProblem} when it is damaged or from another release. */
  static open(path: string): Store {
    let store: Store;
    try {
      store = new Store(new DatabaseSync(path));
      // WAL with NORMAL survives a killed process; only a power cut may lose the last instant.
      store.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
      store.database.exec('CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    } catch (error) {
      throw new StartProblem(`${path} cannot be read (${(error as Error).message}): move it away to start with fresh data`);
    }
    const format = store.get('format');
    if (format === undefined) store.set('format', FORMAT);
    else if (format !== FORMAT) {
      store.close();
      throw new StartProblem(
        `${path} was written by another release (format ${format}, this one reads ${FORMAT}): name another data folder`,
      );
    }
    return store;
  }

  get(name: string): string | undefined {
    const row = this.prepare('SELECT value FROM facts WHERE name = ?').get(name);
    return row ? String(row.value) : undefined;
  }

  set(name: string, value: string): void {
    this.prepare('INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(name, value);
  }

  /** Compiled once a text. */
  prepare(sql: string): StatementSync {
    const known = this.statements.get(sql) ?? this.database.prepare(sql);
    this.statements.set(sql, known);
    return known;
  }

  /** All of `work`'s writes or none. */
  atomically<T>(work: () => T): T {
    if (this.database.isTransaction) return work();
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}
