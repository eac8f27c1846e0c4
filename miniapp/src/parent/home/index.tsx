import { AppShell } from '../../components/AppShell.tsx';
import { Empty } from '../../components/ListState.tsx';
import { t } from '../../texts/parent.ts';

export default function ParentHome() {
  return (
    <AppShell access="parent" title={t('parent.home')} root>
      <Empty text={t('parent.home')} />
    </AppShell>
  );
}
