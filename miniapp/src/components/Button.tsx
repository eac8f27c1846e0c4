/** A button. Off while it runs; says so. (`Button.h5.tsx`: the browser's own button, for keyboards and screen readers.) */
import { Button as TaroButton } from '@tarojs/components';
import type { ReactNode } from 'react';
import { t } from '../texts/common.ts';
import { Icon, type IconName } from './Icon.tsx';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly kind?: 'primary' | 'plain' | 'tint' | 'danger' | 'text';
  readonly icon?: IconName;
  readonly block?: boolean;
  readonly small?: boolean;
  readonly disabled?: boolean;
  /** What it started is under way. */
  readonly running?: boolean;
  readonly id?: string;
  readonly label?: string;
  onTap(): void;
}

export function buttonClass({ kind = 'plain', block, small, disabled, running }: Partial<ButtonProps>): string {
  return `k-button k-button--${kind}${block ? ' k-button--block' : ''}${small ? ' k-button--small' : ''}${disabled || running ? ' k-button--off' : ''}`;
}

export function ButtonInside({ icon, running, children }: Pick<ButtonProps, 'icon' | 'running' | 'children'>) {
  return (
    <>
      {running ? <Icon name="refresh" className="k-icon--turning" label={t('common.working')} /> : icon ? <Icon name={icon} /> : null}
      {children}
    </>
  );
}

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
