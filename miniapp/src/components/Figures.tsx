/** A line of figures: each with its name, and what changed since last time, in words as well as by an arrow. */
import { Text, View } from '@tarojs/components';
import { t } from '../texts/common.ts';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';
import './Figures.scss';

export interface Figure {
  readonly key: string;
  readonly label: string;
  /** Written out: `1,204`, `¥86,400.00`, `96.4%`. */
  readonly value: string;
  readonly hint?: string | undefined;
  /** How it moved: the sign of `by`, and the words for it. */
  readonly trend?: { readonly by: number; readonly words: string; readonly goodWhen?: 'up' | 'down' } | undefined;
  readonly tone?: 'attention' | 'danger' | undefined;
  readonly onTap?: () => void;
}

export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <View className="k-figures">
      {figures.map((figure) => (
        <Tap
          key={figure.key}
          id={`figure-${figure.key}`}
          className={`k-figures__one${figure.tone ? ` k-figures__one--${figure.tone}` : ''}${figure.onTap ? ' k-figures__one--tap' : ''}`}
          onTap={figure.onTap}
        >
          <Text className="k-figures__label">{figure.label}</Text>
          <Text className="k-figures__value k-number">{figure.value}</Text>
          {figure.trend ? <Trend {...figure.trend} /> : figure.hint ? <Text className="k-figures__hint">{figure.hint}</Text> : null}
        </Tap>
      ))}
    </View>
  );
}

function Trend({ by, words, goodWhen }: NonNullable<Figure['trend']>) {
  const good = goodWhen === undefined || by === 0 ? undefined : by > 0 === (goodWhen === 'up');
  const text = by === 0 ? t('figure.same') : by > 0 ? t('figure.up', { change: words }) : t('figure.down', { change: words });
  return (
    <View className={`k-figures__hint${good === undefined ? '' : good ? ' k-primary' : ' k-danger'}`}>
      {by === 0 ? null : <Icon name={by > 0 ? 'up' : 'down'} size={1} />}
      <Text>{text}</Text>
    </View>
  );
}
