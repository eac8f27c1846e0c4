/**
 * The scanner: sees the codes in the desk windows that this page has opened (they are of the same origin), reads a picture
 * or another window, or takes the text itself.
 */
import jsQR from 'jsqr';
import { api } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { t, when } from '../base/texts.ts';

interface OnShow {
  readonly text: string;
  readonly title: string;
  readonly picture: string;
}

const windows: Window[] = [];
const EDGE_MAX = 1600;

/** A desk: another window on the same pages, at a computer's size. */
export function openDesk(): void {
  const desk = open('/', `kehou-desk-${windows.length}`, 'popup,width=1440,height=900');
  if (desk) windows.push(desk);
}

export function openDesks(): number {
  return windows.filter((window) => !window.closed).length;
}

/** Opens the sheet's content; `done` gets the code's text, or the path that a mini-program code opens. */
export function pickCode(done: (text: string) => void): readonly Node[] {
  const onShow = h('div', { class: 'codes', 'data-test': 'scan-on-show' });
  const made = h('div', { class: 'codes' });
  const input = h('input', { type: 'text', placeholder: t('scan.paste'), 'aria-label': t('scan.paste'), 'data-test': 'scan-text' });
  const finish = async (text: string) => done(await meaningOf(text));
  const look = async () => {
    const found = await codesOnShow();
    fill(
      onShow,
      ...(found.length === 0
        ? [h('p', { class: 'quiet' }, t('scan.none'))]
        : found.map(({ text, title, picture }) => {
            const label = h('span', {}, title);
            const tile = action('', () => finish(text), { class: 'tile', 'data-test': 'scan-code' });
            tile.append(h('img', { src: picture, alt: '' }), label);
            return tile;
          })),
    );
  };
  void look();
  void api.codes().then((codes) => {
    const latest = codes.slice(0, 6);
    if (latest.length > 0)
      fill(
        made,
        h('h3', {}, t('scan.codes')),
        ...latest.map((code) => action(`${code.page} · ${when(code.at)}`, () => finish(code.text), { class: 'wide' })),
      );
  });
  const file = h('input', { type: 'file', accept: 'image/*', hidden: true });
  file.addEventListener('change', async () => {
    const [picture] = file.files ?? [];
    const text = picture && decode(await createImageBitmap(picture));
    if (text) await finish(text);
    else notice(t('scan.unreadable'), 'danger');
  });
  return [
    h('h3', {}, t('scan.onShow')),
    onShow,
    action(t('scan.again'), look, { class: 'wide' }),
    made,
    h(
      'form',
      { class: 'row', onsubmit: (event: Event) => event.preventDefault() },
      input,
      action(t('scan.use'), () => (input.value.trim() ? finish(input.value.trim()) : undefined), {
        class: 'main',
        'data-test': 'scan-use',
      }),
    ),
    action(t('scan.image'), () => file.click(), { class: 'wide' }),
    file,
    ...('getDisplayMedia' in (navigator.mediaDevices ?? {}) ? [action(t('scan.capture'), () => capture(finish), { class: 'wide' })] : []),
  ];
}

/** A mini-program code means the page it opens, with its scene, as WeChat hands it over; any other code is its text. */
async function meaningOf(text: string): Promise<string> {
  const code = (await api.codes()).find((made) => made.text === text);
  return code ? `/${code.page}?scene=${encodeURIComponent(code.scene)}` : text;
}

async function codesOnShow(): Promise<OnShow[]> {
  const found = new Map<string, OnShow>();
  for (const window of windows) {
    try {
      if (window.closed) continue;
      for (const element of window.document.querySelectorAll<HTMLImageElement | HTMLCanvasElement>('img, canvas')) {
        const text = decode(element);
        if (text && !found.has(text)) found.set(text, { text, title: window.document.title, picture: pictureOf(element) });
      }
    } catch {
      // It has gone to another site: what it shows is no business of this page.
    }
  }
  return [...found.values()];
}

function sizeOf(source: HTMLImageElement | HTMLCanvasElement | ImageBitmap | HTMLVideoElement): { width: number; height: number } {
  if (source instanceof HTMLVideoElement) return { width: source.videoWidth, height: source.videoHeight };
  // Elements of another window are of that window's classes.
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  return { width: source.width, height: source.height };
}

function drawn(source: HTMLImageElement | HTMLCanvasElement | ImageBitmap | HTMLVideoElement): HTMLCanvasElement | undefined {
  const { width, height } = sizeOf(source);
  if (width < 21 || height < 21) return undefined;
  // Small ones are enlarged and given a quiet zone: the decoder wants some pixels a module.
  const scale = Math.min(EDGE_MAX / Math.max(width, height), Math.max(1, 400 / Math.min(width, height)));
  const canvas = h('canvas', { width: Math.round(width * scale) + 80, height: Math.round(height * scale) + 80 });
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 40, 40, canvas.width - 80, canvas.height - 80);
  return canvas;
}

function decode(source: HTMLImageElement | HTMLCanvasElement | ImageBitmap | HTMLVideoElement): string | undefined {
  const canvas = drawn(source);
  const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
  return (pixels && jsQR(pixels.data, pixels.width, pixels.height)?.data) || undefined;
}

function pictureOf(element: HTMLImageElement | HTMLCanvasElement): string {
  return 'src' in element ? element.src : element.toDataURL();
}

async function capture(finish: (text: string) => Promise<void>): Promise<void> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
  try {
    const video = h('video', { muted: true });
    video.srcObject = stream;
    await video.play();
    const text = decode(video);
    if (text) await finish(text);
    else notice(t('scan.unreadable'), 'danger');
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
