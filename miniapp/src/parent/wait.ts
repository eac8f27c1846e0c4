/** Waiting lists as parents meet them: who may join, what is said of a place in line, and which class stands in an offer's way. */
import type { Id } from '@kehou/shared/kernel/id';
import type { InputOf } from '@kehou/shared/kernel/route';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { type Enrolment, isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { findClash, hoursAt, waitingUntil } from '@kehou/shared/selection/rules';
import { POSITION_MAX, type WaitShown } from '@kehou/shared/selection/wait';
import type { ClassCard, Window } from '@kehou/shared/selection/window';
import { t } from '../texts/parent.ts';

interface MayWaitInput {
  readonly now: Instant;
  readonly window: Pick<Window, 'opensAt' | 'closesAt' | 'waitingList'>;
  readonly grade: number;
  readonly card: Pick<ClassCard, 'status' | 'grades' | 'capacity' | 'taken' | 'waiting' | 'firstSessionDate' | 'enrolment'>;
}

/**
 * Is there a list to join? From the opening until the day of the first session, also after the window has closed and when another class
 * meets at the same hour: that is settled when the turn comes.
 */
export function mayWait({ now, window, grade, card }: MayWaitInput): boolean {
  const until = waitingUntil(card.firstSessionDate);
  return (
    window.waitingList !== undefined &&
    card.enrolment === undefined &&
    card.status !== 'cancelled' &&
    card.grades.includes(grade) &&
    hoursAt(now, window) !== 'before' &&
    until !== undefined &&
    ms(now) < ms(until) &&
    (card.waiting === true || card.taken >= card.capacity)
  );
}

/** `候补第 3 位`; far down the line only that. */
export function placeWords({ ahead }: Pick<WaitShown, 'ahead'>): string {
  return ahead >= POSITION_MAX ? t('parent.wait.far', { max: POSITION_MAX }) : t('parent.wait.place', { place: ahead + 1 });
}

type Join = InputOf<typeof selectionRoutes.joinWaitingList>;
export interface JoinDeps {
  readonly join: (input: Join) => Promise<WaitShown>;
  readonly newId: () => Id<'wait'>;
  /** The id of this try: the same on a retry, whose first reply may have been lost; another once it is known how it went. */
  readonly id: { current: Id<'wait'> };
}

/** Answers the child's place in line. Whatever is thrown, calling it again is safe. */
export async function joinList(wish: Omit<Join, 'waitId'>, { join, newId, id }: JoinDeps): Promise<WaitShown> {
  // Once more with a new id, when the old one turns out to be of a wait that is over.
  for (let fresh = 0; ; fresh++) {
    const wait = await join({ ...wish, waitId: id.current });
    id.current = newId();
    if (fresh > 0 || wait.status === 'waiting') return wait;
  }
}

/** The class that has the hour of an offered place, to be given up before the place can be paid for. */
export function classInTheWay(offered: Enrolment, enrolments: readonly Enrolment[]): Enrolment | undefined {
  if (!offered.slotsPending) return undefined;
  return enrolments.find(
    (one) =>
      one.enrolmentId !== offered.enrolmentId &&
      one.pupilId === offered.pupilId &&
      one.termId === offered.termId &&
      !isFinal(one.status) &&
      !one.slotsPending &&
      findClash(offered.slots, one.slots) !== undefined,
  );
}
