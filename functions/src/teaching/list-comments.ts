import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { Comment, type teachingRoutes } from '@kehou/shared/teaching/routes';
import { ownSession } from '../attendance/own-session.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';

/** A class has so many places at most, and each pupil one comment a session. */
const COMMENTS_MAX = 500;

type OfSession = typeof teachingRoutes.listSessionComments;

/** Comments of my session. Two round trips. */
export function listSessionComments({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<OfSession>, actor: Actor): Promise<ReplyOf<OfSession>> => {
    await ownSession(table, input, actor);
    return { items: await table.queryAll({ ...keys.comments(input.sessionId), consistent: true, most: COMMENTS_MAX }, Comment) };
  };
}

type OfChild = typeof teachingRoutes.listChildComments;

/** Comments on a child, newest first. One query. */
export function listChildComments({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<OfChild>): Promise<ReplyOf<OfChild>> => {
    const { GSI1PK } = keys.commentsOfPupil(input.pupilId, '' as Instant);
    return table.query({ index: 'GSI1', pk: GSI1PK, limit: input.limit, cursor: input.cursor, newestFirst: true }, Comment);
  };
}
