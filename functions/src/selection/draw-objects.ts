/** The files of draws: written once, named by what they commit to, and believed only where they still do. */

import type { DrawResult } from '@kehou/shared/selection/draw';
import { checkDrawFile, DrawFile } from '@kehou/shared/selection/draw-file';
import type { Objects } from '../platform/objects.ts';
import type { StoredDraw } from './draw.repository.ts';

/** Before the draw, and the same with value and seed after it. */
function drawFileKey({ windowId, commitment, seed }: Pick<StoredDraw, 'windowId' | 'commitment' | 'seed'>): string {
  return `draws/${windowId}/${commitment}${seed === undefined ? '' : '-drawn'}.json`;
}

export async function putDrawFile(objects: Objects, file: DrawFile): Promise<void> {
  await objects.put(drawFileKey(file), `${JSON.stringify(file, null, 1)}\n`, 'application/json');
}

export function drawFileUrl(objects: Objects, draw: StoredDraw, seconds: number): Promise<string> {
  return objects.downloadUrl(drawFileKey(draw), `抽签-${draw.windowName}.json`, seconds);
}

/**
 * The file of a draw, checked against what is on record, with the result where it is drawn. Throws where it is not what was
 * published: nothing is drawn or given from such a file, and a person has to look.
 */
export async function readDrawFile(objects: Objects, draw: StoredDraw): Promise<{ file: DrawFile; result?: DrawResult }> {
  const body = await objects.get(drawFileKey(draw));
  if (!body) throw new Error(`the file of the draw of ${draw.windowId} is not there`);
  const file = DrawFile.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  const { problems, result } = checkDrawFile(file);
  const recorded = file.commitment === draw.commitment && file.root === draw.root && file.seed === draw.seed;
  if (problems.length > 0 || !recorded) {
    throw new Error(`the file of the draw of ${draw.windowId} is not what was published: ${problems.join('; ') || 'another draw'}`);
  }
  return result ? { file, result } : { file };
}
