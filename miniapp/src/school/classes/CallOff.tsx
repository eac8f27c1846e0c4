/** Calling a class off that runs: how many pupils and how much money first, then why, then the deed. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Offering } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Pairs } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

const REASON_LENGTH_MIN = 2;

export function CallOff({ offering, onClose }: { readonly offering: Offering; onClose(): void }) {
  const { schoolId } = useSchool();
  const { offeringId } = offering;
  const quote = useCall('billing', 'quoteCallOff', { schoolId, offeringId });
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const callOff = useAction(
    (shown: { pupils: number; totalFen: number }) =>
      api.billing.callOff({ schoolId, offeringId, reason: reason.trim(), pupils: shown.pupils, totalFen: shown.totalFen }),
    {
      done: t('school.callOff.done'),
      refresh: [['offering'], ['selection'], ['billing'], ['attendance']],
      onDone: onClose,
      onFailed: (error) => {
        // The sum has changed: the new one is read, to be looked at before it is confirmed again.
        if (failureOf(error).code === 'refund.quote_changed') quote.refetch().catch(() => undefined);
        return true;
      },
    },
  );
  const ask = async () => {
    setTried(true);
    const shown = quote.data;
    if (short || !shown) return;
    const sure = await platform.modal({
      title: t('school.callOff.sure', { name: offering.courseName }),
      content: t('school.callOff.sure.content', { count: shown.pupils, amount: formatFen(shown.totalFen) }),
      confirmText: t('school.callOff.confirm'),
      danger: true,
    });
    if (sure) callOff.run(shown);
  };
  return (
    <Sheet
      open
      wide
      id="call-off"
      title={t('school.callOff.title', { name: offering.courseName })}
      onClose={onClose}
      footer={
        <View className="k-buttons">
          <Button kind="plain" onTap={onClose}>
            {common('common.back')}
          </Button>
          <Button kind="danger" id="call-off-confirm" disabled={!quote.data} running={callOff.running} onTap={ask}>
            {t('school.callOff.confirm')}
          </Button>
        </View>
      }
    >
      <View className="k-column k-column--wide">
        <View className="k-notice k-notice--danger">
          <Icon name="alert" />
          <Text>{t('school.callOff.effect')}</Text>
        </View>
        <ListState of={quote} skeletonRows={1} skeletonHeight={140}>
          {() =>
            quote.data ? (
              <Pairs
                pairs={[
                  { name: t('school.callOff.pupils'), value: desks('desks.people', { count: quote.data.pupils }), number: true },
                  { name: t('school.callOff.total'), value: formatFen(quote.data.totalFen), number: true },
                  {
                    name: t('school.callOff.held'),
                    value: t('school.callOff.sessions', { count: quote.data.sessionsHeld }),
                    number: true,
                  },
                  { name: t('school.callOff.left'), value: t('school.callOff.sessions', { count: quote.data.sessionsLeft }), number: true },
                ]}
              />
            ) : null
          }
        </ListState>
        <Field
          label={t('school.callOff.reason')}
          hint={t('school.callOff.reason.hint')}
          error={tried && short ? t('school.class.session.reason.short') : undefined}
        >
          <TextInput id="call-off-reason" value={reason} lengthMax={100} invalid={tried && short} onChange={setReason} />
        </Field>
        <FormFailure error={callOff.error} />
      </View>
    </Sheet>
  );
}
