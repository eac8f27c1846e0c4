import { AppShell } from '../../components/AppShell.tsx';
import { Empty } from '../../components/ListState.tsx';
import { t } from '../../texts/bureau.ts';

export default function BureauHome() {
  return (
    <AppShell access="bureau" title={t('bureau.home')} root>
      <Empty text={t('bureau.home')} />
    </AppShell>
  );
}
