/** What a class holds beside itself: its room's slots, its place among what is built on a course and an instructor. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { Slot } from '@kehou/shared/offering/offering';
import type { Room } from '@kehou/shared/school/school';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { check, type Key, put, remove, type Write } from '../platform/table.ts';
import type { StoredOffering } from './offering.repository.ts';

export const OfferingClaim = z.object({ offeringId: z.string(), courseName: z.string() });
export type OfferingClaim = z.infer<typeof OfferingClaim>;

type Claiming = Pick<StoredOffering, 'offeringId' | 'roomId' | 'termId' | 'slots' | 'courseName'>;

/** One claim a slot, in the order of the slots; each fails when another class has the room. */
export function claimRoomWrites(offering: Claiming): Write[] {
  const { offeringId, courseName } = offering;
  return offering.slots.map((slot) =>
    put(
      keys.roomSlot(offering.roomId, offering.termId, slot.weekday, slot.period),
      { offeringId, courseName },
      { condition: { expression: 'attribute_not_exists(PK) OR #offeringId = :mine', values: { mine: offeringId } } },
    ),
  );
}

/** Gives back the slots that `before` held and `after` (none: the class is over) does not. */
export function releaseRoomWrites(before: Claiming, after?: Claiming): Write[] {
  const key = (offering: Claiming, slot: Slot) => keys.roomSlot(offering.roomId, offering.termId, slot.weekday, slot.period);
  const kept = new Set(after?.slots.map((slot) => JSON.stringify(key(after, slot))));
  return before.slots
    .map((slot) => key(before, slot))
    .filter((claimed) => !kept.has(JSON.stringify(claimed)))
    .map((claimed) =>
      remove(claimed, {
        condition: { expression: 'attribute_not_exists(PK) OR #offeringId = :mine', values: { mine: before.offeringId } },
      }),
    );
}

export function roomClash(room: Room, slot: Slot | undefined, claim: OfferingClaim | undefined): DomainError {
  return new DomainError('offering.room_clash', { roomName: room.name, ...slot, courseName: claim?.courseName });
}

/** No class comes to be in the very moment in which its course or instructor is suspended. */
export function stillAdmittedWrites(offering: Pick<StoredOffering, 'courseId' | 'instructorId'>, today: ChinaDate): Write[] {
  const condition = {
    expression: '#admission.#status = :admitted AND #admission.#validUntil >= :today',
    values: { admitted: 'admitted', today },
  };
  return [check(keys.course(offering.courseId), condition), check(keys.instructor(offering.instructorId), condition)];
}

/** Where a class is found when an admission behind it ends. */
export function useKeys(offering: Pick<StoredOffering, 'courseId' | 'instructorId' | 'offeringId' | 'lastDay'>): Key[] {
  const { offeringId, lastDay } = offering;
  return [keys.courseUse(offering.courseId, lastDay, offeringId), keys.instructorUse(offering.instructorId, lastDay, offeringId)];
}

/** Found under what it is built on now, and under nothing else. */
export function moveUseWrites(before: StoredOffering, after: StoredOffering): Write[] {
  const [had, has] = [useKeys(before), useKeys(after)];
  const isIn = (keys: readonly Key[], key: Key) => keys.some(({ PK, SK }) => PK === key.PK && SK === key.SK);
  return [
    ...had.filter((key) => !isIn(has, key)).map((key) => remove(key)),
    ...has.filter((key) => !isIn(had, key)).map((key) => put(key, { offeringId: after.offeringId })),
  ];
}
