/** Another recorded decision for what was admitted before: until when it holds from now on. */
import { newId } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import type { Admission, AdmissionInput } from '@kehou/shared/library/library';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as common } from '../../texts/common.ts';
import { useBureau } from '../desk.tsx';
import { Decision, decisionInput, decisionProblems, newDecision } from './Decision.tsx';

export interface RenewalProps {
  readonly admission: Admission;
  renew(admission: AdmissionInput): Promise<unknown>;
}

export function Renewal({ admission, renew }: RenewalProps) {
  const { bureauId } = useBureau();
  const [admissionId] = useState(() => newId('admission'));
  const [open, setOpen] = useState(false);
  const [decision, setDecision] = useState(newDecision);
  const [tried, setTried] = useState(false);
  const today = chinaDate(serverNow());
  const over = decision.validUntil !== '' && decision.validUntil < today;
  const problems = { ...decisionProblems(decision), ...(over ? { validUntil: t('bureau.renewal.over') } : {}) };
  const save = useAction(() => renew({ admissionId, ...decisionInput(decision) }), {
    done: t('bureau.renewal.done'),
    refresh: [['library']],
    onFailed: inForm,
  });
  // A county sees what its city admitted, and does not change it; a withdrawal is final.
  if (admission.bureauId !== bureauId || admission.status === 'withdrawn') return null;
  if (!open) {
    return (
      <Button icon="calendar" id="admission-renew" onTap={() => setOpen(true)}>
        {t('bureau.renewal')}
      </Button>
    );
  }
  return (
    <View className="k-column">
      <View className="k-divider" />
      <Decision value={decision} problems={tried ? problems : {}} onChange={setDecision} />
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t(admission.status === 'suspended' ? 'bureau.renewal.suspended' : 'bureau.renewal.effect')}</Text>
      </View>
      <FormFailure error={save.error} />
      <View className="k-buttons">
        <Button onTap={() => setOpen(false)}>{common('common.cancel')}</Button>
        <Button
          kind="primary"
          id="renewal-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (Object.keys(problems).length === 0) save.run(undefined);
          }}
        >
          {t('bureau.renewal.save')}
        </Button>
      </View>
    </View>
  );
}
