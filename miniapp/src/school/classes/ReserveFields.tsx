/** Places kept for a purpose, as a school fills them in: named, counted, and shown to the parents just so. */
import { RESERVES_MAX } from '@kehou/shared/offering/offering';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { Field } from '../../components/Field.tsx';
import { TextInput } from '../../components/Inputs';
import { t } from '../../texts/school.ts';
import type { Draft } from './class-draft.ts';

interface ReserveFieldsProps {
  readonly reserved: Draft['reserved'];
  /** Parents have seen it: the purposes stand, and places can only be let go. */
  readonly published: boolean;
  readonly error: string | undefined;
  onChange(reserved: Draft['reserved']): void;
}

export function ReserveFields({ reserved, published, error, onChange }: ReserveFieldsProps) {
  const change = (index: number, next: Partial<Draft['reserved'][number]>) =>
    onChange(reserved.map((each, place) => (place === index ? { ...each, ...next } : each)));
  if (published && reserved.length === 0) return null;
  return (
    <View className="k-column">
      <View className="k-strong k-card__title">{t('school.class.reserved')}</View>
      <View className="k-text-s k-muted">{t(published ? 'school.class.reserved.late' : 'school.class.reserved.hint')}</View>
      {reserved.map(({ purpose, places }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are what is being typed, and have no other name
        <View key={index} className="s-reserve">
          <View className="k-grow">
            <Field label={t('school.class.reserved.purpose')}>
              <TextInput
                id={`reserve-purpose-${index}`}
                lengthMax={20}
                value={purpose}
                disabled={published}
                invalid={error !== undefined}
                onChange={(text) => change(index, { purpose: text })}
              />
            </Field>
          </View>
          <Field label={t('school.class.capacity')}>
            <TextInput
              id={`reserve-places-${index}`}
              kind="number"
              lengthMax={3}
              value={places}
              invalid={error !== undefined}
              onChange={(text) => change(index, { places: text })}
            />
          </Field>
          {published ? null : (
            <Button
              kind="text"
              icon="trash"
              id={`reserve-remove-${index}`}
              onTap={() => onChange(reserved.filter((_, place) => place !== index))}
            >
              {t('school.class.reserved.remove')}
            </Button>
          )}
        </View>
      ))}
      {error ? <View className="k-text-s k-danger">{error}</View> : null}
      {!published && reserved.length < RESERVES_MAX ? (
        <View className="k-row">
          <Button kind="tint" icon="plus" id="reserve-add" onTap={() => onChange([...reserved, { purpose: '', places: '1' }])}>
            {t('school.class.reserved.add')}
          </Button>
        </View>
      ) : null}
    </View>
  );
}
