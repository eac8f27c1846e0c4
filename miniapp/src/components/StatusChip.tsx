/** A state in a word, with an icon: never colour alone. */
import Tag from '@nutui/nutui-react-taro/dist/es/packages/tag';
import { View } from '@tarojs/components';
import { Icon, type IconName } from './Icon.tsx';
import '@nutui/nutui-react-taro/dist/es/packages/tag/style/css';
import './StatusChip.scss';

export type Tone = 'plain' | 'primary' | 'attention' | 'danger' | 'information';

const icons: Record<Tone, IconName | undefined> = {
  plain: undefined,
  primary: 'check-circle',
  attention: 'clock',
  danger: 'alert',
  information: 'info',
};

const types = { plain: 'default', primary: 'primary', attention: 'warning', danger: 'danger', information: 'info' } as const;

export interface StatusChipProps {
  readonly tone: Tone;
  readonly children: string;
  readonly icon?: IconName;
  readonly id?: string;
}

export function StatusChip({ tone, children, icon = icons[tone], id }: StatusChipProps) {
  const chip = (
    <Tag className={`k-chip k-chip--${tone}`} type={types[tone]}>
      {icon ? <Icon name={icon} size={1.1} /> : null}
      {children}
    </Tag>
  );
  // NutUI's tag takes no id.
  return id ? (
    <View id={id} className="k-chip-place">
      {chip}
    </View>
  ) : (
    chip
  );
}
