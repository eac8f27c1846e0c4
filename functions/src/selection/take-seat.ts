import { DomainError } from '@kehou/shared/kernel/errors';
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
import type { ConditionFailed, Key, Table } from '../platform/table.ts';
import { refuseBeforeTurn } from './admission.ts';
import {
  ATTEMPT_WRITE,
  Attempt,
  claimWrites,
  ENROLMENT_WRITE,
  FIRST_SLOT_WRITE,
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  loseTry,
  resolveTaking,
  StoredEnrolment,
  stillHere,
  TAKING_SECONDS_MAX,
  whyLost,
} from './enrolment.repository.ts';
import type { FullMemory } from './full-memory.ts';
import { type NoSeat, noSeatCodes, takeHolder } from './seat.repository.ts';
import type { Terms, TermsMemory } from './terms-memory.ts';
import { Card } from './window.repository.ts';

type Take = typeof selectionRoutes.takeSeat;

/** Claims are tried again when the attempt that they were made for turns out to be over; more often is a bug. */
const CLAIM_TRIES_MAX = 5;

export interface SeatDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly secrets: Platform['secrets'];
  /** This container's. */
  readonly full: FullMemory;
}
export interface TakeSeatDeps extends SeatDeps {
  /** This container's. */
  readonly terms: TermsMemory;
}

/** Where the child learns, and in which grade. */
export type Place = Pick<Pupil, 'schoolId' | 'grade'>;

/** A wish for one seat, and what is known before anything is claimed. */
export interface Wish {
  readonly input: ParsedOf<Take>;
  readonly actor: Actor;
  readonly attempt: Attempt | undefined;
  /** What this very id has come to, when it was asked for before. */
  readonly mine?: StoredEnrolment | undefined;
  readonly place: Place | undefined;
  readonly terms: Terms | undefined;
  readonly isFull: boolean;
}

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

  const take = takeOne({ table, clock, secrets, full });
  return async (input: ParsedOf<Take>, actor: Actor): Promise<ReplyOf<Take>> => {
    const now = clock.now();
    const known = await look(input, actor, now);
    const mine = known.attempt?.enrolmentId === input.enrolmentId;
    return take({ ...known, input, actor, mine: mine ? await getEnrolment(table, input.pupilId, input.enrolmentId) : undefined }, now);
  };
}

/** One seat by itself, of a tap or of a line of a basket, once it is known what there is to know. Throws why not. */
export function takeOne({ table, clock, secrets, full }: SeatDeps) {
  return async (wish: Wish, now: Instant): Promise<StoredEnrolment> => {
    if (wish.mine) return goOn(wish.input, wish.mine, now);
    const [claim] = await claimSeats(table, [{ ...wish, terms: mayTake(secrets, wish, now) }], now);
    if (claim?.is === 'refused') throw claim.why;
    if (claim?.is === 'claimed') return seat(claim.enrolment, now, wish.terms?.window);
    return goOn(wish.input, await table.mustGet(keys.enrolment(wish.input.pupilId, wish.input.enrolmentId), StoredEnrolment), now);
  };

  /** Steps 2 and 3, for a `taking` that is on record. */
  async function seat(enrolment: StoredEnrolment, now: Instant, window?: Window): Promise<StoredEnrolment> {
    const outcome = await takeHolder(table, enrolment.offeringId, holderOfEnrolment(enrolment), now);
    if (!outcome.taken) {
      if (outcome.why === 'full') full.remember(enrolment.offeringId, now);
      const why = noSeat(outcome.why, now, window);
      const had = await loseTry(table, enrolment, outcome.why, now, why);
      if (had) return had;
      throw why;
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

  /** The same id again: the first result, or on with what a broken request left behind. */
  async function goOn(input: ParsedOf<Take>, mine: StoredEnrolment, now: Instant): Promise<StoredEnrolment> {
    refuseOtherContent(input, mine);
    if (mine.status === 'lost') throw whyLost(mine);
    if (mine.status !== 'taking') return mine;
    if (isOverdue(mine, now)) {
      await resolveTaking({ table, clock }, mine);
      throw new DomainError('selection.hold_over');
    }
    return seat(mine, now);
  }
}

type Claim =
  | { readonly is: 'claimed'; readonly enrolment: StoredEnrolment }
  /** The id is on record: an earlier request of the same try was here. */
  | { readonly is: 'there' }
  | { readonly is: 'refused'; readonly why: DomainError }
  /** Nothing is wrong with this one, but with another of the same transaction. */
  | { readonly is: 'open' };

/**
 * Step 1, for wishes of one child: all of them are on record as `taking` with their claims, or none is. Whatever was there already is
 * told by the refused write itself.
 */
export async function claimSeats(
  table: Table,
  wishes: readonly (Pick<Wish, 'input' | 'attempt'> & { readonly terms: Terms })[],
  now: Instant,
): Promise<readonly Claim[]> {
  let attempts = wishes.map(({ attempt }) => attempt?.attempt ?? 0);
  for (let tries = 0; tries < CLAIM_TRIES_MAX; tries++) {
    const enrolments = wishes.map(({ input, terms }, index) => newEnrolment(input, terms, (attempts[index] ?? 0) + 1, now));
    const writes = enrolments.map((enrolment) => claimWrites(enrolment, instant(ms(now) + TAKING_SECONDS_MAX * 1000)));
    // Once for all of them: a transaction names an item once.
    const here = enrolments.slice(0, 1).map(({ pupilId }) => stillHere(pupilId));
    const refused = await table.tryWrite([...writes.flat(), ...here]);
    if (!refused) return enrolments.map((enrolment) => ({ is: 'claimed', enrolment }));
    const left = refused.failed.includes(writes.flat().length) ? new DomainError('selection.pupil_left') : undefined;
    let first = 0;
    const met = writes.map(({ length }) => {
      first += length;
      return whatStands(refused, first - length, length);
    });
    const claims = met.map((each) => claimOf(each, left));
    if (claims.some(({ is }) => is !== 'open')) return claims;
    attempts = attempts.map((last, index) => met[index]?.attempt?.attempt ?? last);
  }
  throw new DomainError('request.busy');
}

interface Met {
  readonly isThere: boolean;
  readonly attempt: Attempt | undefined;
  readonly clash: DomainError | undefined;
}

/** What a refused transaction says of one wish, whose writes begin at `first`. */
function whatStands({ failed, items }: ConditionFailed, first: number, length: number): Met {
  const clash = failed.find((index) => index >= first + FIRST_SLOT_WRITE && index < first + length);
  const taken = clash === undefined ? undefined : items.get(clash);
  return {
    isThere: failed.includes(first + ENROLMENT_WRITE),
    attempt: failed.includes(first + ATTEMPT_WRITE) ? Attempt.parse(items.get(first + ATTEMPT_WRITE)) : undefined,
    clash:
      clash === undefined
        ? undefined
        : new DomainError('selection.clash', { courseName: taken?.courseName, offeringId: taken?.offeringId }),
  };
}

function claimOf({ isThere, attempt, clash }: Met, left: DomainError | undefined): Claim {
  if (isThere) return { is: 'there' };
  const why = attempt?.live ? alreadyTaken(attempt) : (hoarding(attempt) ?? left);
  if (why) return { is: 'refused', why };
  return clash ? { is: 'refused', why: clash } : { is: 'open' };
}

/** Step 2 was refused: why, for people. */
export function noSeat(why: NoSeat, now: Instant, window: Window | undefined): DomainError {
  // A draw that is late: the hours are there, and the seats stay shut until every winner has one.
  const isLate = why === 'closed' && window?.lottery?.firstCome && hoursAt(now, window.lottery.firstCome) === 'open';
  return new DomainError(isLate ? 'lottery.only_lottery' : noSeatCodes[why]);
}

export function isOverdue({ takenAt }: StoredEnrolment, now: Instant): boolean {
  return ms(now) >= ms(takenAt) + TAKING_SECONDS_MAX * 1000;
}

export function refuseOtherContent(input: ParsedOf<Take>, mine: StoredEnrolment): void {
  if (mine.offeringId !== input.offeringId || mine.windowId !== input.windowId) throw new DomainError('request.id_reused');
}

/** Everything that can be said before a claim; throws why not. */
export function mayTake(secrets: Platform['secrets'], { input, actor, place, terms, attempt, isFull }: Wish, now: Instant): Terms {
  if (!place || !terms) throw new DomainError('request.not_found');
  if (attempt?.live) throw alreadyTaken(attempt);
  refuse(place, terms, now);
  refuseBeforeTurn(secrets, terms.window, { actor, pupilId: input.pupilId, grade: place.grade }, input.turn, now);
  const why = hoarding(attempt) ?? (isFull ? new DomainError('selection.full') : undefined);
  if (why) throw why;
  return terms;
}

function alreadyTaken({ enrolmentId }: Attempt): DomainError {
  return new DomainError('selection.already_taken', { enrolmentId });
}

/** A place that is taken and let go again and again is kept from others without being paid for. */
function hoarding(attempt: Attempt | undefined): DomainError | undefined {
  return (attempt?.lapses ?? 0) >= LAPSES_MAX ? new DomainError('selection.lapses_max', { lapsesMax: LAPSES_MAX }) : undefined;
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
