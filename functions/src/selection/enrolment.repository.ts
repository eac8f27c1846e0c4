/** Enrolments, and the claims that go with them: the attempt (one live one a pupil and class) and the week's slots. */
import { DomainError, isFailureCode } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { Slot, sameSlot } from '@kehou/shared/offering/offering';
import { calledOffWith, Enrolment, isFinal } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, check, create, remove, set, type Table, update, type Write } from '../platform/table.ts';
import { holderKey, type NoSeat, removeHolder } from './seat.repository.ts';
import { backInLineWrites, listStaysWrite } from './wait.repository.ts';

/** What is kept beside what people see: the number of the attempt, which makes the holder's key. */
export const StoredEnrolment = Enrolment.extend({
  attempt: z.int().min(1),
  /** While a move is under way: the hours that the class to be left holds, and hands over when it is left. */
  hoursOfOld: z.array(Slot).optional(),
  /** A confirmed place whose family has asked to cancel it, and waits for the approvers' word. */
  leaving: z.literal(true).optional(),
  /** Why it was lost, so that the same request again is told the same. */
  lost: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()).optional() }).optional(),
});
export type StoredEnrolment = z.infer<typeof StoredEnrolment>;

/** `lapses`: how often the child let a place of this class go unpaid. */
export const Attempt = z.object({ enrolmentId: z.string(), attempt: z.int(), live: z.boolean(), lapses: z.int().optional() });
export type Attempt = z.infer<typeof Attempt>;

/** Seconds after which a `taking` that nobody finished is looked at. */
export const TAKING_SECONDS_MAX = 60;
/** Lost tries are no use to anyone after a day. */
const LOST_KEPT_SECONDS = 86_400;

export async function getEnrolment(table: Table, pupilId: Id<'pupil'>, enrolmentId: Id<'enrolment'>): Promise<StoredEnrolment | undefined> {
  return table.get(keys.enrolment(pupilId, enrolmentId), StoredEnrolment);
}

/** Tries of a child that are read at a time: about what one call of the table can give. */
const TRIES_A_PAGE = 1_000;
/** Nobody tries so often in nine years; lost tries are cleared after a day. */
const TRY_PAGES_MAX = 20;

/** Every try that a child ever made, page by page: one query for the first thousand. Their ids do not sort by time. Strongly consistent. */
export async function* everyEnrolment(table: Table, pupilId: string): AsyncGenerator<StoredEnrolment> {
  let cursor: string | undefined;
  for (let pages = 0; pages < TRY_PAGES_MAX; pages++) {
    const page = await table.query({ ...keys.enrolments(pupilId), limit: TRIES_A_PAGE, cursor, consistent: true }, StoredEnrolment);
    yield* page.items;
    cursor = page.cursor;
    if (!cursor) return;
  }
  throw new Error(`${pupilId} has more than ${TRY_PAGES_MAX * TRIES_A_PAGE} tries`);
}

/** Those of them that `wanted` picks. */
export async function enrolmentsOf(
  table: Table,
  pupilId: string,
  wanted: (enrolment: StoredEnrolment) => boolean,
): Promise<StoredEnrolment[]> {
  const found: StoredEnrolment[] = [];
  for await (const enrolment of everyEnrolment(table, pupilId)) if (wanted(enrolment)) found.push(enrolment);
  return found;
}

export function holderOfEnrolment(enrolment: StoredEnrolment): string {
  return holderKey(enrolment.pupilId, enrolment.attempt);
}

/** Step 1: {@link claimWrites}, for a pupil who has not left the school. */
export function takingWrites(enrolment: StoredEnrolment, dueAt: Instant): Write[] {
  return [...claimWrites(enrolment, dueAt), stillHere(enrolment.pupilId)];
}

/** The try is on record, its slots are claimed, and it will be looked at again whatever happens. Fails on a clash or a live attempt. */
export function claimWrites(enrolment: StoredEnrolment, dueAt: Instant): Write[] {
  const { pupilId, offeringId, enrolmentId, attempt } = enrolment;
  return [
    create(keys.enrolment(pupilId, enrolmentId), {
      ...enrolment,
      ...keys.enrolmentsOfOffering(offeringId, enrolment.takenAt, enrolmentId),
      ...keys.due(enrolmentId, dueAt),
    }),
    update(keys.attempt(pupilId, offeringId), 'SET #enrolmentId = :enrolmentId, #attempt = :attempt, #live = :yes', {
      values: { enrolmentId, attempt, yes: true },
      condition:
        attempt === 1
          ? { expression: 'attribute_not_exists(PK)' }
          : { expression: '#live = :no AND #attempt = :before', values: { no: false, before: attempt - 1 } },
    }),
    ...(enrolment.slotsPending ? [] : slotWrites(enrolment)),
  ];
}

/** Fails for a pupil who has left the school: whoever ends what they hold comes after, and nothing new is begun behind it. */
export function stillHere(pupilId: string): Write {
  return check(keys.pupil(pupilId), { expression: 'attribute_not_exists(#leftOn)' });
}

/** The hours of the child's week that a class takes: they fail on a clash. */
export function slotWrites(enrolment: StoredEnrolment): Write[] {
  const { pupilId, termId } = enrolment;
  return ownSlots(enrolment).map((slot) => create(keys.pupilSlot(pupilId, termId, slot.weekday, slot.period), slotItem(enrolment, slot)));
}

/** What says at an hour of a child's week whose it is. */
export function slotItem({ offeringId, enrolmentId, courseName }: StoredEnrolment, slot: Slot) {
  return { ...slot, offeringId, enrolmentId, courseName };
}

/** The hours that an enrolment has claimed for itself. */
function ownSlots({ slots, hoursOfOld }: StoredEnrolment): readonly Slot[] {
  return slots.filter((slot) => !hoursOfOld?.some((other) => sameSlot(slot, other)));
}

/** The move that this place was for is over: the class that was to be left is the child's as before. Nothing for any other place. */
function moveOverWrites({ pupilId, enrolmentId, movedFrom }: StoredEnrolment): Write[] {
  if (!movedFrom) return [];
  const condition = { expression: '#movingTo.#enrolmentId = :mine', values: { mine: enrolmentId } };
  return [set(keys.enrolment(pupilId, movedFrom.enrolmentId), { movingTo: undefined }, { condition })];
}

/** Positions among {@link claimWrites}. */
export const ENROLMENT_WRITE = 0;
export const ATTEMPT_WRITE = 1;
export const FIRST_SLOT_WRITE = 2;

/** Step 3: only a `taking` becomes `held`; from now on it is due when its hold runs out. `orderId`: of an order made with it. */
export function heldWrite(enrolment: StoredEnrolment, orderId?: Id<'order'>): Write {
  const { GSI2SK } = keys.due(enrolment.enrolmentId, enrolment.holdUntil);
  const expression = `SET #status = :held, #GSI2SK = :due${orderId ? ', #orderId = :orderId' : ''}`;
  return update(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), expression, {
    values: { held: 'held', due: GSI2SK, ...(orderId ? { orderId } : {}) },
    condition: { expression: '#status = :taking', values: { taking: 'taking' } },
  });
}

/** Gives the claims back: the attempt is over, the slots are free. `lapsed`: it was a place that nobody paid for. */
export function claimsBack(enrolment: StoredEnrolment, lapsed = false): Write[] {
  const { pupilId, offeringId, enrolmentId } = enrolment;
  const mine = { expression: '#enrolmentId = :mine', values: { mine: enrolmentId } };
  return [
    lapsed
      ? update(keys.attempt(pupilId, offeringId), 'SET #live = :no, #lapses = if_not_exists(#lapses, :zero) + :one', {
          values: { no: false, zero: 0, one: 1 },
          condition: mine,
        })
      : set(keys.attempt(pupilId, offeringId), { live: false }, { condition: mine }),
    ...(enrolment.slotsPending
      ? []
      : ownSlots(enrolment).map((slot) =>
          remove(keys.pupilSlot(pupilId, enrolment.termId, slot.weekday, slot.period), { condition: mine }),
        )),
  ];
}

/**
 * No seat: the try is over and leaves no trace but itself, which TTL clears; a place that was to be offered from a waiting list puts
 * its child back in line. Conditional on `taking`.
 */
export function lostWrites(enrolment: StoredEnrolment, nowSeconds: number, why?: DomainError): Write[] {
  return [
    update(
      keys.enrolment(enrolment.pupilId, enrolment.enrolmentId),
      `SET #status = :lost, #ttl = :ttl${why ? ', #lost = :why' : ''} REMOVE #GSI1PK, #GSI1SK, #GSI2PK, #GSI2SK`,
      {
        values: {
          lost: 'lost',
          ttl: nowSeconds + LOST_KEPT_SECONDS,
          ...(why ? { why: { code: why.code, details: why.details } } : {}),
        },
        condition: { expression: '#status = :taking', values: { taking: 'taking' } },
      },
    ),
    ...claimsBack(enrolment),
    ...moveOverWrites(enrolment),
    ...(enrolment.offer
      ? [...backInLineWrites({ ...enrolment, ...enrolment.offer }, enrolment.enrolmentId), listStaysWrite(enrolment)]
      : []),
  ];
}

/**
 * Step 2 was refused: the try is lost, with what it is told. In a class that was called off its key may be there all the same, put in by an
 * earlier request of the same try: it comes out, unless that one was quicker. Answers the place that the try has even so; whoever pays the
 * class back ends it like any other.
 */
export async function loseTry(
  table: Table,
  taking: StoredEnrolment,
  refused: NoSeat,
  now: Instant,
  why?: DomainError,
): Promise<StoredEnrolment | undefined> {
  const decided = await table.tryWrite(lostWrites(taking, Math.floor(ms(now) / 1000), why));
  if (refused !== 'cancelled') return undefined;
  const there = decided && (await getEnrolment(table, taking.pupilId, taking.enrolmentId));
  if (there && !isFinal(there.status)) return there;
  await freeSeat(table, taking);
  return undefined;
}

/** Why a try was lost, as it was told the first time. */
export function whyLost({ lost }: Pick<StoredEnrolment, 'lost'>): DomainError {
  return lost && isFailureCode(lost.code) ? new DomainError(lost.code, lost.details) : new DomainError('selection.full');
}

/**
 * Paid: held or closing → confirmed. For billing's transaction, with the order and the ledger. Two items fewer than it
 * looks: the claims stay as they are.
 */
export function confirmWrites(enrolment: StoredEnrolment, paid: { orderId: Id<'order'>; paidFen: number; materialFen: number }): Write[] {
  return [
    update(
      keys.enrolment(enrolment.pupilId, enrolment.enrolmentId),
      'SET #status = :confirmed, #orderId = :orderId, #paidFen = :paidFen, #materialFen = :materialFen REMOVE #GSI2PK, #GSI2SK',
      {
        values: { confirmed: 'confirmed', ...paid },
        condition: { expression: '#status IN (:held, :closing)', values: { held: 'held', closing: 'closing' } },
      },
    ),
  ];
}

/** Who ends a hold before its time: its family gives it up, or its class is called off. */
export type EndedBy = 'family' | 'under-size' | 'school';

/**
 * Claims a hold that is to end, before anything is asked of the provider: from here on it cannot be ordered. Answers the
 * enrolment as it then is: `closing` when the claim stands (now or since before), something else when it was too late.
 */
export async function claimClosing(table: Table, enrolment: StoredEnrolment, by?: EndedBy): Promise<StoredEnrolment> {
  const why = by === 'family' ? { givenUp: true as const } : by ? { cancelReason: by } : {};
  const fields = { status: 'closing' as const, ...why };
  try {
    await table.write([
      set(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), fields, {
        condition: { expression: '#status = :held', values: { held: 'held' } },
      }),
    ]);
    return { ...enrolment, ...fields };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return StoredEnrolment.parse(error.items.get(0));
  }
}

/** Was a place kept from others and not paid for? Not a kept one, which was given and not taken; nor one whose class was called off. */
function isLapse(closing: StoredEnrolment): boolean {
  return !closing.reservedFor && !calledOffWith({ ...closing, status: 'lapsed' });
}

/** closing → lapsed; the slots are free. Conditional: a payment found while closing has made it `confirmed` instead. */
export function lapseWrites(enrolment: StoredEnrolment): Write[] {
  return [
    update(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), 'SET #status = :lapsed REMOVE #GSI2PK, #GSI2SK', {
      values: { lapsed: 'lapsed' },
      condition: { expression: '#status = :closing', values: { closing: 'closing' } },
    }),
    ...claimsBack(enrolment, isLapse(enrolment)),
    ...moveOverWrites(enrolment),
  ];
}

/**
 * The last step of a hold that ended: the final state first, then the seat. Safe to repeat from any point. `false`: it
 * was not closing any more (paid after all).
 */
export async function finishLapse(table: Table, enrolment: StoredEnrolment): Promise<boolean> {
  try {
    await table.write(lapseWrites(enrolment));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const now = await getEnrolment(table, enrolment.pupilId, enrolment.enrolmentId);
    if (now?.status !== 'lapsed') return false;
  }
  await freeSeat(table, enrolment);
  return true;
}

/** A place that is paid for, and that no move is about to give up. */
export const stands = {
  expression: '#status = :confirmed AND attribute_not_exists(#movingTo)',
  values: { confirmed: 'confirmed' },
} as const;

/**
 * The family asks to cancel a confirmed place, or stays after all: for billing's transaction. Fails when it is not confirmed (any more),
 * or is being moved: a place is refunded or moved, never both.
 */
export function leavingWrite({ pupilId, enrolmentId }: Pick<StoredEnrolment, 'pupilId' | 'enrolmentId'>, leaving: boolean): Write {
  return set(keys.enrolment(pupilId, enrolmentId), { leaving: leaving ? true : undefined }, { condition: stands });
}

/** confirmed → cancelled, for billing's transaction; the seat is freed after it by {@link freeSeat}. */
export function cancelWrites(enrolment: StoredEnrolment, reason: NonNullable<Enrolment['cancelReason']>): Write[] {
  return [
    update(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), 'SET #status = :cancelled, #cancelReason = :reason', {
      values: { cancelled: 'cancelled', reason },
      condition: { expression: '#status = :confirmed', values: { confirmed: 'confirmed' } },
    }),
    ...claimsBack(enrolment),
  ];
}

/** The material pack is in the pupil's hands, for hand-out's transaction: only while the place is theirs and not being moved. */
export function materialHandedOutWrite(enrolment: StoredEnrolment, handedOutAt: Instant): Write {
  return set(keys.enrolment(enrolment.pupilId, enrolment.enrolmentId), { materialHandedOutAt: handedOutAt }, { condition: stands });
}

/** Takes the holder out of the class. Only after a final state is on record. Idempotent. */
export async function freeSeat(table: Table, enrolment: StoredEnrolment): Promise<void> {
  await removeHolder(table, enrolment.offeringId, holderOfEnrolment(enrolment));
}

/**
 * A `taking` that nobody finished: its container died, or the reply to the seat write was lost. It is called lost and,
 * whether or not the seat had been taken for it, taken out of the holders. Its owner may try again. `why`: what it is told, where that is
 * not simply that no seat is left.
 */
export async function resolveTaking(deps: { table: Table; clock: Clock }, enrolment: StoredEnrolment, why?: DomainError): Promise<void> {
  try {
    await deps.table.write(lostWrites(enrolment, Math.floor(ms(deps.clock.now()) / 1000), why));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const now = await getEnrolment(deps.table, enrolment.pupilId, enrolment.enrolmentId);
    if (now?.status !== 'lost') return;
  }
  await freeSeat(deps.table, enrolment);
}
