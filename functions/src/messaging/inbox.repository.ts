/**
 * Inboxes. A message's id begins with the moment it was delivered, so that a partition's order is the order in which a
 * person could have seen them; that nobody is told twice is the guard's business ({@link keys.told}). What is read is one
 * mark a person, not a flag a message.
 */
import { Id, newId } from '@kehou/shared/kernel/id';
import { Instant, ms } from '@kehou/shared/kernel/time';
import { Message } from '@kehou/shared/messaging/routes';
import type { Told } from '@kehou/shared/messaging/words';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { create, type Page, put, set, type Table, update, type Write } from '../platform/table.ts';

const KEPT_DAYS = 400;
/** Longer than a stream's record can be sent again, parked ones included. */
const TOLD_DAYS = 60;

const secondsAfter = (at: Instant, days: number) => Math.floor(ms(at) / 1000) + days * 86_400;

/** One message in one inbox, counted as unread; fails when this cause has told this person before. Three items. */
export function deliverWrites(personId: string, cause: string, { kind, page, zh, en }: Told, at: Instant): Write[] {
  const messageId = newId('message', ms(at));
  const message: Message = { messageId, kind, title: zh.title, body: zh.body, en: { ...en }, page, at };
  return [
    create(keys.told(personId, cause), { messageId, ttl: secondsAfter(at, TOLD_DAYS) }),
    put(keys.message(personId, messageId), { ...message, ttl: secondsAfter(at, KEPT_DAYS) }),
    update(keys.unread(personId), 'ADD #count :one, #version :one', { values: { one: 1 } }),
  ];
}

const StoredMessage = Message.omit({ readAt: true });

/** Newest first. One query. */
export function inboxOf(
  table: Table,
  personId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<z.infer<typeof StoredMessage>>> {
  const { limit, cursor } = page;
  return table.query({ ...keys.inbox(personId), limit, cursor, newestFirst: true, consistent: true }, StoredMessage);
}

/** More unread ones than this are shown as this many. */
export const UNREAD_COUNT_MAX = 100;

/** How many came after this one, up to {@link UNREAD_COUNT_MAX}. One query. */
export async function countAfter(table: Table, personId: string, messageId: string): Promise<number> {
  // `~` sorts after every character of an id: everything later, not this one.
  const between = [`${messageId}~`, 'msg_~'] as const;
  const { items } = await table.query(
    { ...keys.inbox(personId), between, limit: UNREAD_COUNT_MAX, consistent: true },
    z.object({ messageId: z.string() }),
  );
  return items.length;
}

export const ReadMark = z.object({
  count: z.int(),
  /** Rises with every message and every mark. */
  version: z.int(),
  readUpTo: Id('message').optional(),
  readAt: Instant.optional(),
});
export type ReadMark = z.infer<typeof ReadMark>;

export async function readMarkOf(table: Table, personId: string): Promise<ReadMark> {
  return (await table.get(keys.unread(personId), ReadMark)) ?? { count: 0, version: 0 };
}

/** Moves the mark, if no message came since it was read. */
export function markWrite(personId: string, before: ReadMark, after: Omit<ReadMark, 'version'>): Write {
  const condition =
    before.version === 0
      ? { expression: 'attribute_not_exists(#version)' }
      : { expression: '#version = :before', values: { before: before.version } };
  return set(keys.unread(personId), { ...after, version: before.version + 1 }, { condition });
}
