/** The steps of the selection-window state machine. Each says `stale` when a newer version of the hours has taken over. */
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { takingHours } from '@kehou/shared/selection/rules';
import { HOLD_MINUTES, Window, windowMoves } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, set, type Table } from '../platform/table.ts';
import type { Task, Tasks } from '../use-cases.ts';
import { getDraw } from './draw.repository.ts';
import { Attempt, StoredEnrolment } from './enrolment.repository.ts';
import { cancelSeatIfUnder, holderOf, removeHolder, Seat } from './seat.repository.ts';
import { applyHours, once } from './window.repository.ts';

export interface TaskDeps {
  readonly table: Table;
  readonly clock: Clock;
}

const Payload = z.object({ windowId: Id('window'), version: z.int() });
/** Minutes after the last hold may have run out; the sweeper needs one or two of them. */
const SETTLE_MARGIN_MINUTES = 2;
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
      await once(
        table,
        set(
          keys.window(windowId),
          { status: to },
          { condition: { expression: '#status = :from AND #version = :version', values: { from, version } } },
        ),
      );
    } else if (window.status !== to) return stale;
    return { stale: false, lottery: window.lottery !== undefined };
  };
}

/** When the last hold has run out for certain: those of winners, and of who came first after them. */
function planSettling({ table }: TaskDeps): Task {
  return async (payload) => {
    const { windowId, version } = Payload.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window || window.version !== version) return stale;
    const draw = window.lottery && (await getDraw(table, windowId));
    const last = ms((takingHours(window) ?? window).closesAt) + HOLD_MINUTES * 60_000;
    const settleAt = instant(Math.max(last, ms(draw?.payBefore ?? window.closesAt)));
    return { ...stale, stale: false, settleAt: addMinutes(settleAt, SETTLE_MARGIN_MINUTES) };
  };
}

/**
 * After the last hold has run out: calls off what is under size (judged by the seat itself, so no late payment slips
 * between count and cancellation) and says which, so that billing refunds them. `pending`: holds are still being closed.
 */
function settleWindow({ table, clock }: TaskDeps): Task {
  return async (payload) => {
    const { windowId, version } = Payload.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window || window.version !== version || (window.status !== 'closed' && window.status !== 'settled')) return stale;
    const retryAt: Instant = addMinutes(clock.now(), 1);
    const underSize: string[] = [];
    for (const offeringId of window.offeringIds) {
      await reconcileSeat(table, offeringId);
      if (await hasOpenHolds(table, offeringId)) return { stale: false, pending: true, retryAt, underSize: [] };
    }
    for (const offeringId of window.offeringIds) {
      const offering = await table.get(keys.offering(offeringId), Offering);
      if (!offering) continue;
      const { cancelled } = await cancelSeatIfUnder(table, offeringId, offering.smallestSize);
      await once(
        table,
        set(
          keys.offering(offeringId),
          { status: cancelled ? 'cancelled' : 'running', updatedAt: instant(Math.max(ms(clock.now()), ms(offering.updatedAt) + 1)) },
          { condition: { expression: '#status = :published', values: { published: 'published' } } },
        ),
      );
      if (cancelled) underSize.push(offeringId);
    }
    return { stale: false, pending: false, retryAt, underSize };
  };
}

async function hasOpenHolds(table: Table, offeringId: string): Promise<boolean> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  for (const batch of batches(Object.keys(seat?.holders ?? {}), 100)) {
    const enrolments = await enrolmentsOf(table, offeringId, batch);
    // Offers from a waiting list go on after the close: the class is full of them and others, and settling does not wait for them.
    if (enrolments.some((enrolment) => enrolment !== undefined && enrolment.status !== 'confirmed' && !enrolment.offer)) return true;
  }
  return false;
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

/** While a window is open its seats are reconciled every five minutes; the sweeper finds the window in the due index. */
const RECONCILE_MINUTES = 5;

export function reconcileWindow({ table, clock }: TaskDeps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const window = Window.parse(item);
    for (const offeringId of window.offeringIds) await reconcileSeat(table, offeringId);
    const done = window.status === 'settled' || window.status === 'withdrawn';
    const next = keys.due(window.windowId, addMinutes(clock.now(), RECONCILE_MINUTES));
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
