/**
 * What comes free in a class with a waiting list is offered in its order. Run by whoever notices: the stream's follower of the seat
 * item, and the sweeper. One at a time serves a list, so that offers go out in order; should two be at it all the same (one was slow,
 * and its turn was given to another), they never offer a place twice: a place is given by the seat item's own condition, and an offer's
 * enrolment has an id that follows from the wait and the number of the offer, so that two who serve the same child make one offer.
 */
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { present, set, type Table } from '../platform/table.ts';
import { Attempt, type StoredEnrolment } from './enrolment.repository.ts';
import { givePlace } from './give-place.ts';
import type { WaitDeps } from './join-waiting-list.ts';
import { markNobodyWaiting, markWaiting, Seat } from './seat.repository.ts';
import { newEnrolment } from './take-seat.ts';
import { reconcileSeat } from './tasks.ts';
import {
  beginServing,
  clearEntryWrites,
  endServing,
  getWait,
  headOfQueue,
  leaveWrites,
  listOverWrite,
  offeredWrites,
  Queued,
  WaitingList,
} from './wait.repository.ts';
import { Card } from './window.repository.ts';

/** Rounds of one call: each makes an offer, or clears one entry away. More than a class can hold is left to the next. */
const ROUNDS_MAX = 200;

/** What no stream record told of (a joiner's container that died, a record that was parked) is served this much later at most. */
const LOOK_AGAIN_MINUTES = 30;
/** Turns at a list that one call takes; what comes free while it is given up is seen by the look after it. */
const TURNS_MAX = 10;

/** Offers every free place of a class to the next in line, and answers how many. Idempotent; safe to run by many at once. */
export async function offerPlaces(deps: WaitDeps, offeringId: string): Promise<number> {
  const { table, clock } = deps;
  // Any name that no other turn has.
  const server = newId('wait');
  let offered = 0;
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (!(await beginServing(table, offeringId, server, clock.now()))) return offered;
    offered += await serve(deps, offeringId);
    await endServing(table, offeringId, server, addMinutes(clock.now(), LOOK_AGAIN_MINUTES));
    // Whoever noticed a free place meanwhile was sent away: look once more, after the list is free for others.
    if (!(await hasWork(table, offeringId, clock.now()))) return offered;
  }
  return offered;
}

async function hasWork(table: Table, offeringId: string, now: Instant): Promise<boolean> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  if (seat?.status !== 'open' || Object.keys(seat.holders).length >= seat.capacity) return false;
  const head = await headOfQueue(table, offeringId);
  const wait = head && (await getWait(table, head.pupilId, offeringId));
  return wait !== undefined && ms(wait.until) > ms(now);
}

async function serve({ table, clock }: WaitDeps, offeringId: string): Promise<number> {
  let offered = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    // The seat first: whoever joins after this read raises `joins`, and the list is not called empty over their head.
    const seat = await table.get(keys.seat(offeringId), Seat);
    if (seat?.status !== 'open') return offered;
    const head = await headOfQueue(table, offeringId);
    if (!head) {
      if (!seat.waiting || (await markNobodyWaiting(table, offeringId, seat.joins ?? 0))) return offered;
      continue;
    }
    // A joiner died before the seat was told.
    if (!seat.waiting) await markWaiting(table, offeringId);
    if (Object.keys(seat.holders).length >= seat.capacity) return offered;
    const outcome = await offerTo({ table, clock }, offeringId, head);
    if (outcome === 'offered') offered++;
    if (outcome === 'full' || outcome === 'over') return offered;
  }
  return offered;
}

/** `gone`: the entry was nobody's any more, or another is serving it; look again. `over`: the list's time is up. */
type Outcome = 'offered' | 'gone' | 'full' | 'over';

async function offerTo({ table, clock }: WaitDeps, offeringId: string, head: Queued): Promise<Outcome> {
  const now = clock.now();
  const wait = await getWait(table, head.pupilId, offeringId);
  if (!wait || wait.waitId !== head.waitId || wait.status !== 'waiting') {
    await table.tryWrite(clearEntryWrites(head, offeringId));
    return 'gone';
  }
  if (ms(wait.until) <= ms(now)) return 'over';
  const [attempt, card, window, pupil] = (await table.getMany(
    [
      keys.attempt(wait.pupilId, offeringId),
      keys.windowCard(wait.windowId, offeringId),
      keys.window(wait.windowId),
      keys.pupil(wait.pupilId),
    ],
    z.union([Attempt, Card, Window, Pupil]),
  )) as [Attempt?, Card?, Window?, Pupil?];
  if (attempt?.live || !card || !window || pupil?.leftOn) {
    // The child has a place by another way, or has left the school.
    await table.tryWrite(leaveWrites(wait, 'left'));
    return 'gone';
  }
  const enrolmentId = derivedId('enrolment', wait.waitId, String(wait.offers + 1));
  const ask = { pupilId: wait.pupilId, offeringId: wait.offeringId, windowId: wait.windowId, enrolmentId };
  const enrolment: StoredEnrolment = {
    ...newEnrolment(ask, { card, window }, (attempt?.attempt ?? 0) + 1, now),
    holdUntil: earlier(addMinutes(now, wait.offerMinutes), wait.until),
    offer: { waitId: wait.waitId, joinedAt: wait.joinedAt },
  };
  const given = await givePlace(table, enrolment, now, offeredWrites(wait, enrolmentId));
  return given === 'held' ? 'offered' : given;
}

function earlier(one: Instant, other: Instant): Instant {
  return ms(one) < ms(other) ? one : other;
}

const END_PAGE = 50;

/**
 * A list that the sweeper looks at: its seats reconciled (an offer may end long after the window is settled, in a container that dies
 * before it frees the seat) and served again, or ended when its day has come or its class will not run. It is looked at once more
 * after its last offers have run out. Idempotent.
 */
export function waitingListIsDue({ table, clock }: WaitDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const list = WaitingList.parse(item);
    const { offeringId, until } = list;
    await reconcileSeat(table, offeringId);
    const seat = await table.get(keys.seat(offeringId), Seat);
    const now = clock.now();
    if (seat?.status === 'open' && ms(now) < ms(until)) {
      await offerPlaces({ table, clock }, offeringId);
      return;
    }
    await endList(table, offeringId);
    if (seat?.waiting) await markNobodyWaiting(table, offeringId, seat.joins ?? 0);
    const last = addMinutes(until, LOOK_AGAIN_MINUTES);
    if (ms(now) >= ms(last)) {
      // Refused: it is still due, and ended for them as well.
      await table.tryWrite([listOverWrite(list)]);
      return;
    }
    const next = addMinutes(now, LOOK_AGAIN_MINUTES);
    await table.write([set(keys.waitingList(offeringId), keys.due(offeringId, earlier(next, last)), { condition: present })]);
  };
}

/** Who still waits is told that nothing came free. */
async function endList(table: Table, offeringId: string): Promise<void> {
  for (;;) {
    const { items } = await table.query({ ...keys.queue(offeringId), limit: END_PAGE, consistent: true }, Queued);
    if (items.length === 0) return;
    for (const entry of items) {
      const wait = await getWait(table, entry.pupilId, offeringId);
      const waits = wait?.waitId === entry.waitId && wait.status === 'waiting';
      await table.tryWrite(waits ? leaveWrites(wait, 'ended') : clearEntryWrites(entry, offeringId));
    }
  }
}
