/** An amount in fen, as ¥1,234.50. Negative amounts carry a minus; colour is never the only sign. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { Text } from '@tarojs/components';
import { t } from '../texts/common.ts';

/** A fee in words: one that is nothing is said to be free. */
export const feeWords = (fen: number): string => (fen === 0 ? t('money.free') : formatFen(fen));

export interface MoneyProps {
  readonly fen: number;
  /** It is a fee: nothing is said to be free. A balance or a refund of nothing stays a number. */
  readonly fee?: boolean;
  readonly size?: 's' | 'm' | 'l' | 'xl';
  /** Shown struck through beside it: what it was before. */
  readonly wasFen?: number;
  readonly className?: string;
  readonly id?: string;
}

export function Money({ fen, fee = false, size = 'm', wasFen, className = '', id }: MoneyProps) {
  return (
    <Text {...(id ? { id } : {})} className={`k-number k-text-${size} ${className}`}>
      {fee ? feeWords(fen) : formatFen(fen)}
      {wasFen !== undefined && wasFen !== fen ? <Text className="k-muted k-money__was">{formatFen(wasFen)}</Text> : null}
    </Text>
  );
}
