/** The frame of the operator's desk. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { ReactNode } from 'react';
import { Desk, type DeskProps, type MenuItem } from '../components/Desk.tsx';
import { useRequiredOrganisation } from '../components/Gate.tsx';
import { useCallPages } from '../queries.ts';
import type { PageName } from '../routes.ts';
import { t } from '../texts/operator.ts';

export interface OperatorDeskProps extends Pick<DeskProps, 'title' | 'lead' | 'actions'> {
  readonly current: PageName;
  readonly children: ReactNode;
}

export function OperatorDesk({ current, children, ...props }: OperatorDeskProps) {
  const menu: readonly MenuItem[] = [
    { page: 'operator/home', label: t('operator.menu.home'), icon: 'clock' },
    { page: 'operator/payouts', label: t('operator.menu.payouts'), icon: 'wallet' },
    { page: 'operator/refunds', label: t('operator.menu.refunds'), icon: 'receipt' },
    { page: 'operator/breaks', label: t('operator.menu.breaks'), icon: 'alert' },
    { page: 'operator/figures', label: t('operator.menu.figures'), icon: 'chart' },
  ];
  return (
    <Desk access="operator" menu={menu} current={current} {...props}>
      {children}
    </Desk>
  );
}

export const useOperatorId = (): Id<'organisation'> => useRequiredOrganisation('operator').organisationId as Id<'organisation'>;

/** Schools that authorised this operator; up to 100 at a time, `more()` for the rest. */
export function useSchools() {
  const organisationId = useOperatorId();
  const schools = useCallPages('organisation', 'listSchools', { organisationId, limit: 100 }, { staleMs: 300_000 });
  return { ...schools, items: schools.items as readonly Organisation[] };
}
