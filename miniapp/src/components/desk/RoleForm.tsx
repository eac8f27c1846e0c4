/** Gives a role in an organisation to a phone number, or takes it away. Whoever verifies that number holds it. */
import { Phone } from '@kehou/shared/identity/person';
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/desks.ts';
import { Button } from '../Button';
import { Segments } from '../Choices.tsx';
import { Field } from '../Field.tsx';
import { TextInput } from '../Inputs';
import { FormFailure, inForm } from './FormFailure.tsx';
import { Panel } from './Panel.tsx';

type GrantedRole = 'teacher' | 'school' | 'operator' | 'bureau';

export interface RoleFormProps {
  readonly organisationId: Id<'organisation'>;
  readonly roles: readonly [GrantedRole, ...GrantedRole[]];
}

export function RoleForm({ organisationId, roles }: RoleFormProps) {
  const [role, setRole] = useState<GrantedRole>(roles[0]);
  const [phone, setPhone] = useState('');
  const [name, setName] = useState('');
  const [tried, setTried] = useState<'grant' | 'revoke'>();
  const parsed = Phone.safeParse(phone.trim());
  const clear = () => {
    setPhone('');
    setName('');
    setTried(undefined);
  };
  const grant = useAction(
    async () => {
      if (parsed.success) await api.identity.grantRole({ organisationId, role, phone: parsed.data, name: name.trim() });
    },
    { done: t('roles.granted'), onDone: clear, onFailed: inForm },
  );
  const revoke = useAction(
    async () => {
      if (parsed.success) await api.identity.revokeRole({ organisationId, role, phone: parsed.data });
    },
    { done: t('roles.revoked'), onDone: clear, onFailed: inForm },
  );
  const noName = name.trim() === '';
  return (
    <Panel title={t('roles.title')} hint={t('roles.hint')} id="role-form">
      <View className="k-column k-column--wide">
        {roles.length > 1 ? (
          <Segments<GrantedRole>
            id="role"
            label={t('roles.role')}
            value={role}
            options={roles.map((value) => ({ value, label: common(`role.${value}`) }))}
            onChange={setRole}
          />
        ) : null}
        <View className="k-form-grid k-form-grid--two">
          <Field label={t('roles.phone')} error={tried && !parsed.success ? t('phone.bad') : undefined}>
            <TextInput
              id="role-phone"
              kind="phone"
              lengthMax={11}
              value={phone}
              invalid={Boolean(tried) && !parsed.success}
              onChange={setPhone}
            />
          </Field>
          <Field label={t('roles.name')} error={tried === 'grant' && noName ? t('desks.required') : undefined}>
            <TextInput id="role-name" lengthMax={30} value={name} invalid={tried === 'grant' && noName} onChange={setName} />
          </Field>
        </View>
        <FormFailure error={grant.error ?? revoke.error} />
        <View className="k-buttons">
          <Button
            kind="plain"
            id="role-revoke"
            running={revoke.running}
            disabled={grant.running}
            onTap={async () => {
              setTried('revoke');
              if (!parsed.success) return;
              grant.reset();
              const sure = await platform.modal({
                title: t('roles.revoke.title', { phone: parsed.data, role: common(`role.${role}`) }),
                content: t('roles.revoke.content'),
                danger: true,
              });
              if (sure) await revoke.run(undefined);
            }}
          >
            {t('roles.revoke')}
          </Button>
          <Button
            kind="primary"
            id="role-grant"
            running={grant.running}
            disabled={revoke.running}
            onTap={() => {
              setTried('grant');
              revoke.reset();
              if (parsed.success && !noName) grant.run(undefined);
            }}
          >
            {t('roles.grant')}
          </Button>
        </View>
      </View>
    </Panel>
  );
}
