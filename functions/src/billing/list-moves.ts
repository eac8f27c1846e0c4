/** Moving to another class in the trial period: what is left of the one, and which others fit. */
import { MOVES_MAX, type MoveOption, type MoveStart, sessionsToCome, trialEndsOn } from '@kehou/shared/billing/move';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate, type Instant } from '@kehou/shared/kernel/time';
import { isHeldBack, mayMoveTo, Offering, type Session, Slot } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { findClash } from '@kehou/shared/selection/rules';
import { offeringsOfTerm, sessionsOf } from '../offering/offering.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { Seat } from '../selection/seat.repository.ts';
import { type QuoteDeps, type Quoted, quoteOf } from './quote-refund.ts';
import { RefundGuard } from './refund.repository.ts';

type Route = (typeof billingRoutes)['listMoves'];

/** An hour of the child's week, and whose it is. */
const TakenSlot = Slot.extend({ enrolmentId: Id('enrolment') });
const SLOTS_MAX = 100;

export interface Leaving extends Quoted {
  readonly start: MoveStart;
}

/**
 * What may be moved from, as it stands. Throws `move.no_trial`, `move.trial_over`, `move.too_often`, `move.under_way`,
 * `refund.already_asked`, and what {@link quoteOf} throws.
 */
export async function leavingOf(deps: QuoteDeps, pupilId: Id<'pupil'>, enrolmentId: Id<'enrolment'>): Promise<Leaving> {
  const [quoted, guard] = await Promise.all([
    quoteOf(deps, pupilId, enrolmentId),
    deps.table.get(keys.refundOfEnrolment(pupilId, enrolmentId), RefundGuard),
  ]);
  const { quote, enrolment, sessions, settings } = quoted;
  const now = deps.clock.now();
  const offering = await deps.table.mustGet(keys.offering(enrolment.offeringId), Offering);
  // A class that may not run: its families may always leave it, until it is decided.
  const heldBack = isHeldBack(offering, now) ? offering.heldBack : undefined;
  if (guard?.live) throw new DomainError('refund.already_asked', { refundId: guard.refundId });
  if (settings.trialWeeks === 0 && !heldBack) throw new DomainError('move.no_trial');
  const endsOn = heldBack ? undefined : trialEndsOn(sessions, settings.trialWeeks);
  if (endsOn && chinaDate(now) > endsOn) throw new DomainError('move.trial_over', { endsOn });
  if (!heldBack && (enrolment.movedFrom?.number ?? 0) >= MOVES_MAX) throw new DomainError('move.too_often', { movesMax: MOVES_MAX });
  const { feeFen, materialFen, sessionsLeft, sessionsCancelled, sessionCount } = quote;
  const start: MoveStart = {
    enrolmentId,
    courseName: enrolment.courseName,
    creditFen: quote.totalFen,
    feeFen,
    materialFen,
    sessionsLeft: sessionsLeft + sessionsCancelled,
    sessionCount,
    ...(endsOn ? { endsOn } : {}),
    ...(heldBack ? { heldBack } : {}),
  };
  return { ...quoted, start };
}

/** What a class costs to who comes in now; `undefined`: nothing of it is left. */
export function optionOf(offering: Offering, sessions: readonly Session[], seatsLeft: number, now: Instant): MoveOption | undefined {
  const coming = sessionsToCome(sessions, now);
  const [first] = coming;
  if (!first) return undefined;
  const { offeringId, courseName, courseKind, instructorName, roomName, slots, feePerSessionFen, materialPack } = offering;
  return {
    offeringId,
    courseName,
    courseKind,
    instructorName,
    roomName,
    slots,
    seatsLeft,
    sessionsToCome: coming.length,
    firstSessionDate: first.date,
    feePerSessionFen,
    feeFen: fen(feePerSessionFen * coming.length),
    ...(materialPack ? { materialPack } : {}),
    ...(offering.heldBack && isHeldBack(offering, now) ? { heldBackUntil: offering.heldBack.until } : {}),
  };
}

/**
 * The classes of a page of the term's that run, have a place, and fit grade and week. Six reads, two at most one after the other before
 * the seats; then one query a class that fits.
 */
export function listMoves(deps: QuoteDeps) {
  return async (input: ParsedOf<Route>): Promise<ReplyOf<Route>> => {
    const { table, clock } = deps;
    const { enrolment, start } = await leavingOf(deps, input.pupilId, input.enrolmentId);
    const [page, busy, pupil] = await Promise.all([
      offeringsOfTerm(table, enrolment.schoolId, enrolment.termId, input),
      table.queryAll({ ...keys.pupilSlots(input.pupilId, enrolment.termId), consistent: true, most: SLOTS_MAX }, TakenSlot),
      table.mustGet(keys.pupil(input.pupilId), Pupil),
    ]);
    const others = busy.filter((slot) => slot.enrolmentId !== enrolment.enrolmentId);
    const fitting = page.items.filter(
      (offering) =>
        offering.offeringId !== enrolment.offeringId &&
        mayMoveTo(offering, clock.now()) &&
        offering.schoolId === pupil.schoolId &&
        offering.grades.includes(pupil.grade) &&
        !findClash(offering.slots, others),
    );
    const seats = await getAll(
      table,
      fitting.map(({ offeringId }) => keys.seat(offeringId)),
      Seat,
    );
    const now = clock.now();
    const options = await Promise.all(
      fitting.map(async (offering, index) => {
        const free = roomIn(seats[index]);
        return free > 0 ? optionOf(offering, await sessionsOf(table, offering.offeringId, { consistent: false }), free, now) : undefined;
      }),
    );
    return { items: options.filter((option) => option !== undefined), cursor: page.cursor, from: start };
  };
}

/** Places that anybody may have: none while someone waits for them. */
function roomIn(seat: Seat | undefined): number {
  if (seat?.status !== 'open' || seat.waiting) return 0;
  return seat.capacity - Object.keys(seat.holders).length;
}
