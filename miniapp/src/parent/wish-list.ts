/** A ranked list of wishes, the dearest first: what a tap does to it. Every move answers a new list, or the same one where it cannot be. */
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';

export type Wishes = readonly string[];

export function add(wishes: Wishes, offeringId: string): Wishes {
  return wishes.includes(offeringId) || wishes.length >= CHOICES_MAX ? wishes : [...wishes, offeringId];
}

export function remove(wishes: Wishes, offeringId: string): Wishes {
  return wishes.filter((one) => one !== offeringId);
}

/** By one place: -1 dearer, 1 less dear. */
export function move(wishes: Wishes, offeringId: string, by: -1 | 1): Wishes {
  const from = wishes.indexOf(offeringId);
  const other = wishes[from + by];
  if (from < 0 || other === undefined) return wishes;
  return wishes.map((one, index) => (index === from ? other : index === from + by ? offeringId : one));
}

export function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((wish, index) => wish === other[index]);
}

/** Do two hold the same, in whatever order? */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return sameList([...one].sort(), [...other].sort());
}
