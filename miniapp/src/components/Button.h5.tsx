import { ButtonInside, type ButtonProps, buttonClass } from './button-parts.tsx';

export type { ButtonProps } from './button-parts.tsx';

export function Button(props: ButtonProps) {
  const off = Boolean(props.disabled || props.running);
  return (
    <button
      type="button"
      id={props.id}
      className={buttonClass(props)}
      disabled={off}
      aria-busy={props.running ? true : undefined}
      aria-label={props.label}
      onClick={props.onTap}
    >
      <ButtonInside icon={props.icon} running={props.running}>
        {props.children}
      </ButtonInside>
    </button>
  );
}
