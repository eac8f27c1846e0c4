/** Where the sign-in code is to be shown: at the gate, in a classroom. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { platform } from '../../platform/current';
import { go } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

const PLACE_KEY = 'qr-place';

export default function SchoolQr() {
  return (
    <SchoolDesk current="school/qr" title={t('school.qr.title')} lead={t('school.qr.lead')}>
      <Place />
    </SchoolDesk>
  );
}

function Place() {
  const { schoolId } = useSchool();
  const rooms = useCall('school', 'listRooms', { schoolId }, { staleMs: 60_000 });
  const [place, setPlace] = useState(() => platform.storageGet(PLACE_KEY) ?? t('school.qr.gate'));
  const [tried, setTried] = useState(false);
  const empty = place.trim() === '';
  const places = [t('school.qr.gate'), ...(rooms.data?.items ?? []).map((room) => room.name)];
  const show = () => {
    setTried(true);
    if (empty) return;
    platform.storageSet(PLACE_KEY, place.trim());
    go('school/show-qr', { place: place.trim() });
  };
  return (
    <View className="d-columns d-columns--two">
      <Panel title={t('school.qr.where')}>
        <Field
          label={t('school.qr.place')}
          error={tried && empty ? t('school.qr.place.required') : undefined}
          hint={t('school.qr.place.hint')}
        >
          <Chips
            single
            id="qr-places"
            label={t('school.qr.place')}
            values={places.includes(place) ? [place] : []}
            options={places.map((value) => ({ value, label: value }))}
            onChange={([value]) => setPlace(value ?? '')}
          />
          <TextInput
            id="qr-place"
            label={t('school.qr.place')}
            value={place}
            lengthMax={30}
            invalid={tried && empty}
            onChange={setPlace}
            onEnter={show}
          />
        </Field>
        <View className="k-divider" />
        <Button kind="primary" block icon="qr" id="qr-show" onTap={show}>
          {t('school.qr.show')}
        </Button>
      </Panel>
      <Panel title={t('school.qr.how')}>
        {(['1', '2', '3'] as const).map((step) => (
          <View key={step} className="k-list-row">
            <Icon name={step === '1' ? 'qr' : step === '2' ? 'scan' : 'place'} className="k-primary" size={1.5} />
            <View>{t(`school.qr.how.${step}`)}</View>
          </View>
        ))}
      </Panel>
    </View>
  );
}
