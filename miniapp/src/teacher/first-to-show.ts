import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { ms } from '@kehou/shared/kernel/time';

/**
 * The session that needs the teacher now. First one that is under way or about to be; then one that was left without its
 * sign-out; then one that was missed, as long as its day lasts, for the school can still be asked; then the next to come.
 */
export function firstToShow(sessions: readonly TeacherSession[], nowMs: number): TeacherSession | undefined {
  const scheduled = sessions.filter((one) => one.status === 'scheduled');
  const open = scheduled.filter((one) => one.nextStep !== 'done' && one.nextStep !== 'missed' && one.nextStep !== 'wait');
  return (
    open.find((one) => nowMs < ms(one.endsAt)) ??
    open[0] ??
    scheduled.find((one) => one.nextStep === 'missed') ??
    scheduled.find((one) => one.nextStep === 'wait') ??
    sessions[0]
  );
}
