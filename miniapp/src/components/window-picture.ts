/** The picture on a window's card in a chat, in 5:4 as WeChat shows it: plain shapes and words, the same in both targets. */
import { addDays, chinaDate, type Instant, ms, timeOfDay } from '@kehou/shared/kernel/time';
import { modeOf, type Window } from '@kehou/shared/selection/window';
import { t } from '../texts/modes.ts';
import { light } from '../theme/tokens.ts';
import { fullMoment } from './format.ts';
import { hoursNow } from './lottery-phase.ts';

type Shown = Pick<Window, 'schoolName' | 'name' | 'opensAt' | 'closesAt' | 'lottery'>;

const EVENING = '18:00';
const DAY_MS = 86_400_000;
export const CARD_WIDTH = 500;
export const CARD_HEIGHT = 400;
const FONT = '"PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

/** When it begins or ends, as one says it: `今晚 20:00 开始`. The picture stays as it was drawn, so the date stands beside it. */
export function countdownWords(window: Shown, now: Instant): string {
  const { opensAt, closesAt } = hoursNow(window, now);
  if (now >= closesAt) return t('picture.over');
  if (now >= opensAt) return t('picture.closes', { when: nearWords(closesAt, now) });
  return t('picture.opens', { when: nearWords(opensAt, now) });
}

function nearWords(at: Instant, now: Instant): string {
  const time = timeOfDay(at);
  const [date, today] = [chinaDate(at), chinaDate(now)];
  if (date === today) return t(time >= EVENING ? 'picture.tonight' : 'picture.today', { time });
  if (date === addDays(today, 1)) return t(time >= EVENING ? 'picture.tomorrow-night' : 'picture.tomorrow', { time });
  const days = Math.round((ms(`${date}T00:00:00.000Z` as Instant) - ms(`${today}T00:00:00.000Z` as Instant)) / DAY_MS);
  return t('picture.days', { days, time });
}

export interface PictureWords {
  readonly school: string;
  readonly name: string;
  readonly countdown: string;
  readonly hours: readonly string[];
  readonly mode: string;
}

export function pictureWords(window: Shown, now: Instant): PictureWords {
  const { opensAt, closesAt } = hoursNow(window, now);
  return {
    school: window.schoolName,
    name: window.name,
    countdown: countdownWords(window, now),
    hours: [t('picture.from', { when: fullMoment(opensAt) }), t('picture.to', { when: fullMoment(closesAt) })],
    mode: t(`mode.${modeOf(window)}`),
  };
}

export function drawCard(pen: CanvasRenderingContext2D, words: PictureWords): void {
  pen.fillStyle = light.surface;
  pen.fillRect(0, 0, CARD_WIDTH, CARD_HEIGHT);
  pen.fillStyle = light.primary;
  pen.fillRect(0, 0, CARD_WIDTH, 76);
  line(pen, words.school, { x: 28, y: 49, size: 26, weight: 600, colour: light['on-primary'], width: CARD_WIDTH - 56 });
  line(pen, words.name, { x: 28, y: 132, size: 32, weight: 600, colour: light.ink, width: CARD_WIDTH - 56 });
  pen.fillStyle = light['primary-tint'];
  pen.fillRect(28, 166, CARD_WIDTH - 56, 96);
  line(pen, words.countdown, { x: 48, y: 229, size: 38, weight: 600, colour: light.primary, width: CARD_WIDTH - 96 });
  for (const [index, hours] of words.hours.entries()) {
    line(pen, hours, { x: 28, y: 306 + index * 36, size: 23, weight: 400, colour: light['ink-2'], width: CARD_WIDTH - 56 });
  }
  line(pen, words.mode, { x: 28, y: 384, size: 20, weight: 400, colour: light['ink-2'], width: CARD_WIDTH - 56 });
}

interface Line {
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  readonly size: number;
  readonly weight: 400 | 600;
  readonly colour: string;
  /** What does not fit is written smaller, down to two thirds; then it is cut. */
  readonly width: number;
  readonly centred?: boolean;
}

export function line(pen: CanvasRenderingContext2D, text: string, { x, y, size, weight, colour, width, centred }: Line): void {
  const font = (px: number) => `${weight === 600 ? 'bold' : 'normal'} ${px}px ${FONT}`;
  pen.fillStyle = colour;
  pen.textAlign = centred ? 'center' : 'left';
  let px = size;
  pen.font = font(px);
  while (pen.measureText(text).width > width && px > (size * 2) / 3) {
    px -= 1;
    pen.font = font(px);
  }
  let shown = text;
  while (pen.measureText(shown).width > width && shown.length > 1) shown = `${[...shown.replace(/…$/, '')].slice(0, -1).join('')}…`;
  pen.fillText(shown, x, y);
}
