/** What a family sees of the rush: its turn before it comes, and what is known while the server cannot be reached. */
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Turn } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { serverNowMs, useServerNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { t } from '../../texts/opening.ts';

/** From so long before the opening the page is a waiting room. */
const WAITING_ROOM_MINUTES = 15;
/** Seats that are older than this say their age. */
const FRESH_SECONDS = 5;

/** `opensAt`: when the window opens to the child's grade. */
export const waits = (turn: Turn | undefined, opensAt: Instant): turn is Turn =>
  turn !== undefined && serverNowMs() >= ms(opensAt) - WAITING_ROOM_MINUTES * 60_000 && serverNowMs() < ms(turn.admitAt);

/** Place, countdown, and that there is nothing to do. */
export function WaitingRoom({ turn, opensAt, onTurn }: { readonly turn: Turn; readonly opensAt: Instant; onTurn(): void }) {
  useServerNow(1000);
  return (
    <View className="k-card k-column" id="waiting-room">
      <View className="k-row">
        <Icon name="people" className="k-primary" />
        <Text className="k-strong">{t(serverNowMs() < ms(opensAt) ? 'turn.title.before' : 'turn.title')}</Text>
        <Text className="k-muted k-number" id="waiting-place">
          {t('turn.place', { place: whole(turn.place), families: whole(turn.families) })}
        </Text>
      </View>
      <View className="k-row">
        <Icon name="clock" className="k-primary" />
        <Text className="k-muted">{t('turn.left')}</Text>
        <Countdown className="k-text-l k-strong k-primary" id="waiting-left" until={turn.admitAt} onOver={onTurn} />
      </View>
      <View className="k-text-s k-muted">{t('turn.words')}</View>
      <View className="k-text-s k-muted">{t('turn.same')}</View>
    </View>
  );
}

/** From the family's turn until everyone has been let in. */
export function YourTurn() {
  return (
    <View className="k-notice" id="your-turn">
      <Icon name="check" />
      <View>{t('turn.now')}</View>
    </View>
  );
}

export interface OutOfReachProps {
  /** Tries that have failed since the last answer. */
  readonly failures: number;
  /** When what is on the screen was seen; nothing is, without it. */
  readonly asOf: Instant | undefined;
  onAgain(): void;
}

/** While the server does not answer: what is known, that it is being tried, and trying now. */
export function OutOfReach({ failures, asOf, onAgain }: OutOfReachProps) {
  useServerNow(1000);
  if (failures === 0) return null;
  return (
    <View className="k-notice k-notice--attention" id="out-of-reach">
      <Icon name="info" />
      <View className="k-grow k-column">
        <View>{asOf ? t('stale.known', { count: failures, seconds: ageSeconds(asOf) }) : t('stale.nothing', { count: failures })}</View>
        <View>
          <Button kind="tint" small id="try-now" onTap={onAgain}>
            {t('stale.again')}
          </Button>
        </View>
      </View>
    </View>
  );
}

const ageSeconds = (asOf: Instant): number => Math.max(0, Math.round((serverNowMs() - ms(asOf)) / 1000));

/** `8 秒前的余位` where seats are old; undefined while they are fresh. */
export function ageWords(asOf: Instant): string | undefined {
  const seconds = ageSeconds(asOf);
  return seconds > FRESH_SECONDS ? t('stale.age', { seconds }) : undefined;
}
