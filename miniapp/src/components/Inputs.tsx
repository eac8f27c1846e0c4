/**
 * Fields of forms. `Field` gives a label, a hint and what is wrong; the inputs go inside. In WeChat these are Taro's;
 * `Inputs.h5.tsx` uses the browser's own, for keyboards, autofill and screen readers.
 */
import Switch from '@nutui/nutui-react-taro/dist/es/packages/switch';
import { Input, Picker, Text, Textarea, View } from '@tarojs/components';
import { t } from '../texts/common.ts';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';
import '@nutui/nutui-react-taro/dist/es/packages/switch/style/css';

export interface InputProps {
  readonly value: string;
  /** For screen readers, where no `Field` is around it. */
  readonly label?: string;
  readonly placeholder?: string;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly invalid?: boolean;
  readonly lengthMax?: number;
  /** Which keyboard comes up. */
  readonly kind?: 'text' | 'number' | 'decimal' | 'phone';
  onChange(value: string): void;
  onEnter?(): void;
}

const keyboards = { text: 'text', number: 'number', decimal: 'digit', phone: 'number' } as const;

export function TextInput({ value, placeholder, id, disabled, invalid, lengthMax = 200, kind = 'text', onChange, onEnter }: InputProps) {
  return (
    <Input
      {...(id ? { id } : {})}
      className={`k-input${invalid ? ' k-input--invalid' : ''}`}
      placeholderClass="k-input__placeholder"
      value={value}
      type={keyboards[kind]}
      placeholder={placeholder ?? ''}
      disabled={disabled ?? false}
      maxlength={lengthMax}
      onInput={({ detail }) => onChange(detail.value)}
      onConfirm={() => onEnter?.()}
    />
  );
}

export function TextArea({ value, placeholder, id, disabled, invalid, lengthMax = 500, onChange }: InputProps) {
  return (
    <View className="k-textarea">
      <Textarea
        {...(id ? { id } : {})}
        className={`k-input k-input--area${invalid ? ' k-input--invalid' : ''}`}
        placeholderClass="k-input__placeholder"
        value={value}
        placeholder={placeholder ?? ''}
        disabled={disabled ?? false}
        maxlength={lengthMax}
        autoHeight
        onInput={({ detail }) => onChange(detail.value)}
      />
      <Text className="k-textarea__count k-number">
        {value.length}/{lengthMax}
      </Text>
    </View>
  );
}

export function SearchInput({ value, label, id, onChange, onEnter }: InputProps) {
  return (
    <View className="k-search">
      <Icon name="search" className="k-search__icon" />
      <Input
        {...(id ? { id } : {})}
        className="k-input k-search__input"
        placeholderClass="k-input__placeholder"
        value={value}
        placeholder={label ?? t('common.search')}
        confirmType="search"
        onInput={({ detail }) => onChange(detail.value)}
        onConfirm={() => onEnter?.()}
      />
      {value ? (
        <Tap className="k-search__clear" label={t('common.close')} onTap={() => onChange('')}>
          <Icon name="close" size={1} />
        </Tap>
      ) : null}
    </View>
  );
}

export interface Option<V extends string = string> {
  readonly value: V;
  readonly label: string;
}

export interface SelectProps<V extends string = string> {
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly label: string;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly invalid?: boolean;
  onChange(value: V): void;
}

export function SelectInput<V extends string>({ value, options, label, id, disabled, invalid, onChange }: SelectProps<V>) {
  const index = Math.max(
    0,
    options.findIndex((option) => option.value === value),
  );
  return (
    <Picker
      {...(id ? { id } : {})}
      mode="selector"
      range={options.map((option) => option.label)}
      value={index}
      disabled={disabled ?? false}
      onChange={({ detail }) => {
        const chosen = options[Number(detail.value)];
        if (chosen) onChange(chosen.value);
      }}
    >
      <View className={`k-input k-select${invalid ? ' k-input--invalid' : ''}`}>
        <Text className="k-clip k-grow">{options.find((option) => option.value === value)?.label ?? label}</Text>
        <Icon name="down" size={1} />
      </View>
    </Picker>
  );
}

export interface DateInputProps {
  /** `YYYY-MM-DD` (date), `HH:mm` (time), `YYYY-MM` (month), or empty. */
  readonly value: string;
  readonly mode: 'date' | 'time' | 'month';
  readonly label: string;
  readonly min?: string;
  readonly max?: string;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly invalid?: boolean;
  onChange(value: string): void;
}

export function DateInput({ value, mode, label, min, max, id, disabled, invalid, onChange }: DateInputProps) {
  const shared = {
    ...(id ? { id } : {}),
    value,
    disabled: disabled ?? false,
    ...(min ? { start: min } : {}),
    ...(max ? { end: max } : {}),
    onChange: ({ detail }: { detail: { value: string } }) => onChange(detail.value),
  };
  const face = (
    <View className={`k-input k-select${invalid ? ' k-input--invalid' : ''}`}>
      <Text className="k-grow k-number">{value || label}</Text>
      <Icon name={mode === 'time' ? 'clock' : 'calendar'} size={1.1} />
    </View>
  );
  return mode === 'time' ? (
    <Picker mode="time" {...shared}>
      {face}
    </Picker>
  ) : (
    <Picker mode="date" fields={mode === 'month' ? 'month' : 'day'} {...shared}>
      {face}
    </Picker>
  );
}

export interface ToggleProps {
  readonly on: boolean;
  readonly label: string;
  readonly hint?: string;
  readonly id?: string;
  readonly disabled?: boolean;
  onChange(on: boolean): void;
}

/** A setting that is on or off at once. */
export function SwitchRow({ on, label, hint, id, disabled, onChange }: ToggleProps) {
  return (
    <View className="k-list-row">
      <View className="k-grow">
        <View>{label}</View>
        {hint ? <View className="k-text-s k-muted">{hint}</View> : null}
      </View>
      <Switch
        {...(id ? { id } : {})}
        className="k-nut-switch"
        checked={on}
        disabled={disabled ?? false}
        // Its own wheel turns until the value has changed, for ever if the server says no; the page says what is under way.
        loading={false}
        ariaLabel={label}
        onChange={onChange}
      />
    </View>
  );
}
