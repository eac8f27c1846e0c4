import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { timeOfDay } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { nearDay } from '../components/format.ts';
import { Icon } from '../components/Icon.tsx';
import { StatusChip } from '../components/StatusChip.tsx';
import { Tap } from '../components/Tap';
import { go } from '../platform/navigation.ts';
import { sessionQueryOf } from './session-query.ts';
import { stateOf } from './session-words.ts';

/** A session in a list: when, what, where, how it stands. */
export function SessionRow({ session, withDay }: { readonly session: TeacherSession; readonly withDay?: boolean }) {
  const state = stateOf(session);
  return (
    <Tap
      className="k-list-row k-list-row--tap"
      id={`session-${session.sessionId}`}
      onTap={() => go('teacher/session', sessionQueryOf(session))}
    >
      <View className="t-row__time k-number">
        <Text className="k-strong">{timeOfDay(session.startsAt)}</Text>
        <Text className="k-text-xs k-muted">{timeOfDay(session.endsAt)}</Text>
      </View>
      <View className="k-grow">
        <View className="k-clip">{session.courseName}</View>
        <View className="k-text-s k-muted k-clip">
          {withDay ? `${nearDay(session.date)} · ` : ''}
          {session.roomName}
        </View>
      </View>
      <StatusChip tone={state.tone}>{state.words}</StatusChip>
      <Icon name="forward" className="k-muted" />
    </Tap>
  );
}
