/** The frame of the bureau's desk. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { type ReactNode, useEffect } from 'react';
import { Desk, type DeskProps, type MenuItem } from '../components/Desk.tsx';
import { useRequiredOrganisation } from '../components/Gate.tsx';
import { useCallPages } from '../queries.ts';
import type { PageName } from '../routes.ts';
import { t as audit } from '../texts/audit.ts';
import { t } from '../texts/bureau.ts';

export interface BureauDeskProps extends Pick<DeskProps, 'title' | 'lead' | 'actions'> {
  readonly current: PageName;
  readonly children: ReactNode;
}

export function BureauDesk({ current, children, ...props }: BureauDeskProps) {
  const menu: readonly MenuItem[] = [
    { page: 'bureau/home', label: t('bureau.menu.home'), icon: 'chart' },
    { page: 'bureau/money', label: t('bureau.menu.money'), icon: 'money' },
    { page: 'bureau/approvals', label: t('bureau.menu.approvals'), icon: 'check-circle' },
    { page: 'bureau/library', label: t('bureau.menu.library'), icon: 'shield', group: t('bureau.menu.group.rules') },
    { page: 'bureau/scales', label: t('bureau.menu.scales'), icon: 'receipt' },
    { page: 'bureau/calendar', label: t('bureau.menu.calendar'), icon: 'calendar' },
    { page: 'bureau/organisations', label: t('bureau.menu.organisations'), icon: 'school' },
    { page: 'bureau/audit', label: audit('audit.title'), icon: 'list' },
  ];
  return (
    <Desk access="bureau" menu={menu} current={current} {...props}>
      {children}
    </Desk>
  );
}

export function useBureau(): { readonly bureauId: Id<'organisation'>; readonly bureauName: string } {
  const { organisationId, organisationName } = useRequiredOrganisation('bureau');
  return { bureauId: organisationId as Id<'organisation'>, bureauName: organisationName };
}

/** Goes on until the last page: lists that a choice is made from are wanted whole, and are short. */
export function useEvery(pages: { readonly hasMore: boolean; readonly isFetchingNextPage: boolean; more(): void }): void {
  const { hasMore, isFetchingNextPage, more } = pages;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `more` is new with every drawing
  useEffect(() => {
    if (hasMore && !isFetchingNextPage) more();
  }, [hasMore, isFetchingNextPage]);
}

/** Bureaus and offices below this one, whatever the depth. */
export function useBureaus() {
  const { bureauId } = useBureau();
  const bureaus = useCallPages('organisation', 'listBureaus', { bureauId, limit: 100 });
  useEvery(bureaus);
  return { ...bureaus, items: bureaus.items as readonly Organisation[] };
}

/** Operators that schools below may name. */
export function useOperators() {
  const { bureauId } = useBureau();
  const operators = useCallPages('organisation', 'listOperators', { bureauId, limit: 100 });
  useEvery(operators);
  return { ...operators, items: operators.items as readonly Organisation[] };
}

/** Schools under this bureau, whatever the depth. */
export function useSchools() {
  const { bureauId } = useBureau();
  const schools = useCallPages('organisation', 'listSchools', { organisationId: bureauId, limit: 100 }, { staleMs: 60_000 });
  return { ...schools, items: schools.items as readonly Organisation[] };
}
