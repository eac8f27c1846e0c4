import { DomainError, type FailureCode } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import { isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { hoursAt } from '@kehou/shared/selection/rules';
import { HOLD_MINUTES, Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, type Key, type Table } from '../platform/table.ts';
import {
  Attempt,
  FIRST_SLOT_WRITE,
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  lostWrites,
  resolveTaking,
  StoredEnrolment,
  TAKING_SECONDS_MAX,
  takingWrites,
} from './enrolment.repository.ts';
import type { FullMemory } from './full-memory.ts';
import { takeHolder } from './seat.repository.ts';
import { Card } from './window.repository.ts';

type Take = typeof selectionRoutes.takeSeat;

/** How long a container believes a class's terms and a window's dates: the seat item judges hours and room by itself. */
const TERMS_BELIEVED_MS = 5000;

export interface TakeSeatDeps {
  readonly table: Table;
  readonly clock: Clock;
  /** This container's. */
  readonly full: FullMemory;
}

interface Terms {
  readonly card: Card;
  readonly window: Window;
}

const Row = z.union([StoredEnrolment, Attempt, Pupil, Card, Window]);

/**
 * Takes a seat by the protocol of seats: on record as `taking` with its claims, then the one hot write, then `held`.
 * Four round trips: one read, one transaction on the pupil's own keys, one update of the seat, one of the enrolment.
 * Refused from memory when the class is known to be full: the one read.
 *
 * The same enrolment id again goes on from wherever the first try got to.
 */
export function takeSeat({ table, clock, full }: TakeSeatDeps) {
  const believed = new Map<string, Terms & { readonly untilMs: number }>();

  /** One read: who the pupil is, what this try and this pupil's attempt at the class are, and (now and then) the class's terms. */
  async function look(input: ParsedOf<Take>, now: Instant) {
    const known = believed.get(input.offeringId);
    const terms = known && known.untilMs > ms(now) && known.window.windowId === input.windowId ? known : undefined;
    const wanted: Key[] = [
      keys.enrolment(input.pupilId, input.enrolmentId),
      keys.attempt(input.pupilId, input.offeringId),
      keys.pupil(input.pupilId),
      ...(terms ? [] : [keys.windowCard(input.windowId, input.offeringId), keys.window(input.windowId)]),
    ];
    const [mine, attempt, pupil, card, window] = await table.getMany(wanted, Row);
    if (!terms) {
      if (!card || !window) throw new DomainError('request.not_found');
      const fresh = { card: card as Card, window: window as Window, untilMs: ms(now) + TERMS_BELIEVED_MS };
      if (believed.size >= 2000) believed.clear();
      believed.set(input.offeringId, fresh);
      return {
        mine: mine as StoredEnrolment | undefined,
        attempt: attempt as Attempt | undefined,
        pupil: pupil as Pupil | undefined,
        terms: fresh,
      };
    }
    return { mine: mine as StoredEnrolment | undefined, attempt: attempt as Attempt | undefined, pupil: pupil as Pupil | undefined, terms };
  }

  return async (input: ParsedOf<Take>, _actor: Actor): Promise<ReplyOf<Take>> => {
    const now = clock.now();
    const { mine, attempt, pupil, terms } = await look(input, now);
    if (!pupil) throw new DomainError('request.not_found');
    if (mine) return goOn(input, mine, now);
    if (attempt?.live) throw new DomainError('selection.already_taken', { enrolmentId: attempt.enrolmentId });
    refuse(pupil, terms, now);
    if (full.isFull(input.offeringId, now)) throw new DomainError('selection.full');

    const enrolment = newEnrolment(input, terms, (attempt?.attempt ?? 0) + 1, now);
    try {
      await table.write(takingWrites(enrolment, instant(ms(now) + TAKING_SECONDS_MAX * 1000)));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return explainClaims(input, error, now);
    }
    return seat(enrolment, now);
  };

  /** Steps 2 and 3, for a `taking` that is on record. */
  async function seat(enrolment: StoredEnrolment, now: Instant): Promise<StoredEnrolment> {
    const outcome = await takeHolder(table, enrolment.offeringId, holderOfEnrolment(enrolment), now);
    if (!outcome.taken) {
      if (outcome.why === 'full') full.remember(enrolment.offeringId, now);
      await lose(enrolment, now);
      throw new DomainError(refusals[outcome.why]);
    }
    try {
      await table.write([heldWrite(enrolment)]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return tooSlow(enrolment);
    }
    return { ...enrolment, status: 'held' };
  }

  /** Someone decided about this try while it was on its way: an earlier request of the same try, or the sweeper. */
  async function tooSlow(enrolment: StoredEnrolment): Promise<StoredEnrolment> {
    const now = await getEnrolment(table, enrolment.pupilId, enrolment.enrolmentId);
    if (now && !isFinal(now.status)) return now;
    // It was called lost: what was just put into the seat item must come out again.
    await freeSeat(table, enrolment);
    throw new DomainError('selection.hold_over');
  }

  async function lose(enrolment: StoredEnrolment, now: Instant): Promise<void> {
    try {
      await table.write(lostWrites(enrolment, Math.floor(ms(now) / 1000)));
    } catch (error) {
      // Lost already, by the sweeper or by a repeat of this request.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }

  /** The same id again: the first result, or on with what a broken request left behind. */
  async function goOn(input: ParsedOf<Take>, mine: StoredEnrolment, now: Instant): Promise<StoredEnrolment> {
    if (mine.offeringId !== input.offeringId || mine.windowId !== input.windowId) throw new DomainError('request.id_reused');
    if (mine.status === 'lost') throw new DomainError('selection.full');
    if (mine.status !== 'taking') return mine;
    if (ms(now) >= ms(mine.takenAt) + TAKING_SECONDS_MAX * 1000) {
      await resolveTaking({ table, clock }, mine);
      throw new DomainError('selection.hold_over');
    }
    return seat(mine, now);
  }

  async function explainClaims(input: ParsedOf<Take>, error: ConditionFailed, now: Instant): Promise<StoredEnrolment> {
    const mine = await getEnrolment(table, input.pupilId, input.enrolmentId);
    if (mine) return goOn(input, mine, now);
    const clash = error.failed.find((index) => index >= FIRST_SLOT_WRITE);
    if (clash !== undefined && error.failed.every((index) => index >= FIRST_SLOT_WRITE)) {
      const taken = error.items.get(clash);
      throw new DomainError('selection.clash', { courseName: taken?.courseName, offeringId: taken?.offeringId });
    }
    throw new DomainError('selection.already_taken');
  }
}

const refusals: Readonly<Record<'full' | 'not-open' | 'closed' | 'cancelled', FailureCode>> = {
  full: 'selection.full',
  'not-open': 'selection.not_open',
  closed: 'selection.closed',
  cancelled: 'selection.class_cancelled',
};

/** What can be said without the seat: kindly and at once. The seat item has the last word on hours and room. */
function refuse(pupil: Pupil, { card, window }: Terms, now: Instant): void {
  if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
  if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
  if (card.status === 'cancelled') throw new DomainError('selection.class_cancelled');
  if (!card.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
  if (hoursAt(now, window) === 'before') throw new DomainError('selection.not_open', { opensAt: window.opensAt });
}

function newEnrolment(input: ParsedOf<Take>, { card, window }: Terms, attempt: number, now: Instant): StoredEnrolment {
  return {
    enrolmentId: input.enrolmentId,
    pupilId: input.pupilId,
    offeringId: input.offeringId,
    schoolId: window.schoolId,
    termId: window.termId,
    windowId: window.windowId as Id<'window'>,
    status: 'taking',
    courseName: card.courseName,
    instructorName: card.instructorName,
    roomName: card.roomName,
    slots: card.slots,
    feeFen: card.feeFen,
    sessionCount: card.sessionCount,
    firstSessionDate: card.firstSessionDate,
    takenAt: now,
    holdUntil: addMinutes(now, HOLD_MINUTES),
    attempt,
  };
}
