import { AppShell } from '../../components/AppShell.tsx';
import { Empty } from '../../components/ListState.tsx';
import { t } from '../../texts/operator.ts';

export default function OperatorHome() {
  return (
    <AppShell access="operator" title={t('operator.home')} root>
      <Empty text={t('operator.home')} />
    </AppShell>
  );
}
