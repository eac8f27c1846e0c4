/** What a simulator remembers: small documents by collection and key, in one SQLite file, in the order they were made. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod';

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly newest: StatementSync;
  readonly count: StatementSync;
}

const Row = z.object({ json: z.string() });

export class Store {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #open = true;

  constructor(dataDir: string, name: string) {
    mkdirSync(dataDir, { recursive: true });
    const database = new DatabaseSync(join(dataDir, name));
    // WAL and NORMAL: a killed process loses nothing; only a power cut may lose the last writes.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    database.exec(
      `CREATE TABLE IF NOT EXISTS document (
         seq INTEGER PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (collection, key))`,
    );
    database.exec('CREATE INDEX IF NOT EXISTS document_order ON document (collection, seq)');
    this.#database = database;
    this.#statements = {
      get: database.prepare('SELECT json FROM document WHERE collection = ? AND key = ?'),
      put: database.prepare(
        'INSERT INTO document (collection, key, json) VALUES (?, ?, ?) ON CONFLICT (collection, key) DO UPDATE SET json = excluded.json',
      ),
      remove: database.prepare('DELETE FROM document WHERE collection = ? AND key = ?'),
      newest: database.prepare('SELECT json FROM document WHERE collection = ? ORDER BY seq DESC LIMIT ?'),
      count: database.prepare('SELECT count(*) AS count FROM document WHERE collection = ?'),
    };
  }

  collection<S extends z.ZodType>(name: string, schema: S): Collection<S> {
    return new Collection(this.#statements, name, schema);
  }

  /** All or nothing. Not nested, not asynchronous. */
  atomically<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.#open) this.#database.close();
    this.#open = false;
  }
}

export class Collection<S extends z.ZodType> {
  readonly #statements: Statements;
  readonly #name: string;
  readonly #schema: S;

  constructor(statements: Statements, name: string, schema: S) {
    this.#statements = statements;
    this.#name = name;
    this.#schema = schema;
  }

  get(key: string): z.output<S> | undefined {
    const row = this.#statements.get.get(this.#name, key);
    return row === undefined ? undefined : this.#read(row);
  }

  put(key: string, value: z.input<S>): void {
    this.#statements.put.run(this.#name, key, JSON.stringify(value));
  }

  remove(key: string): boolean {
    return this.#statements.remove.run(this.#name, key).changes === 1;
  }

  newest(limit: number): z.output<S>[] {
    return this.#statements.newest.all(this.#name, limit).map((row) => this.#read(row));
  }

  /** Oldest first. A simulator's collections are small enough to be read whole. */
  all(): z.output<S>[] {
    return this.newest(-1).reverse();
  }

  count(): number {
    return z.object({ count: z.int() }).parse(this.#statements.count.get(this.#name)).count;
  }

  #read(row: unknown): z.output<S> {
    return this.#schema.parse(JSON.parse(Row.parse(row).json));
  }
}
