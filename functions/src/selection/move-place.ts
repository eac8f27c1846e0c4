/**
 * A place that a family moves to from another class. It is a place like any other: on record as `taking` with its claims, one hot write,
 * then held or, where nothing is to be paid, confirmed at once. What it has beside: from its first write on the old place knows of it
 * (`movingTo`), so that it is neither refunded nor moved elsewhere meanwhile; hours that both classes have stay the old one's until it is
 * left; and the transaction that confirms the new place is the one that gives the old one up. Whatever ends the new place before that
 * lets go of the old one in the same transaction, so a child has always exactly one of the two.
 */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { sameSlot } from '@kehou/shared/offering/offering';
import { keys } from '../platform/keys.ts';
import { set, type Table, update, type Write } from '../platform/table.ts';
import { claimsBack, freeSeat, type StoredEnrolment, slotItem, stands, TAKING_SECONDS_MAX, takingWrites } from './enrolment.repository.ts';

/** A new place with what it knows of the old one. */
export type MovingPlace = StoredEnrolment & Required<Pick<StoredEnrolment, 'movedFrom'>>;

export function isMoving(enrolment: StoredEnrolment): enrolment is MovingPlace {
  return enrolment.movedFrom !== undefined;
}

/** Step 1. The last of them is the old place's: it fails when that is not the child's any more, or is being moved already. */
export function movingWrites(place: MovingPlace, now: Instant): Write[] {
  const { enrolmentId, courseName, pupilId, movedFrom } = place;
  return [
    ...takingWrites(place, instant(ms(now) + TAKING_SECONDS_MAX * 1000)),
    set(keys.enrolment(pupilId, movedFrom.enrolmentId), { movingTo: { enrolmentId, courseName } }, { condition: stands }),
  ];
}

/** May the old place still be given up for this one? */
export function mayLeave(place: MovingPlace, old: StoredEnrolment | undefined): old is StoredEnrolment {
  return old?.status === 'confirmed' && old.movingTo?.enrolmentId === place.enrolmentId;
}

/**
 * The new place is the child's and the old one is not any more: for billing's transaction, with the receipt and what comes back. `from`:
 * the states in which it may happen. The old seat is freed after it by {@link leaveSeat}; it is due until then.
 */
export function moveWrites(
  place: MovingPlace,
  old: StoredEnrolment,
  paid: { orderId: string; paidFen: number; materialFen: number },
  from: readonly ('taking' | 'held' | 'closing')[],
  now: Instant,
): Write[] {
  const { pupilId, termId, enrolmentId, offeringId, courseName, hoursOfOld = [], movedFrom } = place;
  const mine = { expression: '#enrolmentId = :old', values: { old: old.enrolmentId } };
  const kept = old.slots.filter((slot) => hoursOfOld.some((other) => sameSlot(slot, other)));
  return [
    update(
      keys.enrolment(pupilId, enrolmentId),
      'SET #status = :confirmed, #orderId = :orderId, #paidFen = :paidFen, #materialFen = :materialFen REMOVE #hoursOfOld, #GSI2PK, #GSI2SK',
      {
        values: { confirmed: 'confirmed', ...paid },
        condition: {
          expression: `#status IN (${from.map((status) => `:${status}`).join(', ')})`,
          values: Object.fromEntries(from.map((status) => [status, status])),
        },
      },
    ),
    set(
      keys.enrolment(pupilId, old.enrolmentId),
      {
        status: 'cancelled',
        cancelReason: 'moved',
        movedTo: { enrolmentId, offeringId, courseName, at: movedFrom.at },
        movingTo: undefined,
        ...keys.due(old.enrolmentId, now),
      },
      {
        condition: {
          expression: '#status = :confirmed AND #movingTo.#enrolmentId = :new',
          values: { confirmed: 'confirmed', new: enrolmentId },
        },
      },
    ),
    ...claimsBack({ ...old, hoursOfOld: kept }),
    ...kept.map((slot) => set(keys.pupilSlot(pupilId, termId, slot.weekday, slot.period), slotItem(place, slot), { condition: mine })),
  ];
}

/** The seat of a class that was moved from. Idempotent; the sweeper comes back to it while it is due. */
export async function leaveSeat(table: Table, old: StoredEnrolment): Promise<void> {
  await freeSeat(table, old);
  await table.tryWrite([
    set(
      keys.enrolment(old.pupilId, old.enrolmentId),
      { GSI2PK: undefined, GSI2SK: undefined },
      { condition: { expression: '#status = :cancelled', values: { cancelled: 'cancelled' } } },
    ),
  ]);
}
