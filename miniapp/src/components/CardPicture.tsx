/** Draws a window's picture for its card, once for what it says; nothing on the screen. */
import type { Window } from '@kehou/shared/selection/window';
import { serverNow, useServerNow } from '../clock.ts';
import { Picture } from '../platform/picture';
import { CARD_HEIGHT, CARD_WIDTH, drawCard, pictureWords } from './window-picture.ts';

type Shown = Pick<Window, 'schoolName' | 'name' | 'opensAt' | 'closesAt' | 'lottery'>;

export function CardPicture({ window, onDrawn }: { readonly window: Shown; onDrawn(url: string): void }) {
  useServerNow(60_000);
  const words = pictureWords(window, serverNow());
  return (
    <Picture width={CARD_WIDTH} height={CARD_HEIGHT} of={JSON.stringify(words)} draw={(pen) => drawCard(pen, words)} onDrawn={onDrawn} />
  );
}
