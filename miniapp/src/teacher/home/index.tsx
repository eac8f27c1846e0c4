/** The teacher's day: the next class large, with the one button that is right for this minute; then the rest. */
import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { addDays, ms } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { serverNowMs } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { go } from '../../platform/navigation.ts';
import { useCall, useCallPages } from '../../queries.ts';
import { rolesOf, useMe } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/teacher.ts';
import { firstToShow } from '../first-to-show.ts';
import { SessionCard } from '../SessionCard.tsx';
import { SessionRow } from '../SessionRow.tsx';
import { TeacherTabs } from '../tabs.tsx';
import '../rows.scss';

/** How far ahead "next" looks; the server answers for 14 days at most. */
const DAYS_AHEAD = 13;
const COMING_MAX = 5;

export default function TeacherHome() {
  const me = useMe();
  return (
    <AppShell
      access="teacher"
      title={t('teacher.today.title')}
      root
      footer={<TeacherTabs current="teacher/home" />}
      action={
        me && rolesOf(me).length > 1 ? (
          <Tap className="k-titlebar__button" label={common('role.switch')} id="switch-role" onTap={() => go('entry/roles')}>
            <Icon name="swap" size={1.4} />
          </Tap>
        ) : null
      }
    >
      <Today />
    </AppShell>
  );
}

function Today() {
  const today = useToday();
  const sessions = useCall('attendance', 'listMySessions', { from: today, to: addDays(today, DAYS_AHEAD) }, { everyMs: 20_000 });
  const items = sessions.data?.items ?? [];
  const first = firstToShow(items, serverNowMs());
  const rest = items.filter((one) => one.date === today && one !== first);
  const coming = items.filter((one) => one.date > today && one !== first && one.status === 'scheduled').slice(0, COMING_MAX);
  return (
    <View className="k-stack">
      <ListState
        of={sessions}
        empty={items.length === 0}
        emptyIcon="calendar"
        emptyText={t('teacher.today.none')}
        emptyHint={t('teacher.today.none.hint')}
        skeletonRows={2}
        skeletonHeight={220}
      >
        {first ? <SessionCard session={first} heading={headingOf(first)} /> : null}
        <Rows title={t('teacher.today.rest')} sessions={rest} />
        <Rows title={t('teacher.today.coming')} sessions={coming} withDay />
      </ListState>
      <Exceptions />
    </View>
  );
}

/** There as soon as anything was ever asked for. */
function Exceptions() {
  const mine = useCallPages('attendance', 'listMyExceptions', { limit: 20 }, { everyMs: 60_000 });
  if (mine.items.length === 0) return null;
  const open = mine.items.filter((one) => one.status === 'asked').length;
  return (
    <View className="k-list">
      <Tap className="k-list-row k-list-row--tap" id="my-exceptions" onTap={() => go('teacher/exceptions')}>
        <Icon name="edit" className="k-muted" />
        <View className="k-grow">{t('teacher.exceptions.title')}</View>
        {open > 0 ? <Text className="k-text-s k-muted">{t('teacher.exceptions.open', { count: open })}</Text> : null}
        <Icon name="forward" className="k-muted" />
      </Tap>
    </View>
  );
}

function Rows({
  title,
  sessions,
  withDay,
}: {
  readonly title: string;
  readonly sessions: readonly TeacherSession[];
  readonly withDay?: boolean;
}) {
  if (sessions.length === 0) return null;
  return (
    <>
      <View className="k-section-title">{title}</View>
      <View className="k-list">
        {sessions.map((session) => (
          <SessionRow key={session.sessionId} session={session} withDay={withDay ?? false} />
        ))}
      </View>
    </>
  );
}

function headingOf(session: TeacherSession): string {
  const now = serverNowMs();
  if (now >= ms(session.endsAt)) return t('teacher.today.ended');
  return now >= ms(session.startsAt) ? t('teacher.today.now') : t('teacher.today.next');
}
