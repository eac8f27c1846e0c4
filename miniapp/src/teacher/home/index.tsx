import { AppShell } from '../../components/AppShell.tsx';
import { Empty } from '../../components/ListState.tsx';
import { t } from '../../texts/teacher.ts';

export default function TeacherHome() {
  return (
    <AppShell access="teacher" title={t('teacher.today.title')} root>
      <Empty text={t('teacher.today.title')} />
    </AppShell>
  );
}
