/** A child's week, day by day: attendance, comments, and asking leave. */
import type { ChildSession } from '@kehou/shared/attendance/attendance';
import { newId } from '@kehou/shared/kernel/id';
import { addDays, type ChinaDate, chinaDate, timeOfDay, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { day, nearDay } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { type WeekCell, WeekGrid } from '../../components/WeekGrid.tsx';
import { go } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { SessionLine } from '../SessionLine.tsx';
import { ParentTabs } from '../tabs.tsx';

export default function ParentWeek() {
  return (
    <AppShell access="parent" title={t('parent.week.title')} root footer={<ParentTabs current="parent/week" />}>
      <Week />
    </AppShell>
  );
}

const mondayOf = (date: ChinaDate): ChinaDate => addDays(date, 1 - weekdayOf(date));

function Week() {
  const child = useRequiredChild();
  const today = chinaDate(serverNow());
  const [monday, setMonday] = useState(() => mondayOf(today));
  const [leaving, setLeaving] = useState<ChildSession>();
  const sunday = addDays(monday, 6);
  const sessions = useCall(
    'attendance',
    'listChildSessions',
    { pupilId: child.pupilId, from: monday, to: sunday },
    { keepLast: true, everyMs: 30_000 },
  );
  const items = sessions.data?.items ?? [];
  const days = [...new Set(items.map(({ date }) => date))].sort();
  return (
    <View className="k-stack">
      <View className="k-row k-row--between">
        <Tap id="week-previous" label={t('parent.week.previous')} className="k-pad" onTap={() => setMonday(addDays(monday, -7))}>
          <Icon name="back" size={1.4} />
        </Tap>
        <Text className="k-strong">{t('parent.week.range', { from: day(monday), to: day(sunday) })}</Text>
        <Tap id="week-next" label={t('parent.week.next')} className="k-pad" onTap={() => setMonday(addDays(monday, 7))}>
          <Icon name="forward" size={1.4} />
        </Tap>
      </View>
      <ListState
        of={sessions}
        empty={items.length === 0}
        emptyIcon="calendar"
        emptyText={t('parent.week.none')}
        emptyHint={t('parent.week.none.hint')}
        skeletonRows={3}
        skeletonHeight={96}
      >
        {() => (
          <>
            <View className="k-card">
              <WeekGrid
                weekdays={weekdaysOf(items)}
                periods={periodsOf(items)}
                cells={cellsOf(items)}
                today={monday === mondayOf(today) ? weekdayOf(today) : undefined}
              />
            </View>
            {days.map((date) => (
              <View key={date}>
                <View className="k-section-title">{nearDay(date)}</View>
                <View className="k-list">
                  {items
                    .filter((one) => one.date === date)
                    .map((session) => (
                      <SessionLine
                        key={session.sessionId}
                        session={session}
                        action={
                          session.status === 'scheduled' && serverNow() < session.startsAt ? (
                            session.leaveId ? (
                              <Withdraw session={session} leaveId={session.leaveId} />
                            ) : (
                              <Button kind="text" small id={`leave-${session.sessionId}`} onTap={() => setLeaving(session)}>
                                {t('parent.leave.ask')}
                              </Button>
                            )
                          ) : null
                        }
                      />
                    ))}
                </View>
              </View>
            ))}
          </>
        )}
      </ListState>
      <View className="k-list">
        <Tap className="k-list-row k-list-row--tap" id="week-records" onTap={() => go('parent/records')}>
          <Icon name="comment" className="k-primary" />
          <View className="k-grow">{t('parent.records.open')}</View>
          <Icon name="forward" className="k-muted" />
        </Tap>
      </View>
      <Sheet
        open={leaving !== undefined}
        title={t('parent.leave.title', { name: leaving?.courseName ?? '' })}
        onClose={() => setLeaving(undefined)}
        id="leave-sheet"
      >
        {leaving ? <AskLeave key={leaving.sessionId} session={leaving} onDone={() => setLeaving(undefined)} /> : null}
      </Sheet>
    </View>
  );
}

const quick = ['sick', 'family', 'other'] as const;

function AskLeave({ session, onDone }: { readonly session: ChildSession; onDone(): void }) {
  const child = useRequiredChild();
  const [leaveId, setLeaveId] = useState(() => newId('leave'));
  const [reason, write] = useState('');
  // The id belongs to what was asked: other words are another request.
  const setReason = (words: string) => {
    write(words);
    setLeaveId(newId('leave'));
  };
  const ask = useAction(
    () =>
      api.attendance.askLeave({
        pupilId: child.pupilId,
        leaveId,
        offeringId: session.offeringId,
        sessionId: session.sessionId,
        reason: reason.trim(),
      }),
    { done: t('parent.leave.sent'), refresh: [['attendance'], ['messaging']], onDone },
  );
  return (
    <View className="k-column k-column--wide">
      <Field label={t('parent.leave.reason')}>
        <TextInput id="leave-reason" value={reason} placeholder={t('parent.leave.placeholder')} lengthMax={100} onChange={setReason} />
      </Field>
      <Chips
        single
        label={t('parent.leave.reason')}
        values={quick.filter((one) => t(`parent.leave.quick.${one}`) === reason)}
        options={quick.map((one) => ({ value: one, label: t(`parent.leave.quick.${one}`) }))}
        onChange={([one]) => one && setReason(t(`parent.leave.quick.${one}`))}
      />
      <Button kind="primary" block id="leave-send" disabled={reason.trim() === ''} running={ask.running} onTap={() => ask.run(undefined)}>
        {t('parent.leave.send')}
      </Button>
    </View>
  );
}

function Withdraw({ session, leaveId }: { readonly session: ChildSession; readonly leaveId: NonNullable<ChildSession['leaveId']> }) {
  const child = useRequiredChild();
  const withdraw = useAction(() => api.attendance.withdrawLeave({ pupilId: child.pupilId, leaveId }), {
    done: t('parent.leave.withdrawn'),
    refresh: [['attendance'], ['messaging']],
  });
  return (
    <Button kind="text" small id={`withdraw-${session.sessionId}`} running={withdraw.running} onTap={() => withdraw.run(undefined)}>
      {t('parent.leave.withdraw')}
    </Button>
  );
}

function weekdaysOf(items: readonly ChildSession[]): readonly Weekday[] {
  const used = new Set(items.map(({ date }) => weekdayOf(date)));
  return ([1, 2, 3, 4, 5, 6, 7] as Weekday[]).filter((weekday) => weekday <= 5 || used.has(weekday));
}

function periodsOf(items: readonly ChildSession[]) {
  const periods = new Map(
    items.map((one) => [one.period, { period: one.period, startsAt: timeOfDay(one.startsAt), endsAt: timeOfDay(one.endsAt) }]),
  );
  return [...periods.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

function cellsOf(items: readonly ChildSession[]): readonly WeekCell[] {
  return items.map((one) => ({
    weekday: weekdayOf(one.date),
    period: one.period,
    state: one.status === 'cancelled' ? 'blocked' : 'taken',
    title: one.courseName,
    note: one.status === 'cancelled' ? t('parent.cancelled') : one.roomName,
  }));
}
