/** The bar at the foot of the classes: to the list of what is marked, and to the cashier. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import type { ClassPage } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { phaseOf } from '../../components/lottery-phase.ts';
import { go } from '../../platform/navigation.ts';
import { t as basket } from '../../texts/basket.ts';
import { t as lottery } from '../../texts/lottery.ts';
import { t } from '../../texts/parent.ts';

export interface ListedProps {
  /** Classes on this child's list that are not taken yet. */
  readonly listed: number;
  readonly windowId: Id<'window'>;
}

/** What this child's list holds, and the way to it. */
export function Listed({ name, listed, windowId, open }: ListedProps & { readonly name: string; readonly open: boolean }) {
  return (
    <View className="k-bar">
      <View className="k-grow">
        <View className="k-strong" id="listed">
          {basket('shortlist.bar', { name, count: listed })}
        </View>
        <View className="k-text-s k-muted">{basket(open ? 'shortlist.bar.open' : 'shortlist.bar.hint')}</View>
      </View>
      <Button kind="primary" id="to-basket" onTap={() => go('parent/basket', { windowId })}>
        {basket('shortlist.bar.go')}
      </Button>
    </View>
  );
}

export interface MarkedProps {
  readonly name: string;
  /** Classes that are marked for the wishes. */
  readonly marked: number;
  readonly window: ClassPage['window'];
}

/** What is marked before a draw counts for nothing until it is ranked and sent: said where the basket stands otherwise. */
export function Marked({ name, marked, window }: MarkedProps) {
  const isBefore = phaseOf(window, serverNow()) === 'before';
  return (
    <View className="k-bar" id="marked">
      <View className="k-grow">
        <View className="k-strong">{lottery('mark.bar', { name, count: marked })}</View>
        <View className="k-text-s k-muted">
          {isBefore ? lottery('mark.bar.before', { when: moment(window.opensAt) }) : lottery('mark.bar.wishing')}
        </View>
      </View>
      {isBefore ? null : (
        <Button kind="primary" id="to-wishes" onTap={() => go('parent/wishes', { windowId: window.windowId })}>
          {lottery('lottery.wish')}
        </Button>
      )}
    </View>
  );
}

/** Seats that wait to be paid for, over all children: one basket. */
export function Basket({ held, listed, windowId }: ListedProps & { readonly held: readonly Enrolment[] }) {
  const isFree = held.every(({ feeFen }) => feeFen === 0);
  const first = [...held].sort((a, b) => (a.holdUntil < b.holdUntil ? -1 : 1))[0];
  return (
    <View className="k-bar p-basket">
      <View className="k-grow">
        <View className="k-strong">{t(isFree ? 'parent.choose.basket.free' : 'parent.choose.basket', { count: held.length })}</View>
        <View className="k-row">
          <Icon name="clock" size={1} className="k-attention" />
          {first ? <Countdown className="k-attention" until={first.holdUntil} /> : null}
        </View>
      </View>
      {listed > 0 ? (
        <Button kind="tint" id="to-basket" onTap={() => go('parent/basket', { windowId })}>
          {basket('shortlist.bar.brief', { count: listed })}
        </Button>
      ) : null}
      <Button kind="primary" id="basket-pay" onTap={() => go('parent/pay')}>
        {t(isFree ? 'parent.confirm.go' : 'parent.hold.go')}
      </Button>
    </View>
  );
}
