import { t } from '../texts/common.ts';
import { Icon } from './Icon.tsx';
import type { DateInputProps, InputProps, SelectProps, ToggleProps } from './Inputs.tsx';

export type { DateInputProps, InputProps, Option, SelectProps, ToggleProps } from './Inputs.tsx';

const modes = { text: 'text', number: 'numeric', decimal: 'decimal', phone: 'tel' } as const;

export function TextInput({
  value,
  label,
  placeholder,
  id,
  disabled,
  invalid,
  lengthMax = 200,
  kind = 'text',
  onChange,
  onEnter,
}: InputProps) {
  return (
    <input
      id={id}
      className={`k-input${invalid ? ' k-input--invalid' : ''}`}
      value={value}
      inputMode={modes[kind]}
      aria-label={label}
      aria-invalid={invalid ? true : undefined}
      placeholder={placeholder}
      disabled={disabled}
      maxLength={lengthMax}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        // Enter also chooses a candidate of a Chinese input method: that is not meant for us.
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) onEnter?.();
      }}
    />
  );
}

export function TextArea({ value, label, placeholder, id, disabled, invalid, lengthMax = 500, onChange }: InputProps) {
  return (
    <div className="k-textarea">
      <textarea
        id={id}
        className={`k-input k-input--area${invalid ? ' k-input--invalid' : ''}`}
        value={value}
        rows={4}
        aria-label={label}
        aria-invalid={invalid ? true : undefined}
        placeholder={placeholder}
        disabled={disabled}
        maxLength={lengthMax}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="k-textarea__count k-number">
        {value.length}/{lengthMax}
      </span>
    </div>
  );
}

export function SearchInput({ value, label, id, onChange, onEnter }: InputProps) {
  return (
    <div className="k-search">
      <Icon name="search" className="k-search__icon" />
      <input
        id={id}
        type="search"
        className="k-input k-search__input"
        value={value}
        aria-label={label ?? t('common.search')}
        placeholder={label ?? t('common.search')}
        maxLength={100}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) onEnter?.();
        }}
      />
    </div>
  );
}

export function SelectInput<V extends string>({ value, options, label, id, disabled, invalid, onChange }: SelectProps<V>) {
  return (
    <span className="k-select-frame">
      <select
        id={id}
        className={`k-input k-select${invalid ? ' k-input--invalid' : ''}`}
        value={value}
        aria-label={label}
        aria-invalid={invalid ? true : undefined}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.some((option) => option.value === value) ? null : <option value={value}>{label}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={1} />
    </span>
  );
}

export function DateInput({ value, mode, label, min, max, id, disabled, invalid, onChange }: DateInputProps) {
  return (
    <input
      id={id}
      type={mode}
      className={`k-input k-number${invalid ? ' k-input--invalid' : ''}`}
      value={value}
      min={min}
      max={max}
      aria-label={label}
      aria-invalid={invalid ? true : undefined}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

export function SwitchRow({ on, label, hint, id, disabled, onChange }: ToggleProps) {
  return (
    <label className="k-list-row k-list-row--tap">
      <span className="k-grow">
        <span className="k-switch__label">{label}</span>
        {hint ? <span className="k-switch__hint k-text-s k-muted">{hint}</span> : null}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={on}
        className="k-switch"
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
