import type { ShareLinkShown, ShareLinkState } from '@kehou/shared/selection/share';
import { serverNow } from '../../clock.ts';

/** How a link stands now, by the server's clock. */
export function stateOf({ withdrawnAt, validUntil }: ShareLinkShown): ShareLinkState {
  if (withdrawnAt !== undefined) return 'withdrawn';
  return serverNow() < validUntil ? 'live' : 'lapsed';
}
