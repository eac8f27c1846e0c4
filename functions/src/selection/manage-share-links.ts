/** What a school does with the links to its windows. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { mayLastUntil, SHARE_LINKS_MAX, ShareLink } from '@kehou/shared/selection/share';
import { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, set, type Table } from '../platform/table.ts';
import type { WindowDeps } from './manage-window.ts';
import { createShareLinkWrite, shareLinksOf, shownLink, shownLinks } from './share-link.repository.ts';

type Routes = typeof selectionRoutes;

/**
 * Makes a link. One read, one query, one write. The same id and content again answers the first; the bound on their number is of
 * what the index shows, so that two made at once may pass it by one.
 */
export function createShareLink({ table, clock }: WindowDeps) {
  return async (input: ParsedOf<Routes['createShareLink']>, _actor: Actor): Promise<ReplyOf<Routes['createShareLink']>> => {
    const window = await ownWindow(table, input);
    const known = await table.get(keys.shareLink(input.shareLinkId), ShareLink);
    if (known) return shownLink(table, sameAs(known, input), window);
    if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('share.window_hidden');
    const now = clock.now();
    if (input.until !== undefined && !mayLastUntil(input.until, window, now)) throw new DomainError('share.wrong_end');
    if ((await shareLinksOf(table, window.windowId)).length >= SHARE_LINKS_MAX) throw new DomainError('share.links_max');
    const link: ShareLink = { ...input, schoolName: window.schoolName, madeAt: now };
    try {
      await table.write([createShareLinkWrite(link)]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return shownLink(table, sameAs(ShareLink.parse(error.items.get(0)), input), window);
    }
    return shownLink(table, link, window);
  };
}

function sameAs(known: ShareLink, input: ParsedOf<Routes['createShareLink']>): ShareLink {
  const same = (['schoolId', 'windowId', 'name', 'until'] as const).every((field) => known[field] === input[field]);
  if (!same) throw new DomainError('request.id_reused');
  return known;
}

/** With what came of each: one read and one query, then the counts. */
export function listShareLinks({ table }: WindowDeps) {
  return async (input: ParsedOf<Routes['listShareLinks']>, _actor: Actor): Promise<ReplyOf<Routes['listShareLinks']>> => {
    const [window, links] = await Promise.all([ownWindow(table, input), shareLinksOf(table, input.windowId)]);
    return { items: await shownLinks(table, links, window) };
  };
}

/** For good. Withdrawn again, it stays as it was. */
export function withdrawShareLink({ table, clock }: WindowDeps) {
  return async (input: ParsedOf<Routes['withdrawShareLink']>, _actor: Actor): Promise<ReplyOf<Routes['withdrawShareLink']>> => {
    const link = await table.get(keys.shareLink(input.shareLinkId), ShareLink);
    if (link?.schoolId !== input.schoolId) throw new DomainError('request.not_found');
    const window = await table.mustGet(keys.window(link.windowId), Window);
    const withdrawnAt = clock.now();
    const refused = await table.tryWrite([
      set(keys.shareLink(link.shareLinkId), { withdrawnAt }, { condition: { expression: 'attribute_not_exists(#withdrawnAt)' } }),
    ]);
    return shownLink(table, refused ? ShareLink.parse(refused.items.get(0)) : { ...link, withdrawnAt }, window);
  };
}

async function ownWindow(table: Table, { schoolId, windowId }: { schoolId: string; windowId: string }): Promise<Window> {
  const window = await table.get(keys.window(windowId), Window);
  if (window?.schoolId !== schoolId) throw new DomainError('request.not_found');
  return window;
}
