/** A state in a word, with an icon: never colour alone. */
import { View } from '@tarojs/components';
import { Icon, type IconName } from './Icon.tsx';
import './StatusChip.scss';

export type Tone = 'plain' | 'primary' | 'attention' | 'danger' | 'information';

const icons: Record<Tone, IconName | undefined> = {
  plain: undefined,
  primary: 'check-circle',
  attention: 'clock',
  danger: 'alert',
  information: 'info',
};

export interface StatusChipProps {
  readonly tone: Tone;
  readonly children: string;
  readonly icon?: IconName;
  readonly id?: string;
}

export function StatusChip({ tone, children, icon = icons[tone], id }: StatusChipProps) {
  return (
    <View {...(id ? { id } : {})} className={`k-chip k-chip--${tone}`}>
      {icon ? <Icon name={icon} size={1.1} /> : null}
      {children}
    </View>
  );
}
