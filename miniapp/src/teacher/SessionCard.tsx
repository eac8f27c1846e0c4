/** A session large: what, where, when, how long still, how it stands, and the one button that is right for this minute. */
import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { type Instant, ms, timeOfDay } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useServerNow } from '../clock.ts';
import { Button } from '../components/Button';
import { Countdown } from '../components/Countdown.tsx';
import { moment, nearDay } from '../components/format.ts';
import { Icon, type IconName } from '../components/Icon.tsx';
import { StatusChip } from '../components/StatusChip.tsx';
import { Timeline } from '../components/Timeline.tsx';
import { go } from '../platform/navigation.ts';
import { useCallPages } from '../queries.ts';
import { t } from '../texts/teacher.ts';
import { type Asked, askedFor } from './asked.ts';
import { sessionQueryOf } from './session-query.ts';
import { stateOf, stepsOf } from './session-words.ts';
import './SessionCard.scss';

/** A countdown is of use on the day itself; before that the date says it better. */
const COUNTDOWN_WITHIN_MS = 12 * 3_600_000;

export function SessionCard({ session, heading }: { readonly session: TeacherSession; readonly heading: string }) {
  const state = stateOf(session);
  return (
    <View className="k-card t-session" id="session-card">
      <View className="k-row k-row--between">
        <Text className="k-text-s k-muted">{heading}</Text>
        <StatusChip tone={state.tone} id="session-state">
          {state.words}
        </StatusChip>
      </View>
      <View className="k-text-xl t-session__course">{session.courseName}</View>
      <View className="t-session__when">
        <Text className="k-number">
          {nearDay(session.date)} {timeOfDay(session.startsAt)}–{timeOfDay(session.endsAt)}
        </Text>
        <Left from={session.startsAt} to={session.endsAt} />
      </View>
      <View className="k-row k-row--wrap k-muted t-session__where">
        <Icon name="place" />
        <Text className="t-session__room">{session.roomName}</Text>
        <Text>{t('teacher.session.number', { number: session.number })}</Text>
        <Text>{t('teacher.session.enrolled', { count: session.enrolled })}</Text>
      </View>
      {session.status === 'cancelled' ? (
        <View className="k-notice k-notice--attention t-session__notice">
          <Icon name="info" />
          <Text>{t('teacher.session.cancelledWhy', { reason: session.cancelReason ?? '' })}</Text>
        </View>
      ) : (
        <>
          <NextButton session={session} />
          <View className="k-divider" />
          <Timeline steps={stepsOf(session)} />
          <Others session={session} />
        </>
      )}
    </View>
  );
}

function Left({ from, to }: { readonly from: Instant; readonly to: Instant }) {
  const now = useServerNow(10_000);
  const until = now < ms(from) ? from : to;
  if (now >= ms(to)) return <Text className="k-text-s k-muted">{t('teacher.today.started')}</Text>;
  if (ms(until) - now > COUNTDOWN_WITHIN_MS) return null;
  return (
    <Text className="k-text-s k-muted">
      <Countdown until={until} className="k-strong k-primary" /> {now < ms(from) ? t('teacher.today.startsIn') : t('teacher.today.endsIn')}
    </Text>
  );
}

const steps = {
  'sign-in': { icon: 'scan', page: 'teacher/sign', mark: 'sign-in' },
  'call-roll': { icon: 'list', page: 'teacher/roll', mark: undefined },
  comment: { icon: 'comment', page: 'teacher/comments', mark: undefined },
  'sign-out': { icon: 'scan', page: 'teacher/sign', mark: 'sign-out' },
} as const satisfies Record<string, { icon: IconName; page: string; mark: string | undefined }>;

function NextButton({ session }: { readonly session: TeacherSession }) {
  const query = sessionQueryOf(session);
  const begun = useServerNow(10_000) >= ms(session.startsAt);
  // A roll may be called a little early; then the class itself is waited for, and it may have begun since the last reading.
  const called = session.nextStep === 'wait' && session.record?.rollCalledAt !== undefined;
  const nextStep = called && begun ? 'comment' : session.nextStep;
  const early = called && !begun;
  if (nextStep === 'done') return null;
  if (nextStep === 'wait') {
    return (
      <View className="t-session__next">
        <Button kind="primary" block disabled id="next-step" onTap={() => undefined}>
          {early ? t('teacher.step.begins') : t('teacher.step.wait')}
        </Button>
        <Text className="k-text-s k-muted k-center">{early ? t('teacher.step.begins.hint') : t('teacher.step.wait.hint')}</Text>
      </View>
    );
  }
  if (nextStep === 'missed') return <Missed session={session} />;
  const step = steps[nextStep];
  return (
    <View className="t-session__next">
      <Button
        kind="primary"
        block
        icon={step.icon}
        id="next-step"
        onTap={() => go(step.page, step.mark ? { ...query, mark: step.mark, start: step.page === 'teacher/sign' ? 1 : undefined } : query)}
      >
        {t(`teacher.step.${nextStep}`)}
      </Button>
    </View>
  );
}

/** Nobody signed in: what the school was asked, and what it said; else, that it can be asked. */
function Missed({ session }: { readonly session: TeacherSession }) {
  const query = sessionQueryOf(session);
  const mine = useCallPages('attendance', 'listMyExceptions', { limit: 20 }, { everyMs: 30_000 });
  const asked = askedFor(mine.items, session.sessionId, 'sign-in');
  const waits = asked?.status === 'asked';
  return (
    <View className="t-session__next">
      <MissedNotice asked={asked} />
      {waits ? (
        <Button kind="plain" block icon="list" id="open-exceptions" onTap={() => go('teacher/exceptions')}>
          {t('teacher.exceptions.title')}
        </Button>
      ) : (
        <Button kind="primary" block icon="edit" id="next-step" onTap={() => go('teacher/exception', { ...query, mark: 'sign-in' })}>
          {asked ? t('teacher.exception.again') : t('teacher.step.missed')}
        </Button>
      )}
    </View>
  );
}

function MissedNotice({ asked }: { readonly asked: Asked | undefined }) {
  if (asked?.status === 'asked') {
    return (
      <View className="k-notice">
        <Icon name="clock" />
        <Text>{t('teacher.exception.waiting', { when: moment(asked.askedAt) })}</Text>
      </View>
    );
  }
  return (
    <View className="k-notice k-notice--danger">
      <Icon name="alert" />
      <Text>
        {asked?.status === 'refused' ? t('teacher.exceptions.refused', { reason: asked.note ?? '' }) : t('teacher.step.missed.hint')}
      </Text>
    </View>
  );
}

/** The other things that can be done in this session, never shouting beside the main one. */
function Others({ session }: { readonly session: TeacherSession }) {
  const query = sessionQueryOf(session);
  const { record, nextStep } = session;
  return (
    <View className="k-buttons t-session__others">
      {nextStep === 'call-roll' ? null : (
        <Button kind="plain" icon="list" id="open-roll" onTap={() => go('teacher/roll', query)}>
          {record?.rollCalledAt ? t('teacher.roll.title') : t('teacher.session.list')}
        </Button>
      )}
      {record?.rollCalledAt && nextStep !== 'comment' ? (
        <Button kind="plain" icon="comment" id="open-comments" onTap={() => go('teacher/comments', query)}>
          {t('teacher.comments.title')}
        </Button>
      ) : null}
      {nextStep === 'comment' && !record?.signedOut ? (
        <Button kind="plain" icon="scan" id="open-sign-out" onTap={() => go('teacher/sign', { ...query, mark: 'sign-out' })}>
          {t('teacher.sign.out')}
        </Button>
      ) : null}
    </View>
  );
}
