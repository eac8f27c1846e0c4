import { DomainError, type FailureCode } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import { isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { asOpenTo, hoursAt, takingHours } from '@kehou/shared/selection/rules';
import { HOLD_MINUTES, LAPSES_MAX, Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Key, Table } from '../platform/table.ts';
import { refuseBeforeTurn } from './admission.ts';
import {
  ATTEMPT_WRITE,
  Attempt,
  ENROLMENT_WRITE,
  FIRST_SLOT_WRITE,
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  lostWrites,
  PUPIL_WRITE,
  resolveTaking,
  StoredEnrolment,
  TAKING_SECONDS_MAX,
  takingWrites,
} from './enrolment.repository.ts';
import type { FullMemory } from './full-memory.ts';
import { takeHolder } from './seat.repository.ts';
import type { Terms, TermsMemory } from './terms-memory.ts';
import { Card } from './window.repository.ts';

type Take = typeof selectionRoutes.takeSeat;

/** Claims are tried again when the attempt that they were made for turns out to be over; more often is a bug. */
const CLAIM_TRIES_MAX = 5;

export interface TakeSeatDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly secrets: Platform['secrets'];
  /** This container's. */
  readonly full: FullMemory;
  /** This container's. */
  readonly terms: TermsMemory;
}

/** Where the child learns, and in which grade. */
type Place = Pick<Pupil, 'schoolId' | 'grade'>;

const Row = z.union([Attempt, Pupil, Card, Window]);

/**
 * Takes a seat by the protocol of seats: on record as `taking` with its claims, then the one hot write, then `held`.
 * Three round trips where the container has just shown the class and the token knows the child: one transaction on the
 * pupil's own keys, one update of the seat, one of the enrolment. Else one read goes before them. Refused from memory when
 * the class is known to be full, once the pupil's own attempt has been looked at: one read.
 *
 * The same enrolment id again goes on from wherever the first try got to.
 */
export function takeSeat({ table, clock, secrets, full, terms: memory }: TakeSeatDeps) {
  /** What must be read before anything is claimed, in one read; nothing, when it is all known. */
  async function look(input: ParsedOf<Take>, actor: Actor, now: Instant) {
    const known = memory.recall(input.windowId, input.offeringId, now);
    const child = actor.children.find(({ pupilId }) => pupilId === input.pupilId) as Place | undefined;
    const isFull = full.isFull(input.offeringId, now);
    const wanted: Key[] = [
      ...(child ? [] : [keys.pupil(input.pupilId)]),
      ...(known ? [] : [keys.windowCard(input.windowId, input.offeringId), keys.window(input.windowId)]),
    ];
    const ownAttempt = keys.attempt(input.pupilId, input.offeringId);
    if (wanted.length === 0) {
      const attempt = isFull ? await table.get(ownAttempt, Attempt) : undefined;
      return { attempt, place: child, terms: known, isFull };
    }
    const [attempt, ...rows] = await table.getMany([ownAttempt, ...wanted], Row);
    const place = child ?? (rows.shift() as Pupil | undefined);
    if (known) return { attempt: attempt as Attempt | undefined, place, terms: known, isFull };
    const [card, window] = rows as [Card | undefined, Window | undefined];
    if (card && window) memory.remember(window, [card], now);
    return { attempt: attempt as Attempt | undefined, place, terms: card && window && { card, window }, isFull };
  }

  return async (input: ParsedOf<Take>, actor: Actor): Promise<ReplyOf<Take>> => {
    const now = clock.now();
    const { attempt, place, terms, isFull } = await look(input, actor, now);
    if (!place || !terms) throw new DomainError('request.not_found');
    const mine = attempt?.enrolmentId === input.enrolmentId ? await getEnrolment(table, input.pupilId, input.enrolmentId) : undefined;
    if (mine) return goOn(input, mine, now);
    if (attempt?.live) throw new DomainError('selection.already_taken', { enrolmentId: attempt.enrolmentId });
    refuse(place, terms, now);
    refuseBeforeTurn(secrets, terms.window, { actor, pupilId: input.pupilId, grade: place.grade }, input.turn, now);
    refuseHoarding(attempt);
    if (isFull) throw new DomainError('selection.full');
    return claim(input, terms, attempt?.attempt ?? 0, now);
  };

  /** Step 1, as the attempt after `before`. Whatever was there already is told by the refused write itself. */
  async function claim(input: ParsedOf<Take>, terms: Terms, before: number, now: Instant): Promise<StoredEnrolment> {
    let last = before;
    for (let tries = 0; tries < CLAIM_TRIES_MAX; tries++) {
      const enrolment = newEnrolment(input, terms, last + 1, now);
      const refused = await table.tryWrite(takingWrites(enrolment, instant(ms(now) + TAKING_SECONDS_MAX * 1000)));
      if (!refused) return seat(enrolment, now, terms.window);
      if (refused.failed.includes(ENROLMENT_WRITE))
        return goOn(input, await table.mustGet(keys.enrolment(input.pupilId, input.enrolmentId), StoredEnrolment), now);
      const attempt = refused.failed.includes(ATTEMPT_WRITE) ? Attempt.parse(refused.items.get(ATTEMPT_WRITE)) : undefined;
      if (attempt?.live) throw new DomainError('selection.already_taken', { enrolmentId: attempt.enrolmentId });
      refuseHoarding(attempt);
      if (refused.failed.includes(PUPIL_WRITE)) throw new DomainError('selection.pupil_left');
      const clash = refused.failed.find((index) => index >= FIRST_SLOT_WRITE);
      if (clash !== undefined) {
        const taken = refused.items.get(clash);
        throw new DomainError('selection.clash', { courseName: taken?.courseName, offeringId: taken?.offeringId });
      }
      last = attempt?.attempt ?? last;
    }
    throw new DomainError('request.busy');
  }

  /** Steps 2 and 3, for a `taking` that is on record. */
  async function seat(enrolment: StoredEnrolment, now: Instant, window?: Window): Promise<StoredEnrolment> {
    const outcome = await takeHolder(table, enrolment.offeringId, holderOfEnrolment(enrolment), now);
    if (!outcome.taken) {
      if (outcome.why === 'full') full.remember(enrolment.offeringId, now);
      await lose(enrolment, now);
      // A draw that is late: the hours are there, and the seats stay shut until every winner has one.
      const isLate = outcome.why === 'closed' && window?.lottery?.firstCome && hoursAt(now, window.lottery.firstCome) === 'open';
      throw new DomainError(isLate ? 'lottery.only_lottery' : refusals[outcome.why]);
    }
    if (await table.tryWrite([heldWrite(enrolment)])) return tooSlow(enrolment);
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
    // Refused: lost already, by the sweeper or by a repeat of this request.
    await table.tryWrite(lostWrites(enrolment, Math.floor(ms(now) / 1000)));
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
}

const refusals: Readonly<Record<'full' | 'not-open' | 'closed' | 'cancelled', FailureCode>> = {
  full: 'selection.full',
  'not-open': 'selection.not_open',
  closed: 'selection.closed',
  cancelled: 'selection.class_cancelled',
};

/** A place that is taken and let go again and again is kept from others without being paid for. */
function refuseHoarding(attempt: Attempt | undefined): void {
  if ((attempt?.lapses ?? 0) >= LAPSES_MAX) throw new DomainError('selection.lapses_max', { lapsesMax: LAPSES_MAX });
}

/** What can be said without the seat: kindly and at once. The seat item has the last word on hours and room. */
function refuse(place: Place, { card, window }: Terms, now: Instant): void {
  if (place.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
  if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
  if (card.status === 'cancelled') throw new DomainError('selection.class_cancelled');
  if (!card.grades.includes(place.grade)) throw new DomainError('selection.wrong_grade');
  const hours = takingHours(asOpenTo(window, place.grade));
  if (!hours || (window.lottery && hoursAt(now, window) !== 'after')) throw new DomainError('lottery.only_lottery');
  if (hoursAt(now, hours) === 'before') throw new DomainError('selection.not_open', { opensAt: hours.opensAt });
}

/** A try as it is first put on record. */
export function newEnrolment(input: ParsedOf<Take>, { card, window }: Terms, attempt: number, now: Instant): StoredEnrolment {
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
