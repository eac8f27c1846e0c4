/** What an order over several children comes to for each of them. */
import { View } from '@tarojs/components';
import { Money } from '../components/Money.tsx';

export interface Share {
  readonly pupilId: string;
  readonly name: string;
  readonly fen: number;
}

export function SplitByChild({ shares }: { readonly shares: readonly Share[] }) {
  const children = [...new Map(shares.map(({ pupilId, name }) => [pupilId, name]))];
  if (children.length < 2) return null;
  return (
    <View className="k-column k-gap-1" id="split">
      {children.map(([pupilId, name]) => (
        <View key={pupilId} className="k-row k-row--between k-text-s">
          <View className="k-muted">{name}</View>
          <Money fen={shares.filter((share) => share.pupilId === pupilId).reduce((sum, { fen }) => sum + fen, 0)} id={`split-${pupilId}`} />
        </View>
      ))}
    </View>
  );
}
