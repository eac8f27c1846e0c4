/** A week at a glance, and day by day underneath. */
import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { addDays, type ChinaDate, timeOfDay, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { AppShell } from '../../components/AppShell.tsx';
import { day, nearDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { type WeekCell, WeekGrid } from '../../components/WeekGrid.tsx';
import { go } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { SessionRow } from '../SessionRow.tsx';
import { sessionQueryOf } from '../session-query.ts';
import { TeacherTabs } from '../tabs.tsx';
import '../rows.scss';
import './index.scss';

export default function TeacherWeek() {
  return (
    <AppShell access="teacher" title={t('teacher.week.title')} root footer={<TeacherTabs current="teacher/week" />}>
      <Week />
    </AppShell>
  );
}

const mondayOf = (date: ChinaDate): ChinaDate => addDays(date, 1 - weekdayOf(date));

function Week() {
  const today = useToday();
  const [chosen, setMonday] = useState<ChinaDate>();
  const monday = chosen ?? mondayOf(today);
  const sunday = addDays(monday, 6);
  const sessions = useCall('attendance', 'listMySessions', { from: monday, to: sunday }, { keepLast: true });
  const items = sessions.data?.items ?? [];
  const thisWeek = monday === mondayOf(today);
  const days = [...new Set(items.map((one) => one.date))].sort();
  return (
    <View className="k-stack">
      <View className="k-row k-row--between">
        <Tap className="t-week__turn" id="week-previous" label={t('teacher.week.previous')} onTap={() => setMonday(addDays(monday, -7))}>
          <Icon name="back" size={1.4} />
        </Tap>
        <Tap className="t-week__range" id="week-this" label={t('teacher.week.this')} onTap={() => setMonday(undefined)}>
          <Text className="k-strong">{t('teacher.week.range', { from: day(monday), to: day(sunday) })}</Text>
          <Text className="k-text-xs k-primary">{thisWeek ? t('teacher.week.this') : `↩ ${t('teacher.week.this')}`}</Text>
        </Tap>
        <Tap className="t-week__turn" id="week-next" label={t('teacher.week.next')} onTap={() => setMonday(addDays(monday, 7))}>
          <Icon name="forward" size={1.4} />
        </Tap>
      </View>
      <ListState
        of={sessions}
        empty={items.length === 0}
        emptyIcon="calendar"
        emptyText={t('teacher.week.none')}
        emptyHint={t('teacher.week.none.hint')}
        skeletonRows={3}
        skeletonHeight={96}
      >
        {() => (
          <>
            <View className="k-card t-week__grid">
              <WeekGrid
                weekdays={weekdaysOf(items)}
                periods={periodsOf(items)}
                cells={cellsOf(items)}
                today={thisWeek ? weekdayOf(today) : undefined}
              />
            </View>
            {days.map((date) => (
              <View key={date}>
                <View className="k-section-title t-week__day">{nearDay(date)}</View>
                <View className="k-list">
                  {items
                    .filter((one) => one.date === date)
                    .map((session) => (
                      <SessionRow key={session.sessionId} session={session} />
                    ))}
                </View>
              </View>
            ))}
          </>
        )}
      </ListState>
    </View>
  );
}

// Saturday and Sunday only where there is something on them: five columns are wider than seven.
function weekdaysOf(items: readonly TeacherSession[]): readonly Weekday[] {
  const used = new Set(items.map((one) => weekdayOf(one.date)));
  return [1, 2, 3, 4, 5, 6, 7].filter((weekday) => weekday <= 5 || used.has(weekday)) as Weekday[];
}

function periodsOf(items: readonly TeacherSession[]) {
  const periods = new Map<number, { period: number; startsAt: string; endsAt: string }>();
  for (const one of items)
    periods.set(one.period, { period: one.period, startsAt: timeOfDay(one.startsAt), endsAt: timeOfDay(one.endsAt) });
  return [...periods.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

function cellsOf(items: readonly TeacherSession[]): readonly WeekCell[] {
  return items.map((one) => ({
    weekday: weekdayOf(one.date),
    period: one.period,
    state: one.status === 'cancelled' ? 'blocked' : 'taken',
    title: one.courseName,
    note: one.status === 'cancelled' ? t('teacher.session.cancelled') : one.roomName,
    onTap: () => go('teacher/session', sessionQueryOf(one)),
  }));
}
