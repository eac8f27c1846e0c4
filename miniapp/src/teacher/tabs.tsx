import { type Tab, TabBar } from '../components/TabBar.tsx';
import type { PageName } from '../routes.ts';
import { useMe } from '../session.ts';
import { t } from '../texts/teacher.ts';

/** The teacher's four main pages. */
export function TeacherTabs({ current }: { readonly current: PageName }) {
  const unread = useMe()?.unreadMessages ?? 0;
  const tabs: readonly Tab[] = [
    { page: 'teacher/home', label: t('teacher.tab.today'), icon: 'home' },
    { page: 'teacher/week', label: t('teacher.tab.week'), icon: 'calendar' },
    { page: 'teacher/statements', label: t('teacher.tab.statements'), icon: 'wallet' },
    { page: 'teacher/messages', label: t('teacher.tab.messages'), icon: 'bell', count: unread },
  ];
  return <TabBar tabs={tabs} current={current} />;
}
