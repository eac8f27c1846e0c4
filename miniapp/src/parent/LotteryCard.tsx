/** A window whose places are drawn: on the home page, and on the class page above the classes. */
import type { Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { serverNow, useServerNow } from '../clock.ts';
import { Button } from '../components/Button';
import { Countdown } from '../components/Countdown.tsx';
import { moment } from '../components/format.ts';
import { Icon } from '../components/Icon.tsx';
import { hoursNow, type LotteryPhase, phaseOf } from '../components/lottery-phase.ts';
import { ModeWords } from '../components/ModeWords.tsx';
import { go } from '../platform/navigation.ts';
import { t } from '../texts/lottery.ts';
import { t as parent } from '../texts/parent.ts';
import { type Door, doorsOf } from './lottery-doors.ts';

type Shown = Omit<Window, 'offeringIds'>;

export interface LotteryCardProps {
  readonly window: Shown;
  /** The child holds a place that it won here: the draw is done. */
  readonly drawn: boolean;
}

export function LotteryCard({ window, drawn }: LotteryCardProps) {
  useServerNow(1000);
  const now = serverNow();
  return (
    <View className="k-card k-column" id={`window-${window.windowId}`}>
      <View className="k-strong">{window.name}</View>
      <Hours of={hoursNow(window, now)} />
      <PhaseLine window={window} drawn={drawn} />
      <ModeWords window={window} brief={phaseOf(window, now) !== 'before'} />
      {window.note ? <View className="k-text-s">{window.note}</View> : null}
      <Doors window={window} doors={doorsOf(window, now)} />
    </View>
  );
}

/** Above the classes: how places are given here, and the way to the wishes or the draw. */
export function LotteryBanner({ window, drawn }: LotteryCardProps) {
  useServerNow(1000);
  const now = serverNow();
  const doors = doorsOf(window, now).filter(({ page }) => page !== 'parent/classes');
  const words = bannerWords(window, phaseOf(window, now));
  return (
    <View className="k-card k-column" id="lottery-banner">
      <PhaseLine window={window} drawn={drawn} />
      {words ? <View className="k-text-s">{words}</View> : null}
      {doors.length > 0 ? <Doors window={window} doors={doors} /> : null}
    </View>
  );
}

/** What there is to do here at this hour. */
function bannerWords({ opensAt, lottery }: Shown, phase: LotteryPhase | undefined): string | undefined {
  const left = lottery?.firstCome;
  switch (phase) {
    case 'before':
      return t('lottery.banner.before', { when: moment(opensAt) });
    case 'wishing':
    case 'first-come':
      return t(`lottery.banner.${phase}`);
    case 'drawing':
      return left && t('lottery.banner.drawing', { when: moment(left.opensAt) });
    default:
      return undefined;
  }
}

/** From when until when, in words. */
export function Hours({ of: { opensAt, closesAt } }: { readonly of: Pick<Window, 'opensAt' | 'closesAt'> }) {
  return (
    <View className="k-text-s k-muted k-number">{parent('parent.window.hours', { opens: moment(opensAt), closes: moment(closesAt) })}</View>
  );
}

function PhaseLine({ window, drawn }: LotteryCardProps) {
  const phase = phaseOf(window, serverNow());
  if (!phase) return null;
  const { opensAt, closesAt } = hoursNow(window, serverNow());
  return (
    <View className="k-row">
      <Icon name="clock" className="k-primary" />
      <Text className="k-text-s k-muted">{t(`lottery.phase.${phase === 'drawing' && drawn ? 'drawn' : phase}`)}</Text>
      {phase === 'drawing' || phase === 'over' ? null : (
        <Countdown className="k-text-l k-strong k-primary" until={phase === 'before' ? opensAt : closesAt} />
      )}
    </View>
  );
}

function Doors({ window, doors }: { readonly window: Shown; readonly doors: readonly Door[] }) {
  const { windowId } = window;
  const [first] = doorsOf(window, serverNow());
  const phase = phaseOf(window, serverNow());
  return (
    <View className="k-column">
      {doors.map(({ page, words }) => (
        <Button
          key={page}
          // What there is to do now; elsewhere one may look.
          kind={page === first?.page && (phase === 'wishing' || phase === 'drawing' || phase === 'first-come') ? 'primary' : 'tint'}
          block
          id={`${words.replace('.', '-')}-${windowId}`}
          onTap={() => go(page, { windowId })}
        >
          {t(words)}
        </Button>
      ))}
    </View>
  );
}
