/** Who approves what, in which order; how sign-in is judged; who works here. */
import type { SchoolSettings } from '@kehou/shared/school/school';
import { isPayoutChain } from '@kehou/shared/school/settings';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { RadioRows } from '../../components/Choices.tsx';
import { ChainInput } from '../../components/desk/ChainInput.tsx';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { RoleForm } from '../../components/desk/RoleForm.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

export default function Settings() {
  return (
    <SchoolDesk current="school/settings" title={t('school.settings.title')} lead={t('school.settings.lead')}>
      <Parts />
    </SchoolDesk>
  );
}

function Parts() {
  const { schoolId } = useSchool();
  const settings = useCall('school', 'getSettings', { schoolId });
  return (
    <View className="d-columns d-columns--two">
      <ListState of={settings} skeletonRows={3} skeletonHeight={180}>
        {() => (settings.data ? <Form key={JSON.stringify(settings.data)} settings={settings.data} /> : null)}
      </ListState>
      <RoleForm organisationId={schoolId} roles={['teacher', 'school']} />
    </View>
  );
}

type When = SchoolSettings['refundApproval']['when'];
const numbers = {
  timeLimitHours: { min: 1, max: 720 },
  signInOpensMinutes: { min: 5, max: 120 },
  lateAfterMinutes: { min: 0, max: 60 },
} as const;
type NumberKey = keyof typeof numbers;

function Form({ settings }: { readonly settings: SchoolSettings }) {
  const { schoolId } = useSchool();
  const [when, setWhen] = useState<When>(settings.refundApproval.when);
  const [refundChain, setRefundChain] = useState(settings.refundApproval.chain);
  const [payoutChain, setPayoutChain] = useState(settings.payoutApproval);
  const [texts, setTexts] = useState<Record<NumberKey, string>>({
    timeLimitHours: String(settings.refundApproval.timeLimitHours),
    signInOpensMinutes: String(settings.signInOpensMinutes),
    lateAfterMinutes: String(settings.lateAfterMinutes),
  });
  const [tried, setTried] = useState(false);
  const problem = (key: NumberKey) => {
    const { min, max } = numbers[key];
    const fine = /^\d{1,4}$/.test(texts[key].trim()) && Number(texts[key]) >= min && Number(texts[key]) <= max;
    return fine ? undefined : desks('desks.badNumber', { min, max });
  };
  const fine =
    (Object.keys(numbers) as NumberKey[]).every((key) => problem(key) === undefined) &&
    isPayoutChain(payoutChain) &&
    refundChain.length > 0;
  const save = useAction(
    () =>
      api.school.putSettings({
        ...settings,
        schoolId,
        refundApproval: { when, chain: refundChain, timeLimitHours: Number(texts.timeLimitHours) },
        payoutApproval: payoutChain,
        signInOpensMinutes: Number(texts.signInOpensMinutes),
        lateAfterMinutes: Number(texts.lateAfterMinutes),
      }),
    { done: common('common.saved'), refresh: [['school', 'getSettings']], onFailed: inForm },
  );
  const number = (key: NumberKey) => (
    <Field label={t(`school.settings.${key}`)} hint={t(`school.settings.${key}.hint`)} error={tried ? problem(key) : undefined}>
      <TextInput
        id={`settings-${key}`}
        kind="number"
        lengthMax={4}
        value={texts[key]}
        invalid={tried && problem(key) !== undefined}
        onChange={(value) => setTexts({ ...texts, [key]: value })}
      />
    </Field>
  );
  return (
    <View className="d-stack">
      <Panel title={t('school.settings.refunds')} hint={t('school.settings.refunds.hint')}>
        <View className="k-column k-column--wide">
          <RadioRows<When>
            id="refund-when"
            label={t('school.settings.refunds')}
            value={when}
            options={(['automatic', 'after-first-session', 'always'] as const).map((value) => ({
              value,
              label: t(`school.settings.when.${value}`),
              hint: t(`school.settings.when.${value}.hint`),
            }))}
            onChange={setWhen}
          />
          {when === 'automatic' ? null : (
            <>
              <ChainInput id="refund-chain" label={t('school.settings.chain')} value={refundChain} onChange={setRefundChain} />
              {number('timeLimitHours')}
            </>
          )}
        </View>
      </Panel>
      <Panel title={t('school.settings.payouts')} hint={t('school.settings.payouts.hint')}>
        <ChainInput
          id="payout-chain"
          label={t('school.settings.chain')}
          value={payoutChain}
          problem={isPayoutChain(payoutChain) ? undefined : t('school.settings.payouts.alone')}
          onChange={setPayoutChain}
        />
      </Panel>
      <Panel title={t('school.settings.signIn')} hint={t('school.settings.signIn.hint')}>
        <View className="k-form-grid k-form-grid--two">
          {number('signInOpensMinutes')}
          {number('lateAfterMinutes')}
        </View>
      </Panel>
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('school.settings.recorded')}</Text>
      </View>
      <FormFailure error={save.error} />
      <View className="k-row">
        <Button
          kind="primary"
          id="settings-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (fine) save.run(undefined);
          }}
        >
          {common('common.save')}
        </Button>
      </View>
    </View>
  );
}
