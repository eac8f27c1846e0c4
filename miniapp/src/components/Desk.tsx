/**
 * A desk page (school, operator, bureau): side navigation, header, a line of figures, the content, and a drawer (`Sheet`)
 * for details. Under 1024 px the same page fits a phone: the navigation becomes a sheet.
 */
import type { Role } from '@kehou/shared/kernel/route';
import { Text, View } from '@tarojs/components';
import { type ReactNode, useEffect, useState } from 'react';
import { signOut } from '../api.ts';
import { useSystemInfo, useWide } from '../platform/appearance.ts';
import { platform, usePlatformShare } from '../platform/current';
import { go, replace, restart } from '../platform/navigation.ts';
import type { ShareCard } from '../platform/platform.ts';
import { queryClient, useRefreshOnShow } from '../queries.ts';
import type { PageName } from '../routes.ts';
import { rolesOf, useMe, useOrganisation } from '../session.ts';
import { t } from '../texts/common.ts';
import { type Figure, Figures } from './Figures.tsx';
import { Gate } from './Gate.tsx';
import { Icon, type IconName } from './Icon.tsx';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { Sheet } from './Sheet.tsx';
import { Tap } from './Tap';
import './Desk.scss';

export interface MenuItem {
  readonly page: PageName;
  readonly label: string;
  readonly icon: IconName;
  readonly count?: number;
  /** Begins a new group, with this heading. */
  readonly group?: string;
}

export interface DeskProps {
  readonly access: Exclude<Role, 'parent'>;
  readonly menu: readonly MenuItem[];
  /** The menu's entry that this page belongs to. */
  readonly current: PageName;
  readonly title: string;
  /** Under the title: what this page is about, or its way back. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly figures?: readonly Figure[] | undefined;
  readonly children: ReactNode;
  readonly share?: ShareCard | undefined;
}

export function Desk(props: DeskProps) {
  const { access, menu, current, title, lead, actions, figures, children, share } = props;
  const info = useSystemInfo();
  const wide = useWide();
  const [menuOpen, setMenuOpen] = useState(false);
  usePlatformShare(share ?? null);
  useRefreshOnShow();
  useEffect(() => platform.setTitle(title), [title]);

  const style = { '--scale': String(info.fontScale), '--status-bar': `${info.statusBarHeight}px` } as Record<string, string>;
  const navigation = (
    <Navigation
      access={access}
      menu={menu}
      current={current}
      onChoose={(page) => {
        setMenuOpen(false);
        if (page !== current) replace(page);
      }}
    />
  );
  return (
    <View className={`k-root k-desk${wide ? ' k-desk--wide' : ''}`} style={style}>
      {wide ? <View className="k-desk__side">{navigation}</View> : null}
      <View className="k-desk__main" {...(process.env.TARO_ENV === 'h5' ? { role: 'main' } : {})}>
        <View className="k-desk__head">
          {wide ? null : (
            <Tap className="k-desk__menu" label={t('desk.menu')} id="desk-menu" onTap={() => setMenuOpen(true)}>
              <Icon name="menu" size={1.4} />
            </Tap>
          )}
          <View className="k-grow">
            <View className="k-desk__title" {...(process.env.TARO_ENV === 'h5' ? { role: 'heading', 'aria-level': '1' } : {})}>
              {title}
            </View>
            {lead ? <View className="k-text-s k-muted">{lead}</View> : null}
          </View>
          {actions ? <View className="k-desk__actions">{actions}</View> : null}
        </View>
        <Gate access={access}>
          {figures && figures.length > 0 ? <Figures figures={figures} /> : null}
          {children}
        </Gate>
      </View>
      {wide ? null : (
        <Sheet open={menuOpen} title={t('desk.menu')} onClose={() => setMenuOpen(false)}>
          {navigation}
        </Sheet>
      )}
    </View>
  );
}

function Navigation({
  access: role,
  menu,
  current,
  onChoose,
}: Pick<DeskProps, 'access' | 'menu' | 'current'> & { onChoose(page: PageName): void }) {
  const organisation = useOrganisation(role);
  const me = useMe();
  // A phone is its owner's: there is nothing to sign out of.
  const phone = platform.systemInfo().seat === 'phone';
  const several = me ? rolesOf(me).length > 1 : false;
  return (
    <View className="k-nav" {...(process.env.TARO_ENV === 'h5' ? { role: 'navigation', 'aria-label': t('desk.menu') } : {})}>
      <View className="k-nav__place">
        <Text className="k-nav__role">
          {t('common.app')} · {t(`role.${role}`)}
        </Text>
        <Text className="k-nav__organisation">{organisation?.organisationName ?? ''}</Text>
      </View>
      <View className="k-nav__items">
        {menu.map((item) => (
          <View key={item.page}>
            {item.group ? <View className="k-nav__group">{item.group}</View> : null}
            <Tap
              role="menuitem"
              id={`menu-${item.page.replace('/', '-')}`}
              selected={item.page === current}
              className={`k-nav__item${item.page === current ? ' k-nav__item--current' : ''}`}
              onTap={() => onChoose(item.page)}
            >
              <Icon name={item.icon} />
              <Text className="k-grow">{item.label}</Text>
              {item.count ? <Text className="k-nav__count k-number">{item.count}</Text> : null}
            </Tap>
          </View>
        ))}
      </View>
      <View className="k-nav__foot">
        <Text className="k-nav__who">{me?.name ?? me?.phone ?? ''}</Text>
        {several ? (
          <Tap className="k-nav__item" id="menu-roles" onTap={() => go('entry/roles')}>
            <Icon name="swap" />
            <Text>{t('role.switch')}</Text>
          </Tap>
        ) : null}
        <LanguageSwitch className="k-nav__item" />
        {phone ? (
          <Tap className="k-nav__item" id="menu-scan" onTap={() => go('entry/scan', { now: '1' })}>
            <Icon name="scan" />
            <Text>{t('desk.scan')}</Text>
          </Tap>
        ) : (
          <Tap
            className="k-nav__item"
            id="menu-sign-out"
            onTap={() => {
              signOut();
              // The next person at this desk must not see what the last one read.
              queryClient.clear();
              restart('entry/start');
            }}
          >
            <Icon name="leave" />
            <Text>{t('desk.signOut')}</Text>
          </Tap>
        )}
      </View>
    </View>
  );
}
