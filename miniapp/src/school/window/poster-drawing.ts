/** The poster's lines and shapes. */
import { line, type PictureWords } from '../../components/window-picture.ts';
import { light } from '../../theme/tokens.ts';

export const POSTER_WIDTH = 750;
export const POSTER_HEIGHT = 1200;
const MARGIN = 60;
const CODE_EDGE = 360;

export interface PosterWords extends Omit<PictureWords, 'countdown'> {
  readonly sentences: readonly string[];
  readonly scan: string;
}

export function drawPoster(pen: CanvasRenderingContext2D, words: PosterWords, code: CanvasImageSource): void {
  const width = POSTER_WIDTH - 2 * MARGIN;
  pen.fillStyle = light.surface;
  pen.fillRect(0, 0, POSTER_WIDTH, POSTER_HEIGHT);
  pen.fillStyle = light.primary;
  pen.fillRect(0, 0, POSTER_WIDTH, 250);
  line(pen, words.school, { x: MARGIN, y: 110, size: 38, weight: 600, colour: light['on-primary'], width });
  line(pen, words.name, { x: MARGIN, y: 190, size: 50, weight: 600, colour: light['on-primary'], width });
  for (const [index, hours] of words.hours.entries()) {
    line(pen, hours, { x: MARGIN, y: 322 + index * 54, size: 36, weight: 600, colour: light.ink, width });
  }
  pen.fillStyle = light['primary-tint'];
  pen.fillRect(MARGIN, 412, width, 64);
  line(pen, words.mode, { x: MARGIN + 24, y: 456, size: 32, weight: 600, colour: light.primary, width: width - 48 });
  let y = 526;
  for (const part of words.sentences.flatMap((sentence) => wrapped(pen, sentence, width, 27)).slice(0, SENTENCE_LINES_MAX)) {
    line(pen, part, { x: MARGIN, y, size: 27, weight: 400, colour: light['ink-2'], width });
    y += 38;
  }
  pen.fillStyle = light.surface;
  const [left, top] = [(POSTER_WIDTH - CODE_EDGE) / 2, POSTER_HEIGHT - CODE_EDGE - 90];
  pen.imageSmoothingEnabled = false;
  pen.drawImage(code, left, top, CODE_EDGE, CODE_EDGE);
  line(pen, words.scan, { x: POSTER_WIDTH / 2, y: POSTER_HEIGHT - 44, size: 28, weight: 400, colour: light.ink, width, centred: true });
}

/** The room above the code. */
const SENTENCE_LINES_MAX = 6;

/** Chinese breaks anywhere. */
function wrapped(pen: CanvasRenderingContext2D, text: string, width: number, px: number): string[] {
  pen.font = `normal ${px}px sans-serif`;
  const lines: string[] = [];
  let current = '';
  for (const character of text) {
    if (pen.measureText(current + character).width > width - px) {
      lines.push(current);
      current = '';
    }
    current += character;
  }
  return current ? [...lines, current] : lines;
}
