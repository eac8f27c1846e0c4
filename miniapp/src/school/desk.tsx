/** The frame of the school's desk: its menu, with what waits, and the school itself. */
import type { Id } from '@kehou/shared/kernel/id';
import { type ReactNode, useMemo } from 'react';
import { Desk, type DeskProps, type MenuItem } from '../components/Desk.tsx';
import { useRequiredOrganisation } from '../components/Gate.tsx';
import type { PageName } from '../routes.ts';
import { useOrganisation } from '../session.ts';
import { t as audit } from '../texts/audit.ts';
import { t } from '../texts/school.ts';
import { useWaiting } from './waiting.ts';

export interface SchoolDeskProps extends Pick<DeskProps, 'title' | 'lead' | 'actions' | 'share'> {
  readonly current: PageName;
  readonly children: ReactNode;
}

export function SchoolDesk({ current, children, ...props }: SchoolDeskProps) {
  const schoolId = useOrganisation('school')?.organisationId as Id<'organisation'> | undefined;
  const waiting = useWaiting(schoolId);
  const menu = useMemo(
    (): readonly MenuItem[] => [
      { page: 'school/home', label: t('school.menu.home'), icon: 'home' },
      { page: 'school/windows', label: t('school.menu.windows'), icon: 'clock', group: t('school.menu.group.classes') },
      { page: 'school/classes', label: t('school.menu.classes'), icon: 'book' },
      { page: 'school/library', label: t('school.menu.library'), icon: 'star' },
      { page: 'school/rosters', label: t('school.menu.rosters'), icon: 'people', count: waiting.links },
      { page: 'school/calendar', label: t('school.menu.calendar'), icon: 'calendar' },
      {
        page: 'school/money',
        label: t('school.menu.money'),
        icon: 'money',
        count: waiting.refunds + waiting.attention,
        group: t('school.menu.group.money'),
      },
      { page: 'school/payouts', label: t('school.menu.payouts'), icon: 'wallet', count: waiting.payouts },
      {
        page: 'school/exceptions',
        label: t('school.menu.exceptions'),
        icon: 'edit',
        count: waiting.exceptions,
        group: t('school.menu.group.daily'),
      },
      { page: 'school/qr', label: t('school.menu.qr'), icon: 'qr' },
      { page: 'school/settings', label: t('school.menu.settings'), icon: 'settings' },
      { page: 'school/audit', label: audit('audit.title'), icon: 'list' },
    ],
    [waiting.links, waiting.refunds, waiting.attention, waiting.payouts, waiting.exceptions],
  );
  return (
    <Desk access="school" menu={menu} current={current} {...props}>
      {children}
    </Desk>
  );
}

/** Inside a `SchoolDesk`: the school worked for. */
export function useSchool(): { readonly schoolId: Id<'organisation'>; readonly schoolName: string } {
  const { organisationId, organisationName } = useRequiredOrganisation('school');
  return { schoolId: organisationId as Id<'organisation'>, schoolName: organisationName };
}
