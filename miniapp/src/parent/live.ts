/** A child's class page as it is at this very moment, judged by the very rules of the server. */
import { asLetIn, asOpenTo, findClash, whyNot } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { serverNow } from '../clock.ts';

/** The window as it opens to this family: with the child's grade, and with the family's turn. */
export function openTo({ window, turn }: Pick<ClassPage, 'window' | 'turn'>, grade: number): ClassPage['window'] {
  const opened = { ...asOpenTo(window, grade), gradeOpenings: undefined };
  return turn ? asLetIn(opened, turn.admitAt) : opened;
}

export type Seats = Pick<ClassCard, 'taken' | 'capacity' | 'waiting' | 'reserved'>;

/** The card with the seats of now: at the opening second the buttons are there. */
export function live(card: ClassCard, page: Pick<ClassPage, 'window' | 'busy'>, grade: number, seats: Seats | undefined): ClassCard {
  const { taken, capacity, waiting, reserved } = seats ?? card;
  const { window, busy } = page;
  const others = busy.filter(({ offeringId }) => offeringId !== card.offeringId);
  return {
    ...card,
    taken,
    capacity,
    waiting,
    reserved,
    // Where others wait, what comes free is theirs.
    seatsLeft: waiting ? 0 : Math.max(0, capacity - taken),
    notNow: whyNot({ now: serverNow(), window, grade, card: { ...card, taken, capacity, waiting }, busy }),
    clashesWith: findClash(card.slots, others)?.courseName,
  };
}
