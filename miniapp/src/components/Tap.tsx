/** Anything that can be tapped and is no button: a card, a row, a cell. (`Tap.h5.tsx`: reachable by keyboard.) */
import { View } from '@tarojs/components';
import type { CSSProperties, ReactNode } from 'react';
import type { Role } from './reachable.ts';

export interface TapProps {
  readonly children?: ReactNode;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly id?: string;
  /** What a screen reader says; the text inside unless given. */
  readonly label?: string;
  readonly role?: Role;
  readonly selected?: boolean;
  readonly disabled?: boolean;
  /** Missing: shown, but nothing to tap. */
  readonly onTap?: (() => void) | undefined;
}

export function Tap({ children, className = '', style, id, label, role = 'button', disabled, onTap }: TapProps) {
  const live = onTap && !disabled;
  return (
    <View
      {...(id ? { id } : {})}
      className={className}
      style={style ?? ''}
      {...(label ? { ariaLabel: label } : {})}
      {...(live ? { ariaRole: role, onClick: onTap } : {})}
    >
      {children}
    </View>
  );
}
