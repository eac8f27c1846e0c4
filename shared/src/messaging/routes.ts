import * as z from 'zod';
import { ChildSession } from '../attendance/attendance.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';
import { Enrolment } from '../selection/enrolment.ts';
import { Window } from '../selection/window.ts';

export const MessageKind = z.enum([
  'window-published',
  'window-changed',
  'seat-confirmed',
  'hold-lapsed',
  'seat-offered',
  'waiting-ended',
  'place-drawn',
  'not-drawn',
  'value-wanted',
  'remainder-dropped',
  'class-cancelled',
  'session-cancelled',
  'class-changed',
  'refund-progress',
  'approval-needed',
  'absent',
  'comment',
  'child-linked',
  'child-unlinked',
  'child-left',
  'link-request',
  'exception-decided',
  'statement',
]);

export type MessageKind = z.infer<typeof MessageKind>;

export const Message = z.object({
  messageId: Id('message'),
  kind: MessageKind,
  title: z.string(),
  body: z.string(),
  /** The same in English. */
  en: z.object({ title: z.string(), body: z.string() }).optional(),
  /** Page to open: `<screen>?id=…`, as the mini-program's routes name it. */
  page: z.string().optional(),
  at: Instant,
  readAt: Instant.optional(),
});
export type Message = z.infer<typeof Message>;

/**
 * What a parent opens the app for: the one thing to do, the child's classes of today with who has arrived, the latest
 * comment. In three queries.
 */
export const Home = z.object({
  /** Published windows that are not settled: open ones, the next to close first; then the next to open; then those that are over. */
  windows: z.array(Window.omit({ offeringIds: true })),
  /** Seats that are held and not paid. */
  holds: z.array(Enrolment),
  /** Confirmed classes of the child. */
  classes: z.array(Enrolment),
  today: z.array(ChildSession),
  /** Of the last seven days. */
  latestComment: ChildSession.optional(),
});
export type Home = z.infer<typeof Home>;

export const messagingRoutes = {
  getHome: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/home',
    summary: "A child's home page: what to do now, today's classes, the latest comment",
    access: { by: 'guardian', pupil: 'pupilId' },
    input: z.object({ pupilId: Id('pupil') }),
    output: Home,
  }),
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
    input: z.object({ upTo: Id('message') }),
    output: z.object({ unread: z.int() }),
  }),
};
