/** Where a window stands when its places are drawn: wishes, then the draw, then perhaps hours in which what is left goes first come. */
import type { Instant } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';

type Hours = Pick<Window, 'opensAt' | 'closesAt' | 'lottery'>;

export type LotteryPhase = 'before' | 'wishing' | 'drawing' | 'first-come';

/** `drawing` is everything after wishing in which nothing can be taken; undefined where nothing is drawn. */
export function phaseOf({ opensAt, closesAt, lottery }: Hours, now: Instant): LotteryPhase | undefined {
  if (!lottery) return undefined;
  if (now < opensAt) return 'before';
  if (now < closesAt) return 'wishing';
  const { firstCome } = lottery;
  return firstCome && now >= firstCome.opensAt && now < firstCome.closesAt ? 'first-come' : 'drawing';
}

/** Until the draw, what a family marks is meant for its wishes; afterwards it is a basket of what is left. */
export function marksAreWishes(window: Hours, now: Instant): boolean {
  const phase = phaseOf(window, now);
  return phase === 'before' || phase === 'wishing';
}

/** The hours in which a class can be taken or wished for: once wishing is over, those of what is left. */
export function hoursNow<W extends Hours>(window: W, now: Instant): W {
  const left = window.lottery?.firstCome;
  return left && now >= window.closesAt ? { ...window, opensAt: left.opensAt, closesAt: left.closesAt } : window;
}
