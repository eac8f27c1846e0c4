import { View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { type OneOfProps, Segments } from '../Choices.tsx';
import './Panel.scss';

/** The parts of a desk page side by side; at the right, what belongs to all of them. */
export function Tabs<V extends string>({ children, ...props }: OneOfProps<V> & { readonly children?: ReactNode }) {
  return (
    <View className="d-tabs">
      <Segments {...props} />
      {children}
    </View>
  );
}
