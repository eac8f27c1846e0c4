/** Seats of a class at a glance: a bar and the number left in words; colour only repeats what the words say. */
import Progress from '@nutui/nutui-react-taro/dist/es/packages/progress';
import { Text, View } from '@tarojs/components';
import { t } from '../texts/common.ts';
import { MOTION_MS } from '../theme/tokens.ts';
import '@nutui/nutui-react-taro/dist/es/packages/progress/style/css';
import './SeatMeter.scss';

export interface SeatMeterProps {
  readonly taken: number;
  readonly capacity: number;
  /** Without the words, where the row says them already. */
  readonly barOnly?: boolean;
}

export function SeatMeter({ taken, capacity, barOnly }: SeatMeterProps) {
  const left = Math.max(0, capacity - taken);
  const share = capacity > 0 ? Math.min(1, taken / capacity) : 1;
  const tone = left === 0 ? 'full' : left <= Math.max(1, Math.floor(capacity * 0.2)) ? 'few' : 'free';
  return (
    <View
      className={`k-seats k-seats--${tone}`}
      {...(process.env.TARO_ENV === 'h5' ? { 'aria-label': t('seat.label', { left, capacity }), role: 'img' } : {})}
    >
      <Progress className="k-seats__bar" percent={Math.round(share * 100)} color="currentColor" duration={MOTION_MS} />
      {barOnly ? null : <Text className="k-seats__words k-number">{left === 0 ? t('seat.full') : t('seat.left', { left })}</Text>}
    </View>
  );
}
