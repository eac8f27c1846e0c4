/** A child's week, day by day: attendance, comments, and asking leave. */
import type { ChildSession } from '@kehou/shared/attendance/attendance';
import { newId } from '@kehou/shared/kernel/id';
import { addDays, type ChinaDate } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { mondayOf, WeekView } from '../../components/WeekView.tsx';
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

function Week() {
  const child = useRequiredChild();
  const today = useToday();
  const [chosen, setMonday] = useState<ChinaDate>();
  const monday = chosen ?? mondayOf(today);
  const [leaving, setLeaving] = useState<ChildSession>();
  const sessions = useCall(
    'attendance',
    'listChildSessions',
    { pupilId: child.pupilId, from: monday, to: addDays(monday, 6) },
    { keepLast: true, everyMs: 30_000 },
  );
  return (
    <View className="k-stack">
      <WeekView
        of={sessions}
        monday={monday}
        today={today}
        items={sessions.data?.items ?? []}
        onTurn={setMonday}
        row={(session) => <SessionLine session={session} action={<Leave session={session} onAsk={() => setLeaving(session)} />} />}
      />
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

/** Before it begins: to ask leave, or to take it back. */
function Leave({ session, onAsk }: { readonly session: ChildSession; onAsk(): void }) {
  if (session.status !== 'scheduled' || serverNow() >= session.startsAt) return null;
  if (session.leaveId) return <Withdraw session={session} leaveId={session.leaveId} />;
  return (
    <Button kind="text" small id={`leave-${session.sessionId}`} onTap={onAsk}>
      {t('parent.leave.ask')}
    </Button>
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
