/** An amount in fen, as ¥1,234.50. Negative amounts carry a minus; colour is never the only sign. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { Text } from '@tarojs/components';

export interface MoneyProps {
  readonly fen: number;
  readonly size?: 's' | 'm' | 'l' | 'xl';
  /** Shown struck through beside it: what it was before. */
  readonly wasFen?: number;
  readonly className?: string;
  readonly id?: string;
}

export function Money({ fen, size = 'm', wasFen, className = '', id }: MoneyProps) {
  return (
    <Text {...(id ? { id } : {})} className={`k-number k-text-${size} ${className}`}>
      {formatFen(fen)}
      {wasFen !== undefined && wasFen !== fen ? <Text className="k-muted k-money__was">{formatFen(wasFen)}</Text> : null}
    </Text>
  );
}
