/** Links to windows. The link's own item says what it is; a window's links are listed by GSI1. */
import { SHARE_LINKS_MAX, ShareLink, type ShareLinkShown, validUntil } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import { create, type Table, type Write } from '../platform/table.ts';

export function createShareLinkWrite(link: ShareLink): Write {
  const { shareLinkId, windowId, madeAt } = link;
  return create(keys.shareLink(shareLinkId), { ...link, ...keys.shareLinksOfWindow(windowId, madeAt, shareLinkId) });
}

/** Newest first. One query. */
export async function shareLinksOf(table: Table, windowId: string): Promise<ShareLink[]> {
  const pk = keys.shareLinksOfWindow(windowId, '' as never, '').GSI1PK;
  const { items } = await table.query({ index: 'GSI1', pk, limit: SHARE_LINKS_MAX, newestFirst: true }, ShareLink);
  return items;
}

export function shownLink(link: ShareLink, window: Window): ShareLinkShown {
  return { ...link, validUntil: validUntil(link, window) };
}
