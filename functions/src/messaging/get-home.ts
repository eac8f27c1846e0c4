import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays, chinaDate } from '@kehou/shared/kernel/time';
import type { messagingRoutes } from '@kehou/shared/messaging/routes';
import { enrolmentsOfChild, sessionsOfChild } from '../attendance/list-child-sessions.ts';
import type { Platform } from '../platform/platform.ts';
import { listChildWindows } from '../selection/show-window.ts';

type GetHome = typeof messagingRoutes.getHome;
/** Days back in which the latest comment is looked for. */
const COMMENT_DAYS = 6;

/**
 * A child's home page. Three queries whatever the size of the city (the child's enrolments, the school's windows, the
 * school's sessions of a week), one read of the pupil and one batch for what happened in the child's own sessions.
 */
export function getHome(deps: Pick<Platform, 'table' | 'clock'>) {
  const windowsOfChild = listChildWindows(deps);
  return async (input: ParsedOf<GetHome>, actor: Actor): Promise<ReplyOf<GetHome>> => {
    const today = chinaDate(deps.clock.now());
    const week = { pupilId: input.pupilId, from: addDays(today, -COMMENT_DAYS), to: today };
    const [windows, { enrolments, sessions }] = await Promise.all([
      windowsOfChild(input, actor),
      enrolmentsOfChild(deps.table, input.pupilId).then(async (enrolments) => ({
        enrolments,
        sessions: await sessionsOfChild(deps.table, week, enrolments),
      })),
    ]);
    return {
      windows: windows.items,
      holds: enrolments.filter(({ status }) => status === 'held'),
      classes: enrolments.filter(({ status }) => status === 'confirmed'),
      today: sessions.filter(({ date }) => date === today),
      latestComment: sessions.findLast(({ comment }) => comment !== undefined),
    };
  };
}
