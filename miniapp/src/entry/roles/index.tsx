/** Which of several roles to work in. */
import { View } from '@tarojs/components';
import { AppShell } from '../../components/AppShell.tsx';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { LanguageSwitch } from '../../components/LanguageSwitch.tsx';
import { Tap } from '../../components/Tap';
import { platform } from '../../platform/current';
import { go } from '../../platform/navigation.ts';
import { queryClient } from '../../queries.ts';
import { rolesOf, useSession } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';
import { enter } from '../proceed.ts';
import '../language.scss';

const icons: Record<string, IconName> = { parent: 'child', teacher: 'book', school: 'school', operator: 'list', bureau: 'shield' };

export default function Roles() {
  return (
    <AppShell access="signed-in" title={t('roles.choose')}>
      <List />
    </AppShell>
  );
}

function List() {
  const me = useRequiredMe();
  const { role: active } = useSession();
  return (
    <View className="k-stack">
      <View className="k-text-s k-muted">{t('roles.lead')}</View>
      <View className="k-list">
        {rolesOf(me).map((role) => {
          const organisationId = role.role === 'parent' ? undefined : role.organisationId;
          const current = active?.role === role.role && (active.role === 'parent' || active.organisationId === organisationId);
          return (
            <Tap
              key={`${role.role}.${organisationId ?? ''}`}
              id={`role-${role.role}`}
              className="k-list-row k-list-row--tap"
              onTap={() => {
                // What one role read is not for the other's screens.
                queryClient.clear();
                enter(role);
              }}
            >
              <Icon name={icons[role.role] ?? 'people'} size={1.5} className="k-primary" />
              <View className="k-grow">
                <View className="k-strong">{common(`role.${role.role}`)}</View>
                <View className="k-text-s k-muted">
                  {role.role === 'parent'
                    ? t('roles.children', { names: me.children.map((child) => child.name).join('、') })
                    : role.organisationName}
                </View>
              </View>
              <Icon name={current ? 'check' : 'forward'} className={current ? 'k-primary' : 'k-muted'} />
            </Tap>
          );
        })}
      </View>
      {platform.systemInfo().seat === 'phone' ? (
        <View className="k-list">
          <Tap id="roles-scan" className="k-list-row k-list-row--tap" onTap={() => go('entry/scan', { now: '1' })}>
            <Icon name="scan" size={1.5} className="k-primary" />
            <View className="k-grow">{t('roles.scan')}</View>
            <Icon name="forward" className="k-muted" />
          </Tap>
        </View>
      ) : null}
      <LanguageSwitch className="k-row k-muted entry-language" />
    </View>
  );
}
