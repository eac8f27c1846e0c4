/** Where a window stands when its places are drawn: wishes, then the draw, then perhaps hours in which what is left goes first come. */
import type { Instant } from '@kehou/shared/kernel/time';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import type { Window } from '@kehou/shared/selection/window';

type Hours = Pick<Window, 'opensAt' | 'closesAt' | 'lottery'>;

export type LotteryPhase = 'before' | 'wishing' | 'drawing' | 'first-come' | 'over';

/**
 * By the clock, undefined where nothing is drawn. `drawing` is everything after wishing until what is left can be taken, or to the end where
 * it never can: whether the draw still waits or is done, the clock does not know. `over` is after the hours of what was left.
 */
export function phaseOf({ opensAt, closesAt, lottery }: Hours, now: Instant): LotteryPhase | undefined {
  if (!lottery) return undefined;
  if (now < opensAt) return 'before';
  if (now < closesAt) return 'wishing';
  const { firstCome } = lottery;
  if (!firstCome || now < firstCome.opensAt) return 'drawing';
  return now < firstCome.closesAt ? 'first-come' : 'over';
}

/** Until the draw, what a family marks is meant for its wishes; afterwards it is a basket of what is left. */
export function marksAreWishes(window: Hours, now: Instant): boolean {
  const phase = phaseOf(window, now);
  return phase === 'before' || phase === 'wishing';
}

/** Does the child hold, or has it paid for, a place that it won there? The draw is done, then, whatever the clock says. */
export function hasWon(window: Pick<Window, 'windowId'>, enrolments: readonly Pick<Enrolment, 'windowId' | 'drawn'>[]): boolean {
  return enrolments.some((one) => one.drawn && one.windowId === window.windowId);
}

/** The hours in which a class can be taken or wished for: once wishing is over, those of what is left. */
export function hoursNow<W extends Hours>(window: W, now: Instant): W {
  const left = window.lottery?.firstCome;
  return left && now >= window.closesAt ? { ...window, opensAt: left.opensAt, closesAt: left.closesAt } : window;
}
