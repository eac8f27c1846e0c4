/** What the two buttons (WeChat's, the browser's) have in common; `buttonClass` also dresses other things as buttons. */
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
