/** The steps of the selection-window state machine. Each says `stale` when a newer version of the hours has taken over. */
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { heldBackUntil } from '@kehou/shared/selection/rules';
import { lastHoldAt, SETTLE_MARGIN_MINUTES, Window, windowMoves } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, set, type Table } from '../platform/table.ts';
import type { Task, Tasks } from '../use-cases.ts';
import { getDraw, type StoredDraw } from './draw.repository.ts';
import { Attempt, StoredEnrolment } from './enrolment.repository.ts';
import { lastBeginningOf } from './open-remainder.ts';
import { cancelSeatIfUnder, holderOf, removeHolder, Seat } from './seat.repository.ts';
import { applyHours } from './window.repository.ts';

export interface TaskDeps {
  readonly table: Table;
  readonly clock: Clock;
}

const Payload = z.object({ windowId: Id('window'), version: z.int() });
/** Every field that the state machine selects is there even so. */
const stale = {
  stale: true,
  lottery: false,
  pending: false,
  settleAt: '1970-01-01T00:00:00.000Z',
  retryAt: '1970-01-01T00:00:00.000Z',
  underSize: [],
};

export function selectionTasks(deps: TaskDeps): Tasks {
  return {
    'selection.openWindow': turn(deps, 'published', 'open'),
    'selection.closeWindow': turn(deps, 'open', 'closed'),
    'selection.planSettling': planSettling(deps),
    'selection.settleWindow': settleWindow(deps),
    'selection.finishWindow': turn(deps, 'closed', 'settled'),
  };
}

/** Moves the window one state on, once. Meeting it there already (a repeat) is as good. */
function turn({ table }: TaskDeps, from: Window['status'], to: Window['status']): Task {
  return async (payload) => {
    const { windowId, version } = Payload.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window || window.version !== version) return stale;
    if (to === 'open') await applyHours(table, window);
    if (window.status === from && windowMoves[from].includes(to)) {
      await table.tryWrite([
        set(
          keys.window(windowId),
          { status: to },
          { condition: { expression: '#status = :from AND #version = :version', values: { from, version } } },
        ),
      ]);
    } else if (!isPast(window.status, to)) return stale;
    return { stale: false, lottery: window.lottery !== undefined };
  };
}

const inOrder: readonly Window['status'][] = ['draft', 'published', 'open', 'closed', 'settled'];

/** Has the window come as far as `to`, or further? An execution that takes over from one that died passes by what is done. */
function isPast(status: Window['status'], to: Window['status']): boolean {
  return inOrder.indexOf(status) >= inOrder.indexOf(to);
}

/**
 * When the last hold has run out for certain: those of winners, and of who came first after them. Where a late draw gives winners until
 * after the last class begins there is nothing to wait for from then on: a class that nobody is in is called off before it goes on being taught.
 */
function planSettling({ table }: TaskDeps): Task {
  return async (payload) => {
    const { windowId, version } = Payload.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window || window.version !== version) return stale;
    const draw = window.lottery && (await getDraw(table, windowId));
    return { ...stale, stale: false, settleAt: addMinutes(await lastHoldOf(table, window, draw), SETTLE_MARGIN_MINUTES) };
  };
}

async function lastHoldOf(table: Table, window: Window, draw: StoredDraw | undefined): Promise<Instant> {
  return lastHoldAt(window, draw, draw && (await lastBeginningOf(table, window)));
}

/**
 * After the last hold has run out: calls off what is under size, or holds it back where the parents are to be asked (judged by the seat itself, so no late payment slips
 * between count and cancellation) and says which, so that billing refunds them. Class by class: a hold that will not close holds up its
 * own class alone (`pending`).
 */
function settleWindow({ table, clock }: TaskDeps): Task {
  return async (payload) => {
    const { windowId, version } = Payload.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window || window.version !== version || (window.status !== 'closed' && window.status !== 'settled')) return stale;
    const now = clock.now();
    const underSize: string[] = [];
    /** When to look again, for each class that is not settled. */
    const waiting: Instant[] = [];
    for (const offeringId of window.offeringIds) {
      await reconcileSeat(table, offeringId);
      const holdUntil = await lastOpenHold(table, offeringId);
      if (holdUntil) {
        waiting.push(later(addMinutes(holdUntil, SETTLE_MARGIN_MINUTES), addMinutes(now, 1)));
        continue;
      }
      const offering = await table.get(keys.offering(offeringId), Judged);
      // What runs is settled: it may have fewer by now, when another class is waited for. What was called off since is paid back by that.
      if (!offering || offering.status === 'running' || offering.status === 'ended' || offering.calledOffAt) continue;
      const heldUntil = await holdBack({ table, clock }, window, offering);
      if (heldUntil) {
        waiting.push(earlier(heldUntil, addMinutes(now, HELD_BACK_LOOK_MINUTES)));
        continue;
      }
      const cancelled = await callOffIfUnder(table, offeringId, offering.smallestSize);
      await table.tryWrite([
        set(
          keys.offering(offeringId),
          { status: cancelled ? 'cancelled' : 'running', updatedAt: instant(Math.max(ms(clock.now()), ms(offering.updatedAt) + 1)) },
          { condition: { expression: '#status = :published', values: { published: 'published' } } },
        ),
      ]);
      if (cancelled) underSize.push(offeringId);
    }
    const [retryAt = addMinutes(now, 1)] = waiting.sort();
    return { stale: false, pending: waiting.length > 0, retryAt, underSize };
  };
}

/** As the settlement sees a class. */
const Judged = Offering.extend({ calledOffAt: Instant.optional() });

/** A school that says "call it off now" need not wait longer for it. */
const HELD_BACK_LOOK_MINUTES = 30;

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);
const later = (one: Instant, other: Instant): Instant => (one > other ? one : other);

/**
 * A class under its smallest size whose window asks the parents is held back, once; `undefined`: it is settled now, since it has enough,
 * or nobody is to be asked, or the time is over.
 */
async function holdBack({ table, clock }: TaskDeps, window: Window, offering: Offering): Promise<Instant | undefined> {
  const now = clock.now();
  if (!window.underSize || offering.status !== 'published') return undefined;
  const { seat, staying } = await countOf(table, offering.offeringId);
  // Nobody who would stay is in it: there is nobody to ask.
  if (!seat || seat.status === 'cancelled' || staying === 0 || staying >= offering.smallestSize) return undefined;
  const until = offering.heldBack?.until ?? heldBackUntil(now, window.underSize.askHours, offering.firstSessionDate);
  if (until <= now) return undefined;
  if (!offering.heldBack) {
    await table.tryWrite([
      set(
        keys.offering(offering.offeringId),
        { heldBack: { until }, updatedAt: instant(Math.max(ms(now), ms(offering.updatedAt) + 1)) },
        {
          condition: {
            expression: '#status = :published AND attribute_not_exists(#heldBack)',
            values: { published: 'published' },
          },
        },
      ),
    ]);
  }
  return until;
}

interface Count {
  readonly seat: Seat | undefined;
  /** Those of its holders who have asked to cancel. */
  readonly leaving: number;
  /** Those who count. */
  readonly staying: number;
}

/**
 * Who has asked to cancel does not count towards the smallest size, though their place is theirs until somebody approves: the family
 * has said that the child will not come, and the approvers decide about the money. Else a class would run for a number that it
 * never has. Should they refuse after all, it was called off, and that family gets everything back like the others.
 */
async function countOf(table: Table, offeringId: string): Promise<Count> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  const holders = Object.keys(seat?.holders ?? {});
  let leaving = 0;
  for (const batch of batches(holders, 100)) {
    const enrolments = await enrolmentsOf(table, offeringId, batch);
    leaving += enrolments.filter((enrolment) => enrolment?.status === 'confirmed' && enrolment.leaving === true).length;
  }
  return { seat, leaving, staying: holders.length - leaving };
}

const COUNTS_MAX = 10;

async function callOffIfUnder(table: Table, offeringId: string, smallestSize: number): Promise<boolean> {
  for (let count = 1; count <= COUNTS_MAX; count++) {
    const { seat, leaving } = await countOf(table, offeringId);
    const counted = seat && leaving > 0 ? { leaving, revision: seat.revision } : undefined;
    const { cancelled } = await cancelSeatIfUnder(table, offeringId, smallestSize, counted);
    if (cancelled !== undefined) return cancelled;
    // Somebody left or came while we counted.
  }
  throw new Error(`the places of ${offeringId} keep changing`);
}

/** Until when the last of the class's open holds runs: it is not looked at every minute until then. `undefined`: there are none. */
async function lastOpenHold(table: Table, offeringId: string): Promise<Instant | undefined> {
  let last: Instant | undefined;
  const seat = await table.get(keys.seat(offeringId), Seat);
  for (const batch of batches(Object.keys(seat?.holders ?? {}), 100)) {
    const enrolments = await enrolmentsOf(table, offeringId, batch);
    // Offers from a waiting list, and places kept for a purpose, go on after the close: settling does not wait for them.
    for (const each of enrolments) {
      const isOpen = each !== undefined && each.status !== 'confirmed' && !each.offer && !each.reservedFor;
      if (isOpen) last = last ? later(each.holdUntil, last) : each.holdUntil;
    }
  }
  return last;
}

/**
 * Takes holders out whose attempt is over: what a container left behind that died between its seat write and the next.
 * Strong reads only; a live attempt is never touched.
 */
export async function reconcileSeat(table: Table, offeringId: string): Promise<number> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  let removed = 0;
  for (const batch of batches(Object.keys(seat?.holders ?? {}), 100)) {
    const attempts = await attemptsOf(table, offeringId, batch);
    for (const [index, holder] of batch.entries()) {
      const attempt = attempts[index];
      const over =
        attempt && (attempt.attempt > holderOf(holder).attempt || (attempt.attempt === holderOf(holder).attempt && !attempt.live));
      if (!over) continue;
      await removeHolder(table, offeringId, holder);
      removed++;
    }
  }
  return removed;
}

function attemptsOf(table: Table, offeringId: string, holders: readonly string[]) {
  return table.getMany(
    holders.map((holder) => keys.attempt(holderOf(holder).pupilId, offeringId)),
    Attempt,
  );
}

async function enrolmentsOf(table: Table, offeringId: string, holders: readonly string[]) {
  const attempts = await attemptsOf(table, offeringId, holders);
  const wanted = holders.flatMap((holder, index) => {
    const attempt = attempts[index];
    return attempt ? [keys.enrolment(holderOf(holder).pupilId, attempt.enrolmentId)] : [];
  });
  return table.getMany(wanted, StoredEnrolment);
}

function* batches<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Until a window is settled its seats are reconciled every five minutes; the sweeper finds the window in the due index. */
const RECONCILE_MINUTES = 5;
/** How late a window may be before its state machine is taken for dead, and how long the next one is given. */
const OVERDUE_MINUTES = 60;

/** A window as it lies in the table: `takenOverAt`, when another execution was last told to go on with it. */
const DueWindow = Window.extend({ takenOverAt: Instant.optional() });
/** A payment that comes late may still take a place, and die on the way: for as long as that happens, once a day. */
const RECONCILE_SETTLED_MINUTES = 1440;
const RECONCILE_SETTLED_DAYS = 14;

/** The instant by which the state machine should have moved the window on; none while a draw waits for people to say its value. */
async function expectedBy(table: Table, window: Window): Promise<Instant | undefined> {
  if (window.status === 'published') return window.opensAt;
  if (window.status === 'open') return window.closesAt;
  const draw = window.lottery && (await getDraw(table, window.windowId));
  if (window.lottery && draw?.stage !== 'allotted') return draw ? drawExpectedBy(draw) : window.closesAt;
  return addMinutes(await lastHoldOf(table, window, draw), SETTLE_MARGIN_MINUTES + (window.underSize?.askHours ?? 0) * 60);
}

function drawExpectedBy({ seedSource, publicValue, drawnAt, fixedAt }: StoredDraw): Instant | undefined {
  if (drawnAt) return drawnAt;
  if (seedSource.kind === 'secret') return fixedAt;
  return publicValue === undefined ? undefined : seedSource.bornAt;
}

/**
 * Tidies the seats; and where the state machine is long overdue (its retries ran out, or the record that was to start it was lost), the
 * next version takes over: it passes by what is done and goes on from there.
 */
export function reconcileWindow({ table, clock }: TaskDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { takenOverAt, ...window } = DueWindow.parse(item);
    for (const offeringId of window.offeringIds) await reconcileSeat(table, offeringId);
    const now = clock.now();
    const settled = window.status === 'settled';
    const lastMs = ms(addMinutes(window.closesAt, RECONCILE_SETTLED_DAYS * RECONCILE_SETTLED_MINUTES));
    const done = window.status === 'withdrawn' || (settled && ms(now) >= lastMs);
    const expected = settled ? undefined : await expectedBy(table, window);
    const since = expected ? Math.max(ms(expected), takenOverAt ? ms(takenOverAt) : 0) : Number.POSITIVE_INFINITY;
    const takeOver = !done && ms(now) >= since + OVERDUE_MINUTES * 60_000 ? { version: window.version + 1, takenOverAt: now } : {};
    const again = settled ? RECONCILE_SETTLED_MINUTES : RECONCILE_MINUTES;
    const next = { ...keys.due(window.windowId, addMinutes(now, again)), ...takeOver };
    try {
      await table.write([
        set(keys.window(window.windowId), done ? { GSI2PK: undefined, GSI2SK: undefined } : next, {
          condition: {
            expression: '#version = :version AND #status = :status',
            values: { version: window.version, status: window.status },
          },
        }),
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  };
}
