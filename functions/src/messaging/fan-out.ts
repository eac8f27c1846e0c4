/**
 * One message to many: all guardians of a school's pupils, or of a class. A job in the table goes from chunk to chunk; each
 * chunk's commit comes back by the stream and sets off the next, and a job that stands still is found in the due index.
 * Whoever was told is not told again, so a chunk may run twice.
 */
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { MessageKind } from '@kehou/shared/messaging/routes';
import type { Told } from '@kehou/shared/messaging/words';
import * as z from 'zod';
import { guardiansOf } from '../identity/guardian.repository.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import { create, type Page, set, type Table } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { type TellDeps, tell } from './tell.ts';

export const ManyPeople = z.discriminatedUnion('of', [
  z.object({ of: z.literal('school'), schoolId: Id('organisation') }),
  z.object({ of: z.literal('class'), offeringId: Id('offering') }),
]);
export type ManyPeople = z.infer<typeof ManyPeople>;

const Words = z.object({ title: z.string(), body: z.string() });
const Job = z.object({
  cause: z.string(),
  people: ManyPeople,
  told: z.object({ kind: MessageKind, page: z.string().optional(), zh: Words, en: Words }),
  /** Chunks done, and where the next begins. */
  chunks: z.int(),
  cursor: z.string().optional(),
  done: z.boolean(),
});
type Job = z.infer<typeof Job>;

/** Pupils a chunk. */
export const CHUNK = 50;
/** More than this is no school: something is wrong, and the job stops rather than go on for ever. */
const CHUNKS_MAX = 400;
const LANES = 8;
/** Longer than a chunk takes: a job that has not moved for so long is taken up by the sweeper. */
const STALLED_MINUTES = 3;
const KEPT_SECONDS = 60 * 86_400;

/** Starts telling many. Again with the same cause is no error and starts nothing. One write. */
export async function tellMany({ table, clock }: TellDeps, people: ManyPeople, cause: string, told: Told): Promise<void> {
  const job: Job = { cause, people, told: { ...told, zh: { ...told.zh }, en: { ...told.en } }, chunks: 0, done: false };
  await table.tryWrite([create(keys.fanOut(cause), { ...job, ...keys.due(cause, addMinutes(clock.now(), STALLED_MINUTES)) })]);
}

/** The next chunk, for each chunk that was committed. */
export function followFanOuts(deps: TellDeps): Follower {
  return async ({ keys: { SK }, after }) => {
    if (SK !== 'FANOUT' || !after) return;
    const job = Job.parse(after);
    if (!job.done) await tellChunk(deps, job);
  };
}

/** A job that stood still: its next chunk, from where it is. */
export function resumeFanOut(deps: TellDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => tellChunk(deps, Job.parse(item));
}

async function tellChunk(deps: TellDeps, job: Job): Promise<void> {
  const { table, clock } = deps;
  // Another process is past this chunk already.
  const now = await table.get(keys.fanOut(job.cause), Job);
  if (!now || now.done || now.chunks !== job.chunks) return;
  const { pupilIds, cursor } = await nextPupils(table, job);
  await inLanes(pupilIds, LANES, async (pupilId) => {
    const guardians = await guardiansOf(table, pupilId);
    await tell(
      deps,
      guardians.map(({ personId }) => personId),
      job.cause,
      withPage(job.told),
    );
  });
  const chunks = job.chunks + 1;
  const done = cursor === undefined || chunks >= CHUNKS_MAX;
  if (done && cursor !== undefined) deps.log.error('a message to many was cut short', { cause: job.cause, chunks });
  await table.tryWrite([
    set(
      keys.fanOut(job.cause),
      { chunks, cursor, done, ...whenNext(done, job.cause, clock.now()) },
      { condition: { expression: '#chunks = :before', values: { before: job.chunks } } },
    ),
  ]);
}

function whenNext(done: boolean, cause: string, now: Instant) {
  if (!done) return keys.due(cause, addMinutes(now, STALLED_MINUTES));
  return { GSI2PK: undefined, GSI2SK: undefined, ttl: Math.floor(ms(now) / 1000) + KEPT_SECONDS };
}

/** Only what is needed: a row that is odd in some other way does not stop the rest from being told. */
const Listed = z.object({ pupilId: Id('pupil'), leftOn: z.string().optional() });
const Enrolled = Listed.extend({ status: z.string() });

async function nextPupils(table: Table, { people, cursor }: Job): Promise<{ pupilIds: string[]; cursor: string | undefined }> {
  if (people.of === 'school') {
    const { GSI1PK } = keys.pupilsOfSchool(people.schoolId, 1, '', '');
    const page = await table.query({ index: 'GSI1', pk: GSI1PK, limit: CHUNK, cursor }, Listed);
    return ids({ ...page, items: page.items.filter(({ leftOn }) => !leftOn) });
  }
  const { GSI1PK } = keys.enrolmentsOfOffering(people.offeringId, '' as Instant, '');
  const page = await table.query({ index: 'GSI1', pk: GSI1PK, limit: CHUNK, cursor }, Enrolled);
  return ids({ ...page, items: page.items.filter(({ status }) => status === 'confirmed') });
}

function ids(page: Page<{ pupilId: string }>): { pupilIds: string[]; cursor: string | undefined } {
  return { pupilIds: [...new Set(page.items.map(({ pupilId }) => pupilId))], cursor: page.cursor };
}

function withPage({ kind, page, zh, en }: Job['told']): Told {
  return { kind, zh, en, ...(page === undefined ? {} : { page }) };
}
