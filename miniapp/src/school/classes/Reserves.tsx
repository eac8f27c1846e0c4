/** The places that a class keeps for a purpose: how many are left, and giving one to a pupil. */
import { newId } from '@kehou/shared/kernel/id';
import type { Offering } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Field } from '../../components/Field.tsx';
import { moment } from '../../components/format.ts';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { isUnknown } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

/** The count follows a given place a moment later. */
const EVERY_MS = 3_000;

type Of = Pick<Offering, 'offeringId' | 'courseName'>;

export function Reserves({ offering, windowId }: { readonly offering: Of; readonly windowId: NonNullable<Offering['windowId']> }) {
  const seats = useCall('selection', 'getSeats', { windowId }, { everyMs: EVERY_MS });
  const reserved = seats.data?.seats[offering.offeringId]?.reserved ?? [];
  const [giving, setGiving] = useState<string>();
  return (
    <View id="reserves">
      <View className="k-strong k-card__title">{t('school.class.reserved')}</View>
      <ListState of={seats} skeletonRows={1} skeletonHeight={44}>
        <View className="k-list">
          {reserved.map(({ purpose, places, left }) => (
            <View key={purpose}>
              <View className="k-list-row">
                <View className="k-grow">
                  <View className="k-strong">{purpose}</View>
                  <Text className="k-text-s k-muted">{t('school.reserve.count', { places, given: places - left, left })}</Text>
                </View>
                {left > 0 && giving !== purpose ? (
                  <Button kind="tint" small id={`give-${purpose}`} onTap={() => setGiving(purpose)}>
                    {t('school.reserve.give')}
                  </Button>
                ) : null}
              </View>
              {giving === purpose ? <Give offering={offering} purpose={purpose} onClose={() => setGiving(undefined)} /> : null}
            </View>
          ))}
        </View>
      </ListState>
    </View>
  );
}

function Give({ offering, purpose, onClose }: { readonly offering: Of; readonly purpose: string; onClose(): void }) {
  const { schoolId } = useSchool();
  const [pupilNumber, setPupilNumber] = useState('');
  const [name, setName] = useState('');
  const [enrolmentId, setEnrolmentId] = useState(() => newId('enrolment'));
  const give = useAction(
    () =>
      api.selection.giveReservedPlace({
        schoolId,
        offeringId: offering.offeringId,
        purpose,
        pupilNumber: pupilNumber.trim(),
        name: name.trim(),
        enrolmentId,
      }),
    {
      done: ({ holdUntil }) => t('school.reserve.given', { when: moment(holdUntil) }),
      refresh: [['selection']],
      onDone: onClose,
      onFailed: (error) => {
        // Refused is over: another pupil's is another place. Unheard of, the next try asks for the very same.
        if (!isUnknown(error)) setEnrolmentId(newId('enrolment'));
        return true;
      },
    },
  );
  // Another child is another place, also after a try of which nothing was heard.
  const typed = (change: (text: string) => void) => (text: string) => {
    setEnrolmentId(newId('enrolment'));
    change(text);
  };
  const ready = pupilNumber.trim().length >= 4 && name.trim().length > 0;
  const ask = async () => {
    const sure = await platform.modal({
      title: t('school.reserve.ask', { name: name.trim(), purpose }),
      content: t('school.reserve.ask.content', { course: offering.courseName }),
    });
    if (sure) await give.run(undefined);
  };
  return (
    <View className="k-column s-reserve__form">
      <View className="k-form-grid k-form-grid--two">
        <Field label={t('school.pupil.number')}>
          <TextInput id="reserve-number" lengthMax={30} value={pupilNumber} onChange={typed(setPupilNumber)} />
        </Field>
        <Field label={t('school.pupil.name')}>
          <TextInput id="reserve-name" lengthMax={30} value={name} onChange={typed(setName)} />
        </Field>
      </View>
      <View className="k-text-s k-muted">{t('school.reserve.hint')}</View>
      <FormFailure error={give.error} />
      <View className="k-buttons">
        <Button kind="plain" onTap={onClose}>
          {common('common.back')}
        </Button>
        <Button kind="primary" id="reserve-give" disabled={!ready} running={give.running} onTap={ask}>
          {t('school.reserve.give')}
        </Button>
      </View>
    </View>
  );
}
