/** A window whose places are drawn: on the home page, and on the class page above the classes. */
import type { Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { serverNow, useServerNow } from '../clock.ts';
import { Button } from '../components/Button';
import { Countdown } from '../components/Countdown.tsx';
import { moment } from '../components/format.ts';
import { Icon } from '../components/Icon.tsx';
import { hoursNow, phaseOf } from '../components/lottery-phase.ts';
import { ModeWords } from '../components/ModeWords.tsx';
import { go } from '../platform/navigation.ts';
import { t } from '../texts/lottery.ts';
import { t as parent } from '../texts/parent.ts';
import { doorsOf } from './lottery-doors.ts';

type Shown = Omit<Window, 'offeringIds'>;

export function LotteryCard({ window }: { readonly window: Shown }) {
  useServerNow(1000);
  const now = serverNow();
  return (
    <View className="k-card k-column" id={`window-${window.windowId}`}>
      <View className="k-strong">{window.name}</View>
      <Hours of={hoursNow(window, now)} />
      <PhaseLine window={window} />
      <ModeWords window={window} brief={phaseOf(window, now) !== 'before'} />
      {window.note ? <View className="k-text-s">{window.note}</View> : null}
      <Doors window={window} />
    </View>
  );
}

/** Above the classes: how places are given here, and the way to the wishes or the draw. */
export function LotteryBanner({ window }: { readonly window: Shown }) {
  useServerNow(1000);
  const doors = doorsOf(window, serverNow()).filter(({ page }) => page !== 'parent/classes');
  return (
    <View className="k-card k-column" id="lottery-banner">
      <PhaseLine window={window} />
      <View className="k-text-s">{t('lottery.banner')}</View>
      {doors.length > 0 ? <Doors window={window} /> : null}
    </View>
  );
}

/** From when until when, in words. */
export function Hours({ of: { opensAt, closesAt } }: { readonly of: Pick<Window, 'opensAt' | 'closesAt'> }) {
  return (
    <View className="k-text-s k-muted k-number">{parent('parent.window.hours', { opens: moment(opensAt), closes: moment(closesAt) })}</View>
  );
}

function PhaseLine({ window }: { readonly window: Shown }) {
  const phase = phaseOf(window, serverNow());
  if (!phase) return null;
  const { opensAt, closesAt } = hoursNow(window, serverNow());
  return (
    <View className="k-row">
      <Icon name="clock" className="k-primary" />
      <Text className="k-text-s k-muted">{t(`lottery.phase.${phase}`)}</Text>
      {phase === 'drawing' ? null : <Countdown className="k-text-l k-strong k-primary" until={phase === 'before' ? opensAt : closesAt} />}
    </View>
  );
}

function Doors({ window }: { readonly window: Shown }) {
  const { windowId } = window;
  const phase = phaseOf(window, serverNow());
  return (
    <View className="k-column">
      {doorsOf(window, serverNow()).map(({ page, words }, index) => (
        <Button
          key={page}
          kind={index === 0 && phase !== 'before' ? 'primary' : 'tint'}
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
