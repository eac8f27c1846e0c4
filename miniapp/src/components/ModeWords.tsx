/** How a window gives its places, in plain words. `brief`: its name alone. */
import { modeOf, type Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { t } from '../texts/modes.ts';
import { Fingerprint } from './Fingerprint.tsx';
import { moment, shortHash } from './format.ts';
import { openingSentences } from './grade-openings.ts';
import { Icon } from './Icon.tsx';

type Given = Pick<Window, 'lottery' | 'gradeOpenings' | 'admission'>;

export function modeSentences(window: Given): readonly string[] {
  const { lottery } = window;
  const turns = window.admission ? [t('mode.admission', { seconds: window.admission.spreadSeconds })] : [];
  if (!lottery) return [t('mode.first-come.words'), ...openingSentences(window), ...turns];
  const { rounds, payHours, seedSource, firstCome } = lottery;
  return [
    t('mode.lottery.words'),
    t('mode.lottery.rounds', { rounds, hours: payHours }),
    seedSource.kind === 'public'
      ? t('mode.lottery.public', { name: seedSource.name, when: moment(seedSource.bornAt) })
      : seedSource.hash
        ? t('mode.lottery.secret', { hash: shortHash(seedSource.hash) })
        : t('mode.lottery.secret.draft'),
    ...(firstCome ? [t('mode.lottery.left', { opens: moment(firstCome.opensAt), closes: moment(firstCome.closesAt) }), ...turns] : []),
  ];
}

export function ModeWords({ window, brief = false }: { readonly window: Given; readonly brief?: boolean }) {
  const source = window.lottery?.seedSource;
  return (
    <View id="window-mode" className="k-column k-gap-1">
      <View className="k-row">
        <Icon name={window.lottery ? 'swap' : 'clock'} className="k-primary" />
        <Text className="k-strong">{t(`mode.${modeOf(window)}`)}</Text>
      </View>
      {brief
        ? null
        : modeSentences(window).map((sentence) => (
            <View key={sentence} className="k-text-s k-muted">
              {sentence}
            </View>
          ))}
      {!brief && source?.kind === 'secret' && source.hash ? <Fingerprint id="window-sealed" hash={source.hash} /> : null}
    </View>
  );
}
