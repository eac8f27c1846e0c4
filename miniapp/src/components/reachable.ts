/**
 * What a part of NutUI needs to be reached and read like a control of the browser: it draws plain views, which a keyboard passes
 * by and a screen reader says nothing about. In WeChat the part's own tap and role are enough.
 */
export type Role = 'button' | 'tab' | 'checkbox' | 'radio' | 'switch' | 'link' | 'menuitem' | 'option' | 'gridcell';

/** The attribute in which this role says that it is chosen. Words, not booleans: Taro's elements drop an attribute that is `false`. */
export function stateOf(role: Role, selected: boolean | undefined): Readonly<Record<`aria-${string}`, string>> {
  if (role === 'checkbox' || role === 'radio' || role === 'switch') return { 'aria-checked': String(selected ?? false) };
  if (role === 'tab' || role === 'option' || role === 'gridcell') return { 'aria-selected': String(selected ?? false) };
  if (role === 'link' || role === 'menuitem') return selected ? { 'aria-current': 'page' } : {};
  return selected === undefined ? {} : { 'aria-pressed': String(selected) };
}

export interface Reach {
  readonly role: Role;
  readonly selected: boolean;
  readonly disabled?: boolean;
  readonly label?: string;
}

/** For what NutUI passes on to the element that is pressed; `press` is what a tap does. */
export function reachable({ role, selected, disabled = false, label }: Reach, press: () => void): object {
  if (process.env.TARO_ENV !== 'h5') return { ariaRole: role, ...(label ? { ariaLabel: label } : {}) };
  return {
    role,
    tabIndex: disabled ? -1 : 0,
    ...stateOf(role, selected),
    ...(label ? { 'aria-label': label } : {}),
    ...(disabled ? { 'aria-disabled': 'true' } : {}),
    onKeyDown: (event: KeyboardEvent) => {
      if (disabled || event.target !== event.currentTarget || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      press();
    },
  };
}
