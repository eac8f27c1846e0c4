/** A picture that is drawn here: on a canvas that nobody sees, then a file of this phone. */
import { Canvas } from '@tarojs/components';
import Taro from '@tarojs/taro';
import { useEffect, useId, useRef } from 'react';

export interface PictureProps {
  /** In pixels of the picture, whatever the screen. */
  readonly width: number;
  readonly height: number;
  /** Draws everything. `load` makes an image of a data URL. Called once for each `of`. */
  draw(pen: CanvasRenderingContext2D, load: (url: string) => Promise<CanvasImageSource>): void | Promise<void>;
  /** What it shows: another text, another picture. */
  readonly of: string;
  /** With something that `<Image>`, the share card and the album take: a file here, a data URL in browsers. */
  onDrawn(url: string): void;
}

interface CanvasNode {
  width: number;
  height: number;
  getContext(kind: '2d'): CanvasRenderingContext2D;
  createImage(): HTMLImageElement;
}

export function Picture({ width, height, draw, of, onDrawn }: PictureProps) {
  const id = `k-picture-${useId().replace(/[^\w-]/g, '')}`;
  const latest = useRef({ draw, onDrawn });
  latest.current = { draw, onDrawn };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it shows is the reason to draw
  useEffect(() => {
    let gone = false;
    // The node is there after the page's next drawing.
    const timer = setTimeout(() => {
      Taro.createSelectorQuery()
        .select(`#${id}`)
        .fields({ node: true, size: true })
        .exec((found: readonly ({ node?: CanvasNode } | null)[]) => {
          const canvas = found[0]?.node;
          if (!canvas || gone) return;
          canvas.width = width;
          canvas.height = height;
          const load = (url: string) =>
            new Promise<CanvasImageSource>((resolve, reject) => {
              const image = canvas.createImage();
              image.onload = () => resolve(image);
              image.onerror = () => reject(new Error('the picture cannot be read'));
              image.src = url;
            });
          Promise.resolve(latest.current.draw(canvas.getContext('2d'), load))
            .then(() =>
              Taro.canvasToTempFilePath({
                canvas: canvas as unknown as Taro.Canvas,
                destWidth: width,
                destHeight: height,
                fileType: 'png',
              }),
            )
            .then(({ tempFilePath }) => {
              if (!gone) latest.current.onDrawn(tempFilePath);
            })
            // Without a picture WeChat takes one of the page: the card still goes out.
            .catch(() => undefined);
        });
    }, 50);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id, of, width, height]);
  const away = { position: 'fixed', left: '-9999px', top: '0', width: `${width}px`, height: `${height}px` } as const;
  return <Canvas type="2d" id={id} canvasId={id} style={away} />;
}
