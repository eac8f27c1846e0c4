/** What happens to classes under their smallest size at the close: called off at once, or the parents are asked for so long. */
import { View } from '@tarojs/components';
import { CheckRow } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { duration } from '../../components/format.ts';
import { SelectInput } from '../../components/Inputs';
import { t } from '../../texts/school.ts';

const ASK_HOURS = 24;
const CHOICES = [12, ASK_HOURS, 48, 72];
const MINUTES_AN_HOUR = 60;

interface UnderSizeProps {
  /** `undefined`: nobody is asked. */
  readonly hours: number | undefined;
  onChange(hours: number | undefined): void;
}

export function UnderSizeFields({ hours, onChange }: UnderSizeProps) {
  const choices = hours === undefined || CHOICES.includes(hours) ? CHOICES : [...CHOICES, hours].sort((a, b) => a - b);
  return (
    <View className="k-column">
      <View className="k-list">
        <CheckRow
          id="window-under-size"
          on={hours !== undefined}
          label={t('school.window.underSize')}
          hint={t('school.window.underSize.hint')}
          onChange={(on) => onChange(on ? ASK_HOURS : undefined)}
        />
      </View>
      {hours === undefined ? null : (
        <Field label={t('school.window.underSize.hours')}>
          <SelectInput
            id="window-ask-hours"
            label={t('school.window.underSize.hours')}
            value={String(hours)}
            options={choices.map((value) => ({ value: String(value), label: duration(value * MINUTES_AN_HOUR) }))}
            onChange={(value) => onChange(Number(value))}
          />
        </Field>
      )}
    </View>
  );
}
