/**
 * WeChat's 2D canvas for the bundle that runs in Node: as much of it as pictures are drawn with, and no more. There are no pixels; what was
 * written, filled and placed is kept, in order, and a letter is as wide as it is high, as Chinese is. (Pixels are looked at in the browser.)
 */

export interface Placed {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

const PNG_START = 'data:image/png;base64,iVBOR';

export class WeappCanvas {
  width = 0;
  height = 0;
  /** Every line of text as it was written, with its size in pixels. */
  readonly written: { readonly text: string; readonly px: number; readonly x: number; readonly y: number }[] = [];
  readonly placed: Placed[] = [];
  filled = 0;
  readonly #later: (run: () => void) => void;

  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  getContext(kind: string) {
    if (kind !== '2d') throw new Error(`no context ${kind}`);
    const pen = {
      font: 'normal 10px sans-serif',
      fillStyle: '#000000',
      textAlign: 'left',
      imageSmoothingEnabled: true,
      fillRect: () => {
        this.filled += 1;
      },
      measureText: (text: string) => ({ width: [...text].length * pixels(pen.font) }),
      fillText: (text: string, x: number, y: number) => void this.written.push({ text, px: pixels(pen.font), x, y }),
      drawImage: (image: { readonly src: string }, _x: number, _y: number, width: number, height: number) =>
        void this.placed.push({ src: image.src, width, height }),
    };
    return pen;
  }

  /** Loads what is a picture; anything else is an error, as there. */
  createImage() {
    let src = '';
    const later = this.#later;
    const image = {
      onload: undefined as (() => void) | undefined,
      onerror: undefined as (() => void) | undefined,
      get src() {
        return src;
      },
      set src(url: string) {
        src = url;
        later(() => (url.startsWith(PNG_START) ? image.onload?.() : image.onerror?.()));
      },
    };
    return image;
  }
}

function pixels(font: string): number {
  const [, px] = /(\d+)px/.exec(font) ?? [];
  if (!px) throw new Error(`no size in the font ${font}`);
  return Number(px);
}
