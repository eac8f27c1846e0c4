/** A date and a time of day, side by side. */
import { chinaDate } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { serverNow } from '../../clock.ts';
import { Field } from '../../components/Field.tsx';
import { DateInput } from '../../components/Inputs';
import type { Hours } from './lottery-form.ts';

export interface MomentProps {
  readonly id: string;
  readonly label: string;
  readonly value: Hours;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly disabled?: boolean;
  onChange(value: Hours): void;
}

export function Moment({ id, label, value, hint, error, disabled, onChange }: MomentProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      <View className="k-row">
        <View className="k-grow">
          <DateInput
            mode="date"
            id={`${id}-date`}
            label={label}
            value={value.date}
            min={disabled ? '' : chinaDate(serverNow())}
            disabled={disabled ?? false}
            invalid={error !== undefined}
            onChange={(date) => onChange({ ...value, date })}
          />
        </View>
        <View className="k-grow">
          <DateInput
            mode="time"
            id={`${id}-time`}
            label={label}
            value={value.time}
            disabled={disabled ?? false}
            invalid={error !== undefined}
            onChange={(time) => onChange({ ...value, time })}
          />
        </View>
      </View>
    </Field>
  );
}
