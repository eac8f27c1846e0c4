/** What anybody may know of a window that was shared: school, hours, and how places are given. */
import type { Child } from '@kehou/shared/identity/person';
import { asOpenTo } from '@kehou/shared/selection/rules';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { serverNow, useServerNow } from '../../clock.ts';
import { Countdown } from '../../components/Countdown.tsx';
import { fullMoment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { hoursNow, phaseOf } from '../../components/lottery-phase.ts';
import { ModeWords } from '../../components/ModeWords.tsx';
import { waitingRule } from '../../components/waiting-rule.ts';
import { t } from '../../texts/entry.ts';
import { t as mode } from '../../texts/modes.ts';

export type SharedWindow = Omit<Window, 'offeringIds'>;

/** Which of a parent's pages the window is at now. */
export function wayInto(window: SharedWindow): { to?: 'wishes' | 'draw' } {
  const phase = phaseOf(window, serverNow());
  return phase === 'wishing' ? { to: 'wishes' } : phase === 'drawing' || phase === 'over' ? { to: 'draw' } : {};
}

/** `mine`: the reader's children at that school. */
export function SharedWindowCard({ window, mine }: { readonly window: SharedWindow; readonly mine: readonly Child[] }) {
  useServerNow(30_000);
  const now = serverNow();
  const phase = phaseOf(window, now);
  // The reader's own children's time, the earliest where there are several; a stranger sees the school's.
  const [opens = window.opensAt] = mine.map(({ grade }) => asOpenTo(window, grade).opensAt).sort();
  const { opensAt, closesAt } = hoursNow({ ...window, opensAt: opens }, now);
  const state = window.status === 'withdrawn' ? 'withdrawn' : now >= closesAt ? 'over' : now >= opensAt ? 'open' : 'before';
  return (
    <View className="k-card k-column">
      <View className="k-muted">{window.schoolName}</View>
      <View className="k-text-l">{window.name}</View>
      {state === 'before' || state === 'open' ? (
        <View className="k-row">
          <Icon name="clock" className="k-primary" />
          <View>{state === 'before' ? t('share.opensIn') : t('share.closesIn')}</View>
          <Countdown className="k-strong k-primary" until={state === 'before' ? opensAt : closesAt} />
        </View>
      ) : (
        <View className="k-notice k-notice--attention">
          <Icon name="info" />
          <View>{state === 'withdrawn' ? t('share.withdrawn') : phase === 'drawing' ? mode('mode.drawing') : t('share.over')}</View>
        </View>
      )}
      <View className="k-divider" />
      <View className="k-row k-row--between">
        <View className="k-muted">{t('share.opens')}</View>
        <View className="k-number" id="share-opens">
          {fullMoment(opens)}
        </View>
      </View>
      <View className="k-row k-row--between">
        <View className="k-muted">{t('share.closes')}</View>
        <View className="k-number">{fullMoment(window.closesAt)}</View>
      </View>
      <View className="k-divider" />
      <ModeWords window={window} />
      {window.note ? <View className="k-text-s">{window.note}</View> : null}
      {window.waitingList ? (
        <View className="k-text-s k-muted" id="waiting-rule">
          {waitingRule(window)}
        </View>
      ) : null}
    </View>
  );
}
