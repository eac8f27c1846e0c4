/** The card with the seats of now, judged by the very rules of the server: at the opening second the buttons are there. */
import { findClash, whyNot } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { serverNow } from '../clock.ts';

export interface Seats {
  readonly taken: number;
  readonly capacity: number;
  readonly waiting?: boolean | undefined;
}

export function live(card: ClassCard, page: ClassPage, grade: number, seats: Seats | undefined): ClassCard {
  const { taken, capacity, waiting } = seats ?? card;
  const { window, busy } = page;
  const others = busy.filter(({ offeringId }) => offeringId !== card.offeringId);
  return {
    ...card,
    taken,
    capacity,
    waiting,
    // Where others wait, what comes free is theirs.
    seatsLeft: waiting ? 0 : Math.max(0, capacity - taken),
    notNow: whyNot({ now: serverNow(), window, grade, card: { ...card, taken, capacity, waiting }, busy }),
    clashesWith: findClash(card.slots, others)?.courseName,
  };
}
