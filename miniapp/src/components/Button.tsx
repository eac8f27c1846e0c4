/** A button. Off while it runs; says so. (`Button.h5.tsx`: the browser's own button, for keyboards and screen readers.) */
import { Button as TaroButton } from '@tarojs/components';
import { ButtonInside, type ButtonProps, buttonClass } from './button-parts.tsx';

export type { ButtonProps } from './button-parts.tsx';

export function Button(props: ButtonProps) {
  const off = Boolean(props.disabled || props.running);
  return (
    <TaroButton
      {...(props.id ? { id: props.id } : {})}
      className={buttonClass(props)}
      disabled={off}
      hoverClass="none"
      onClick={() => {
        if (!off) props.onTap();
      }}
    >
      <ButtonInside icon={props.icon} running={props.running}>
        {props.children}
      </ButtonInside>
    </TaroButton>
  );
}
