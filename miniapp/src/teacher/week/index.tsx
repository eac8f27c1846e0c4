/** A week at a glance, and day by day underneath. */
import { addDays, type ChinaDate } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { AppShell } from '../../components/AppShell.tsx';
import { useToday } from '../../components/today.ts';
import { mondayOf, WeekView } from '../../components/WeekView.tsx';
import { go } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { SessionRow } from '../SessionRow.tsx';
import { sessionQueryOf } from '../session-query.ts';
import { TeacherTabs } from '../tabs.tsx';
import '../rows.scss';

export default function TeacherWeek() {
  return (
    <AppShell access="teacher" title={t('teacher.week.title')} root footer={<TeacherTabs current="teacher/week" />}>
      <Week />
    </AppShell>
  );
}

function Week() {
  const today = useToday();
  const [chosen, setMonday] = useState<ChinaDate>();
  const monday = chosen ?? mondayOf(today);
  const sessions = useCall('attendance', 'listMySessions', { from: monday, to: addDays(monday, 6) }, { keepLast: true });
  return (
    <View className="k-stack">
      <WeekView
        of={sessions}
        monday={monday}
        today={today}
        items={sessions.data?.items ?? []}
        onTurn={setMonday}
        onTap={(session) => go('teacher/session', sessionQueryOf(session))}
        row={(session) => <SessionRow session={session} />}
      />
    </View>
  );
}
