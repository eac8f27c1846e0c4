import { View } from '@tarojs/components';
import { Field } from '../../components/Field.tsx';
import { TextInput } from '../../components/Inputs';
import { t } from '../../texts/bureau.ts';
import type { FenceDraft } from './fence-draft.ts';

export function FenceInput({
  value,
  invalid,
  onChange,
}: {
  readonly value: FenceDraft;
  readonly invalid: boolean;
  onChange(value: FenceDraft): void;
}) {
  return (
    <Field
      label={t('bureau.organisations.fence')}
      hint={t('bureau.organisations.fence.hint')}
      error={invalid ? t('bureau.organisations.fence.wrong') : undefined}
      optional
    >
      <View className="k-form-grid k-form-grid--two">
        <TextInput
          id="fence-latitude"
          kind="decimal"
          label={t('bureau.organisations.latitude')}
          placeholder={t('bureau.organisations.latitude')}
          lengthMax={12}
          value={value.latitude}
          invalid={invalid}
          onChange={(latitude) => onChange({ ...value, latitude })}
        />
        <TextInput
          id="fence-longitude"
          kind="decimal"
          label={t('bureau.organisations.longitude')}
          placeholder={t('bureau.organisations.longitude')}
          lengthMax={12}
          value={value.longitude}
          invalid={invalid}
          onChange={(longitude) => onChange({ ...value, longitude })}
        />
        <TextInput
          id="fence-radius"
          kind="number"
          label={t('bureau.organisations.radius')}
          placeholder={t('bureau.organisations.radius')}
          lengthMax={4}
          value={value.radius}
          invalid={invalid}
          onChange={(radius) => onChange({ ...value, radius })}
        />
      </View>
    </Field>
  );
}
