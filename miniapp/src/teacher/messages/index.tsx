import { AppShell } from '../../components/AppShell.tsx';
import { Inbox } from '../../components/Inbox.tsx';
import { t } from '../../texts/teacher.ts';
import { TeacherTabs } from '../tabs.tsx';

export default function TeacherMessages() {
  return (
    <AppShell access="teacher" title={t('teacher.messages.title')} root footer={<TeacherTabs current="teacher/messages" />}>
      <Inbox emptyText={t('teacher.messages.none')} emptyHint={t('teacher.messages.none.hint')} />
    </AppShell>
  );
}
