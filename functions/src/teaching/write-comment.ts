import { judgeCommentHours } from '@kehou/shared/attendance/rules';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Comment, type teachingRoutes } from '@kehou/shared/teaching/routes';
import { ownSession } from '../attendance/own-session.ts';
import { commentedWrite } from '../attendance/roll.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put } from '../platform/table.ts';

type WriteRoute = typeof teachingRoutes.writeComment;

/**
 * A teacher's comment on one pupil of the roll, which the parents see at once; written again, the last one holds. Two
 * round trips: one read, one transaction of the comment and the mark on the roll. The same comment again changes nothing.
 */
export function writeComment({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<WriteRoute>, actor: Actor): Promise<ReplyOf<WriteRoute>> => {
    const { commentId, pupilId, sessionId, offeringId, stars, text } = input;
    const key = keys.comment(sessionId, pupilId);
    const { session, rows } = await ownSession(table, input, actor, [key]);
    const before = rows[0] === undefined ? undefined : Comment.parse(rows[0]);
    if (before?.commentId === commentId && before.stars === stars && before.text === text) return before;
    if (session.status === 'cancelled') throw new DomainError('attendance.session_cancelled');
    const now = clock.now();
    const outside = judgeCommentHours(now, session);
    if (outside) throw new DomainError(outside);

    const { courseName, instructorName } = session;
    const comment: Comment = { commentId, pupilId, sessionId, offeringId, courseName, instructorName, stars, text, writtenAt: now };
    if (
      await table.tryWrite([
        put(key, { ...comment, ...keys.commentsOfPupil(pupilId, now) }),
        commentedWrite(sessionId, pupilId, { stars, comment: text }),
      ])
    )
      throw new DomainError('teaching.not_on_roll');
    return comment;
  };
}
