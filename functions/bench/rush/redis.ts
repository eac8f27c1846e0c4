/**
 * The design of flash sales: Redis, one Lua script that checks and takes. Kept in an append-only file that is synced once a
 * second (`everysec`), or before each answer (`always`; one fdatasync for all that arrived together).
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import * as z from 'zod';
import { type OtherStore, Terms, termsOf } from './other-store.ts';
import { programOf, startServer } from './servers.ts';

const CHECK_AND_TAKE = `
  local capacity = tonumber(redis.call('HGET', KEYS[1], 'capacity'))
  if not capacity then return redis.error_reply('no class ' .. KEYS[1]) end
  if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return 'already-taken' end
  if redis.call('SCARD', KEYS[2]) >= capacity then return 'full' end
  for slot = 3, #ARGV do
    if redis.call('HEXISTS', KEYS[3], ARGV[slot]) == 1 then return 'clash' end
  end
  for slot = 3, #ARGV do redis.call('HSET', KEYS[3], ARGV[slot], ARGV[2]) end
  redis.call('SADD', KEYS[2], ARGV[1])
  return 'taken'`;

const Said = z.enum(['taken', 'full', 'clash', 'already-taken']);

const classKey = (offeringId: string) => `class:${offeringId}`;
const membersKey = (offeringId: string) => `members:${offeringId}`;
const slotsKey = (pupilId: string) => `slots:${pupilId}`;
const CLASSES = 'classes';

/** `undefined` where Redis is not installed. */
export async function startRedis(appendfsync: 'everysec' | 'always'): Promise<OtherStore | undefined> {
  const program = programOf('redis-server');
  if (!program) return undefined;
  const password = randomBytes(24).toString('hex');
  const server = await startServer({
    program,
    signal: 'KILL',
    prepare: (folder, port) => {
      const path = join(folder, 'redis.conf');
      const settings = ['bind 127.0.0.1', `port ${port}`, `dir ${folder}`, `requirepass ${password}`, 'appendonly yes'];
      writeFileSync(path, [...settings, `appendfsync ${appendfsync}`, ''].join('\n'), { mode: 0o600 });
      return [path];
    },
    answers: async (port) => {
      const client = clientOn(port, password);
      try {
        await client.connect();
        return (await client.ping()) === 'PONG';
      } finally {
        client.destroy();
      }
    },
  });
  // One for all containers in this process: commands of one moment go out together.
  const client = clientOn(server.port, password);
  const stop = async () => {
    if (client.isOpen) client.destroy();
    await server.stop();
  };
  try {
    await client.connect();
    const script = await client.scriptLoad(CHECK_AND_TAKE);
    return { ...storeOn(client, script), fsyncs: server.fsyncs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function clientOn(port: number, password: string) {
  const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false }, password });
  // A command that fails says so itself; this one only keeps the process up while a connection goes.
  client.on('error', () => undefined);
  return client;
}

function storeOn(client: ReturnType<typeof clientOn>, script: string): Pick<OtherStore, 'fill' | 'readTerms' | 'take' | 'count'> {
  const classes = () => client.sMembers(CLASSES);
  return {
    fill: async ({ offerings, window }) => {
      for (const offering of offerings) {
        const terms = JSON.stringify(termsOf(offering, window));
        await client.hSet(classKey(offering.offeringId), { capacity: String(offering.capacity), terms });
        await client.sAdd(CLASSES, offering.offeringId);
      }
    },
    readTerms: async () => {
      const read = async (offeringId: string) => Terms.parse(JSON.parse((await client.hGet(classKey(offeringId), 'terms')) ?? ''));
      return Promise.all((await classes()).map(read));
    },
    take: async ({ enrolmentId, pupilId, offeringId, slots }) => {
      const said = await client.evalSha(script, {
        keys: [classKey(offeringId), membersKey(offeringId), slotsKey(pupilId)],
        arguments: [pupilId, enrolmentId, ...slots.map(({ weekday, period }) => `${weekday}.${period}`)],
      });
      return Said.parse(said);
    },
    count: async () => {
      const one = async (offeringId: string) => ({
        holders: await client.sCard(membersKey(offeringId)),
        capacity: Number(await client.hGet(classKey(offeringId), 'capacity')),
      });
      return Promise.all((await classes()).map(one));
    },
  };
}
