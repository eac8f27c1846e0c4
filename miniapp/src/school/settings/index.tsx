/** Who approves what, in which order; how sign-in is judged; who works here. */
import { type SchoolSettings, TRIAL_WEEKS_MAX } from '@kehou/shared/school/school';
import { isPayoutChain } from '@kehou/shared/school/settings';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { RadioRows } from '../../components/Choices.tsx';
import { ChainInput } from '../../components/desk/ChainInput.tsx';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Newer, readAgain, useBase } from '../../components/desk/Newer.tsx';
import { type Pair, Panel } from '../../components/desk/Panel.tsx';
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
        {() => (settings.data ? <Form settings={settings.data} /> : null)}
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
  trialWeeks: { min: 0, max: TRIAL_WEEKS_MAX },
} as const;
type NumberKey = keyof typeof numbers;

function draftOf(settings: SchoolSettings) {
  const { timeLimitHours, when, chain } = settings.refundApproval;
  const texts: Record<NumberKey, string> = {
    timeLimitHours: String(timeLimitHours),
    signInOpensMinutes: String(settings.signInOpensMinutes),
    lateAfterMinutes: String(settings.lateAfterMinutes),
    trialWeeks: String(settings.trialWeeks),
  };
  return { when, refundChain: chain, payoutChain: settings.payoutApproval, texts };
}
type Draft = ReturnType<typeof draftOf>;

/** What this page is about, in words. */
function wordsOf({ refundApproval, payoutApproval, signInOpensMinutes, lateAfterMinutes, trialWeeks }: SchoolSettings): readonly Pair[] {
  const chain = (parties: SchoolSettings['payoutApproval']) => parties.map((party) => desks(`party.${party}`)).join(' → ');
  const refunds = refundApproval.when === 'automatic' ? '' : ` · ${chain(refundApproval.chain)}`;
  return [
    { name: t('school.settings.refunds'), value: `${t(`school.settings.when.${refundApproval.when}`)}${refunds}` },
    { name: t('school.settings.timeLimitHours'), value: String(refundApproval.timeLimitHours) },
    { name: t('school.settings.payouts'), value: chain(payoutApproval) },
    { name: t('school.settings.signInOpensMinutes'), value: String(signInOpensMinutes) },
    { name: t('school.settings.lateAfterMinutes'), value: String(lateAfterMinutes) },
    { name: t('school.settings.trialWeeks'), value: String(trialWeeks) },
  ];
}

function Form({ settings }: { readonly settings: SchoolSettings }) {
  const { schoolId } = useSchool();
  const { base, setBase, newer } = useBase(settings);
  const [draft, setDraft] = useState(() => draftOf(settings));
  const change = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  const { when, refundChain, payoutChain, texts } = draft;
  const start = (from: SchoolSettings) => {
    setBase(from);
    setDraft(draftOf(from));
  };
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
        ...base,
        schoolId,
        refundApproval: { when, chain: refundChain, timeLimitHours: Number(texts.timeLimitHours) },
        payoutApproval: payoutChain,
        signInOpensMinutes: Number(texts.signInOpensMinutes),
        lateAfterMinutes: Number(texts.lateAfterMinutes),
        trialWeeks: Number(texts.trialWeeks),
      }),
    {
      done: common('common.saved'),
      refresh: [['school', 'getSettings']],
      onDone: setBase,
      onFailed: readAgain('school', 'getSettings'),
    },
  );
  const number = (key: NumberKey) => (
    <Field label={t(`school.settings.${key}`)} hint={t(`school.settings.${key}.hint`)} error={tried ? problem(key) : undefined}>
      <TextInput
        id={`settings-${key}`}
        kind="number"
        lengthMax={4}
        value={texts[key]}
        invalid={tried && problem(key) !== undefined}
        onChange={(value) => change({ texts: { ...texts, [key]: value } })}
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
            onChange={(value) => change({ when: value })}
          />
          {when === 'automatic' ? null : (
            <>
              <ChainInput
                id="refund-chain"
                label={t('school.settings.chain')}
                value={refundChain}
                onChange={(value) => change({ refundChain: value })}
              />
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
          onChange={(value) => change({ payoutChain: value })}
        />
      </Panel>
      <Panel title={t('school.settings.signIn')} hint={t('school.settings.signIn.hint')}>
        <View className="k-form-grid k-form-grid--two">
          {number('signInOpensMinutes')}
          {number('lateAfterMinutes')}
        </View>
      </Panel>
      <Panel title={t('school.settings.trial')} hint={t('school.settings.trial.hint')}>
        <View className="k-form-grid k-form-grid--two">{number('trialWeeks')}</View>
      </Panel>
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('school.settings.recorded')}</Text>
      </View>
      {newer ? <Newer base={base} newer={newer} words={wordsOf} onTake={start} onKeep={setBase} /> : <FormFailure error={save.error} />}
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
