/** Links to windows, who opened them, and what came of them. The link's own item says what it is; a window's links are listed by GSI1. */
import { Instant, ms } from '@kehou/shared/kernel/time';
import { SHARE_LINKS_MAX, type ShareCounts, ShareLink, type ShareLinkShown, validUntil } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys, SHARE_SHARDS, shardOf } from '../platform/keys.ts';
import { create, type Table, update, type Write } from '../platform/table.ts';

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

const Count = z.object({ opens: z.int().default(0), enrolments: z.int().default(0) });
const shards = Array.from({ length: SHARE_SHARDS }, (_, shard) => shard);

/** With what came of each: one round trip for all of a window's. */
export async function shownLinks(table: Table, links: readonly ShareLink[], window: Window): Promise<ShareLinkShown[]> {
  const wanted = links.flatMap(({ shareLinkId }) => shards.map((shard) => keys.shareCount(shareLinkId, shard)));
  const counts = await getAll(table, wanted, Count);
  return links.map((link, index) => {
    const own = counts.slice(index * SHARE_SHARDS, (index + 1) * SHARE_SHARDS);
    return { ...link, validUntil: validUntil(link, window), opens: sum(own, 'opens'), enrolments: sum(own, 'enrolments') };
  });
}

export async function shownLink(table: Table, link: ShareLink, window: Window): Promise<ShareLinkShown> {
  const [shown] = await shownLinks(table, [link], window);
  return shown as ShareLinkShown;
}

function sum(counts: readonly (ShareCounts | undefined)[], field: keyof ShareCounts): number {
  return counts.reduce((total, count) => total + (count?.[field] ?? 0), 0);
}

/** Adds to a link's counts. Only beside a write that can happen once. `subject` picks the shard. */
export function countShareWrite(shareLinkId: string, subject: string, field: keyof ShareCounts, by: 1 | -1): Write {
  return update(keys.shareCount(shareLinkId, shardOf(subject, SHARE_SHARDS)), `ADD #${field} :by`, { values: { by } });
}

/** `counted`: it is in the link's counts. */
export const Opening = z.object({
  windowId: z.string(),
  personId: z.string(),
  shareLinkId: z.string(),
  at: Instant,
  counted: z.literal(true).optional(),
});
export type Opening = z.infer<typeof Opening>;

const OPENING_KEPT_SECONDS = 180 * 86_400;

/** A person's first opening of a link: a second one is refused. It outlives the window by half a year. */
export function openingWrite(link: ShareLink, window: Pick<Window, 'closesAt' | 'lottery'>, personId: string, at: Instant): Write {
  const { windowId, shareLinkId } = link;
  const opening: Opening = { windowId, personId, shareLinkId, at };
  const ttl = Math.floor(ms(validUntil(link, window)) / 1000) + OPENING_KEPT_SECONDS;
  return create(keys.shareOpening(windowId, personId, shareLinkId), { ...opening, ttl });
}

/** Every link of a window that a person opened. */
export async function openingsOf(table: Table, windowId: string, personId: string): Promise<Opening[]> {
  return table.queryAll({ ...keys.shareOpenings(windowId, personId), most: SHARE_LINKS_MAX * 2, consistent: true }, Opening);
}
