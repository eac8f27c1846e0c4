/** How the draw goes, and what is proven of ranking truthfully: no more than that. */
import { type DrawTerms, TICKETS_MAX } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { Fingerprint } from '../../components/Fingerprint.tsx';
import { moment, shortHash } from '../../components/format.ts';
import { t } from '../../texts/lottery.ts';

export function How({ terms: { rounds, seedSource } }: { readonly terms: DrawTerms }) {
  return (
    <View className="k-card k-column k-text-s" id="wishes-how">
      <View className="k-strong k-text-m">{t('wishes.how')}</View>
      <View>
        {seedSource.kind === 'public'
          ? t('wishes.how.public', { name: seedSource.name, when: moment(seedSource.bornAt) })
          : t('wishes.how.secret')}
        {t('wishes.how.turn')}
      </View>
      {seedSource.kind === 'secret' && seedSource.hash ? (
        <>
          <View id="wishes-sealed-words">{t('wishes.how.sealed', { hash: shortHash(seedSource.hash) })}</View>
          <Fingerprint id="wishes-sealed" hash={seedSource.hash} />
        </>
      ) : null}
      {rounds > 1 ? <View>{t('wishes.how.reverse', { rounds })}</View> : null}
      <View className="k-strong">{t(rounds > 1 ? 'wishes.how.more' : 'wishes.how.one')}</View>
      <View className="k-muted">{t('wishes.how.tickets', { max: TICKETS_MAX })}</View>
    </View>
  );
}
