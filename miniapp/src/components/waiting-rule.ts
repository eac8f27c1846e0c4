/** Beforehand, in plain words: what happens when a class is full. */
import type { Window } from '@kehou/shared/selection/window';
import { t } from '../texts/common.ts';
import { duration } from './format.ts';

/** Undefined where a window has no waiting lists. Where places are drawn its lines follow the drawn order. */
export function waitingRule({ waitingList, lottery }: Pick<Window, 'waitingList' | 'lottery'>): string | undefined {
  return waitingList && t(lottery ? 'waiting.rule.drawn' : 'waiting.rule', { time: duration(waitingList.offerMinutes) });
}
