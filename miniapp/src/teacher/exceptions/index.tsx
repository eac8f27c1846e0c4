/** What I asked the school to accept, and what became of it. */
import type { ExceptionRequest } from '@kehou/shared/attendance/attendance';
import { Text, View } from '@tarojs/components';
import { AppShell } from '../../components/AppShell.tsx';
import { moment, weekdayAndDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';

export default function TeacherExceptions() {
  return (
    <AppShell access="teacher" title={t('teacher.exceptions.title')}>
      <List />
    </AppShell>
  );
}

function List() {
  const mine = useCallPages('attendance', 'listMyExceptions', { limit: 20 }, { everyMs: 30_000 });
  return (
    <View className="k-stack">
      <ListState
        of={mine}
        empty={mine.items.length === 0}
        emptyIcon="edit"
        emptyText={t('teacher.exceptions.none')}
        emptyHint={t('teacher.exceptions.none.hint')}
        hasMore={mine.hasMore}
        loadingMore={mine.isFetchingNextPage}
        onMore={mine.more}
        skeletonRows={3}
        skeletonHeight={120}
        showEnd
      >
        {() => mine.items.map((one) => <One key={one.attendanceExceptionId} one={one} />)}
      </ListState>
    </View>
  );
}

const tones: Record<ExceptionRequest['status'], Tone> = { asked: 'attention', approved: 'primary', refused: 'danger' };

function One({ one }: { readonly one: ExceptionRequest }) {
  return (
    <View className="k-card" id={`exception-${one.attendanceExceptionId}`}>
      <View className="k-row k-row--between">
        <Text className="k-strong">{one.courseName}</Text>
        <StatusChip tone={tones[one.status]}>{t(`teacher.exceptions.status.${one.status}`)}</StatusChip>
      </View>
      <View className="k-text-s k-muted">
        {weekdayAndDay(one.date)} · {t(`teacher.exception.${one.mark}`)}
      </View>
      <View className="k-text-s">{t('teacher.exceptions.reason', { reason: one.reason })}</View>
      <View className="k-text-s k-muted">{t('teacher.exceptions.askedAt', { when: moment(one.askedAt) })}</View>
      {one.decidedAt ? (
        <View className="k-text-s k-muted">{t('teacher.exceptions.decidedAt', { when: moment(one.decidedAt) })}</View>
      ) : null}
      {one.status === 'refused' ? (
        <View className="k-notice k-notice--danger">
          <Icon name="alert" />
          <Text>{t('teacher.exceptions.refused', { reason: one.note ?? '' })}</Text>
        </View>
      ) : null}
    </View>
  );
}
