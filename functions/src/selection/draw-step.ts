/** What the steps of a lottery in the state machine are told, and what one answers whose version is over. */
import { Id } from '@kehou/shared/kernel/id';
import * as z from 'zod';

export const DrawStep = z.object({ windowId: Id('window'), version: z.int() });

/** Every field that the state machine selects is there even so. */
export const staleDraw = {
  stale: true,
  pending: false,
  done: true,
  cursor: '',
  drawAt: '1970-01-01T00:00:00.000Z',
  lookAgainSeconds: 0,
};
