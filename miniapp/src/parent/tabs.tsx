import { type Tab, TabBar } from '../components/TabBar.tsx';
import type { PageName } from '../routes.ts';
import { useMe } from '../session.ts';
import { t } from '../texts/parent.ts';

/** A parent's five main pages. */
export function ParentTabs({ current }: { readonly current: PageName }) {
  const unread = useMe()?.unreadMessages ?? 0;
  const tabs: readonly Tab[] = [
    { page: 'parent/home', label: t('parent.home'), icon: 'home' },
    { page: 'parent/week', label: t('parent.tab.week'), icon: 'calendar' },
    { page: 'parent/orders', label: t('parent.tab.orders'), icon: 'receipt' },
    { page: 'parent/messages', label: t('parent.tab.messages'), icon: 'bell', count: unread },
    { page: 'parent/me', label: t('parent.tab.me'), icon: 'people' },
  ];
  return <TabBar tabs={tabs} current={current} />;
}
