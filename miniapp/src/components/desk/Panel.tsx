/** A card with a title and, at its right, what can be done; and pairs of a name and a value. */
import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import './Panel.scss';

export interface PanelProps {
  readonly title: string;
  readonly hint?: string | undefined;
  readonly action?: ReactNode;
  readonly children: ReactNode;
  readonly id?: string;
}

export function Panel({ title, hint, action, children, id }: PanelProps) {
  return (
    <View className="k-card d-panel" {...(id ? { id } : {})}>
      <View className="k-row k-row--between d-panel__head">
        <View className="k-grow">
          <View className="k-strong" {...(process.env.TARO_ENV === 'h5' ? { role: 'heading', 'aria-level': '2' } : {})}>
            {title}
          </View>
          {hint ? <View className="k-text-s k-muted">{hint}</View> : null}
        </View>
        {action}
      </View>
      {children}
    </View>
  );
}

export interface Pair {
  readonly name: string;
  readonly value: ReactNode;
  readonly number?: boolean;
}

/** What a drawer says about one thing; pairs without a value are left out. */
export function Pairs({ pairs }: { readonly pairs: readonly (Pair | undefined | false)[] }) {
  return (
    <View className="d-pairs">
      {pairs.map((pair) =>
        pair && pair.value !== undefined && pair.value !== '' ? (
          <View key={pair.name} className="d-pairs__one">
            <Text className="k-muted d-pairs__name">{pair.name}</Text>
            <View className={`d-pairs__value${pair.number ? ' k-number' : ''}`}>{pair.value}</View>
          </View>
        ) : null,
      )}
    </View>
  );
}
