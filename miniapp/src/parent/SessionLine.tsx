/** One session of a child: what, when, where, whether they have come, and what the teacher said. */
import type { ChildSession } from '@kehou/shared/attendance/attendance';
import { timeOfDay } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { StatusChip } from '../components/StatusChip.tsx';
import { t } from '../texts/parent.ts';
import { presenceOf } from './words.ts';

export function SessionLine({ session, action }: { readonly session: ChildSession; readonly action?: ReactNode }) {
  const state = presenceOf(session);
  return (
    <View className="k-list-row">
      <View className="k-grow">
        <View className="k-row k-row--between">
          <Text className="k-strong">{session.courseName}</Text>
          <StatusChip tone={state.tone}>{state.words}</StatusChip>
        </View>
        <View className="k-text-s k-muted k-number">
          {timeOfDay(session.startsAt)}–{timeOfDay(session.endsAt)} ·{' '}
          {t('parent.choose.teacher', { name: session.instructorName, room: session.roomName })}
        </View>
        {session.stars ? <View className="k-text-s k-attention">{t('parent.records.stars', { stars: session.stars })}</View> : null}
        {session.comment ? <View className="k-text-s">{session.comment}</View> : null}
        {action ? <View className="k-row">{action}</View> : null}
      </View>
    </View>
  );
}
