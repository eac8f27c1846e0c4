import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { ms } from '@kehou/shared/kernel/time';

/**
 * The session that needs the teacher now: the earliest with something left to do, but a class that has begun or is about
 * to goes before an older one that was only left without its sign-out.
 */
export function firstToShow(sessions: readonly TeacherSession[], nowMs: number): TeacherSession | undefined {
  const open = sessions.filter((one) => one.status === 'scheduled' && one.nextStep !== 'done' && one.nextStep !== 'missed');
  const live = open.find((one) => one.nextStep !== 'wait' && nowMs < ms(one.endsAt));
  return live ?? open[0] ?? sessions.find((one) => one.nextStep === 'missed') ?? sessions[0];
}
