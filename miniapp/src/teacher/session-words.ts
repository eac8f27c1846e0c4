/** How a session stands, in words and in steps. */
import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { moment } from '../components/format.ts';
import type { Tone } from '../components/StatusChip.tsx';
import type { TimelineStep } from '../components/Timeline.tsx';
import { t } from '../texts/teacher.ts';

type Step = TeacherSession['nextStep'];

const tones: Record<Step, Tone> = {
  wait: 'plain',
  'sign-in': 'attention',
  'call-roll': 'attention',
  comment: 'information',
  'sign-out': 'attention',
  done: 'primary',
  missed: 'danger',
};

export function stateOf(session: TeacherSession): { readonly tone: Tone; readonly words: string } {
  if (session.status === 'cancelled') return { tone: 'plain', words: t('teacher.session.cancelled') };
  // The roll was called before the class began.
  const step = session.nextStep === 'wait' && session.record?.rollCalledAt ? 'comment' : session.nextStep;
  return { tone: tones[step], words: t(`teacher.state.${step}`) };
}

/** Signed in, roll called, signed out: what is done, what is next, what was missed. */
export function stepsOf(session: TeacherSession): readonly TimelineStep[] {
  const { record, nextStep } = session;
  const missed = nextStep === 'missed';
  const sign = (mark: NonNullable<typeof record>['signedIn']) =>
    mark && {
      time: moment(mark.at),
      detail: [
        mark.late ? t('teacher.mark.late') : '',
        mark.by === 'exception'
          ? t('teacher.mark.exception')
          : mark.distanceMetres === undefined
            ? ''
            : t('teacher.mark.distance', { metres: mark.distanceMetres }),
      ]
        .filter(Boolean)
        .join(' · '),
    };
  const signedIn = sign(record?.signedIn);
  const signedOut = sign(record?.signedOut);
  return [
    {
      key: 'sign-in',
      title: t('teacher.mark.signedIn'),
      state: signedIn ? 'done' : missed ? 'failed' : nextStep === 'sign-in' ? 'now' : 'next',
      ...(signedIn ? { time: signedIn.time, detail: signedIn.detail || undefined } : {}),
    },
    {
      key: 'roll',
      title: t('teacher.mark.roll'),
      state: record?.rollCalledAt ? 'done' : nextStep === 'call-roll' ? 'now' : 'next',
      ...(record?.rollCalledAt
        ? {
            time: moment(record.rollCalledAt),
            detail: t('teacher.mark.counts', { due: record.due, present: record.present, absent: record.absent, leave: record.onLeave }),
          }
        : {}),
    },
    {
      key: 'sign-out',
      title: t('teacher.mark.signedOut'),
      state: signedOut ? 'done' : nextStep === 'sign-out' ? 'now' : 'next',
      ...(signedOut ? { time: signedOut.time, detail: signedOut.detail || undefined } : {}),
    },
  ];
}
