import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { ms } from '@kehou/shared/kernel/time';

/**
 * The session that needs the teacher now. First one that is under way or about to be; then one that was left without its
 * sign-out; then one that was missed, as long as its day lasts, for the school can still be asked; then the next to come.
 */
export function firstToShow(sessions: readonly TeacherSession[], nowMs: number): TeacherSession | undefined {
  const scheduled = sessions.filter((one) => one.status === 'scheduled');
  // Whoever has signed in waits for the class to begin: it is under way as far as they are concerned.
  const isOpen = ({ nextStep, record }: TeacherSession) =>
    nextStep === 'wait' ? record?.signedIn !== undefined : nextStep !== 'done' && nextStep !== 'missed';
  const open = scheduled.filter(isOpen);
  return (
    open.find((one) => nowMs < ms(one.endsAt)) ??
    open[0] ??
    scheduled.find((one) => one.nextStep === 'missed') ??
    scheduled.find((one) => one.nextStep === 'wait') ??
    sessions[0]
  );
}
