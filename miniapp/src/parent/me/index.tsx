/** Who I am, my children, requests that wait for me, other roles, signing out. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Field } from '../../components/Field.tsx';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { platform } from '../../platform/current';
import { go, restart } from '../../platform/navigation.ts';
import { queryClient, useAction, useCall } from '../../queries.ts';
import { endSession, rolesOf, updateMe } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/parent.ts';
import { ParentTabs } from '../tabs.tsx';

export default function ParentMe() {
  return (
    <AppShell access="parent" title={t('parent.me.title')} root footer={<ParentTabs current="parent/me" />}>
      <Body />
    </AppShell>
  );
}

const relations = ['mother', 'father', 'grandparent', 'other'] as const;
const relationText = (relation: string) => {
  const known = relations.find((one) => one === relation);
  return known ? t(`parent.me.request.${known}`) : relation;
};

function Body() {
  const me = useRequiredMe();
  const requests = useCall('identity', 'listLinkRequests', {});
  const pending = (requests.data?.items ?? []).filter(({ status }) => status === 'pending');
  const [naming, setNaming] = useState(false);
  const decide = useAction(api.identity.decideLinkRequest, { done: t('parent.me.decided'), refresh: [['identity']] });
  const confirmed = async ({ linkRequestId, requesterName: who, pupilName: child }: (typeof pending)[number], approve: boolean) => {
    const sure = await platform.modal(
      approve
        ? { title: t('parent.me.approve.ask', { who, child }), content: t('parent.me.approve.hint'), confirmText: t('parent.me.approve') }
        : { title: t('parent.me.refuse.ask', { who }), confirmText: t('parent.me.refuse'), danger: true },
    );
    if (sure) await decide.run({ linkRequestId, approve });
  };
  const leave = useAction(
    async (pupilId: (typeof me.children)[number]['pupilId']) => {
      await api.school.endGuardianship({ pupilId });
      return api.identity.me({});
    },
    {
      done: t('parent.me.left'),
      onDone: (now) => {
        updateMe(now);
        if (now.children.length === 0) restart('entry/start');
      },
    },
  );
  const askToLeave = async (child: (typeof me.children)[number]) => {
    const sure = await platform.modal({
      title: t('parent.me.leave.ask', { child: child.name }),
      content: t('parent.me.leave.hint'),
      confirmText: t('parent.me.leave'),
      danger: true,
    });
    if (sure) await leave.run(child.pupilId);
  };
  return (
    <View className="k-stack">
      <View className="k-list">
        <Tap className="k-list-row k-list-row--tap" id="me-name" onTap={() => setNaming(true)}>
          <View className="k-grow k-muted">{t('parent.me.name')}</View>
          <View>{me.name ?? t('parent.me.name.none')}</View>
          <Icon name="forward" className="k-muted" />
        </Tap>
        <View className="k-list-row">
          <View className="k-grow k-muted">{t('parent.me.phone')}</View>
          <View className="k-number">{me.phone ?? t('parent.me.noPhone')}</View>
        </View>
      </View>
      {pending.length > 0 ? <View className="k-section-title">{t('parent.me.requests')}</View> : null}
      {pending.map((request) => (
        <View key={request.linkRequestId} className="k-card k-column">
          <View>{t('parent.me.request', { who: request.requesterName, child: request.pupilName })}</View>
          <View className="k-text-s k-muted k-number">
            {[relationText(request.relation), request.requesterPhone || t('parent.me.request.noPhone')].filter(Boolean).join(' · ')}
          </View>
          <View className="k-buttons">
            <Button kind="plain" running={decide.running} onTap={() => confirmed(request, false)}>
              {t('parent.me.refuse')}
            </Button>
            <Button kind="primary" id={`approve-${request.linkRequestId}`} running={decide.running} onTap={() => confirmed(request, true)}>
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
            <Button kind="text" small id={`leave-${child.pupilId}`} disabled={leave.running} onTap={() => askToLeave(child)}>
              {t('parent.me.leave')}
            </Button>
          </View>
        ))}
        <Tap
          className="k-list-row k-list-row--tap"
          id="link-child"
          onTap={() => go('entry/link-child', { schoolId: me.children[0]?.schoolId })}
        >
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
          queryClient.clear();
          endSession();
          restart('entry/start');
        }}
      >
        {t('parent.me.signOut')}
      </Button>
      <Naming key={String(naming)} open={naming} name={me.name ?? ''} onClose={() => setNaming(false)} />
    </View>
  );
}

function Naming({ open, name, onClose }: { readonly open: boolean; readonly name: string; onClose(): void }) {
  const [value, setValue] = useState(name);
  const [tried, setTried] = useState(false);
  const missing = value.trim() === '';
  const save = useAction(() => api.identity.setName({ name: value.trim() }), {
    done: common('common.saved'),
    onDone: (me) => {
      updateMe(me);
      onClose();
    },
  });
  return (
    <Sheet open={open} title={t('parent.me.name')} onClose={onClose} id="name-sheet">
      <View className="k-column k-column--wide">
        <Field
          label={t('parent.me.name')}
          hint={t('parent.me.name.hint')}
          error={tried && missing ? t('parent.me.name.missing') : undefined}
        >
          <TextInput id="name-input" value={value} label={t('parent.me.name')} lengthMax={30} onChange={setValue} />
        </Field>
        <Button
          kind="primary"
          block
          id="name-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (!missing) void save.run(undefined);
          }}
        >
          {common('common.save')}
        </Button>
      </View>
    </Sheet>
  );
}
