/** Who approves, in which order: tap to add at the end, tap again to take out. */
import { Text, View } from '@tarojs/components';
import { t } from '../../texts/desks.ts';
import { Chips } from '../Choices.tsx';
import { Field } from '../Field.tsx';
import { Icon } from '../Icon.tsx';

type Party = 'school' | 'operator' | 'bureau';
const parties = ['school', 'operator', 'bureau'] as const;

export interface ChainInputProps {
  readonly id: string;
  readonly label: string;
  readonly value: readonly Party[];
  /** What is wrong with the order as it stands. */
  readonly problem?: string | undefined;
  onChange(value: Party[]): void;
}

export function ChainInput({ id, label, value, problem, onChange }: ChainInputProps) {
  return (
    <Field label={label} hint={t('chain.hint')} error={value.length === 0 ? t('chain.none') : problem}>
      <Chips<Party>
        id={id}
        label={label}
        values={value}
        options={parties.map((party) => ({ value: party, label: t(`party.${party}`) }))}
        onChange={(next) => onChange([...next])}
      />
      {value.length > 0 ? (
        <View className="k-row k-row--wrap k-text-s">
          {value.map((party, index) => (
            <View key={party} className="k-row k-gap-1">
              {index > 0 ? <Icon name="forward" size={1} className="k-muted" /> : null}
              <Text className="k-strong">
                {index + 1}. {t(`party.${party}`)}
              </Text>
            </View>
          ))}
        </View>
      ) : null}
    </Field>
  );
}
