import { Child } from '@kehou/shared/identity/person';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { ShareLink, shareLinkState } from '@kehou/shared/selection/share';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { openingWrite } from './share-link.repository.ts';

type Open = typeof selectionRoutes.openShareLink;

const PersonRow = z.union([Child, z.unknown().transform(() => undefined)]);

/**
 * What a link leads to. A stranger learns the school, the hours and how places are given; whose child goes elsewhere, whose link it
 * is; and where a link is over, everybody what is theirs. One read and one query, one read of the window, and one write on the person's
 * own key, which the stream counts: nothing here touches what those who take seats touch.
 */
export function openShareLink({ table, clock }: { readonly table: Table; readonly clock: Clock }) {
  return async (input: ParsedOf<Open>, actor: Actor): Promise<ReplyOf<Open>> => {
    const [link, rows] = await Promise.all([
      table.get(keys.shareLink(input.shareLinkId), ShareLink),
      table.queryAll({ ...keys.personPartition(actor.personId), most: 200 }, PersonRow),
    ]);
    const mine = rows.filter((row) => row !== undefined);
    if (!link) return { state: 'unknown', children: [], elsewhere: mine };
    const { offeringIds: _, ...window } = await table.mustGet(keys.window(link.windowId), Window);
    const now = clock.now();
    const state = shareLinkState(link, window, now);
    const children = mine.filter(({ schoolId }) => schoolId === link.schoolId);
    const isStaff = actor.memberships.some(({ organisationId }) => organisationId === link.schoolId);
    // Refused: they have been here before.
    if (state === 'live' && (!isStaff || children.length > 0)) await table.tryWrite([openingWrite(link, window, actor.personId, now)]);
    return {
      state,
      school: { schoolId: link.schoolId, name: link.schoolName },
      ...(state === 'live' ? { window } : {}),
      children,
      elsewhere: mine.filter(({ schoolId }) => schoolId !== link.schoolId),
    };
  };
}
