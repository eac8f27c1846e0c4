/**
 * Links that were ended while tokens may still name them. A token lives for half an hour and names its holder's children, so that the
 * rush needs no look-up; what was ended since then each container looks up by itself, once in ten seconds, for everybody.
 */
import { addMinutes, ms } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { TOKEN_MINUTES } from './session-token.ts';

const KEPT_MS = 10_000;
/** More of them than this in half an hour, and every link is looked up. */
const MOST = 1_000;
/** The index may be a moment behind, and clocks a little apart. */
const MARGIN_MINUTES = 1;

const Ended = z.object({ pupilId: z.string(), personId: z.string() });

/** Whether this link may have been ended while the token was alive. One query in ten seconds and container. */
export function recentlyUnlinked({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  let readMs = Number.NEGATIVE_INFINITY;
  let ended: Promise<Set<string> | 'many'> = Promise.resolve(new Set<string>());
  const read = async () => {
    const now = clock.now();
    const between = [addMinutes(now, -TOKEN_MINUTES - MARGIN_MINUTES), addMinutes(now, MARGIN_MINUTES)] as const;
    const page = await table.query({ index: 'GSI2', pk: keys.unlinkings(now).GSI2PK, between, limit: MOST }, Ended);
    return page.cursor ? 'many' : new Set(page.items.map(({ personId, pupilId }) => `${personId} ${pupilId}`));
  };
  return async (personId: string, pupilId: string): Promise<boolean> => {
    const nowMs = ms(clock.now());
    if (nowMs - readMs >= KEPT_MS) {
      readMs = nowMs;
      ended = read();
      // Not known is not the same as none: whoever comes next asks again.
      ended.catch(() => {
        readMs = Number.NEGATIVE_INFINITY;
      });
    }
    const known = await ended;
    return known === 'many' || known.has(`${personId} ${pupilId}`);
  };
}
