/** Who I am, my children, requests that wait for me, other roles, signing out. */
import { View } from '@tarojs/components';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Tap } from '../../components/Tap';
import { go, restart } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { endSession, rolesOf } from '../../session.ts';
import { t } from '../../texts/parent.ts';
import { ParentTabs } from '../tabs.tsx';

export default function ParentMe() {
  return (
    <AppShell access="parent" title={t('parent.me.title')} root footer={<ParentTabs current="parent/me" />}>
      <Body />
    </AppShell>
  );
}

function Body() {
  const me = useRequiredMe();
  const requests = useCall('identity', 'listLinkRequests', {});
  const pending = (requests.data?.items ?? []).filter(({ status }) => status === 'pending');
  const decide = useAction(api.identity.decideLinkRequest, { done: t('parent.me.decided'), refresh: [['identity']] });
  return (
    <View className="k-stack">
      <View className="k-list">
        <View className="k-list-row">
          <View className="k-grow k-text-l">{me.name ?? me.phone ?? ''}</View>
        </View>
        <View className="k-list-row">
          <View className="k-grow k-muted">{t('parent.me.phone')}</View>
          <View className="k-number">{me.phone ?? t('parent.me.noPhone')}</View>
        </View>
      </View>
      {pending.length > 0 ? <View className="k-section-title">{t('parent.me.requests')}</View> : null}
      {pending.map((request) => (
        <View key={request.linkRequestId} className="k-card k-column">
          <View>{t('parent.me.request', { who: request.requesterName, child: request.pupilName })}</View>
          <View className="k-text-s k-muted k-number">{request.requesterPhone}</View>
          <View className="k-buttons">
            <Button
              kind="plain"
              running={decide.running}
              onTap={() => decide.run({ linkRequestId: request.linkRequestId, approve: false })}
            >
              {t('parent.me.refuse')}
            </Button>
            <Button
              kind="primary"
              id={`approve-${request.linkRequestId}`}
              running={decide.running}
              onTap={() => decide.run({ linkRequestId: request.linkRequestId, approve: true })}
            >
              {t('parent.me.approve')}
            </Button>
          </View>
        </View>
      ))}
      <View className="k-section-title">{t('parent.me.children')}</View>
      <View className="k-list">
        {me.children.map((child) => (
          <View key={child.pupilId} className="k-list-row">
            <Icon name="child" className="k-primary" />
            <View className="k-grow">
              <View>{child.name}</View>
              <View className="k-text-s k-muted">
                {child.schoolName} · {t('parent.child.class', { grade: child.grade, className: child.className })}
              </View>
            </View>
          </View>
        ))}
        <Tap className="k-list-row k-list-row--tap" id="link-child" onTap={() => go('entry/link-child')}>
          <Icon name="plus" className="k-primary" />
          <View className="k-grow k-primary">{t('parent.me.link')}</View>
        </Tap>
      </View>
      {rolesOf(me).length > 1 ? (
        <Button kind="tint" block icon="swap" id="me-roles" onTap={() => go('entry/roles')}>
          {t('parent.me.roles')}
        </Button>
      ) : null}
      <Button
        kind="text"
        block
        id="sign-out"
        onTap={() => {
          endSession();
          restart('entry/start');
        }}
      >
        {t('parent.me.signOut')}
      </Button>
    </View>
  );
}
