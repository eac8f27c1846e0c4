/** A ranked list of wishes, the dearest first: what a tap does to it. Every move answers a new list, or the same one where it cannot be. */
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';

export type Wishes = readonly string[];

export function add(wishes: Wishes, offeringId: string): Wishes {
  return wishes.includes(offeringId) || wishes.length >= CHOICES_MAX ? wishes : [...wishes, offeringId];
}

export interface Beginning {
  /** What was sent, if anything. */
  readonly sent: Wishes | undefined;
  /** What was marked before wishes could be sent, and may be wished for. */
  readonly marked: readonly string[];
  /** The class that was tapped elsewhere to be wished for. */
  readonly tapped: string | undefined;
}

/** What the list begins with. What was sent stands; else what was marked is offered, in its order, and not sent by itself. */
export function beginning({ sent, marked, tapped }: Beginning): Wishes {
  const wishes = sent ?? marked.slice(0, CHOICES_MAX);
  return tapped === undefined ? wishes : add(wishes, tapped);
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
