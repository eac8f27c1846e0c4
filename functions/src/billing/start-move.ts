/**
 * A family moves a child to another class in the trial period. The new place by the protocol of seats (`selection/move-place.ts`); then, where
 * nothing is to be paid, the move at once, in one transaction; else the place is held with an order for the difference, which is paid as
 * any other, and whose payment is the move. Until then nothing has changed: who does not pay has the old class as before.
 *
 * Where the process dies, the same request goes on; without it, the sweeper gives the new place back or frees the old seat.
 */
import { countMove, PLACE_PAYMENTS_MAX } from '@kehou/shared/billing/move';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { mayMoveTo, sameSlot } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { Pupil } from '@kehou/shared/school/school';
import { isFinal } from '@kehou/shared/selection/enrolment';
import { HOLD_MINUTES, LAPSES_MAX } from '@kehou/shared/selection/window';
import { mustGetOffering, sessionsOf } from '../offering/offering.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { absent, type ConditionFailed, check, create, put, type Write } from '../platform/table.ts';
import {
  ATTEMPT_WRITE,
  Attempt,
  ENROLMENT_WRITE,
  FIRST_SLOT_WRITE,
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  loseTry,
  resolveTaking,
  type StoredEnrolment,
  TAKING_SECONDS_MAX,
} from '../selection/enrolment.repository.ts';
import { isMoving, leaveSeat, type MovingPlace, movingWrites } from '../selection/move-place.ts';
import { takeHolderPaidLate } from '../selection/seat.repository.ts';
import { confirmMove } from './confirm-move.ts';
import { type Leaving, leavingOf, optionOf } from './list-moves.ts';
import { type Receipt, StoredOrder } from './order.repository.ts';
import { getReceipt, type QuoteDeps } from './quote-refund.ts';
import { noLiveRefund } from './refund.repository.ts';

type Route = (typeof billingRoutes)['startMove'];
type Input = ParsedOf<Route>;

const TRIES_MAX = 4;

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);

/** Answers the new place: `confirmed`, or `held` with its order. About twelve round trips. `merged`: by the school's word (`merge-class.ts`). */
export function startMove(deps: QuoteDeps, by: { readonly merged?: true } = {}) {
  const { table, clock } = deps;

  return async (input: Input, actor: Actor): Promise<ReplyOf<Route>> => {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const known = await getEnrolment(table, input.pupilId, input.newEnrolmentId);
      if (known) return goOn(input, known, actor);
      const now = clock.now();
      const leaving = await leavingOf(deps, input.pupilId, input.enrolmentId);
      const place = await draft(input, leaving, now);
      const claims = movingWrites(place, now);
      const refused = await table.tryWrite([...claims, ...stillSo(leaving)]);
      if (!refused) return seat(place, leaving.receipt, actor);
      refuse(refused, claims.length - 1);
    }
    throw new DomainError('request.changed');
  };

  /** The new place as it is first put on record. Throws what stands in its way. */
  async function draft(input: Input, { enrolment: old, start, receipt }: Leaving, now: Instant): Promise<MovingPlace> {
    const [offering, sessions, pupil, attempt] = await Promise.all([
      mustGetOffering(table, input.offeringId),
      sessionsOf(table, input.offeringId),
      table.mustGet(keys.pupil(input.pupilId), Pupil),
      table.get(keys.attempt(input.pupilId, input.offeringId), Attempt),
    ]);
    if (offering.schoolId !== old.schoolId || offering.termId !== old.termId) throw new DomainError('request.not_found');
    if (offering.offeringId === old.offeringId || attempt?.live) throw new DomainError('selection.already_taken');
    if (pupil.schoolId !== offering.schoolId || !offering.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
    const option = optionOf(offering, sessions, 1, now);
    if (!option || !mayMoveTo(offering, now) || !offering.windowId) throw new DomainError('move.not_running');
    if ((attempt?.lapses ?? 0) >= LAPSES_MAX) throw new DomainError('selection.lapses_max', { lapsesMax: LAPSES_MAX });
    if (input.withMaterialPack && !offering.materialPack) throw new DomainError('order.no_material');
    const packFen = input.withMaterialPack ? (offering.materialPack?.priceFen ?? 0) : 0;
    const sums = countMove({ creditFen: start.creditFen, feeFen: option.feeFen, packFen });
    if (sums.differenceFen !== input.differenceFen) {
      throw new DomainError('move.difference_changed', { differenceFen: sums.differenceFen });
    }
    if (sums.dueFen > 0 && (receipt.parts?.length ?? 1) >= PLACE_PAYMENTS_MAX)
      throw new DomainError('move.too_often', { movesMax: PLACE_PAYMENTS_MAX - 1 });
    return {
      enrolmentId: input.newEnrolmentId,
      pupilId: input.pupilId,
      offeringId: offering.offeringId,
      schoolId: offering.schoolId,
      termId: offering.termId,
      windowId: offering.windowId,
      status: 'taking',
      courseName: offering.courseName,
      instructorName: offering.instructorName,
      roomName: offering.roomName,
      slots: offering.slots,
      feeFen: option.feeFen,
      sessionCount: option.sessionsToCome,
      firstSessionDate: option.firstSessionDate,
      takenAt: now,
      holdUntil: start.heldBack ? earlier(addMinutes(now, HOLD_MINUTES), start.heldBack.until) : addMinutes(now, HOLD_MINUTES),
      attempt: (attempt?.attempt ?? 0) + 1,
      hoursOfOld: offering.slots.filter((slot) => old.slots.some((other) => sameSlot(slot, other))),
      movedFrom: {
        enrolmentId: old.enrolmentId,
        offeringId: old.offeringId,
        courseName: old.courseName,
        at: now,
        creditFen: start.creditFen,
        priceFen: sums.priceFen,
        materialFen: fen(packFen),
        dueFen: sums.dueFen,
        backFen: sums.backFen,
        ...by,
        // What the school decides, or holds back, is none of the family's own moves.
        number: (old.movedFrom?.number ?? 0) + (by.merged || start.heldBack ? 0 : 1),
      },
    };
  }

  /** What was counted from must still be so when the move is on record; from then on the old place refuses both. */
  function stillSo({ enrolment: { pupilId, enrolmentId }, start }: Leaving): Write[] {
    return [
      check(keys.refundOfEnrolment(pupilId, enrolmentId), noLiveRefund),
      ...(start.materialFen > 0 ? [check(keys.material(pupilId, enrolmentId), absent)] : []),
    ];
  }

  /** Steps 2 and 3, for a `taking` that is on record. */
  async function seat(place: MovingPlace, receipt: Receipt, actor: Actor): Promise<StoredEnrolment> {
    const outcome = await takeHolderPaidLate(table, place.offeringId, holderOfEnrolment(place));
    if (!outcome.taken) {
      const had = await loseTry(table, place, outcome.why, clock.now());
      if (had) return had;
      throw new DomainError(outcome.why === 'cancelled' ? 'selection.class_cancelled' : 'selection.full');
    }
    return place.movedFrom.dueFen > 0 ? hold(place, receipt, actor) : moveNow(place, actor);
  }

  async function hold(place: MovingPlace, receipt: Receipt, actor: Actor): Promise<StoredEnrolment> {
    const school = await table.mustGet(keys.organisation(place.schoolId), Organisation);
    const order = orderOf(place, receipt, school.name, actor);
    const refused = await table.tryWrite([
      heldWrite(place, order.orderId),
      // Due by itself as well: an order is closed in time even if its seat is not there to be swept any more.
      create(keys.order(order.orderId), { ...order, ...keys.due(order.orderId, order.payBefore) }),
      put(keys.orderOfPupil(place.pupilId, order.orderId), { orderId: order.orderId }),
    ]);
    return refused ? asItIs(place) : { ...place, status: 'held', orderId: order.orderId };
  }

  async function moveNow(place: MovingPlace, actor: Actor): Promise<StoredEnrolment> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const moved = await confirmMove(table, { place, from: ['taking'], actor, now: clock.now() });
      if (!moved) {
        const now = await getEnrolment(table, place.pupilId, place.enrolmentId);
        if (now?.status !== 'taking') return asItIs(place);
        // The class to be left was called off in this very moment: its family is paid back, and has no place to move.
        await resolveTaking(deps, place);
        throw new DomainError('move.over');
      }
      if (await table.tryWrite(moved.writes)) continue;
      await leaveSeat(table, moved.old);
      return asItIs(place);
    }
    throw new DomainError('request.busy');
  }

  /** As somebody else has left it, or we ourselves: an earlier request of the same move, or the sweeper. */
  async function asItIs(place: MovingPlace): Promise<StoredEnrolment> {
    const now = await getEnrolment(table, place.pupilId, place.enrolmentId);
    if (now && !isFinal(now.status)) return now;
    await freeSeat(table, place);
    throw new DomainError('move.over');
  }

  /** The same id again: the first result, or on with what a broken request left behind. */
  async function goOn(input: Input, known: StoredEnrolment, actor: Actor): Promise<StoredEnrolment> {
    const difference = known.movedFrom && known.movedFrom.dueFen - known.movedFrom.backFen;
    const same =
      known.offeringId === input.offeringId &&
      known.movedFrom?.enrolmentId === input.enrolmentId &&
      known.movedFrom.materialFen > 0 === input.withMaterialPack &&
      difference === input.differenceFen;
    if (!isMoving(known) || !same) throw new DomainError('request.id_reused');
    if (known.status === 'lost' || known.status === 'lapsed') throw new DomainError('move.over');
    if (known.status !== 'taking') return known;
    if (ms(clock.now()) >= ms(known.takenAt) + TAKING_SECONDS_MAX * 1000) {
      await resolveTaking(deps, known);
      throw new DomainError('move.over');
    }
    const receipt = await getReceipt(table, known.pupilId, known.movedFrom.enrolmentId);
    if (!receipt) throw new Error(`nothing says how ${known.movedFrom.enrolmentId} was paid`);
    return seat(known, receipt, actor);
  }
}

/** One line, over the difference. Its id follows from the place: a move has one order. */
function orderOf(place: MovingPlace, receipt: Receipt, schoolName: string, actor: Actor): StoredOrder {
  const { pupilId, enrolmentId, offeringId, courseName, movedFrom } = place;
  const { dueFen, creditFen, courseName: fromCourseName } = movedFrom;
  return StoredOrder.parse({
    orderId: derivedId('order', enrolmentId),
    personId: actor.personId as Id<'person'>,
    schoolId: place.schoolId,
    schoolName,
    lines: [
      {
        enrolmentId,
        pupilId,
        pupilName: receipt.pupilName,
        offeringId,
        courseName,
        feeFen: dueFen,
        materialFen: fen(0),
        moved: { fromCourseName, creditFen },
      },
    ],
    totalFen: dueFen,
    status: 'pending',
    payBefore: place.holdUntil,
    placedAt: place.takenAt,
    refundedFen: fen(0),
    fingerprint: `move ${enrolmentId}`,
  } satisfies StoredOrder);
}

/** What the refused claims say; where somebody was only quicker, the caller looks again. */
function refuse({ failed, items }: ConditionFailed, oldWrite: number): void {
  if (failed.includes(ENROLMENT_WRITE) || failed.includes(oldWrite)) return;
  const attempt = failed.includes(ATTEMPT_WRITE) ? Attempt.parse(items.get(ATTEMPT_WRITE)) : undefined;
  if (attempt?.live) throw new DomainError('selection.already_taken', { enrolmentId: attempt.enrolmentId });
  // The pupil's own check stands before the old place's write, after the hours.
  const pupilWrite = oldWrite - 1;
  if (failed.includes(pupilWrite)) throw new DomainError('selection.pupil_left');
  const clash = failed.find((index) => index >= FIRST_SLOT_WRITE && index < pupilWrite);
  if (clash === undefined) return;
  const taken = items.get(clash);
  throw new DomainError('selection.clash', { courseName: taken?.courseName, offeringId: taken?.offeringId });
}
