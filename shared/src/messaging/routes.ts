import * as z from 'zod';
import { PageInput, page, route } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';

export const MessageKind = z.enum([
  'window-published',
  'window-changed',
  'seat-confirmed',
  'hold-lapsed',
  'class-cancelled',
  'session-cancelled',
  'class-changed',
  'refund-progress',
  'approval-needed',
  'absent',
  'comment',
  'child-linked',
  'link-request',
  'exception-decided',
  'statement',
]);

export const Message = z.object({
  messageId: z.string(),
  kind: MessageKind,
  title: z.string(),
  body: z.string(),
  /** Page to open: `<screen>?id=…`, as the mini-program's routes name it. */
  page: z.string().optional(),
  at: Instant,
  readAt: Instant.optional(),
});
export type Message = z.infer<typeof Message>;

export const messagingRoutes = {
  listMessages: route({
    method: 'GET',
    path: '/api/me/messages',
    summary: 'My inbox, newest first',
    access: { by: 'signed-in' },
    input: PageInput,
    output: page(Message),
  }),
  markRead: route({
    method: 'POST',
    path: '/api/me/messages/read',
    summary: 'Mark messages as read, up to and including this one',
    access: { by: 'signed-in' },
    input: z.object({ upTo: z.string().max(60) }),
    output: z.object({ unread: z.int() }),
  }),
};
