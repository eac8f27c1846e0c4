import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { messagingRoutes } from '@kehou/shared/messaging/routes';
import type { Platform } from '../platform/platform.ts';
import { countAfter, inboxOf, markWrite, readMarkOf } from './inbox.repository.ts';

type Routes = typeof messagingRoutes;
const TRIES_MAX = 8;

/** My messages, newest first. One query and one read. */
export function listMessages({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listMessages']>, actor: Actor): Promise<ReplyOf<Routes['listMessages']>> => {
    const [{ items, cursor }, mark] = await Promise.all([inboxOf(table, actor.personId, input), readMarkOf(table, actor.personId)]);
    const isRead = (messageId: string) => mark.readUpTo !== undefined && messageId <= mark.readUpTo;
    return { items: items.map((message) => (isRead(message.messageId) ? { ...message, readAt: mark.readAt } : message)), cursor };
  };
}

/** Marks everything up to this one as read; never back. One read, one query, one write; again when a message comes in between. */
export function markRead({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['markRead']>, actor: Actor): Promise<ReplyOf<Routes['markRead']>> => {
    const { personId } = actor;
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const mark = await readMarkOf(table, personId);
      if (mark.readUpTo !== undefined && mark.readUpTo >= input.upTo) return { unread: mark.count };
      const unread = await countAfter(table, personId, input.upTo);
      if (!(await table.tryWrite([markWrite(personId, mark, { count: unread, readUpTo: input.upTo, readAt: clock.now() })])))
        return { unread };
    }
    throw new DomainError('request.busy');
  };
}
