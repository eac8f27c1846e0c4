import { AppShell } from '../../components/AppShell.tsx';
import { Empty } from '../../components/ListState.tsx';
import { t } from '../../texts/school.ts';

export default function SchoolHome() {
  return (
    <AppShell access="school" title={t('school.home')} root>
      <Empty text={t('school.home')} />
    </AppShell>
  );
}
