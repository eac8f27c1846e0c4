/** How the draw goes, and what is proven of ranking truthfully: no more than that. */
import { TICKETS_MAX } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { t } from '../../texts/lottery.ts';

export function How({ rounds }: { readonly rounds: number }) {
  return (
    <View className="k-card k-column k-text-s" id="wishes-how">
      <View className="k-strong k-text-m">{t('wishes.how')}</View>
      <View>{t('wishes.how.order')}</View>
      {rounds > 1 ? <View>{t('wishes.how.reverse', { rounds })}</View> : null}
      <View className="k-strong">{t(rounds > 1 ? 'wishes.how.more' : 'wishes.how.one')}</View>
      <View className="k-muted">{t('wishes.how.tickets', { max: TICKETS_MAX })}</View>
    </View>
  );
}
