/** One of a few (`Segments`, `RadioRows`), some of several (`CheckRow`, `Chips`). */
import Checkbox from '@nutui/nutui-react-taro/dist/es/packages/checkbox';
import { Text, View } from '@tarojs/components';
import { Icon } from './Icon.tsx';
import type { Option } from './Inputs';
import { reachable } from './reachable.ts';
import { Tap } from './Tap';
import '@nutui/nutui-react-taro/dist/es/packages/checkbox/style/style.css';

export interface OneOfProps<V extends string> {
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly label: string;
  readonly id?: string;
  onChange(value: V): void;
}

/** Two to four short words side by side. */
export function Segments<V extends string>({ value, options, label, id, onChange }: OneOfProps<V>) {
  return (
    <View className="k-segments" {...(process.env.TARO_ENV === 'h5' ? { role: 'tablist', 'aria-label': label } : {})}>
      {options.map((option) => (
        <Tap
          key={option.value}
          {...(id ? { id: `${id}-${option.value}` } : {})}
          role="tab"
          selected={option.value === value}
          className={`k-segments__one${option.value === value ? ' k-segments__one--on' : ''}`}
          onTap={() => onChange(option.value)}
        >
          {option.label}
        </Tap>
      ))}
    </View>
  );
}

/** One of several, each on a row of its own, with a second line. */
export function RadioRows<V extends string>({
  value,
  options,
  label,
  id,
  onChange,
}: Omit<OneOfProps<V>, 'options'> & { readonly options: readonly (Option<V> & { readonly hint?: string })[] }) {
  return (
    <View className="k-list" {...(process.env.TARO_ENV === 'h5' ? { role: 'radiogroup', 'aria-label': label } : {})}>
      {options.map((option) => (
        <Tap
          key={option.value}
          {...(id ? { id: `${id}-${option.value}` } : {})}
          role="radio"
          selected={option.value === value}
          className="k-list-row k-list-row--tap"
          onTap={() => onChange(option.value)}
        >
          <View className={`k-radio${option.value === value ? ' k-radio--on' : ''}`} />
          <View className="k-grow">
            <View>{option.label}</View>
            {option.hint ? <View className="k-text-s k-muted">{option.hint}</View> : null}
          </View>
        </Tap>
      ))}
    </View>
  );
}

export interface CheckRowProps {
  readonly on: boolean;
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: boolean;
  readonly id?: string;
  readonly children?: React.ReactNode;
  onChange(on: boolean): void;
}

/** A box to tick; what `children` holds stands at the right (a price). */
export function CheckRow({ on, label, hint, disabled = false, id, children, onChange }: CheckRowProps) {
  const press = () => {
    if (!disabled) onChange(!on);
  };
  // Not NutUI's `disabled`, for which it draws a round icon of its own.
  return (
    <Checkbox
      {...(id ? { id } : {})}
      className="k-check-row k-list-row k-list-row--tap k-focus"
      checked={on}
      icon={<View className="k-check" />}
      activeIcon={
        <View className="k-check k-check--on">
          <Icon name="check" size={0.9} />
        </View>
      }
      onChange={press}
      {...reachable({ role: 'checkbox', selected: on, disabled }, press)}
    >
      <View className="k-grow">
        <View>{label}</View>
        {hint ? <View className="k-text-s k-muted">{hint}</View> : null}
      </View>
      {children}
    </Checkbox>
  );
}

export interface ChipsProps<V extends string> {
  readonly values: readonly V[];
  readonly options: readonly Option<V>[];
  readonly label: string;
  readonly id?: string;
  /** One at most; tapping it again takes it away. */
  readonly single?: boolean;
  onChange(values: readonly V[]): void;
}

/** Filters in a row that scrolls: what is on is filled and ticked. */
export function Chips<V extends string>({ values, options, label, id, single, onChange }: ChipsProps<V>) {
  return (
    <View className="k-chips" {...(process.env.TARO_ENV === 'h5' ? { role: 'group', 'aria-label': label } : {})}>
      {options.map((option) => {
        const on = values.includes(option.value);
        const press = () =>
          onChange(on ? values.filter((value) => value !== option.value) : single ? [option.value] : [...values, option.value]);
        return (
          <Checkbox
            key={option.value}
            {...(id ? { id: `${id}-${option.value}` } : {})}
            className="k-chips__one k-focus"
            shape="button"
            checked={on}
            onChange={press}
            {...reachable({ role: 'checkbox', selected: on }, press)}
          >
            {on ? <Icon name="check" size={1} /> : null}
            <Text>{option.label}</Text>
          </Checkbox>
        );
      })}
    </View>
  );
}

export interface StepperProps {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly label: string;
  readonly id?: string;
  onChange(value: number): void;
}

export function Stepper({ value, min, max, label, id, onChange }: StepperProps) {
  return (
    <View className="k-stepper" {...(process.env.TARO_ENV === 'h5' ? { role: 'group', 'aria-label': label } : {})}>
      <Tap
        {...(id ? { id: `${id}-less` } : {})}
        className="k-stepper__button"
        label={`${label} −1`}
        disabled={value <= min}
        onTap={() => onChange(Math.max(min, value - 1))}
      >
        <Icon name="minus" size={1} />
      </Tap>
      <Text className="k-stepper__value k-number">{value}</Text>
      <Tap
        {...(id ? { id: `${id}-more` } : {})}
        className="k-stepper__button"
        label={`${label} +1`}
        disabled={value >= max}
        onTap={() => onChange(Math.min(max, value + 1))}
      >
        <Icon name="plus" size={1} />
      </Tap>
    </View>
  );
}
