import { stateOf } from './reachable.ts';
import type { TapProps } from './Tap.tsx';

export type { TapProps } from './Tap.tsx';

export function Tap({ children, className = '', style, id, label, role = 'button', selected, disabled, onTap }: TapProps) {
  if (!onTap) {
    return (
      <div id={id} className={className} style={style} {...(label ? { role: 'img', 'aria-label': label } : {})}>
        {children}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the role is one of the interactive ones
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: each of them takes a label
    <div
      id={id}
      className={`${className} k-focus`}
      style={style}
      role={role}
      tabIndex={disabled ? -1 : 0}
      aria-label={label}
      aria-disabled={disabled ? true : undefined}
      {...stateOf(role, selected)}
      onClick={() => {
        if (!disabled) onTap();
      }}
      onKeyDown={(event) => {
        if (disabled || event.target !== event.currentTarget) return;
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onTap();
        }
      }}
    >
      {children}
    </div>
  );
}
