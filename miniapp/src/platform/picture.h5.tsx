/** The same in a browser: a canvas outside the page, and a data URL. */
import { useEffect, useRef } from 'react';
import type { PictureProps } from './picture';

const QUALITY = 0.9;

export function Picture({ width, height, draw, of, onDrawn }: PictureProps) {
  const latest = useRef({ draw, onDrawn });
  latest.current = { draw, onDrawn };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it shows is the reason to draw
  useEffect(() => {
    let gone = false;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext('2d');
    const load = (url: string) =>
      new Promise<CanvasImageSource>((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = () => reject(new Error('the picture cannot be read'));
        image.src = url;
      });
    if (pen) {
      Promise.resolve(latest.current.draw(pen, load))
        .then(() => {
          if (!gone) latest.current.onDrawn(canvas.toDataURL('image/jpeg', QUALITY));
        })
        .catch(() => undefined);
    }
    return () => {
      gone = true;
    };
  }, [of, width, height]);
  return null;
}
