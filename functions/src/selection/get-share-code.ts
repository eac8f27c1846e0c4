import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { SHARE_PAGE, ShareLink } from '@kehou/shared/selection/share';
import { keys } from '../platform/keys.ts';
import type { Objects } from '../platform/objects.ts';
import type { Table } from '../platform/table.ts';
import type { WeChat } from '../platform/wechat.ts';

type Get = typeof selectionRoutes.getShareCode;

export interface ShareCodeDeps {
  readonly table: Table;
  readonly objects: Objects;
  readonly wechat: WeChat;
}

/**
 * The mini-program code of a link, for its poster. WeChat makes it once; the same file is handed out from then on. Two who ask first at
 * once each have it made, and the files are the same.
 */
export function getShareCode({ table, objects, wechat }: ShareCodeDeps) {
  return async (input: ParsedOf<Get>, _actor: Actor): Promise<ReplyOf<Get>> => {
    const link = await table.get(keys.shareLink(input.shareLinkId), ShareLink);
    if (link?.schoolId !== input.schoolId) throw new DomainError('request.not_found');
    const key = `codes/${link.shareLinkId}.png`;
    let png = await objects.get(key);
    if (!png) {
      png = await wechat.miniProgramCode(SHARE_PAGE, link.shareLinkId);
      await objects.put(key, png, 'image/png');
    }
    return { png: Buffer.from(png).toString('base64') };
  };
}
