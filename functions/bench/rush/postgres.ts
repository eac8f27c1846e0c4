/**
 * The design that most would build first: PostgreSQL, one transaction a seat, the class's row locked for its length.
 * Durability as it comes (fsync and synchronous_commit on, one fdatasync for what commits together).
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import pg from 'pg';
import { type OtherStore, type Outcome, Terms, termsOf } from './other-store.ts';
import { programOf, startServer, type User, userOf } from './servers.ts';

/** Of all containers in this process together: PostgreSQL keeps a process a connection. */
const CONNECTIONS_MAX = 50;
const INITDB_MS_MAX = 60_000;
const USER = 'bench';

const SCHEMA = `
  CREATE TABLE class (offering_id text PRIMARY KEY, capacity int NOT NULL, taken int NOT NULL DEFAULT 0, terms jsonb NOT NULL);
  CREATE TABLE enrolment (
    enrolment_id text PRIMARY KEY,
    pupil_id text NOT NULL,
    offering_id text NOT NULL REFERENCES class,
    taken_at timestamptz NOT NULL,
    hold_until timestamptz NOT NULL,
    UNIQUE (offering_id, pupil_id)
  );
  CREATE TABLE pupil_slot (
    pupil_id text,
    weekday int,
    period int,
    enrolment_id text NOT NULL,
    PRIMARY KEY (pupil_id, weekday, period)
  )`;

const lockClass = { name: 'lock', text: 'SELECT capacity, taken FROM class WHERE offering_id = $1 FOR UPDATE' };
const claimSlots = {
  name: 'slots',
  text: `INSERT INTO pupil_slot SELECT $1, weekday, period, $2 FROM unnest($3::int[], $4::int[]) AS slot (weekday, period)
         ON CONFLICT DO NOTHING`,
};
const enrol = { name: 'enrol', text: 'INSERT INTO enrolment VALUES ($1, $2, $3, $4, $5) ON CONFLICT (offering_id, pupil_id) DO NOTHING' };
const countUp = { name: 'count', text: 'UPDATE class SET taken = taken + 1 WHERE offering_id = $1' };

/** `undefined` where PostgreSQL is not installed. */
export async function startPostgres(): Promise<OtherStore | undefined> {
  const [postgres, initdb] = [programOf('postgres'), programOf('initdb')];
  const user = userOf('postgres');
  // It refuses to be run by root.
  if (!postgres || !initdb || (process.getuid?.() === 0 && !user)) return undefined;
  const password = randomBytes(24).toString('hex');
  const login = (port: number) => ({ host: '127.0.0.1', port, user: USER, password, database: 'postgres' });
  const server = await startServer({
    program: postgres,
    // Its processes share memory: killed outright, it would leave that behind.
    signal: 'QUIT',
    user,
    prepare: (folder, port) => {
      const data = join(folder, 'data');
      makeCluster(initdb, { data, passwordPath: join(folder, 'password'), password, user });
      return ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    },
    answers: async (port) => {
      const client = new pg.Client(login(port));
      try {
        await client.connect();
        return true;
      } finally {
        await client.end();
      }
    },
  });
  const pool = new pg.Pool({ ...login(server.port), max: CONNECTIONS_MAX, idleTimeoutMillis: 0 });
  // Connections end with the server, and say so: nobody waits for them then.
  pool.on('error', () => undefined);
  const stop = async () => {
    await pool.end();
    await server.stop();
  };
  try {
    await pool.query(SCHEMA);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...storeOn(pool), fsyncs: server.fsyncs, stop };
}

function makeCluster(initdb: string, options: { data: string; passwordPath: string; password: string; user: User | undefined }): void {
  const { data, passwordPath, password, user } = options;
  writeFileSync(passwordPath, password, { mode: 0o600 });
  if (user?.uid !== undefined && user.gid !== undefined) chownSync(passwordPath, user.uid, user.gid);
  const args = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordPath}`, '-E', 'UTF8', '--locale=C', '--no-instructions'];
  const made = spawnSync(initdb, args, { ...user, encoding: 'utf8', timeout: INITDB_MS_MAX });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
}

function storeOn(pool: pg.Pool): Pick<OtherStore, 'fill' | 'readTerms' | 'take' | 'count'> {
  return {
    fill: async ({ offerings, window }) => {
      for (const offering of offerings)
        await pool.query('INSERT INTO class (offering_id, capacity, terms) VALUES ($1, $2, $3)', [
          offering.offeringId,
          offering.capacity,
          JSON.stringify(termsOf(offering, window)),
        ]);
      // Every connection is made, and what was filled is on disk, before the first parent.
      const connections = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => pool.connect()));
      for (const connection of connections) connection.release();
      await pool.query('CHECKPOINT');
    },
    readTerms: async () => {
      const { rows } = await pool.query('SELECT terms FROM class');
      return rows.map((row) => Terms.parse(row.terms));
    },
    take: (enrolment) => take(pool, enrolment),
    count: async () => {
      const { rows } = await pool.query<{ holders: number; capacity: number }>(
        `SELECT class.capacity, count(enrolment.enrolment_id)::int AS holders
         FROM class LEFT JOIN enrolment USING (offering_id) GROUP BY class.offering_id`,
      );
      return rows;
    },
  };
}

async function take(pool: pg.Pool, enrolment: Enrolment): Promise<Outcome> {
  const connection = await pool.connect();
  let broken: Error | undefined;
  try {
    await connection.query('BEGIN');
    const outcome = await within(connection, enrolment);
    await connection.query(outcome === 'taken' ? 'COMMIT' : 'ROLLBACK');
    return outcome;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    // A connection that failed may be inside its transaction still: it is closed, which rolls back.
    connection.release(broken);
  }
}

async function within(
  connection: pg.PoolClient,
  { enrolmentId, pupilId, offeringId, slots, takenAt, holdUntil }: Enrolment,
): Promise<Outcome> {
  const { rows } = await connection.query<{ capacity: number; taken: number }>({ ...lockClass, values: [offeringId] });
  const [locked] = rows;
  if (!locked) throw new Error(`no class ${offeringId}`);
  if (locked.taken >= locked.capacity) return 'full';
  const enrolled = await connection.query({ ...enrol, values: [enrolmentId, pupilId, offeringId, takenAt, holdUntil] });
  if (enrolled.rowCount !== 1) return 'already-taken';
  const weekdays = slots.map(({ weekday }) => weekday);
  const periods = slots.map(({ period }) => period);
  const claimed = await connection.query({ ...claimSlots, values: [pupilId, enrolmentId, weekdays, periods] });
  if (claimed.rowCount !== slots.length) return 'clash';
  await connection.query({ ...countUp, values: [offeringId] });
  return 'taken';
}
