/**
 * Waiting lists. The child's own item (`WAIT#`) is the truth of its place; the class's list (`QUEUED#`) is the order, one item a waiting
 * child, there exactly while the child's item says `waiting`: both change in one transaction.
 */
import type { Id } from '@kehou/shared/kernel/id';
import { addMinutes, Instant, instant, ms } from '@kehou/shared/kernel/time';
import { POSITION_MAX, Wait } from '@kehou/shared/selection/wait';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { check, create, put, remove, set, type Table, update, type Write } from '../platform/table.ts';

/** Beside what people see: how long an offer is kept, and until when the list is served. */
export const StoredWait = Wait.extend({ offerMinutes: z.int(), until: Instant });
export type StoredWait = z.infer<typeof StoredWait>;

export const Queued = z.object({ waitId: z.string(), pupilId: z.string(), joinedAt: Instant });
export type Queued = z.infer<typeof Queued>;

/** That a class has a list, and when it ends; due now and then until it does. `back`: how often somebody was put back in line. */
export const WaitingList = z.object({ offeringId: z.string(), until: Instant, back: z.int().default(0) });

export function getWait(table: Table, pupilId: string, offeringId: string): Promise<StoredWait | undefined> {
  return table.get(keys.wait(pupilId, offeringId), StoredWait);
}

/** Where the list's order is kept for this wait. */
export function queuedKey(wait: Pick<StoredWait, 'offeringId' | 'joinedAt' | 'waitId'>) {
  return keys.queued(wait.offeringId, wait.joinedAt, wait.waitId);
}

/** Into the list, at its end; on condition that what was there before is over, and that the pupil has not left the school. `before`: what was read. */
export function joinWrites(wait: StoredWait, before: StoredWait | undefined): Write[] {
  const { waitId, pupilId, joinedAt } = wait;
  const condition = before
    ? { expression: '#waitId = :before AND #status <> :waiting', values: { before: before.waitId, waiting: 'waiting' } }
    : { expression: 'attribute_not_exists(PK)' };
  return [
    put(keys.wait(pupilId, wait.offeringId), wait, { condition }),
    create(queuedKey(wait), { waitId, pupilId, joinedAt }),
    check(keys.pupil(pupilId), { expression: 'attribute_not_exists(#leftOn)' }),
  ];
}

/** The position of that last condition. */
export const JOIN_PUPIL_WRITE = 2;

/** Out of the list, on condition that it still waits. */
export function leaveWrites(wait: StoredWait, status: 'left' | 'ended'): Write[] {
  return [set(keys.wait(wait.pupilId, wait.offeringId), { status }, { condition: stillWaits(wait) }), remove(queuedKey(wait))];
}

/** From the list into an offer, in the transaction that makes the enrolment. */
export function offeredWrites(wait: StoredWait, enrolmentId: Id<'enrolment'>): Write[] {
  return [
    set(
      keys.wait(wait.pupilId, wait.offeringId),
      { status: 'offered', offers: wait.offers + 1, enrolmentId },
      { condition: stillWaits(wait) },
    ),
    remove(queuedKey(wait)),
  ];
}

/** An entry that no waiting child stands behind: cleared away unless one does after all (put back in line in this very moment). */
export function clearEntryWrites(entry: Queued, offeringId: string): Write[] {
  return [
    check(keys.wait(entry.pupilId, offeringId), {
      expression: 'attribute_not_exists(PK) OR #waitId <> :waitId OR #status <> :waiting',
      values: { waitId: entry.waitId, waiting: 'waiting' },
    }),
    remove(keys.queued(offeringId, entry.joinedAt, entry.waitId)),
  ];
}

/** The place was gone before it could be offered: back to where the child stood. In the transaction that calls the enrolment lost. */
export function backInLineWrites(
  wait: Pick<StoredWait, 'pupilId' | 'offeringId' | 'waitId' | 'joinedAt'>,
  enrolmentId: Id<'enrolment'>,
): Write[] {
  const { waitId, pupilId, joinedAt } = wait;
  return [
    set(
      keys.wait(pupilId, wait.offeringId),
      { status: 'waiting' },
      { condition: { expression: '#enrolmentId = :mine', values: { mine: enrolmentId } } },
    ),
    put(queuedKey(wait), { waitId, pupilId, joinedAt }),
  ];
}

/** It waits, and nothing was offered since it was read: a wait that was offered and put back in line is not taken for the one before. */
function stillWaits(wait: StoredWait) {
  return {
    expression: '#waitId = :waitId AND #status = :waiting AND #offers = :offers',
    values: { waitId: wait.waitId, waiting: 'waiting', offers: wait.offers },
  };
}

/** Seconds that a distributor may serve a list before another takes over from it. */
const SERVED_SECONDS_MAX = 30;
/** When the sweeper looks at a list that a distributor left in the middle. */
const LEFT_MINUTES = 1;

/** One distributor at a time serves a list, so that offers go out in order. `false`: another is at it, or there is no list. */
export async function beginServing(table: Table, offeringId: string, server: string, now: Instant): Promise<boolean> {
  const { GSI2PK, GSI2SK } = keys.due(offeringId, addMinutes(now, LEFT_MINUTES));
  const refusal = await table.tryWrite([
    set(
      keys.waitingList(offeringId),
      { servedBy: server, servedUntil: instant(ms(now) + SERVED_SECONDS_MAX * 1000), GSI2PK, GSI2SK },
      {
        condition: {
          expression: 'attribute_exists(PK) AND (attribute_not_exists(#servedUntil) OR #servedUntil <= :now)',
          values: { now },
        },
      },
    ),
  ]);
  return !refusal;
}

/**
 * Whoever is put back in line finds a list that somebody still looks at: one that has ended and was cleared away (the container that
 * made the offer died, and the sweeper came hours later) is there once more, long over, so that the sweeper ends it for them too.
 */
export function listStaysWrite({ offeringId, holdUntil }: { readonly offeringId: string; readonly holdUntil: Instant }): Write {
  const { GSI2PK: pk, GSI2SK: sk } = keys.due(offeringId, holdUntil);
  const kept = ['offeringId', 'until', 'GSI2PK', 'GSI2SK'].map((name) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ');
  return update(keys.waitingList(offeringId), `SET ${kept}, #back = if_not_exists(#back, :zero) + :one`, {
    values: { offeringId, until: holdUntil, GSI2PK: pk, GSI2SK: sk, zero: 0, one: 1 },
  });
}

/** The list is over; refused when somebody was put back in line since it was read: then it is looked at again. */
export function listOverWrite({ offeringId, back }: z.output<typeof WaitingList>): Write {
  const expression = back === 0 ? 'attribute_not_exists(#back)' : 'attribute_not_exists(PK) OR #back = :back';
  return remove(keys.waitingList(offeringId), { condition: { expression, values: back === 0 ? {} : { back } } });
}

/** The list is free for the next; the sweeper looks at it again at `dueAt`. */
export async function endServing(table: Table, offeringId: string, server: string, dueAt: Instant): Promise<void> {
  // Refused: it took too long, and another serves the list now.
  await table.tryWrite([
    set(
      keys.waitingList(offeringId),
      { servedBy: undefined, servedUntil: undefined, ...keys.due(offeringId, dueAt) },
      { condition: { expression: '#servedBy = :server', values: { server } } },
    ),
  ]);
}

/** The first in line. Strongly consistent. */
export async function headOfQueue(table: Table, offeringId: string): Promise<Queued | undefined> {
  const { items } = await table.query({ ...keys.queue(offeringId), limit: 1, consistent: true }, Queued);
  return items[0];
}

/** How many stand before this child, up to {@link POSITION_MAX}. One query. */
export async function countAhead(table: Table, wait: Pick<StoredWait, 'offeringId' | 'joinedAt' | 'waitId'>): Promise<number> {
  const before = keys.queuedBefore(wait.offeringId, wait.joinedAt, wait.waitId);
  const { items } = await table.query({ ...before, limit: POSITION_MAX + 1 }, Queued);
  return Math.min(POSITION_MAX, items.filter(({ waitId }) => waitId !== wait.waitId).length);
}
