import * as z from 'zod';
import { Stars } from '../attendance/attendance.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';

/** A teacher's comment on one pupil in one session; parents see it at once (E4). Rewritten, the last one holds. */
export const Comment = z.object({
  commentId: Id('comment'),
  pupilId: Id('pupil'),
  sessionId: Id('session'),
  offeringId: Id('offering'),
  courseName: z.string(),
  instructorName: z.string(),
  /** 1 to 5. */
  stars: Stars,
  text: z.string().trim().max(300),
  writtenAt: Instant,
});
export type Comment = z.infer<typeof Comment>;

export const teachingRoutes = {
  writeComment: route({
    method: 'PUT',
    path: '/api/teacher/sessions/{sessionId}/comments/{pupilId}',
    summary: 'Comment on a pupil of my session',
    access: { by: 'owner', roles: ['teacher'] },
    input: z.object({
      commentId: Id('comment'),
      offeringId: Id('offering'),
      sessionId: Id('session'),
      pupilId: Id('pupil'),
      stars: Comment.shape.stars,
      text: Comment.shape.text,
    }),
    output: Comment,
  }),
  listSessionComments: route({
    method: 'GET',
    path: '/api/teacher/sessions/{sessionId}/comments',
    summary: 'Comments of my session',
    access: { by: 'owner', roles: ['teacher'] },
    input: z.object({ offeringId: Id('offering'), sessionId: Id('session') }),
    output: z.object({ items: z.array(Comment) }),
  }),
  listChildComments: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/comments',
    summary: 'Comments on a child, newest first',
    access: { by: 'guardian', pupil: 'pupilId' },
    input: PageInput.extend({ pupilId: Id('pupil') }),
    output: page(Comment),
  }),
};
