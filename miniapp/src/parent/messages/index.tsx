import { AppShell } from '../../components/AppShell.tsx';
import { Inbox } from '../../components/Inbox.tsx';
import { t } from '../../texts/parent.ts';
import { ParentTabs } from '../tabs.tsx';

export default function ParentMessages() {
  return (
    <AppShell access="parent" title={t('parent.messages.title')} root footer={<ParentTabs current="parent/messages" />}>
      <Inbox emptyText={t('parent.messages.none')} emptyHint={t('parent.messages.none.hint')} />
    </AppShell>
  );
}
