/** Where a parent goes from a window whose places are drawn: the first is what there is to do now. */
import type { Instant } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';
import { phaseOf } from '../components/lottery-phase.ts';
import type { PageName } from '../routes.ts';

export interface Door {
  readonly page: Extract<PageName, 'parent/wishes' | 'parent/draw' | 'parent/classes'>;
  readonly words: 'lottery.wish' | 'lottery.look' | 'lottery.result' | 'lottery.left';
}

export function doorsOf(window: Pick<Window, 'opensAt' | 'closesAt' | 'lottery'>, now: Instant): readonly Door[] {
  const result: Door = { page: 'parent/draw', words: 'lottery.result' };
  switch (phaseOf(window, now)) {
    case 'before':
      return [{ page: 'parent/classes', words: 'lottery.look' }];
    case 'wishing':
      return [{ page: 'parent/wishes', words: 'lottery.wish' }];
    case 'first-come':
      return [{ page: 'parent/classes', words: 'lottery.left' }, result];
    case 'drawing':
    case 'over':
      return [result];
    default:
      return [];
  }
}
