import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';
import type { Card } from './window.repository.ts';

/** How long a container believes a class's terms and a window's dates: the seat item judges hours and room by itself. */
export const TERMS_BELIEVED_MS = 5000;
const CLASSES_MAX = 5000;

/** What a class asks and costs, and when its window opens. */
export interface Terms {
  readonly card: Card;
  readonly window: Window;
}

/**
 * What a container remembers of classes that it has just shown. On a selection night every container has served the class page
 * seconds before it is asked for a seat, so that taking one needs no look at the terms.
 */
export class TermsMemory {
  private readonly known = new Map<string, Terms & { readonly untilMs: number }>();

  remember(window: Window, cards: readonly Card[], now: Instant): void {
    if (this.known.size + cards.length > CLASSES_MAX) this.known.clear();
    const untilMs = ms(now) + TERMS_BELIEVED_MS;
    for (const card of cards) this.known.set(card.offeringId, { window, card, untilMs });
  }

  recall(windowId: string, offeringId: string, now: Instant): Terms | undefined {
    const terms = this.known.get(offeringId);
    if (!terms || terms.window.windowId !== windowId) return undefined;
    const left = terms.untilMs - ms(now);
    // A clock that was set back must not make a memory last.
    return left > 0 && left <= TERMS_BELIEVED_MS ? terms : undefined;
  }
}
